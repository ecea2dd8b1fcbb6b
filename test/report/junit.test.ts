import { spawnSync } from "node:child_process";
import * as assert from "uvu/assert";
import { describe, notRun } from "../describe.ts";
import { finding, reportOf } from "./input.ts";

interface Element {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly Element[];
}

const DUMP = `
import json, sys, xml.etree.ElementTree as e
def dump(x): return {"tag": x.tag, "attributes": x.attrib, "text": x.text or "", "children": [dump(c) for c in x]}
json.dump(dump(e.fromstring(sys.stdin.buffer.read())), sys.stdout)
`;

/** Parses with a parser that is not ours. */
function parse(xml: string): Element {
  const { stdout, stderr, status } = spawnSync("python3", ["-c", DUMP], { input: xml, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Element;
}

function cases(root: Element): readonly Element[] {
  return (root.children[0]?.children ?? []).filter(({ tag }) => tag === "testcase");
}

const files = { "a.yml": 'a: b\nd: <e> & "f"\n' };

if (spawnSync("python3", ["-c", ""]).status !== 0) notRun("junit", "python3 is not installed");
else {
  describe("junit", (it) => {
    it("has a case for every finding, failures for errors and warnings", () => {
      const findings = [
        finding([0, "d"], { message: 'a < b & "c"', help: "h" }),
        finding([0, "a"], { severity: "warning" }),
        finding([], { severity: "info", message: "just so" }),
      ];
      const root = parse(reportOf("junit", { files, findings, options: { prefix: "sub/" } }));
      const totals = { name: "promgen-gen", tests: "3", failures: "2", errors: "0", skipped: "0" };
      assert.equal([root.tag, root.attributes], ["testsuites", totals]);
      assert.equal([root.children[0]?.tag, root.children[0]?.attributes], ["testsuite", totals]);
      const [info, warning, error] = cases(root);
      assert.equal(
        info?.children.map(({ tag }) => tag),
        ["system-out"],
      );
      assert.match(info?.children[0]?.text ?? "", "just so");
      assert.equal(warning?.children[0]?.attributes, { type: "warning", message: "m" });
      assert.equal(error, {
        tag: "testcase",
        attributes: {
          name: 'topology/duplicate-target: a < b & "c"',
          classname: "a.yml",
          file: "sub/a.yml",
          line: "2",
        },
        text: "\n",
        children: [
          {
            tag: "failure",
            attributes: { type: "error", message: 'a < b & "c"' },
            text: `error[topology/duplicate-target]: a < b & "c"
 --> a.yml:2:4
  |
2 | d: <e> & "f"
  |    ^^^^^^^^^
  = help: h`,
            children: [],
          },
        ],
      });
    });

    it("gives equal findings different names", () => {
      const names = cases(parse(reportOf("junit", { files, findings: [finding([0, "a"]), finding([0, "d"])] }))).map(
        ({ attributes }) => attributes["name"],
      );
      assert.equal(names, ["topology/duplicate-target: m", "topology/duplicate-target: m (2)"]);
    });

    it("has one passing case without findings", () => {
      const root = parse(reportOf("junit", {}));
      assert.is(root.attributes["tests"], "1");
      assert.equal(
        cases(root).map(({ children }) => children.length),
        [0],
      );
    });

    it("says what is withheld", () => {
      const suite = parse(reportOf("junit", { summary: { unread: true } })).children[0];
      assert.equal(
        suite?.children.map(({ tag }) => tag),
        ["testcase", "system-out"],
      );
    });

    it("shows no line that holds a secret", () => {
      const findings = [finding([0, "d"], { redact: true }), finding([0, "d"])];
      assert.not.match(reportOf("junit", { files, findings }), "f&quot;");
    });

    it("stays XML whatever a message, a name or a line holds", () => {
      const nasty = [
        "]]>",
        "<img src=x>",
        "&amp;",
        "\u0000\u0001\u001b[31m",
        "\ud800",
        "\ufffe\uffff",
        "a\nb\tc",
        "'\"",
        "\u202e",
        "🚀",
      ];
      for (const text of nasty) {
        const where = { file: `${text}.yml`, path: [], range: [0, 1] } as const;
        const bad = finding(where, { message: text, help: text, related: [{ where, note: text }] });
        assert.is(cases(parse(reportOf("junit", { files: { [where.file]: text }, findings: [bad] }))).length, 1, text);
      }
    });
  });
}
