import * as assert from "uvu/assert";
import { applySuppressions } from "../../src/check/suppress.ts";
import type { Diagnostic } from "../../src/diagnostic.ts";
import { parseFile } from "../../src/parse/parse.ts";
import { describe } from "../describe.ts";

const FILE = "targets/a.yml";
const FOUND: Diagnostic = {
  code: "label/near-miss-name",
  severity: "warning",
  message: "x",
  where: { file: FILE, path: [2] },
};

/** What is left of one finding in the line below a comment. */
function left(comment: string): string[] {
  const { suppressions } = parseFile(FILE, new TextEncoder().encode(`${comment}\nservice: a\n`));
  assert.is(suppressions.length, 1);
  const { kept, about } = applySuppressions([FOUND], {
    suppressions: new Map([[FILE, suppressions]]),
    lineOf: () => 2,
    today: "2026-11-26",
  });
  return [...kept, ...about].map(({ code }) => code);
}

describe("meta/ignore-without-reason", (it) => {
  it("a comment without a reason is a finding, and takes nothing away", () => {
    for (const end of ["", " until=2027-01-01", " --", " -- ", " because of the move", " - moved"]) {
      assert.equal(
        left(`# promgen-ignore label/near-miss-name${end}`),
        ["label/near-miss-name", "meta/ignore-without-reason"],
        end,
      );
    }
  });

  it("a reason is any text after two dashes", () => {
    for (const end of [" -- moved", " until=2027-01-01 -- moved in January -- or later", " -- x"])
      assert.equal(left(`# promgen-ignore label/near-miss-name${end}`), [], end);
  });

  it("no reason and no date left are two findings", () => {
    assert.equal(left("# promgen-ignore label/near-miss-name until=2020-01-01").slice(1), [
      "meta/ignore-without-reason",
      "meta/expired-ignore",
    ]);
  });
});
