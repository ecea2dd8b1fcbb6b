import * as assert from "uvu/assert";
import type { Diagnostic, Severity } from "../../src/diagnostic.ts";
import { describe } from "../describe.ts";
import { finding, hostsFile, reportOf } from "./input.ts";

const SUMMARY = "in 1 of 214 files · 18,302 targets · 8 shards · 0.9 s\n";
const files = { "a.yml": "a: 'b\n  c'\nd: e\n" };

function hosts(count: number, rest: Partial<Diagnostic> = {}): Diagnostic[] {
  return Array.from({ length: count }, (_, index) =>
    finding([0, "projects", 0, "hosts", index], { message: `h${index}`, ...rest }),
  );
}

function annotations(text: string, command: string): string[] {
  return text.split("\n").filter((line) => line.startsWith(`::${command} `));
}

describe("github", (it) => {
  it("annotates a place, and sums up in a plain line", () => {
    assert.is(
      reportOf("github", { files, findings: [finding([0, "d"], { help: "write f" })] }),
      `::error file=a.yml,line=3,col=4,endLine=3,endColumn=5,title=topology/duplicate-target::m%0Ahelp: write f\n1 error ${SUMMARY}`,
    );
  });

  it("names no columns over several lines or for a whole file, and no line for a file that is not there", () => {
    const findings = [
      finding([0, "a"], { severity: "warning" }),
      finding([], { severity: "warning", code: "yaml/encoding" }),
      finding({ file: "gone.yml", path: [] }),
      finding({ file: "", path: [] }, { code: "topology/empty-inventory" }),
    ];
    assert.equal(reportOf("github", { files, findings }).split("\n").slice(0, 4), [
      "::error title=topology/empty-inventory::m",
      "::error file=gone.yml,title=topology/duplicate-target::m",
      "::warning file=a.yml,line=1,title=yaml/encoding::m",
      "::warning file=a.yml,line=1,endLine=2,title=topology/duplicate-target::m",
    ]);
  });

  it("names files from the repository's root", () => {
    const text = reportOf("github", {
      files,
      findings: [finding([0, "d"])],
      options: { prefix: "monitoring/targets/" },
    });
    assert.match(text, "::error file=monitoring/targets/a.yml,line=3,");
  });

  it("escapes what would end a property or the message", () => {
    const file = "a,b:c%2C.yml";
    const text = reportOf("github", { findings: [finding({ file, path: [] }, { message: "100%, a: b", help: "c" })] });
    assert.is(
      text.split("\n")[0],
      "::error file=a%2Cb%3Ac%252C.yml,title=topology/duplicate-target::100%25, a: b%0Ahelp: c",
    );
  });

  it("shows notices when asked to", () => {
    const input = { files, findings: [finding([0, "d"], { severity: "info" as Severity })] };
    assert.is(annotations(reportOf("github", input), "notice").length, 0);
    assert.is(annotations(reportOf("github", { ...input, options: { verbose: true } }), "notice").length, 1);
  });

  it("shows ten of a kind where there are ten", () => {
    const text = reportOf("github", { files: { "a.yml": hostsFile(10) }, findings: hosts(10) });
    assert.is(annotations(text, "error").length, 10);
    assert.not.match(text, "more");
    assert.is(text.split("\n").length, 12);
  });

  it("counts the others in the tenth, and lists them as plain lines", () => {
    const findings = [...hosts(46), ...hosts(3, { severity: "warning" })];
    const text = reportOf("github", { files: { "a.yml": hostsFile(46) }, findings });
    const errors = annotations(text, "error");
    assert.is(errors.length, 10);
    assert.is(errors[9], "::error title=promgen-gen::and 37 more errors, listed in the log of this step");
    assert.is(annotations(text, "warning").length, 3);
    const plain = text.split("\n").filter((line) => line !== "" && !line.startsWith("::"));
    assert.is(plain.length, 22);
    assert.is(plain[0], "error[topology/duplicate-target] a.yml:13:9: h9");
    assert.is(plain[20], "… and 17 more topology/duplicate-target (--format json lists all)");
    assert.ok(text.endsWith(`46 errors, 3 warnings ${SUMMARY}`));
  });

  it("lets no noisy rule hide the others", () => {
    const quiet = ["label/reserved", "topology/unknown-ref"].map((code) =>
      finding([0, "projects", 0, "hosts", 900], { code }),
    );
    const text = reportOf("github", { files: { "a.yml": hostsFile(1000) }, findings: [...hosts(1000), ...quiet] });
    const titles = annotations(text, "error").map((line) => /title=([^:]*)/.exec(line)?.[1]);
    for (const { code } of quiet) assert.ok(titles.includes(code), code);
    assert.is(titles.length, 10);
  });
});
