import * as assert from "uvu/assert";
import { renderAll, renderOne } from "../../src/render/render.ts";
import { describe } from "../describe.ts";
import { groupsIn, load, memorySink, render, STAMP } from "./rendered.ts";
import type { ReadGroup, Yaml } from "./rendered.ts";

const SHARDS = "shard: a\nservers: [p1]\n---\nshard: b\nservers: [p2]\n";

const inventory = (projects: string, shard = "a"): Yaml => ({
  "targets/shards.yml": SHARDS,
  "targets/s.yml": `service: s\nshard: ${shard}\nprojects:\n${projects}`,
});

/** The lines of an artifact, each without its labels but these. */
async function shown(files: Yaml, names: readonly string[] = [], path = "targets.json"): Promise<string[]> {
  return groupsIn((await render(files))[path]).map(({ labels = {}, targets }: ReadGroup) =>
    [...names.map((name) => labels[name] ?? "-"), targets.join(" ")].join(" | "),
  );
}

const project = (hosts: string, more = "exporters: [{ job: node, port: 9100 }]"): string =>
  `  - { name: p, hosts: ${hosts}, ${more} }\n`;

describe("the targets of a group", (it) => {
  it("come in the order of their hosts' bytes, not in that of the text with the port", async () => {
    // As texts with a port, `a-b:80` would come before `a:80`.
    assert.equal(await shown(inventory(project('[b, a-b, a, "10", "9", a.b]'))), [
      "10:9100 9:9100 a:9100 a-b:9100 a.b:9100 b:9100",
    ]);
  });

  it("are each host with the port, in a list that is in order as in one that is not", async () => {
    const sorted = ["a.example.com", "b.example.com", "c.example.com", "d.example.com"];
    const targets = [sorted.map((host) => `${host}:9100`).join(" ")];
    for (const hosts of [sorted, sorted.toReversed()])
      assert.equal(await shown(inventory(project(`[${hosts.join(", ")}]`))), targets);
  });

  it("come in the order of UTF-8 where that is not the order of JavaScript", async () => {
    assert.equal(await shown(inventory(project('["𠀋.jp", "ﬀ.jp", "é.jp", "z.jp"]'))), [
      "z.jp:9100 é.jp:9100 ﬀ.jp:9100 𠀋.jp:9100",
    ]);
  });

  it("have IPv6 in brackets, sorted as it stands there", async () => {
    assert.equal(await shown(inventory(project('["2001:db8::1", "[2001:db8::2]", a, Z, 10.0.0.1]'))), [
      "10.0.0.1:9100 Z:9100 [2001:db8::1]:9100 [2001:db8::2]:9100 a:9100",
    ]);
  });

  it("keep their letters where they are not ASCII, in a probe's as in an exporter's", async () => {
    const probes =
      "probes: [{ module: http, targets: ['https://日本.jp/é?𠀋', 'https://a/'] }, { module: icmp, hosts: true }]";
    const files = inventory(project("[é.jp, a]", `exporters: [{ job: node, port: 1 }], ${probes}`));
    assert.equal(await shown(files, [], "urls.json"), ["https://a/ https://日本.jp/é?𠀋", "a é.jp"]);
    assert.equal(await shown(files), ["a:1 é.jp:1"]);
  });

  it("are those of the range, in the order of bytes", async () => {
    assert.equal(await shown(inventory(project('["w[8-11].x", "n[01-02]r[1,3]"]'))), [
      "n01r1:9100 n01r3:9100 n02r1:9100 n02r3:9100 w10.x:9100 w11.x:9100 w8.x:9100 w9.x:9100",
    ]);
  });

  it("stay as they are written, whatever the canonical form of their hosts", async () => {
    assert.equal(await shown(inventory(project('[Web1.Example.com., 010.0.0.1, "::FFFF:10.0.0.2"]'))), [
      "010.0.0.1:9100 Web1.Example.com.:9100 [::FFFF:10.0.0.2]:9100",
    ]);
  });
});

describe("groups", (it) => {
  it("come in the order of the UTF-8 bytes of their labels", async () => {
    const exporters = ["𠀋", "ﬀ", "é", "z"].map((value) => `{ job: j, port: 1, labels: { a: ${value} } }`);
    const files = inventory(project("[h]", `exporters: [${exporters.join(", ")}]`));
    assert.equal(await shown(files, ["a"]), ["z | h:1", "é | h:1", "ﬀ | h:1", "𠀋 | h:1"]);
  });
});

describe("groups with equal labels", (it) => {
  it("are one, with the targets of both, sorted by host and then by port", async () => {
    const two = "exporters: [{ job: app, port: 9 }, { job: app, port: 80 }, { job: app, port: 100 }]";
    assert.equal(await shown(inventory(project("[b, a-b, a]", two)), ["job"]), [
      "app | a:100 a:80 a:9 a-b:100 a-b:80 a-b:9 b:100 b:80 b:9",
    ]);
  });

  it("are two where any label differs", async () => {
    const two =
      "exporters: [{ job: app, port: 1 }, { job: app, port: 2, labels: { x: y } }, { job: app, port: 3, path: /m }, { job: app, port: 4, scheme: https }]";
    assert.is((await shown(inventory(project("[a]", two)))).length, 4);
  });

  it("are one for probes of one module, with the hosts beside the targets", async () => {
    const probes =
      "probes: [{ module: icmp, hosts: true }, { module: icmp, targets: [z.example.com, A.example.com] }, { module: http, targets: ['http://x/'] }]";
    assert.equal(await shown(inventory(project('[b, "2001:db8::1"]', probes)), ["job"], "urls.json"), [
      "http | http://x/",
      "icmp | 2001:db8::1 A.example.com b z.example.com",
    ]);
  });

  it("have IPv6 addresses in brackets where the module puts `http://` before them", async () => {
    const probes = "probes: [{ module: http_2xx, hosts: true }, { module: ssh, hosts: true }]";
    assert.equal(await shown(inventory(project('[b, "2001:db8::1", "[2001:db8::2]"]', probes)), ["job"], "urls.json"), [
      "http_2xx | [2001:db8::1] [2001:db8::2] b",
      "ssh | 2001:db8::1 2001:db8::2 b",
    ]);
  });

  it("keep a target that is there twice, as validate lets pass only where it is told to", async () => {
    assert.equal(await shown(inventory(project("[a, a]"))), ["a:9100 a:9100"]);
  });
});

describe("hosts with labels of their own", (it) => {
  it("make a group for each set of labels, beside that of the hosts without", async () => {
    const hosts =
      "[a, { host: b, labels: { rack: r1 } }, c, { host: 'd[1-2]', labels: { rack: r2 } }, { host: e, labels: { rack: r1 } }, { host: f, labels: {} }, { host: g }]";
    assert.equal((await shown(inventory(project(hosts)), ["rack"])).sort(), [
      "- | a:9100 c:9100 f:9100 g:9100",
      "r1 | b:9100 e:9100",
      "r2 | d1:9100 d2:9100",
    ]);
  });

  it("are made with their list taken apart once, however many sets of labels it has", async () => {
    const hosts = Array.from({ length: 50 }, (_, index) => `{ host: h${index}, labels: { rack: r${index} } }`);
    const inventory = await load({
      "targets/s.yml": `service: s\nshard: a\nprojects:\n${project(`[${hosts.join(", ")}]`)}`,
      "targets/shards.yml": SHARDS,
    });
    const list = inventory.projects[0]?.ownHosts;
    assert.ok(list);
    const { names } = list;
    let taken = 0;
    Object.defineProperty(list, "names", { get: () => (taken++, names) });
    const { sink, files } = memorySink();
    renderAll(inventory, STAMP, sink);
    assert.is(groupsIn(files().get("targets.json")?.toString()).length, 50);
    assert.is(taken, 1);
  });

  it("make none where their labels say what all others say", async () => {
    const hosts = "[a, { host: b, labels: { env: prod } }], labels: { env: prod }";
    assert.equal(await shown(inventory(project(hosts)), ["env"]), ["prod | a:9100 b:9100"]);
  });

  it("make the same groups of a farm document, for exporters and for probes", async () => {
    const files = {
      ...inventory(
        "  - { name: p, farm: f, exporters: [{ job: node, port: 1 }], probes: [{ module: icmp, hosts: true }] }\n",
      ),
      "targets/farm.yml": 'farm: f\nlabels: { rack: r0 }\nhosts: [a, { host: "::1", labels: { rack: r1 } }]\n',
    };
    assert.equal(await shown(files, ["rack"]), ["r0 | a:1", "r1 | [::1]:1"]);
    assert.equal(await shown(files, ["rack"], "urls.json"), ["r0 | a", "r1 | ::1"]);
  });
});

describe("what is rendered at all", (it) => {
  it("is each enabled exporter and probe, and nothing that is disabled", async () => {
    const more =
      "exporters: [{ job: on, port: 1 }, { job: off, port: 2, enabled: false }], probes: [{ module: on, hosts: true }, { module: off, hosts: true, enabled: false }]";
    assert.equal(await shown(inventory(project("[a]", more)), ["job"]), ["on | a:1"]);
    assert.equal(await shown(inventory(project("[a]", more)), ["job"], "urls.json"), ["on | a"]);
  });

  it("goes to each shard of its project, once, and to no other", async () => {
    const files = inventory(
      "  - { name: p, shard: [b, a], hosts: [h], exporters: [{ job: j, port: 1 }] }\n  - { name: q, shard: b, hosts: [i], exporters: [{ job: j, port: 1 }] }\n",
    );
    const made = await render(files);
    const names = (path: string): string[] =>
      groupsIn(made[path]).map(
        ({ labels, targets }) => `${labels?.["__shard"]} ${labels?.["project"]} ${targets.join()}`,
      );
    assert.equal(names("shards/a/targets.json"), ["a p h:1"]);
    assert.equal(names("shards/b/targets.json"), ["b p h:1", "b q i:1"]);
    assert.equal(names("targets.json"), ["a p h:1", "b p h:1", "b q i:1"]);
  });

  it("has the labels of its own service, whatever other services its shard has", async () => {
    const service = (name: string, shard: string): string =>
      `service: ${name}\nshard: ${shard}\nlabels: { team: of-${name} }\nprojects:\n  - { name: p-${name}, hosts: [h], exporters: [{ job: j, port: 1 }], probes: [{ module: icmp, hosts: true }] }\n`;
    const files = {
      "targets/shards.yml": SHARDS,
      "targets/s.yml": ["one", "two", "three"].map((name) => service(name, "[a, b]")).join("---\n"),
    };
    const labels = ["__shard", "project", "service", "team"];
    const of = (shard: string, target: string): string[] =>
      ["one", "three", "two"].map((name) => `${shard} | p-${name} | ${name} | of-${name} | ${target}`);
    assert.equal(await shown(files, labels), [...of("a", "h:1"), ...of("b", "h:1")]);
    assert.equal(await shown(files, labels, "urls.json"), [...of("a", "h"), ...of("b", "h")]);
  });

  it("is nothing of a project without hosts, or with a farm that is not defined", async () => {
    const files = inventory(
      "  - { name: p, exporters: [{ job: j, port: 1 }] }\n  - { name: r, hosts: [], exporters: [{ job: j, port: 1 }], probes: [{ module: icmp, hosts: true }] }\n  - { name: q, farm: gone, exporters: [{ job: j, port: 1 }], probes: [{ module: icmp, hosts: true }] }\n",
    );
    const made = await render(files);
    assert.is(made["targets.json"], '[{"targets":[]}]\n');
    assert.is(made["urls.json"], '[{"targets":[]}]\n');
  });

  it("comes alone for one shard, one service or one project, with the same lines as in the whole", async () => {
    const files = {
      ...inventory(
        "  - { name: p, hosts: [h], exporters: [{ job: j, port: 1 }] }\n  - { name: q, hosts: [i], exporters: [{ job: j, port: 1 }] }\n",
        "[a, b]",
      ),
      "targets/t.yml":
        "service: t\nshard: b\nprojects:\n  - { name: r, hosts: [k], exporters: [{ job: j, port: 1 }] }\n",
      "promgen.yml": "artifacts: [all, services, projects]\n",
    };
    const read = await load(files);
    const whole = await render(files);
    const one = (which: Parameters<typeof renderOne>[1]): string => {
      const { sink, files: written } = memorySink();
      renderOne(read, which, "x", sink);
      return written().get("x")?.toString() ?? "";
    };
    for (const shard of read.shards) assert.is(one({ shard }), whole[`shards/${shard.name}/targets.json`]);
    for (const service of read.services)
      assert.is(one({ projects: service.projects }), whole[`services/${service.name}/targets.json`]);
    for (const each of read.projects) assert.is(one({ projects: [each] }), whole[`projects/${each.name}/targets.json`]);
    assert.is(groupsIn(whole["services/s/targets.json"]).length, 4);
    assert.is(groupsIn(whole["projects/q/targets.json"]).length, 2);
  });
});
