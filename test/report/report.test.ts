import * as assert from "uvu/assert";
import { FORMATS, report } from "../../src/report/report.ts";
import { describe } from "../describe.ts";
import { everyReport, finding, hostsFile, inputOf } from "./input.ts";

/** One text in every place where somebody else's text can stand. */
function everywhere(text: string): Record<string, string> {
  const file = `dir/${text}.yml`;
  const where = { file, path: [], range: [0, Math.max(1, text.indexOf("\n"))] } as const;
  const bad = finding(where, { message: text, help: text, related: [{ where, note: text }] });
  const findings = [bad, ...Array.from({ length: 30 }, () => ({ ...bad, severity: "warning" as const }))];
  return everyReport({ files: { [file]: `${text}\n` }, findings, options: { verbose: true } });
}

describe("report", (it) => {
  it("has no active character in any format, whatever the inventory holds", () => {
    const nasty = "\u001b[31m \u009b1m \u0007 \u007f \r \u202e \u2066 \u2028 \u200b \ufeff \u{e0041} \ud800";
    for (const [format, text] of Object.entries(everywhere(nasty))) {
      assert.not.match(text, /[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u, format);
      assert.not.match(text, /(?!\n)\p{Cc}/u, format);
    }
  });

  it("starts no line with somebody else's text, and says no command of GitHub's runner", () => {
    for (const command of [
      "::error::x",
      "\n::error::x",
      "\r::set-output name=x::y",
      "\u2028::error::x",
      "##[error]x",
      "a ##[set-env name=b]c",
      "%0A::error::x",
    ]) {
      for (const [format, text] of Object.entries(everywhere(command))) {
        assert.not.match(text, "##[", format);
        const isOurs =
          /^::(?:error|warning|notice) (?:file=dir\/[^:,]*,line=1,(?:col=1,)?endLine=[12],(?:endColumn=\d+,)?title=topology\/duplicate-target|title=promgen-gen)::/;
        for (const line of text.split("\n")) {
          if (!/^\s*::(?!: )/.test(line)) continue;
          assert.is(format, "github", `${format}: ${line}`);
          assert.match(line, isOurs);
        }
      }
    }
  });

  it("has no link in SARIF and no markup in XML", () => {
    const { sarif, junit } = everywhere("[a](http://x) ](http://y) \\](http://z) <img src=x> ]]>");
    const { runs } = JSON.parse(sarif ?? "") as { runs: { results: { message: { text: string } }[] }[] };
    assert.match(runs[0]?.results[0]?.message.text ?? "", "[a] (http://x)");
    assert.not.match(sarif ?? "", "](");
    assert.not.match(junit ?? "", /<img|\]\]>/);
  });

  it("keeps the exact text in JSON", () => {
    const text = "\u001b[31m\n\u202e ##[x] \u009b 🚀";
    const { findings } = JSON.parse(everywhere(text)["json"] ?? "") as {
      findings: { message: string; file: string }[];
    };
    assert.is(findings[0]?.message, text);
    assert.is(findings[0]?.file, `dir/${text}.yml`);
  });

  it("shows no secret in any format, whatever a finding is about", () => {
    const token = `ghp_${"a1B2c3D4".repeat(4)}`;
    for (const [secret, line] of [
      [token, `params: [token=${token}]`],
      [token, `params: { token: ${token}`],
      ["hunter22", `- {module: a, target: "https://u:hunter22@a.example.com", b: c}`],
      ["hunter22", "db-password: hunter22"],
      ["hunter22", "labels: { password: hunter22, b: [ }"],
    ] as const) {
      const where = { file: "a.yml", path: [], range: [0, 3] } as const;
      const words = `${line} is wrong`;
      const bad = finding(where, { message: words, help: words, related: [{ where, note: words }] });
      for (const [format, text] of Object.entries(everyReport({ files: { "a.yml": line }, findings: [bad] }))) {
        assert.not.match(text, secret, format);
        assert.match(text, "…", format);
      }
    }
  });

  it("ends every piece and every report with a line break", () => {
    const findings = Array.from({ length: 2000 }, (_, index) => finding([0, "projects", 0, "hosts", index]));
    for (const format of FORMATS) {
      const pieces: string[] = [];
      report(inputOf({ files: { "a.yml": hostsFile(2000) }, findings }), format, (piece) => pieces.push(piece));
      for (const piece of pieces) assert.ok(piece.endsWith("\n"), format);
      if (format === "json") assert.ok(pieces.length > 3 && pieces.length < 20);
    }
  });

  it("shows 100,000 findings in few seconds of the processor", () => {
    const files: Record<string, string> = {};
    const findings = Array.from({ length: 100_000 }, (_, index) => {
      const file = `${index % 100}.yml`;
      files[file] ??= hostsFile(1000);
      return finding(
        { file, path: [0, "projects", 0, "hosts", Math.floor(index / 100)] },
        { message: `host ${index}` },
      );
    });
    const limits = { text: 1000, github: 1000, json: 5000, sarif: 5000, junit: 8000 };
    for (const format of FORMATS) {
      // Time of the processor, not of the clock: what else the machine does is not ours.
      const start = process.cpuUsage();
      report(inputOf({ files, findings }), format, () => {});
      const { user, system } = process.cpuUsage(start);
      assert.ok((user + system) / 1000 < limits[format], `${format} took ${(user + system) / 1000} ms`);
    }
  });
});
