import * as assert from "uvu/assert";
import { RULES } from "../../src/rules/registry.ts";
import { describe } from "../describe.ts";
import { checkConfigText, configHelpFor, foundInConfig } from "./findings.ts";

const override = (rules: string): string => `lint:\n  overrides:\n    - files: [a]\n      rules: ${rules}\n`;

describe("lint: of promgen.yml", (it) => {
  it("finds rules that do not exist, everywhere, and says which one was meant", () => {
    for (const [rule, help] of [
      ["topology/shared-targets", "did you mean `topology/shared-target`?"],
      ["Topology/Shared-Target", "did you mean `topology/shared-target`?"],
      ["shared-target", "did you mean `topology/shared-target`?"],
      ["topology/xyzzy", "`topology/unknown-ref`"],
      ["xyzzy", "the groups are yaml, schema,"],
      ["constructor", "the groups are"],
      ["__proto__", "the groups are"],
    ] as const) {
      for (const text of [`lint: { ${rule}: "off" }\n`, override(`{ ${rule}: error }`)]) {
        assert.equal(foundInConfig(text), [`unknown-key ${JSON.stringify(rule)}`], text);
        assert.match(configHelpFor(text), help, text);
      }
    }
    // What is set for it does not matter.
    assert.equal(foundInConfig("lint: { topology/xyzzy: 5 }\n").length, 1);
  });

  it("finds severities that are none", () => {
    for (const [severity, right] of [
      ["warn", "`warning`"],
      ["fatal", "`error`"],
      ["false", '`"off"`'],
      ["none", '`"off"`'],
      ["note", "`info`"],
      ["5", "`error`, `warning`"],
      ["[error]", "`error`, `warning`"],
    ] as const) {
      for (const text of [
        `lint:\n  topology/shared-target: ${severity}\n`,
        `lint:\n  topology/shared-target:\n    severity: ${severity}\n`,
        override(`\n        topology/shared-target: ${severity}`),
      ]) {
        assert.equal(foundInConfig(text), [`wrong-type ${JSON.stringify(severity)}`], text);
        assert.match(configHelpFor(text), right, text);
      }
    }
    assert.equal(foundInConfig("lint:\n  topology/shared-target:\n"), ['wrong-type "topology/shared-target"']);
  });

  it("finds locked rules that are switched off or made less", () => {
    const locked = Object.entries(RULES).filter(([, info]) => info.locked);
    assert.ok(locked.length > 20);
    for (const [rule] of locked) {
      assert.equal(foundInConfig(`lint: { ${rule}: "off" }\n`), ['wrong-type "off"'], rule);
      assert.equal(foundInConfig(override(`{ ${rule}: { severity: warning } }`)), ['wrong-type "warning"'], rule);
      assert.equal(foundInConfig(`lint: { ${rule}: error }\n`), [], rule);
    }
    for (const [rule] of Object.entries(RULES).filter(([, info]) => !info.locked))
      assert.equal(foundInConfig(`lint:\n  ${rule}: "off"\n${override(`{ ${rule}: error }`).slice(6)}`), [], rule);
  });

  it("finds options that a rule does not have, and keeps one that is nearly right", () => {
    assert.equal(foundInConfig("lint: { topology/shared-target: { limit: 5 } }\n"), ['unknown-key "limit"']);
    assert.equal(foundInConfig("lint: { label/required: { label: [env] } }\n"), ['unknown-key "label"']);
    assert.is(configHelpFor("lint: { label/required: { label: [env] } }\n"), "did you mean `labels`?");
    const { value } = checkConfigText("lint: { label/required: { label: [env] } }\n");
    assert.equal((value["lint"] as Record<string, Record<string, unknown>>)["label/required"]?.["labels"], ["env"]);
  });

  it("finds options in an override, where only severities count", () => {
    assert.equal(foundInConfig(override("{ label/high-cardinality: { limit: 5 } }")), ['unknown-key "limit"']);
    const both = `lint:\n  label/required: { labels: [a] }\n${override("{ label/required: { labels: [b] } }").slice(6)}`;
    assert.equal(foundInConfig(both), ['unknown-key "labels"']);
  });

  it("leaves settings as they should be", () => {
    const text =
      "lint:\n  label/required: { severity: error, labels: [env] }\n  label/allowed-values: { labels: { env: [a, 1], rack: 'r.' } }\n" +
      "  label/high-cardinality: { limit: 5 }\n  label/inconsistent: { missing: true }\n  topology/shared-target: {}\n" +
      "  overrides:\n    - { files: ['**'], rules: { topology/shared-target: \"off\", label/required: { severity: warning } } }\n";
    assert.equal(foundInConfig(text), []);
    assert.equal(foundInConfig("lint:\n---\n# nothing\n"), []);
  });

  it("mistakes in it do not make other settings doubtful", () => {
    assert.is(checkConfigText('lint: { xyzzy: "off", topology/shared-target: warn }\n').isFaulty, false);
    assert.is(checkConfigText("gate: { removed_percent: many }\n").isFaulty, false);
    for (const text of ["label: {}\n", "exporters: [a]\n", "inventory: 5\n", "prometheus: { targets: x }\n", "- a\n"])
      assert.is(checkConfigText(text).isFaulty, true, text);
    assert.is(checkConfigText("- a\n").isComplete, false);
    assert.is(checkConfigText("labels: {}\n---\nlabels: {}\n").isComplete, false);
    assert.is(checkConfigText("label: {}\n").isComplete, true);
  });

  it("a service in promgen.yml is one finding", () => {
    assert.equal(foundInConfig("service: a\nprojects: []\nowner: b\n"), ['unknown-key "service"']);
  });
});
