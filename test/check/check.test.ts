import * as assert from "uvu/assert";
import { checkInventory } from "../../src/check/check.ts";
import type { Rule } from "../../src/check/rule.ts";
import type { RuleId } from "../../src/rules/registry.ts";
import { describe } from "../describe.ts";
import { inventoryOf } from "./inventory.ts";

const WHERE = { file: "targets/a.yml", path: [0] };

/** A rule that finds one thing, and what it was given. */
function ruleOf(id: RuleId, then = (): void => {}): Rule & { readonly options: unknown[] } {
  const options: unknown[] = [];
  return {
    id,
    options,
    check(context) {
      options.push(context.options);
      context.report({ where: WHERE, message: id });
      then();
    },
  };
}

/** Which of these rules ran, with these settings in promgen.yml. */
function ran(settings: string, ...ids: readonly RuleId[]): string[] {
  const inventory = inventoryOf({ "promgen.yml": settings, "targets/a.yml": "shard: a\n" });
  return checkInventory(
    inventory,
    ids.map((id) => ruleOf(id)),
  ).diagnostics.map(({ code, severity }) => `${severity} ${code}`);
}

describe("check", (it) => {
  it("tells of a rule that breaks off, keeps what it had found, and runs the others", () => {
    const error = new Error("a mistake of ours");
    const broken = ruleOf("topology/empty-shard", () => {
      throw error;
    });
    const { diagnostics, failures } = checkInventory(inventoryOf({ "targets/a.yml": "shard: a\n" }), [
      broken,
      ruleOf("topology/empty-project"),
    ]);
    assert.equal(
      diagnostics.map(({ code }) => code),
      ["topology/empty-shard", "topology/empty-project"],
    );
    assert.equal(failures, [{ id: "topology/empty-shard", error }]);
  });

  it("gives findings the severity of their rule, and runs no rule that is off everywhere", () => {
    const [on, off, locked] = ["topology/empty-shard", "label/required", "label/reserved"] as const;
    const run = (settings: string): string[] => ran(settings, on, off, locked);
    assert.equal(run("lint: {}\n"), [`warning ${on}`, `error ${locked}`]);
    // A rule that is off by default has no severity of its own.
    for (const setting of ["info", "{ labels: [env] }", "{ severity: warning }"])
      assert.equal(
        run(`lint: { ${off}: ${setting} }\n`),
        [`warning ${on}`, `error ${off}`, `error ${locked}`],
        setting,
      );
    for (const setting of ['"off"', '{ severity: "off" }'])
      assert.equal(run(`lint: { ${off}: ${setting} }\n`), [`warning ${on}`, `error ${locked}`], setting);
    assert.equal(run(`lint: { ${on}: "off" }\n`), [`error ${locked}`]);
  });

  it("runs a rule that is on for some files alone", () => {
    const overrides = (setting: string): string =>
      `lint: { label/required: "off", overrides: [{ files: ["x/**"], rules: { label/required: ${setting} } }] }\n`;
    assert.equal(ran(overrides("info"), "label/required"), ["error label/required"]);
    assert.equal(ran(overrides("{ severity: warning }"), "label/required"), ["error label/required"]);
    assert.equal(ran(overrides('"off"'), "label/required"), []);
    assert.equal(ran(overrides('{ severity: "off" }'), "label/required"), []);
  });

  it("gives a rule its options", () => {
    const rule = ruleOf("label/required");
    const files = { "promgen.yml": "lint: { label/required: { severity: info, labels: [env] } }\n" };
    checkInventory(inventoryOf(files), [rule]);
    checkInventory(inventoryOf({ "promgen.yml": "lint: { label/required: info }\n" }), [rule]);
    assert.equal(rule.options, [{ severity: "info", labels: ["env"] }, {}]);
  });
});
