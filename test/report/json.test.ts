import { readFile } from "node:fs/promises";
import { Ajv } from "ajv";
import type { AnySchemaObject } from "ajv";
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { finding, reportOf } from "./input.ts";

const schema = JSON.parse(
  await readFile(new URL("../../schema/report.schema.json", import.meta.url), "utf8"),
) as AnySchemaObject;
const validate = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);

/** Parses, and checks against the schema. */
function parse(json: string): unknown {
  const value: unknown = JSON.parse(json);
  assert.ok(validate(value), JSON.stringify(validate.errors));
  return value;
}

const files = { "a.yml": "a: 'b\n  c'\nd: e\n" };

describe("json", (it) => {
  it("holds everything about a finding", () => {
    const findings = [
      finding([0, "d"], {
        message: "m2",
        help: "h",
        related: [
          { where: { file: "a.yml", path: [0, "a"] }, note: "n" },
          { where: { file: "gone.yml", path: [0] }, note: "o" },
        ],
      }),
      finding({ file: "a.yml", path: [] }, { severity: "info", message: "m1" }),
      finding({ file: "z.yml", path: [] }, { severity: "info", message: "m3" }),
    ];
    const value = parse(reportOf("json", { files, findings, summary: { unread: true, elsewhere: 2 } })) as {
      findings: { fingerprint?: string }[];
    };
    const prints = value.findings.map(({ fingerprint }) => fingerprint);
    for (const found of value.findings) delete found.fingerprint;
    assert.is(new Set(prints).size, 3);
    assert.equal(value, {
      version: 1,
      summary: {
        errors: 1,
        warnings: 0,
        infos: 2,
        files: 214,
        filesWithFindings: 2,
        targets: 18302,
        shards: 8,
        unread: true,
        elsewhere: 2,
      },
      findings: [
        {
          rule: "topology/duplicate-target",
          severity: "info",
          message: "m1",
          help: null,
          file: "a.yml",
          start: { line: 1, column: 1 },
          end: { line: 1, column: 1 },
          related: [],
        },
        {
          rule: "topology/duplicate-target",
          severity: "error",
          message: "m2",
          help: "h",
          file: "a.yml",
          start: { line: 3, column: 4 },
          end: { line: 3, column: 5 },
          related: [
            { note: "n", file: "a.yml", start: { line: 1, column: 5 }, end: { line: 2, column: 4 } },
            { note: "o", file: "gone.yml", start: null, end: null },
          ],
        },
        {
          rule: "topology/duplicate-target",
          severity: "info",
          message: "m3",
          help: null,
          file: "z.yml",
          start: null,
          end: null,
          related: [],
        },
      ],
    });
  });

  it("writes one finding a line", () => {
    const json = reportOf("json", { files, findings: [finding([0, "a"]), finding([0, "d"])] });
    assert.is(json.split("\n").filter((line) => line.startsWith('{"rule":"')).length, 2);
  });

  it("is complete without findings", () => {
    assert.equal((parse(reportOf("json", {})) as { findings: unknown }).findings, []);
  });

  it("lists all of a rule, and no text of any line", () => {
    const findings = Array.from({ length: 50 }, () => finding([0, "d"], { redact: true }));
    const json = reportOf("json", { files: { "a.yml": "d: ghp_secret\n" }, findings });
    assert.is((parse(json) as { findings: unknown[] }).findings.length, 50);
    assert.not.match(json, "ghp_secret");
  });

  it("does not depend on the order of findings or on the time", () => {
    const findings = [finding([0, "a"]), finding([0, "d"]), finding([0, "d"], { code: "yaml/syntax" })];
    assert.is(
      reportOf("json", { files, findings }),
      reportOf("json", { files, findings: findings.toReversed(), summary: { seconds: 7 } }),
    );
  });

  it("has a schema that refuses what is not in it", () => {
    const value = JSON.parse(reportOf("json", { files, findings: [finding([0, "d"])] })) as { findings: object[] };
    assert.is(validate({ ...value, more: 1 }), false);
    assert.is(validate({ ...value, findings: [{ ...value.findings[0], line: 1 }] }), false);
  });
});
