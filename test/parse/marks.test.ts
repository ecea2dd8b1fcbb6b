import * as assert from "uvu/assert";
import { readSuppressions } from "../../src/parse/marks.ts";
import { describe } from "../describe.ts";
import { parse } from "./findings.ts";

describe("suppression comments", (it) => {
  it("are read with rules, date and reason", () => {
    const text =
      "a: b\nc: d # promgen-ignore label/required, topology/empty-project until=2026-01-31 -- moving -- soon\n";
    const [only, ...others] = parse(text).suppressions;
    assert.equal(others, []);
    assert.equal(only, {
      line: 2,
      range: [10, text.length - 1],
      isAlone: false,
      rules: ["label/required", "topology/empty-project"],
      until: "2026-01-31",
      reason: "moving -- soon",
    });
  });

  it("have their date wherever it stands, and none of two", () => {
    const untilOf = (text: string): string | undefined => readSuppressions(`# promgen-ignore ${text}`)[0]?.until;
    assert.is(untilOf("a/b -- renamed in January until=2020-01-01"), "2020-01-01");
    assert.is(untilOf("a/b -- until=2020-01-01, as agreed"), "2020-01-01,");
    assert.is(untilOf("a/b until=2099-01-01 until=2020-01-01 -- x"), "2099-01-01 2020-01-01");
    assert.is(untilOf("a/b until=2099-01-01 -- x until=2020-01-01"), "2099-01-01 2020-01-01");
    assert.is(untilOf("a/b -- waituntil=2020-01-01"), undefined);
  });

  it("may lack any of them", () => {
    assert.equal(readSuppressions("  ##promgen-ignore\r\n"), [{ line: 1, range: [2, 18], isAlone: true, rules: [] }]);
    assert.equal(
      readSuppressions("# promgen-ignore a/b --\n# promgen-ignore a/b because\n").map(({ rules, reason }) => [
        rules,
        reason,
      ]),
      [
        [["a/b"], undefined],
        [["a/b", "because"], undefined],
      ],
    );
  });

  it("are found wherever a comment may stand", () => {
    const text =
      "# promgen-ignore a\n---\nx:   # promgen-ignore b\n  - y\n\n  # promgen-ignore c\n  - [ z, # promgen-ignore d\n    w ]\n# promgen-ignore e";
    assert.equal(
      parse(text).suppressions.map(({ line, rules, isAlone }) => `${line} ${rules.join()} ${isAlone}`),
      ["1 a true", "3 b false", "6 c true", "7 d false", "9 e true"],
    );
  });

  it("are read from a file that cannot be read otherwise", () => {
    assert.is(parse("a: [b # promgen-ignore c\nd: e\n").suppressions.length, 1);
  });

  it("are not what only looks like one", () => {
    for (const text of [
      "a: 'b # promgen-ignore c'\n",
      "a: |\n  # promgen-ignore c\n",
      "a: b#promgen-ignore c\n",
      "# see promgen-ignore\n",
      "# promgen-ignored x\n",
      "a: promgen-ignore\n",
    ]) {
      assert.equal(parse(text).suppressions, [], text);
    }
  });
});
