import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { assertSameGroups, groupsIn, judge, meaningOf, render } from "./rendered.ts";
import type { ReadGroup } from "./rendered.ts";
import { VECTORS } from "./vectors.ts";

describe("Promgen's own output", (it) => {
  for (const [number, vectors] of Object.entries(VECTORS)) {
    for (const vector of vectors) {
      it(`${number}: ${vector.title}`, async () => {
        const { exit, codes, errors } = await judge(vector.files);
        for (const code of vector.findings ?? []) assert.ok(codes.includes(code), `${code} among ${codes.join(", ")}`);
        if (vector.error !== undefined) {
          assert.is(exit, 1);
          assert.ok(
            errors.some((code) => code.startsWith(vector.error ?? "")),
            `${vector.error} among ${errors.join(", ")}`,
          );
          return;
        }
        assert.equal(errors, []);
        assert.is(exit, 0);
        const files = await render(vector.files);
        assertSameGroups(groupsIn(files["targets.json"]), vector.targets ?? []);
        assertSameGroups(groupsIn(files["urls.json"]), vector.urls ?? []);
        for (const name of ["targets.json", "urls.json"]) {
          assertSameGroups(groupsIn(files[`shards/sh1/${name}`]), groupsIn(files[name]), `sh1 owns all of ${name}`);
        }
      });
    }
  }
});

describe("the comparison of groups", (it) => {
  const group = { labels: { a: "1", b: "2" }, targets: ["x:1", "y:1"] };

  it("takes another order for the same, and groups that are split", () => {
    assertSameGroups(
      [group],
      [
        { labels: { b: "2", a: "1" }, targets: ["y:1"] },
        { ...group, targets: ["x:1"] },
      ],
    );
    assertSameGroups([{ targets: [] }], []);
  });

  it("sees a label, a value, a target too many or twice", () => {
    const others: readonly ReadGroup[] = [
      { ...group, labels: { ...group.labels, __metrics_path__: "/metrics" } },
      { ...group, labels: { a: "1", b: "3" } },
      { ...group, targets: ["x:1"] },
      { ...group, targets: ["x:1", "y:1", "y:1"] },
    ];
    for (const other of others) assert.not.equal(meaningOf([group]), meaningOf([other]), JSON.stringify(other));
  });
});
