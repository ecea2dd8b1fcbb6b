import * as assert from "uvu/assert";
import { jobCollision } from "../../src/check/topology-job-collision.ts";
import { ruleInfo } from "../../src/rules/registry.ts";
import { describe } from "../describe.ts";
import { findings } from "./inventory.ts";
import type { Found } from "./inventory.ts";

const LINT = { lint: { "topology/job-collision": "warning" } };

/** One service for each list of exporters. */
function collisions(...exporters: string[]): Found[] {
  const services = exporters.map(
    (list, index) =>
      `service: s${index + 1}\nprojects: [{ name: p${index + 1}, hosts: [a.b], exporters: [${list}] }]\n`,
  );
  const files = { "promgen.yml": "exporters: { node: { port: 9100 } }\n", "s.yml": services.join("---\n") };
  return findings(jobCollision, files, LINT);
}

describe("topology/job-collision", (it) => {
  it("is off unless it is asked for", () => {
    assert.is(ruleInfo(jobCollision.id).severity, "off");
    const text =
      "service: s\nprojects: [{ name: p, exporters: [{ job: a, port: 1 }] }]\n---\nservice: t\nprojects: [{ name: q, exporters: [{ job: a, port: 2 }] }]\n";
    assert.equal(findings(jobCollision, { "s.yml": text }), []);
  });

  it("the rarer port is found, at the exporter's job", () => {
    const found = collisions("node", "{ job: node, port: 9101 }", "node");
    assert.equal(
      found.map(({ path, text, related }) => [path, text, related[0]?.where.path]),
      [[[1, "projects", 0, "exporters", 0, "job"], "node", [0, "projects", 0, "exporters", 0]]],
    );
    assert.match(
      found[0]?.message ?? "",
      'port 9101 with /metrics in service "s2" and port 9100 with /metrics in service "s1"',
    );
  });

  it("the first is the usual one where none is rarer, and the more common one wherever it stands", () => {
    const at = (...exporters: string[]): unknown[] => collisions(...exporters).map(({ path }) => path[0]);
    assert.equal(at("node", "{ job: node, port: 9101 }"), [1]);
    assert.equal(at("{ job: node, port: 9101 }", "node", "node"), [0]);
    assert.equal(at("node", "{ job: node, port: 9101 }", "{ job: node, port: 9102 }"), [1, 2]);
  });

  it("so is another path", () => {
    assert.is(collisions("{ job: app, port: 80 }", "{ job: app, port: 80, path: /m }").length, 1);
  });

  it("leaves one meaning, one service and what is off alone", () => {
    assert.equal(
      collisions("{ job: app, port: 80 }", '{ job: app, port: 80, path: "/metrics?a=b" }', "{ job: web, port: 81 }"),
      [],
    );
    assert.equal(collisions("{ job: app, port: 80 }, { job: app, port: 81 }"), []);
    assert.equal(collisions("{ job: app, port: 80 }", "{ job: app, port: 81, enabled: false }"), []);
    assert.equal(collisions("{ job: app }", "{ job: app, port: 81 }"), []);
  });
});
