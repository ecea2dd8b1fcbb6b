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

  it("gives the dash of an item that is not there", () => {
    const text = "a:\n  - b\n  - # c\n  -   - d\n      -\n  -\n-x: y\n";
    const placed = (index: number, ...below: number[]): string => {
      const places = [text, `${text}--- &anchor x\n`, text.replaceAll("\n", "\r\n")].map((source) => {
        const [start = 0, end = 0] = locatorOf("f.yml", source)([0, "a", index, ...below], "value") ?? [];
        const before = source.slice(0, start).split("\n");
        return `${source.slice(start, end)} ${before.length}:${(before.at(-1) ?? "").length + 1}`;
      });
      assert.is(new Set(places).size, 1, places.join());
      return places[0] ?? "";
    };
    assert.equal([placed(0), placed(1), placed(3)], ["b 2:5", "- 3:3", "- 6:3"]);
    assert.equal([placed(2, 0), placed(2, 1)], ["d 4:9", "- 5:7"]);
    assert.equal(locatorOf("f.yml", "- b\n-")([0, 1], "value"), [4, 5]);
    // Not an item: the list it is in.
    assert.is(at([0, 9], "value", "- b\n-\n"), "- b");
  });

  it("gives lists and maps in brackets as far as they go, where that is in their first line", () => {
    const inBrackets = (text: string, ...path: readonly (string | number)[]): string | undefined =>
      at([0, ...path], "value", `${text}\n`);
    const list = `a: [ [b], {c: "}", d: 'it''s]', }, g: { h: i }, j ]  # ]`;
    assert.is(inBrackets(list, "a", 0), "[b]");
    assert.is(inBrackets(list, "a", 1), `{c: "}", d: 'it''s]', }`);
    assert.is(inBrackets(list, "a", 2), "g: { h: i }");
    assert.is(inBrackets(list, "a", 2, "g"), "{ h: i }");
    assert.is(inBrackets(list, "a"), list.slice(3, -5));
    assert.is(inBrackets(`a: [ {b: it's "c"}, {"d":"{" , g: http://x/"y" }, h ]`, "a", 0), `{b: it's "c"}`);
    assert.is(inBrackets(`a: [{"d":"{" , g: x:"y" }, h ]`, "a", 0), `{"d":"{" , g: x:"y" }`);
    assert.is(inBrackets(`a: [{d: b#c}, h ]`, "a", 0), `{d: b#c}`);
    assert.is(inBrackets("a: [{b: c,\n  d: e}, f]", "a", 0), "{b: c,");
    assert.is(inBrackets("a: [{b: c, # }\n  d: e}, f]", "a", 0), "{b: c,");
    assert.is(inBrackets("a: [b: 'c\n  d', e]", "a", 0), "b: 'c");
    assert.is(inBrackets("a: [{b: c}, d]", "a", 0, "b"), "c");
  });

  it("counts items and documents in the way of the values", () => {
    const text = "- a\n-\n- - b\n  - c\n- {d: }\n";
    assert.is(at([0, 0], "value", text), "a");
    assert.is(at([0, 2, 1], "value", text), "c");
    assert.is(at([0, 3, "d"], "value", text), "d");
  });
});
