import * as assert from "uvu/assert";
import { sharedTarget } from "../../src/check/topology-shared-target.ts";
import { describe } from "../describe.ts";
import { findings, textAt } from "./inventory.ts";
import type { Files } from "./inventory.ts";

const COMMON: Files = {
  "promgen.yml": "exporters: { node: { port: 9100 } }\n",
  "targets/shards.yml": "shard: tokyo-a\n---\nshard: osaka-a\n",
  "targets/farm.yml": 'farm: web\nhosts: ["web[1-120].example.com"]\n',
};

/** Projects, each given by its lines as a flow map, all but their names. */
function projects(...bodies: string[]): Files {
  const items = bodies.map((body, index) => `  - { name: p${index + 1}, ${body} }\n`).join("");
  return { ...COMMON, "targets/services.yml": `service: s\nshard: tokyo-a\nprojects:\n${items}` };
}

describe("topology/shared-target", (it) => {
  it("one host in two projects of a shard, at the hosts", () => {
    const files = projects("hosts: [a.b, x.y], exporters: [node]", "hosts: [c.d, A.b], exporters: [node]");
    const found = findings(sharedTarget, files);
    assert.is(found.length, 1);
    assert.equal([found[0]?.severity, found[0]?.path], ["warning", [0, "projects", 0, "hosts", 0]]);
    assert.is(
      found[0]?.message,
      'a.b:9100 (job "node") is scraped twice in shard "tokyo-a": for projects "p1" and "p2"',
    );
    const [related] = found[0]?.related ?? [];
    assert.is(related === undefined ? "" : textAt(files, related.where), "A.b");
    assert.match(related?.note ?? "", 'in project "p2" (the same in lower case)');
  });

  it("a whole farm is one finding for each exporter, at the exporters", () => {
    const exporters = "farm: web, exporters: [node, { job: app, port: 80 }]";
    const found = findings(sharedTarget, projects(exporters, exporters));
    assert.equal(
      found.map(({ path, message }) => [path.slice(1), message.slice(0, 57)]),
      [
        [["projects", 0, "exporters", 0], 'web1.example.com:9100 (job "node") and 119 more targets a'],
        [["projects", 0, "exporters", 1, "job"], 'web1.example.com:80 (job "app") and 119 more targets are '],
      ],
    );
    assert.equal(found[0]?.related[0]?.where.path, [0, "projects", 1, "exporters", 0]);
  });

  it("a host that many share is one finding", () => {
    const found = findings(
      sharedTarget,
      projects(...Array.from({ length: 30 }, () => "hosts: [a.b], exporters: [node]")),
    );
    assert.is(found.length, 1);
    assert.is(found[0]?.related.length, 10);
    assert.match(
      found[0]?.message ?? "",
      'scraped 30 times in shard "tokyo-a": for projects "p1", "p2", "p3" and 27 more',
    );
  });

  it("probes count as well", () => {
    const probe = "probes: [{ module: http, targets: ['https://a.b/'] }]";
    assert.match(findings(sharedTarget, projects(probe, probe))[0]?.message ?? "", 'https://a.b/ (module "http") is');
    const hosts = "farm: web, probes: [{ module: icmp, hosts: true }]";
    assert.equal(findings(sharedTarget, projects(hosts, hosts))[0]?.path, [0, "projects", 0, "probes", 0, "module"]);
  });

  it("is at the text where that is the only one and the project's own, at what makes the targets elsewhere", () => {
    const at = (...bodies: string[]): unknown[] =>
      findings(sharedTarget, {
        ...projects(...bodies),
        "targets/one.yml": "farm: one\nhosts: [a.b]\n",
      }).map(({ path, related }) => [
        path.slice(1).join("."),
        ...related.map(({ where }) => where.path.slice(1).join(".")),
      ]);
    const node = "exporters: [node]";
    assert.equal(at(`farm: one, ${node}`, `hosts: [x, a.b], ${node}`), [
      ["projects.0.exporters.0", "projects.1.hosts.1"],
    ]);
    assert.equal(at(`hosts: [x, y], ${node}`, `hosts: [y, z, x], ${node}`), [
      ["projects.0.exporters.0", "projects.1.exporters.0"],
    ]);
    const probe = (targets: string): string => `probes: [{ module: m, targets: [${targets}] }]`;
    assert.equal(at(probe("x, y"), probe("z, y")), [
      ["projects.0.probes.0.targets.1", "projects.1.probes.0.targets.1"],
    ]);
    assert.equal(at(probe("x, y"), probe("x, y")), [["projects.0.probes.0.module", "projects.1.probes.0.module"]]);
  });

  it("tells meetings of other projects apart, however many there are", () => {
    const own = Array.from({ length: 23 }, (_, index) => [`h${index + 1}`]);
    // Numbers of the first, second and third in one go, and of the first and the twenty-third.
    for (const index of [0, 1, 2]) own[index]?.push("x");
    for (const index of [0, 22]) own[index]?.push("y");
    const found = findings(
      sharedTarget,
      projects(
        "hosts: [h], exporters: [node]",
        ...own.map((hosts) => `hosts: [${hosts.join(", ")}], exporters: [node]`),
      ),
    );
    assert.equal(
      found.map(({ message, related }) => [message.slice(0, 6), related.length]),
      [
        ["x:9100", 2],
        ["y:9100", 1],
      ],
    );
  });

  it("a password in their URL is not shown, and a URL without one is", () => {
    const found = (target: string): unknown[] => {
      const probe = `probes: [{ module: m, targets: ["${target}"] }]`;
      return findings(sharedTarget, projects(probe, probe)).map(({ message, redact }) => [
        message.split(" is ")[0],
        redact,
      ]);
    };
    assert.equal(found("http://u:hunter22@a/"), [['http://…@a/ (module "m")', true]]);
    assert.equal(found("http://a/?token=hunter22hunter22"), [['http://a/?… (module "m")', true]]);
    assert.equal(found("http://a/?x=y"), [['http://a/?x=y (module "m")', false]]);
    const host = "hosts: [u], exporters: [node]";
    assert.is(findings(sharedTarget, projects(host, host))[0]?.redact, false);
  });

  it("counts a project that is defined twice once", () => {
    const node = "hosts: [a.b], exporters: [node]";
    const files = { ...projects(node, node), "targets/z.yml": `service: s\nprojects: [{ name: p1, ${node} }]\n` };
    assert.equal(
      findings(sharedTarget, files).map(({ related }) => related.length),
      [1],
    );
  });

  it("names the shards in which they meet, and how often it is scraped in each", () => {
    const node = "hosts: [a.b], exporters: [node]";
    const both = `shard: [tokyo-a, osaka-a], ${node}`;
    const [tokyo, osaka] = [`shard: tokyo-a, ${node}`, `shard: osaka-a, ${node}`];
    const ends = (...bodies: string[]): string[] =>
      findings(sharedTarget, projects(...bodies)).map(({ message }) => message.replace(/^.* is scraped /, ""));
    assert.equal(ends(both, osaka), ['twice in shard "osaka-a": for projects "p1" and "p2"']);
    assert.equal(ends(both, both), ['twice in each of shards "tokyo-a" and "osaka-a": for projects "p1" and "p2"']);
    assert.equal(ends(tokyo, tokyo, osaka, osaka), [
      'twice in shard "tokyo-a": for projects "p1" and "p2"',
      'twice in shard "osaka-a": for projects "p3" and "p4"',
    ]);
    assert.equal(ends(both, tokyo, osaka), [
      'twice in shard "tokyo-a": for projects "p1" and "p2"',
      'twice in shard "osaka-a": for projects "p1" and "p3"',
    ]);
    assert.equal(ends(osaka, both, tokyo, both), [
      '3 times in shard "osaka-a": for projects "p1", "p2" and "p4"',
      '3 times in shard "tokyo-a": for projects "p2", "p3" and "p4"',
    ]);
  });

  it("names in a crowd's related places the others that are there", () => {
    const node = "hosts: [a.b], exporters: [node]";
    const found = findings(
      sharedTarget,
      projects(`shard: [tokyo-a, osaka-a], ${node}`, `shard: tokyo-a, ${node}`, `shard: osaka-a, ${node}`),
    );
    assert.equal(
      found.map(({ path, related }) => [path[2], related.map(({ where }) => where.path[2])]),
      [
        [0, [1]],
        [0, [2]],
      ],
    );
  });

  it("leaves other shards, other jobs, one project and two of one name alone", () => {
    const node = "hosts: [a.b], exporters: [node]";
    const near = [
      projects(`shard: tokyo-a, ${node}`, `shard: osaka-a, ${node}`),
      projects(node, "hosts: [a.b], exporters: [{ job: app, port: 80 }]"),
      projects(node, "hosts: [a.b], exporters: [{ job: node, enabled: false }]"),
      projects("hosts: [a.b, a.b], exporters: [node, node]"),
      projects(`shard: nowhere, ${node}`, `shard: nowhere, ${node}`),
      { ...projects(node), "targets/z.yml": `service: s\nprojects: [{ name: p1, ${node} }]\n` },
    ];
    for (const files of near) assert.equal(findings(sharedTarget, files), []);
  });
});
