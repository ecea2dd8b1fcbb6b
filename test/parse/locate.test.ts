import * as assert from "uvu/assert";
import type { Path } from "../../src/diagnostic.ts";
import { locatorOf } from "../../src/parse/parse.ts";
import { describe } from "../describe.ts";

const TEXT = `# a comment
service: payments
labels: { tier: gold, "on": 'x' }
projects:
  - name: api
    hosts:
      - a
      - { host: "b", labels: { rack: r1 } }   # last
    description: |
      some
      text

    empty:
---
farm: f
`;

/** The text at a route, in a text that the fast path takes, and in one that it hands over. */
function at(path: Path, part: "key" | "value" = "value", text = TEXT): string | undefined {
  const [fast, reference] = [text, `${text}--- &anchor x\n`].map((source) => {
    const range = locatorOf("f.yml", source)(path, part);
    return range && source.slice(...range);
  });
  assert.is(fast, reference);
  return fast;
}

describe("locate", (it) => {
  it("finds values and keys", () => {
    assert.is(at([0, "service"]), "payments");
    assert.is(at([0, "service"], "key"), "service");
    assert.is(at([0, "labels", "on"]), "x");
    assert.is(at([0, "labels", "on"], "key"), "on");
    assert.is(at([0, "projects", 0, "hosts", 1, "host"]), "b");
    assert.is(at([0, "projects", 0, "hosts", 1, "labels", "rack"], "key"), "rack");
    assert.is(at([1, "farm"]), "f");
  });

  it("gives the first line of lists and maps, without a comment", () => {
    assert.is(at([0]), "service: payments");
    assert.is(at([0, "projects", 0]), "name: api");
    assert.is(at([0, "projects", 0, "hosts"]), "- a");
    assert.is(at([0, "projects", 0, "hosts", 1]), '{ host: "b", labels: { rack: r1 } }');
    assert.is(at([0, "labels"]), `{ tier: gold, "on": 'x' }`);
    assert.is(at([0, "labels"], "key"), "labels");
  });

  it("gives the content of a block", () => {
    assert.is(at([0, "projects", 0, "description"]), "some\n      text");
    assert.is(at([0, "projects", 0, "description"], "key"), "description");
  });

  it("gives the key of what is not there, and the deepest node of a route that leads nowhere", () => {
    assert.is(at([0, "projects", 0, "empty"]), "empty");
    assert.is(at([0, "projects", 0, "hosts", 7]), "- a");
    assert.is(at([0, "nothing"], "key"), "service: payments");
    assert.is(at([0, "service", "x", 1]), "payments");
    assert.is(at([7, "service"]), undefined);
    assert.is(at([0, "x"], "value", "# nothing\n---\n"), undefined);
  });

  it("finds nothing in a text that cannot be read", () => {
    assert.is(locatorOf("f.yml", "a: [b\n")([0, "a"], "value"), undefined);
  });

  it("leads an alias to what it repeats", () => {
    const text = "a: &x [ b, c ]\nd: *x\n";
    const range = locatorOf("f.yml", text)([0, "d", 1], "value") ?? [0, 0];
    assert.equal(range, [11, 12]);
  });

  it("counts items and documents in the way of the values", () => {
    const text = "- a\n-\n- - b\n  - c\n- {d: }\n";
    assert.is(at([0, 0], "value", text), "a");
    assert.is(at([0, 2, 1], "value", text), "c");
    assert.is(at([0, 3, "d"], "value", text), "d");
  });
});
