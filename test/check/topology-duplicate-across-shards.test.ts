import * as assert from "uvu/assert";
import { duplicateAcrossShards } from "../../src/check/topology-duplicate-across-shards.ts";
import { describe } from "../describe.ts";
import { findings } from "./inventory.ts";
import type { Files } from "./inventory.ts";

/** Projects with the same host; a shard or a list of them for each. */
function inShards(...shards: string[]): Files {
  const items = shards.map(
    (shard, index) => `  - { name: p${index + 1}, shard: ${shard}, hosts: [a.b], exporters: [node] }\n`,
  );
  return {
    "promgen.yml": "exporters: { node: { port: 9100 } }\n",
    "targets/shards.yml": "shard: tokyo-a\n---\nshard: osaka-a\n---\nshard: kyoto-a\n",
    "targets/services.yml": `service: s\nprojects:\n${items.join("")}`,
  };
}

describe("topology/duplicate-across-shards", (it) => {
  it("two projects in two shards", () => {
    const found = findings(duplicateAcrossShards, inShards("tokyo-a", "osaka-a"));
    assert.is(found.length, 1);
    assert.equal([found[0]?.severity, found[0]?.path], ["warning", [0, "projects", 0, "hosts", 0]]);
    assert.equal(found[0]?.related[0]?.where.path, [0, "projects", 1, "hosts", 0]);
    assert.is(
      found[0]?.message,
      'a.b:9100 (job "node") is scraped in two shards: in "tokyo-a" for project "p1", in "osaka-a" for project "p2"',
    );
  });

  it("finds the two shards that no project names together", () => {
    const [found] = findings(duplicateAcrossShards, inShards("[tokyo-a, osaka-a]", "[osaka-a, kyoto-a]"));
    assert.match(found?.message ?? "", 'in "tokyo-a" for project "p1", in "kyoto-a" for project "p2"');
  });

  it("names the first project of each shard", () => {
    const [found] = findings(duplicateAcrossShards, inShards("tokyo-a", "tokyo-a", "osaka-a", "osaka-a"));
    assert.match(found?.message ?? "", 'in "tokyo-a" for project "p1", in "osaka-a" for project "p3"');
    assert.equal(
      [found?.path, found?.related[0]?.where.path].map((path) => path?.[2]),
      [0, 2],
    );
  });

  it("says how both may scrape it, and in which other shard and form it is", () => {
    const files = inShards("tokyo-a", "osaka-a");
    const text = (files["targets/services.yml"] ?? "").replace(/a\.b(?=[^]*$)(?![^]*a\.b)/, "A.b");
    const [found] = findings(duplicateAcrossShards, { ...files, "targets/services.yml": text });
    assert.is(found?.related[0]?.note, 'also here, in shard "osaka-a" (the same in lower case)');
    assert.match(found?.help ?? "", "`shard: [tokyo-a, osaka-a]`");
  });

  it("a password in their URL is not shown", () => {
    const files = inShards("tokyo-a", "osaka-a");
    const text = (files["targets/services.yml"] ?? "").replaceAll(
      "hosts: [a.b], exporters: [node]",
      'probes: [{ module: m, targets: ["http://u:hunter22@a/"] }]',
    );
    const [found] = findings(duplicateAcrossShards, { ...files, "targets/services.yml": text });
    assert.is(found?.redact, true);
    assert.not.match(JSON.stringify([found?.message, found?.related]), "hunter22");
    assert.is(findings(duplicateAcrossShards, files)[0]?.redact, false);
  });

  it("a shared farm is one finding", () => {
    const files = {
      ...inShards(),
      "targets/farm.yml": "farm: web\nhosts: [a.b, c.d]\n",
      "targets/services.yml":
        "service: s\nprojects:\n  - { name: p, shard: tokyo-a, farm: web, probes: [{ module: icmp, hosts: true }] }\n" +
        "  - { name: q, shard: osaka-a, farm: web, probes: [{ module: icmp, hosts: true }] }\n",
    };
    const found = findings(duplicateAcrossShards, files);
    assert.equal(
      found.map(({ path }) => path),
      [[0, "projects", 0, "probes", 0, "module"]],
    );
    assert.match(found[0]?.message ?? "", 'a.b (module "icmp") and 1 more target are');
  });

  it("leaves what a project names together, one shard, and shards that nothing defines alone", () => {
    assert.equal(findings(duplicateAcrossShards, inShards("[tokyo-a, osaka-a]")), []);
    assert.equal(findings(duplicateAcrossShards, inShards("tokyo-a", "osaka-a", "[osaka-a, tokyo-a]")), []);
    assert.equal(findings(duplicateAcrossShards, inShards("tokyo-a", "tokyo-a")), []);
    assert.equal(findings(duplicateAcrossShards, inShards("tokyo-a", "nowhere")), []);
  });

  it("one name in two shards is one project: topology/duplicate-id says so", () => {
    const files = inShards("tokyo-a", "osaka-a");
    const text = (files["targets/services.yml"] ?? "").replace("p2", "p1");
    assert.equal(findings(duplicateAcrossShards, { ...files, "targets/services.yml": text }), []);
  });
});
