import * as assert from "uvu/assert";
import { passes, sizeGates } from "../../bench/gates.ts";
import { describe } from "../describe.ts";

describe("bench: gates", (it) => {
  it("compare plan and publish with what ran in the same checkout", () => {
    const results = new Map(
      Object.entries({
        validate: 1,
        "validate, one file changed": 2,
        "plan, one file changed": 3,
        build: 1,
        "build, in a Git checkout": 2,
        "publish, one file changed": 5,
      }).map(([name, seconds]) => [name, { seconds, cpu: seconds, resident: 1e6 }]),
    );
    const measured = new Map(sizeGates("M", results).map((gate) => [gate.what, gate.measured]));
    assert.is(measured.get("plan of one changed file, M"), 1.5);
    assert.is(measured.get("publish of one changed file, M"), 2.5);
  });

  it("are missed where nothing was measured", () => {
    assert.not.ok(sizeGates("L", new Map()).some(passes));
  });
});
