import * as assert from "uvu/assert";
import { addressSuspiciousPort } from "../../src/check/address-suspicious-port.ts";
import { describe } from "../describe.ts";
import type { Found } from "./inventory.ts";
import { findings } from "./inventory.ts";

function exporter(text: string, presets = "{}"): Found[] {
  return findings(addressSuspiciousPort, {
    "promgen.yml": `exporters: ${presets}`,
    "s.yml": `service: s\nprojects:\n  - name: p\n    exporters:\n      - ${text}`,
  });
}

function severities(text: string, presets?: string): string {
  return exporter(text, presets)
    .map(({ severity, file }) => `${severity} ${file}`)
    .join(", ");
}

describe("address/suspicious-port", (it) => {
  it("finds known exporters with a slip in their port", () => {
    for (const port of [9010, 9110, 9200, 8100, 1900])
      assert.is(severities(`{ job: node, port: ${port} }`), "info s.yml", String(port));
    const [found] = exporter("{ job: node_exporter, port: 9010 }");
    assert.is(found?.text, "9010");
    assert.match(found?.help ?? "", /9100/);
  });

  it("finds known exporters on another one's port", () => {
    assert.is(severities("{ job: node, port: 9187 }"), "info s.yml");
    assert.match(exporter("{ job: node, port: 9187 }")[0]?.message ?? "", /postgres/);
  });

  it("warns of ports that serve no metrics, whatever the job", () => {
    for (const port of [22, 25, 3306, 5432, 6379]) {
      assert.is(severities(`{ job: app, port: ${port} }`), "warning s.yml", String(port));
      assert.is(severities(`{ job: redis, port: ${port} }`), "warning s.yml", String(port));
    }
  });

  it("is content with the usual ports", () => {
    for (const text of [
      "{ job: node, port: 9100 }",
      "{ job: mysql, port: 9104 }",
      "{ job: mysqld_exporter, port: 9104 }",
      "{ job: Postgres-Exporter, port: 9187 }",
    ])
      assert.equal(exporter(text), [], text);
  });

  it("is content with ports that are far away, and with jobs that it does not know", () => {
    for (const text of [
      "{ job: node, port: 19100 }",
      "{ job: node, port: 8080 }",
      "{ job: node, port: 9001 }",
      "{ job: app, port: 9010 }",
      "{ job: app, port: 9104 }",
      "{ job: constructor, port: 9104 }",
      "{ job: app, port: 2222 }",
    ]) {
      assert.equal(exporter(text), [], text);
    }
  });

  it("compares with the preset where there is one, and the preset with what is usual elsewhere", () => {
    const presets = "{ app: { port: 8080 }, node: { port: 9110 } }";
    assert.is(severities("app", presets), "info promgen.yml");
    assert.is(severities("{ job: app, port: 8081 }", presets), "info promgen.yml, info s.yml");
    assert.is(severities("{ job: app, port: 8181 }", presets), "info promgen.yml");
    assert.is(severities("{ job: node, interval: 1m }", presets), "info promgen.yml");
    assert.is(severities("{ job: app, port: 8081 }", "{ app: { port: 808 } }"), "");
    assert.is(severities("{ job: node, port: 9100 }", presets), "info promgen.yml, info s.yml");
    assert.is(severities("{ job: db, path: /x }", "{ db: { port: 3306 } }"), "warning promgen.yml");
  });
});
