import * as assert from "uvu/assert";
import { allowedValues } from "../../src/check/label-allowed-values.ts";
import { describe } from "../describe.ts";
import type { Files, Found } from "./inventory.ts";
import { findings } from "./inventory.ts";

const FILE = "targets/services/pay.yml";

function check(options: string, labels: string, more: Files = {}): Found[] {
  return findings(allowedValues, {
    "promgen.yml": `lint:\n  label/allowed-values: ${options}\n`,
    [FILE]: `service: pay\nlabels: ${labels}\n`,
    ...more,
  });
}

describe("label/allowed-values", (it) => {
  it("finds a value that is not listed, at the value, and says which one was meant", () => {
    const result = check("{ labels: { env: [prod, staging, production] } }", "{ env: porduction }");
    assert.equal(
      result.map(({ severity, path, part, text }) => [severity, path, part, text]),
      [["error", [0, "labels", "env"], "value", "porduction"]],
    );
    assert.match(result[0]?.help ?? "", "`production`");
  });

  it("finds a value that the regular expression does not match as a whole", () => {
    const texts = check(
      '{ labels: { team: "team-.*", rack: "r[0-9]{2}", zone: "a|b" } }',
      "{ team: my-team-x, rack: r123, zone: ab }",
    ).map(({ text }) => text);
    assert.equal(texts, ["my-team-x", "r123", "ab"]);
  });

  it("looks at every level", () => {
    const more = {
      "targets/shard.yml": "shard: s\nlabels: { env: a }\n",
      "targets/farm.yml": "farm: f\nlabels: { env: b }\nhosts:\n  - { host: web1, labels: { env: c } }\n",
    };
    assert.equal(
      check("{ labels: { env: [prod] } }", "{ env: d }", more).map(({ text }) => text),
      ["a", "b", "c", "d"],
    );
  });

  it("a regular expression that cannot be read is a finding where it stands", () => {
    for (const pattern of ["[a-", "a)|(b", "(?i)prod", "*"]) {
      const result = check(`{ labels: { env: '${pattern}', tier: [gold] } }`, "{ env: prod, tier: silver }");
      assert.equal(
        result.map(({ file, path }) => [file, path.join(" ")]),
        [
          ["promgen.yml", "0 lint label/allowed-values labels env"],
          [FILE, "0 labels tier"],
        ],
        pattern,
      );
    }
  });

  it("says so when it is on without any values", () => {
    for (const options of ["error", "{ severity: error }", "{ labels: {} }", "{ labels: [env] }"]) {
      const result = check(options, "{ env: prod }");
      assert.is(result.length, 1, options);
      assert.is(result[0]?.file, "promgen.yml");
      assert.equal(result[0]?.path.slice(0, 3), [0, "lint", "label/allowed-values"]);
    }
  });

  it("leaves alone allowed values, other labels, parameters, and empty values", () => {
    const exporter =
      "service: app\nprojects:\n  - name: p\n    exporters:\n      - { job: a, port: 1, params: { env: x }, path: '/m?env=y' }\n";
    const options = '{ labels: { env: [prod, "1.10", 7], team: "team-.*|ops", x: [y] } }';
    assert.equal(check(options, '{ env: "1.10", team: ops, Env: x, x: "" }', { "targets/app.yml": exporter }), []);
    assert.equal(check(options, '{ env: "7", team: team- }'), []);
  });

  it("is off without settings", () => {
    assert.equal(findings(allowedValues, { [FILE]: "service: pay\nlabels: { env: x }\n" }), []);
  });
});
