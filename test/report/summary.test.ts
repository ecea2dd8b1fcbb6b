import * as assert from "uvu/assert";
import type { Severity } from "../../src/diagnostic.ts";
import type { Summary } from "../../src/report/report.ts";
import { hiddenLines, notes, summaryLine } from "../../src/report/summary.ts";
import { describe } from "../describe.ts";
import { finding, inputOf } from "./input.ts";

function line(
  found: readonly (readonly [Severity, string])[],
  summary: Partial<Summary> = {},
  verbose = false,
): string {
  const findings = found.map(([severity, file]) => finding({ file, path: [] }, { severity }));
  return summaryLine(inputOf({ findings, summary, options: { verbose } }));
}

describe("summary", (it) => {
  it("counts findings and the files that have them", () => {
    assert.is(
      line([
        ["error", "a"],
        ["error", "b"],
        ["warning", "b"],
        ["info", "c"],
      ]),
      "2 errors, 1 warning in 2 of 214 files · 18,302 targets · 8 shards · 0.9 s",
    );
  });

  it("counts infos when asked to", () => {
    const found = [
      ["warning", "a"],
      ["info", "b"],
      ["info", "b"],
    ] as const;
    assert.is(line(found, {}, true).split(" · ")[0], "1 warning, 2 infos in 2 of 214 files");
    assert.is(line([["info", "a"]]).split(" · ")[0], "no errors or warnings in 214 files");
  });

  it("says so where there is nothing", () => {
    assert.is(line([]), "no findings in 214 files · 18,302 targets · 8 shards · 0.9 s");
  });

  it("knows one from many, and groups digits the same way everywhere", () => {
    const summary = { files: 1, targets: 1, shards: 1, seconds: 61.25 };
    assert.is(line([["error", "a"]], summary), "1 error in 1 of 1 file · 1 target · 1 shard · 61.3 s");
    assert.is(
      line([], { files: 0, targets: 0, shards: 0, seconds: 0 }),
      "no findings in 0 files · 0 targets · 0 shards · 0.0 s",
    );
    assert.match(line([], { targets: 1_234_567 }), "1,234,567 targets");
    assert.match(line([], { targets: 999 }), " 999 targets");
  });

  it("takes the number of files with findings as told, and leaves it out where it makes no sense", () => {
    assert.is(line([["error", "a"]], { filesWithFindings: 7 }).split(" · ")[0], "1 error in 7 of 214 files");
    assert.is(line([["error", "targets"]], { files: 0 }).split(" · ")[0], "1 error");
  });

  it("counts older findings where only new ones were asked for", () => {
    const older = { errors: 2, warnings: 1, infos: 4, unread: false };
    const rest = " · 18,302 targets · 8 shards · 0.9 s";
    assert.is(line([["error", "a"]], { older }), `1 new error in 1 of 214 files · 3 older findings not counted${rest}`);
    assert.is(line([], { older }, true), `no new findings in 214 files · 7 older findings not counted${rest}`);
    const none = { errors: 0, warnings: 0, infos: 4, unread: true };
    assert.is(line([["info", "a"]], { older: none }), `no new errors or warnings in 214 files${rest}`);
    assert.equal(notes(inputOf({ summary: { older } })), []);
    assert.match(notes(inputOf({ summary: { older: none } })).join(), "may be older");
  });

  it("says what is missing", () => {
    assert.equal(notes(inputOf({})), []);
    assert.equal(notes(inputOf({ summary: { unread: true, elsewhere: 3 } })), [
      "not every file could be read, so findings about what is unknown, unused or empty are withheld",
      "3 more findings in files that were not asked for",
    ]);
    assert.equal(notes(inputOf({ summary: { elsewhere: 1 } })), ["1 more finding in files that were not asked for"]);
  });

  it("says how many are hidden", () => {
    assert.equal(hiddenLines(new Map([["a/b", 1234]])), ["… and 1,234 more a/b (--format json lists all)"]);
  });
});
