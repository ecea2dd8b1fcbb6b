import * as assert from "uvu/assert";
import { judge } from "../../src/check/judge.ts";
import type { Judgement } from "../../src/check/judge.ts";
import type { SuppressionComment } from "../../src/check/suppress.ts";
import type { Diagnostic, Severity } from "../../src/diagnostic.ts";
import type { LintOverride, LintValue } from "../../src/model/inventory.ts";
import { describe } from "../describe.ts";

const FILE = "targets/a.yml";

/** A finding whose place has its line in it. */
function finding(
  code: string,
  line = 1,
  { file = FILE, severity = "warning" }: { file?: string; severity?: Severity } = {},
): Diagnostic {
  return { code, severity, message: `${code} in ${line}`, where: { file, path: [line] } };
}

function lint(rules: Record<string, LintValue>, overrides: readonly LintOverride[] = []): Pick<Judgement, "config"> {
  return { config: { lint: rules, overrides } };
}

function judged(diagnostics: readonly Diagnostic[], more: Partial<Judgement> = {}): Diagnostic[] {
  return judge({
    diagnostics,
    config: { lint: {}, overrides: [] },
    suppressions: new Map(),
    lineOf: ({ path }) => Number(path[0]),
    spotOf: ({ path }) => String(path[0]),
    matches: (file, patterns) => patterns.some((pattern) => file.startsWith(pattern)),
    today: "2026-11-26",
    ...more,
  });
}

/** What is left, as `code severity`. */
function verdicts(diagnostics: readonly Diagnostic[], more: Partial<Judgement> = {}): string[] {
  return judged(diagnostics, more).map(({ code, severity }) => `${code} ${severity}`);
}

function comment(
  line: number,
  rules: string | readonly string[],
  more: Partial<SuppressionComment> = {},
): SuppressionComment {
  return {
    line,
    range: [line * 100, line * 100 + 20],
    rules: typeof rules === "string" ? [rules] : rules,
    reason: "known",
    isAlone: true,
    ...more,
  };
}

function silenced(
  diagnostics: readonly Diagnostic[],
  comments: readonly SuppressionComment[],
  more: Partial<Judgement> = {},
): string[] {
  return verdicts(diagnostics, { suppressions: new Map([[FILE, comments]]), ...more });
}

describe("judge: severities", (it) => {
  it("says nothing else of a value with a character that nobody sees, where that is an error", () => {
    const invisible = (severity: Severity): Diagnostic => finding("yaml/invisible-char", 1, { severity });
    const others = [finding("address/invalid-host", 1), finding("address/invalid-host", 2)];
    const elsewhere = finding("address/invalid-host", 1, { file: "targets/b.yml" });
    assert.equal(
      judged([...others, invisible("error"), elsewhere]).map(({ code, where }) => [code, where.file, where.path[0]]),
      [
        ["address/invalid-host", FILE, 2],
        ["yaml/invisible-char", FILE, 1],
        ["address/invalid-host", "targets/b.yml", 1],
      ],
    );
    assert.is(judged([...others, invisible("warning")]).length, 3);
    // By a finding of this group, the report knows what not to show.
    assert.is(judged([finding("security/secret-in-data", 1), invisible("error")]).length, 2);
    assert.is(judged([...others, invisible("error")], lint({ "yaml/invisible-char": "off" })).length, 2);
    assert.equal(
      silenced([...others, invisible("error")], [comment(1, "yaml/invisible-char", { isAlone: false })]).length,
      2,
    );
  });

  it("says nothing else of each of several such values in one file", () => {
    const invisible = [1, 2].map((line) => finding("yaml/invisible-char", line, { severity: "error" }));
    const others = [1, 2, 3].map((line) => finding("address/invalid-host", line));
    assert.equal(
      judged([...others, ...invisible]).map(({ code, where }) => [code, where.path[0]]),
      [
        ["address/invalid-host", 3],
        ["yaml/invisible-char", 1],
        ["yaml/invisible-char", 2],
      ],
    );
  });

  it("findings keep their own severity without settings, also where a rule has several", () => {
    const both = [finding("address/suspicious-port"), finding("address/suspicious-port", 2, { severity: "info" })];
    assert.equal(verdicts(both), ["address/suspicious-port warning", "address/suspicious-port info"]);
  });

  it("a setting is for all findings of the rule, as text or with options", () => {
    const both = [finding("address/suspicious-port"), finding("address/suspicious-port", 2, { severity: "info" })];
    assert.equal(verdicts(both, lint({ "address/suspicious-port": "error" })), [
      "address/suspicious-port error",
      "address/suspicious-port error",
    ]);
    assert.equal(verdicts([finding("label/near-miss-name")], lint({ "label/near-miss-name": { severity: "info" } })), [
      "label/near-miss-name info",
    ]);
    assert.equal(verdicts(both, lint({ "address/suspicious-port": "off" })), []);
  });

  it("options without a severity leave the finding's own", () => {
    assert.equal(verdicts([finding("label/near-miss-name")], lint({ "label/near-miss-name": { x: 1 } })), [
      "label/near-miss-name warning",
    ]);
    assert.equal(
      verdicts([finding("label/required", 1, { severity: "error" })], lint({ "label/required": { labels: ["env"] } })),
      ["label/required error"],
    );
  });

  it("a rule that is off by default is dropped, unless it is on", () => {
    const off = [finding("label/required")];
    assert.equal(verdicts(off), []);
    assert.equal(verdicts(off, lint({ "label/required": "info" })), ["label/required info"]);
  });

  it("an override is for its files; the last one that fits wins", () => {
    const here = finding("label/near-miss-name", 1, { file: "old/a.yml" });
    const there = finding("label/near-miss-name", 1, { file: "new/a.yml" });
    const off = { files: ["old/"], rules: { "label/near-miss-name": "off" } };
    const error = { files: ["old/a"], rules: { "label/near-miss-name": "error" } };
    assert.equal(
      judged([here, there], lint({}, [off])).map(({ where }) => where.file),
      ["new/a.yml"],
    );
    assert.equal(verdicts([here], lint({}, [off, error])), ["label/near-miss-name error"]);
    assert.equal(verdicts([here], lint({}, [error, off])), []);
    assert.equal(verdicts([here], lint({ "label/near-miss-name": "off" }, [error])), ["label/near-miss-name error"]);
    assert.equal(verdicts([there], lint({ "label/near-miss-name": "info" }, [error])), ["label/near-miss-name info"]);
  });

  it("an override switches a rule on for some files only, also by options alone", () => {
    const files = [
      finding("label/required", 1, { file: "old/a.yml" }),
      finding("label/required", 1, { file: "new/a.yml" }),
    ];
    for (const setting of ["warning", { labels: ["env"] }]) {
      const result = judged(files, lint({}, [{ files: ["new/"], rules: { "label/required": setting } }]));
      assert.equal(
        result.map(({ where, severity }) => [where.file, severity]),
        [["new/a.yml", "warning"]],
      );
    }
  });

  it("an override of options alone leaves the severity that was set", () => {
    const settings = lint({ "label/near-miss-name": "info" }, [
      { files: [""], rules: { "label/near-miss-name": { x: 1 } } },
    ]);
    assert.equal(verdicts([finding("label/near-miss-name")], settings), ["label/near-miss-name info"]);
  });

  it("a locked rule is not changed by settings", () => {
    const locked = [
      finding("label/shadows-builtin", 1, { severity: "error" }),
      finding("label/shadows-builtin", 2, { severity: "info" }),
    ];
    const off = { "label/shadows-builtin": "off" };
    assert.equal(verdicts(locked, lint(off, [{ files: [""], rules: off }])), [
      "label/shadows-builtin error",
      "label/shadows-builtin info",
    ]);
  });

  it("findings of a code that is in no registry pass", () => {
    assert.equal(verdicts([finding("plan/mass-removal")]), ["plan/mass-removal warning"]);
  });

  it("sorts by file, then code, then message", () => {
    const result = judged([
      finding("label/reserved", 2),
      finding("address/path", 1, { file: "b" }),
      finding("label/reserved", 1),
      finding("address/path", 9),
    ]);
    assert.equal(
      result.map(({ message, where }) => `${where.file} ${message}`),
      [
        "b address/path in 1",
        `${FILE} address/path in 9`,
        `${FILE} label/reserved in 1`,
        `${FILE} label/reserved in 2`,
      ],
    );
  });
});

describe("judge: suppression comments", (it) => {
  const ID = "label/near-miss-name";

  it("a comment alone is about the next line, one beside something about its own", () => {
    assert.equal(silenced([finding(ID, 5)], [comment(4, ID)]), []);
    assert.equal(silenced([finding(ID, 5)], [comment(5, ID, { isAlone: false })]), []);
    assert.equal(silenced([finding(ID, 5)], [comment(4, ID, { isAlone: false })]), [
      `${ID} warning`,
      "meta/unused-ignore warning",
    ]);
    assert.equal(silenced([finding(ID, 5)], [comment(3, ID)]), [`${ID} warning`, "meta/unused-ignore warning"]);
    assert.equal(silenced([finding(ID, 5)], [comment(5, ID)]), [`${ID} warning`, "meta/unused-ignore warning"]);
  });

  it("comments may stand one below the other", () => {
    const two = [finding(ID, 5), finding("label/inconsistent", 5)];
    assert.equal(
      silenced(two, [comment(3, ID), comment(4, "label/inconsistent")], lint({ "label/inconsistent": "warning" })),
      [],
    );
    assert.equal(silenced([finding(ID, 5)], [comment(4, ID), comment(5, "label/required", { isAlone: false })]), [
      "meta/unused-ignore warning",
    ]);
  });

  it("one comment may name several rules, and take several findings away", () => {
    assert.equal(
      silenced(
        [finding(ID, 5), finding(ID, 5), finding("address/suspicious-port", 5)],
        [comment(4, [ID, "address/suspicious-port"])],
      ),
      [],
    );
  });

  it("takes away no other rule, file or line", () => {
    const others = [finding("address/suspicious-port", 5), finding(ID, 5, { file: "targets/b.yml" }), finding(ID, 6)];
    const left = silenced(others, [comment(4, ID)]);
    assert.is(left.length, 4);
  });

  it("places are asked for where a comment of that file names the rule, and nowhere else", () => {
    const asked: string[] = [];
    const lineOf: Judgement["lineOf"] = ({ file, path }) => {
      asked.push(`${file}:${path[0]}`);
      return Number(path[0]);
    };
    silenced(
      [finding(ID, 5), finding("address/suspicious-port", 6), finding(ID, 7, { file: "targets/b.yml" })],
      [comment(4, ID)],
      { lineOf },
    );
    assert.equal(asked, [`${FILE}:5`]);
  });

  it("a finding without a line is not silenced", () => {
    assert.equal(silenced([finding(ID, 5)], [comment(4, ID)], { lineOf: () => undefined }), [
      `${ID} warning`,
      "meta/unused-ignore warning",
    ]);
  });

  it("sorts findings about comments among the others", () => {
    const left = silenced([finding(ID, 5), finding("topology/empty-shard", 6)], [comment(9, ID)]);
    assert.equal(left, [`${ID} warning`, "meta/unused-ignore warning", "topology/empty-shard warning"]);
  });

  it("what is off is not there to be silenced", () => {
    assert.equal(silenced([finding(ID, 5)], [comment(4, ID)], lint({ [ID]: "off" })), ["meta/unused-ignore warning"]);
  });
});

describe("judge: aliases", (it) => {
  const ALIAS = finding("yaml/anchor-alias", 9, { severity: "info" });
  const at = (line: number, route: string, message = "m", file = FILE): Diagnostic => ({
    ...finding("label/reserved", line, { file, severity: "error" }),
    message,
    where: { file, path: [line, route] },
  });

  it("tells what stands in one place once, however many routes lead there", () => {
    const routes = ["a", "b", "c"].map((route) => at(1, route));
    const kept = judged([ALIAS, ...routes]).filter(({ code }) => code === "label/reserved");
    assert.equal(kept, routes.slice(0, 1));
  });

  it("keeps other places, words, rules and files", () => {
    const others = [at(1, "a"), at(2, "a"), at(1, "a", "n"), { ...at(1, "a"), code: "label/invalid-name" }];
    assert.is(judged([ALIAS, ...others, at(1, "a", "m", "targets/b.yml")]).length, 6);
  });

  it("takes no finding of one file for that of another, where both have aliases", () => {
    const files = ["targets/a.yml", "targets/b.yml"];
    const found = files.flatMap((file) => [
      finding("yaml/anchor-alias", 9, { file, severity: "info" }),
      finding("address/path", 1, { file }),
    ]);
    assert.equal(
      judged(found).flatMap(({ code, where }) => (code === "address/path" ? [where.file] : [])),
      files,
    );
  });

  it("asks for no place in a file without aliases, nor for a finding that is alone", () => {
    const spotOf = (): string => {
      throw new Error("asked");
    };
    assert.is(judged([at(1, "a"), at(1, "b")], { spotOf }).length, 2);
    assert.is(
      judged([ALIAS, at(1, "a"), at(1, "b", "n"), at(1, "a", "m", "b.yml"), at(1, "b", "m", "b.yml")], { spotOf })
        .length,
      5,
    );
  });

  it("is quick with thousands", () => {
    const many = Array.from({ length: 20_000 }, (_, index) => at(index % 100, String(index)));
    assert.is(judged([ALIAS, ...many]).length, 101);
  });
});
