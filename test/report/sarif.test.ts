import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { finding, reportOf } from "./input.ts";

interface Message {
  text: string;
}
interface Location {
  id?: number;
  message?: Message;
  physicalLocation: {
    artifactLocation: { uri: string; uriBaseId: string };
    region?: { startLine: number; startColumn?: number; endLine?: number; endColumn?: number };
  };
}
interface Result {
  ruleId: string;
  ruleIndex: number;
  level: string;
  message: Message;
  locations: Location[];
  relatedLocations?: Location[];
  partialFingerprints: Record<string, string>;
}
interface Rule {
  id: string;
  shortDescription?: Message;
  defaultConfiguration?: { level: string };
}
interface Run {
  tool: { driver: { name: string; version?: string; rules: Rule[] } };
  invocations: { executionSuccessful: boolean; toolExecutionNotifications?: { level: string; message: Message }[] }[];
  columnKind: string;
  results: Result[];
}

/** Parses, and checks what §3 of the standard requires of the properties that are used. */
function parse(text: string): Run {
  const log = JSON.parse(text) as { version: string; $schema: string; runs: Run[] };
  assert.equal(Object.keys(log).sort(), ["$schema", "runs", "version"]);
  assert.is(log.version, "2.1.0");
  assert.is(log.runs.length, 1);
  const [run] = log.runs;
  if (run === undefined) throw new Error("no run");
  assert.equal(Object.keys(run).sort(), ["columnKind", "invocations", "results", "tool"]);
  assert.is(run.columnKind, "utf16CodeUnits");
  const { rules } = run.tool.driver;
  assert.is(new Set(rules.map(({ id }) => id)).size, rules.length);
  for (const { executionSuccessful } of run.invocations) assert.type(executionSuccessful, "boolean");
  for (const result of run.results) {
    assert.is(rules[result.ruleIndex]?.id, result.ruleId);
    assert.ok(["none", "note", "warning", "error"].includes(result.level));
    assert.ok(result.message.text.length > 0);
    const related = result.relatedLocations ?? [];
    assert.is(new Set(related.map(({ id }) => id)).size, related.length);
    for (const { physicalLocation } of [...result.locations, ...related]) {
      const { artifactLocation, region } = physicalLocation;
      assert.match(artifactLocation.uri, /^(?:[\w\-.!~*'()/]|%[0-9A-F]{2})*$/);
      if (region === undefined) continue;
      assert.ok(region.startLine >= 1);
      const { startColumn, endColumn, endLine } = region;
      if (startColumn === undefined) continue;
      assert.ok(startColumn >= 1);
      const isForward = (endLine ?? 0) > region.startLine || (endColumn ?? 0) >= startColumn;
      assert.ok(isForward);
    }
  }
  return run;
}

const files = { "a.yml": "a: 'b\n  c'\nd: e\n", "targets/東京 #1.yml": "a: b\n" };

describe("sarif", (it) => {
  it("describes a finding, its related places and its rule", () => {
    const related = [{ where: { file: "targets/東京 #1.yml", path: [0, "a"] }, note: "n" }];
    const options = { version: "1.2.3", prefix: "sub/", describeRule: (rule: string) => `About ${rule}.` };
    const { tool, results } = parse(
      reportOf("sarif", { files, findings: [finding([0, "a"], { help: "h", related })], options }),
    );
    const rule = {
      id: "topology/duplicate-target",
      shortDescription: { text: "About topology/duplicate-target." },
      defaultConfiguration: { level: "error" },
    };
    assert.equal(tool, { driver: { name: "promgen-gen", version: "1.2.3", rules: [rule] } });
    assert.match(results[0]?.partialFingerprints["promgenGen/v1"] ?? "", /^[0-9a-f]{16}$/);
    const place = (uri: string) => ({ uri, uriBaseId: "%SRCROOT%" });
    assert.equal(
      { ...results[0], partialFingerprints: {} },
      {
        ruleId: "topology/duplicate-target",
        ruleIndex: 0,
        level: "error",
        message: { text: "m. Help: h" },
        locations: [
          {
            physicalLocation: {
              artifactLocation: place("sub/a.yml"),
              region: { startLine: 1, startColumn: 5, endLine: 2, endColumn: 4 },
            },
          },
        ],
        relatedLocations: [
          {
            id: 1,
            physicalLocation: {
              artifactLocation: place("sub/targets/%E6%9D%B1%E4%BA%AC%20%231.yml"),
              region: { startLine: 1, startColumn: 4, endLine: 1, endColumn: 5 },
            },
            message: { text: "n" },
          },
        ],
        partialFingerprints: {},
      },
    );
  });

  it("leaves out what it does not know", () => {
    const findings = [
      finding({ file: "gone\ud800.yml", path: [0] }, { code: "some/later-rule", severity: "warning" }),
      finding([], { code: "label/required", severity: "info" }),
    ];
    const { tool, results } = parse(reportOf("sarif", { files, findings }));
    assert.equal(tool.driver.rules, [
      { id: "label/required", defaultConfiguration: { level: "none" } },
      { id: "some/later-rule" },
    ]);
    assert.equal(
      results.map(({ level }) => level),
      ["note", "warning"],
    );
    assert.equal(
      results.map(({ locations }) => locations[0]?.physicalLocation.region),
      [{ startLine: 1 }, undefined],
    );
    assert.equal(results[0]?.relatedLocations, undefined);
  });

  it("is complete without findings, and says what is withheld", () => {
    assert.equal(parse(reportOf("sarif", {})).results, []);
    const { invocations } = parse(reportOf("sarif", { summary: { unread: true, elsewhere: 1 } }));
    assert.is(invocations[0]?.toolExecutionNotifications?.length, 2);
  });

  it("keeps as many results as GitHub takes, errors first, and says how many are left out", () => {
    const warnings = Array.from({ length: 25_001 }, () => finding([0, "a"], { severity: "warning" }));
    const { results, invocations } = parse(reportOf("sarif", { files, findings: [...warnings, finding([0, "d"])] }));
    assert.is(results.length, 25_000);
    assert.is(results[0]?.level, "error");
    assert.match(invocations[0]?.toolExecutionNotifications?.[0]?.message.text ?? "", "2 more findings left out");
  });
});
