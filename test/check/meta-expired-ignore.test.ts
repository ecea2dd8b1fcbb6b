import * as assert from "uvu/assert";
import { applySuppressions } from "../../src/check/suppress.ts";
import type { Diagnostic } from "../../src/diagnostic.ts";
import { describe } from "../describe.ts";

const FILE = "targets/a.yml";
const FOUND: Diagnostic = {
  code: "label/near-miss-name",
  severity: "warning",
  message: "x",
  where: { file: FILE, path: [2] },
};

/** What is left of one finding and its comment. */
function left(until: string | undefined): string[] {
  const comment = {
    line: 1,
    range: [7, 20] as const,
    rules: [FOUND.code],
    reason: "known",
    isAlone: true,
    ...(until === undefined ? {} : { until }),
  };
  const { kept, about } = applySuppressions([FOUND], {
    suppressions: new Map([[FILE, [comment]]]),
    lineOf: () => 2,
    today: "2026-11-26",
  });
  for (const { where } of about) assert.equal(where, { file: FILE, path: [], range: [7, 20] });
  return [...kept, ...about].map(({ code }) => code);
}

describe("meta/expired-ignore", (it) => {
  it("after its last day a comment is a finding, and takes nothing away", () => {
    assert.equal(left("2026-11-25"), ["label/near-miss-name", "meta/expired-ignore"]);
    assert.equal(left("2025-12-31"), ["label/near-miss-name", "meta/expired-ignore"]);
  });

  it("what is no date counts as expired", () => {
    for (const until of [
      "2026-13-01",
      "2027-02-30",
      "2027-2-3",
      "tomorrow",
      "",
      "2027-01-01T00:00",
      "01.01.2027",
      "2099-01-01 2099-01-01",
    ])
      assert.equal(left(until), ["label/near-miss-name", "meta/expired-ignore"], until);
  });

  it("on its last day a comment still holds, and before, and without a date for ever", () => {
    assert.equal(left("2026-11-26"), []);
    assert.equal(left("2028-02-29"), []);
    assert.equal(left(undefined), []);
  });
});
