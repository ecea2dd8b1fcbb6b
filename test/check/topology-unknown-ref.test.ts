import * as assert from "uvu/assert";
import { unknownRef } from "../../src/check/topology-unknown-ref.ts";
import { describe } from "../describe.ts";
import { startCpuWatch } from "../stopwatch.ts";
import { findings } from "./inventory.ts";
import type { Files } from "./inventory.ts";

const FILE = "targets/services/pay.yml";
const COMMON: Files = {
  "promgen.yml": "exporters: { node: { port: 9100 }, mysqld: { port: 9104 } }\n",
  "targets/shards.yml": "shard: tokyo-1\n---\nshard: osaka-1\n",
  "targets/farms.yml": "farm: web\nhosts: [a.b]\n",
};
const BROKEN = { "targets/broken.yml": 'shard: "tokio\n' };

function places(text: string, more: Files = {}): unknown[] {
  const files = { ...COMMON, ...more, [FILE]: text };
  return findings(unknownRef, files, { faulty: true }).map(({ path, text: shown }) => [path.slice(1).join("."), shown]);
}

describe("topology/unknown-ref", (it) => {
  it("shards of services and projects, each name at its own place", () => {
    assert.equal(places("service: pay\nshard: tokio-1\n"), [["shard", "tokio-1"]]);
    assert.equal(places("service: pay\nshard: [tokyo-1, tokio-1]\n"), [["shard.1", "tokio-1"]]);
    assert.equal(
      places("service: pay\nprojects:\n  - { name: p, shard: x }\n  - { name: q, shard: [osaka-1, y, z] }\n"),
      [
        ["projects.0.shard", "x"],
        ["projects.1.shard.1", "y"],
        ["projects.1.shard.2", "z"],
      ],
    );
  });

  it("is an error that names the nearest, and where it would be defined", () => {
    const [found] = findings(unknownRef, { ...COMMON, [FILE]: "service: pay\nshard: tokio-1\n" });
    assert.is(found?.severity, "error");
    assert.match(found?.help ?? "", "did you mean `tokyo-1`?");
    assert.match(found?.help ?? "", "`shard: tokio-1` in targets/");
  });

  it("says where only the code points of a name are others, which nobody sees", () => {
    const files = { ...COMMON, "targets/a.yml": "shard: caf\u00e9\n", [FILE]: "service: pay\nshard: cafe\u0301\n" };
    assert.equal(
      findings(unknownRef, files).map(({ help }) => help),
      ["copy `caf\u00e9` from where it is defined: the same letters are of other code points there"],
    );
  });

  it("advises names as YAML needs them", () => {
    const text =
      'service: pay\nshard: ["9", "yes"]\nprojects: [{ name: p, farm: "007", exporters: ["10", "a b: c"] }]\n';
    const advised = findings(unknownRef, { [FILE]: text }).map(
      ({ help }) => /`((?:shard|farm): .*?|\{ job.*?\})`/.exec(help ?? "")?.[1],
    );
    assert.equal(advised, [
      'shard: "9"',
      'shard: "yes"',
      'farm: "007"',
      '{ job: "10", port: … }',
      '{ job: "a b: c", port: … }',
    ]);
  });

  it("a farm without a document, where there are no hosts", () => {
    assert.equal(places("service: pay\nshard: tokyo-1\nprojects: [{ name: p, farm: wbe }]\n"), [
      ["projects.0.farm", "wbe"],
    ]);
    assert.equal(
      places("service: pay\nprojects: [{ name: p, farm: wbe, hosts: [a.b] }, { name: q, farm: web }]\n"),
      [],
    );
  });

  it("an exporter's text that is no preset", () => {
    const text =
      "service: pay\nprojects:\n  - name: p\n    hosts: [a.b]\n    exporters: [node, mysql, { job: app, port: 1 }, { job: x }]\n";
    assert.equal(places(text), [["projects.0.exporters.1", "mysql"]]);
    const [found] = findings(unknownRef, { ...COMMON, [FILE]: text });
    assert.match(found?.help ?? "", "did you mean `mysqld`?");
    assert.match(found?.help ?? "", "promgen.yml");
  });

  it("a template, which nobody defines", () => {
    const helps = findings(unknownRef, {
      ...COMMON,
      [FILE]: 'service: pay\nshard: "{{ s }}"\nprojects: [{ name: p, farm: "${f}", exporters: ["<%= e %>"] }]\n',
    }).map(({ help }) => help);
    assert.equal(helps, Array(3).fill("write the value, or render the file before it is committed"));
  });

  it("several names in one, and a name with a comment that is none", () => {
    const helps = (text: string): unknown =>
      findings(unknownRef, {
        ...COMMON,
        "targets/more.yml": "farm: db hosts\nhosts: [a.c]\n",
        [FILE]: `service: pay\n${text}`,
      }).map(({ help }) => help);
    for (const between of [" ", "/", " | ", "&", " + "]) {
      assert.equal(helps(`shard: tokyo-1${between}osaka-1\n`), ["write a list: `shard: [tokyo-1, osaka-1]`"], between);
      assert.equal(
        helps(`projects: [{ name: p, farm: "web${between.trim() || ", "}db hosts" }]\n`),
        ["name one: write a project for each of them, or a farm with the hosts of all"],
        between,
      );
    }
    assert.equal(helps("shard: tokyo-1 and osaka-1\n"), ["write a list: `shard: [tokyo-1, osaka-1]`"]);
    assert.equal(helps("shard: [tokyo-1 osaka-1]\n"), ["put a comma between them: `tokyo-1, osaka-1`"]);
    assert.equal(helps("projects:\n  - name: p\n    hosts: [a.b]\n    exporters:\n      - node mysqld\n"), [
      "write each as an item of its own: `node, mysqld`",
    ]);
    assert.equal(helps("shard: tokyo-1# x\n"), ["write `tokyo-1 # …`: a comment begins with white space and `#`"]);
    assert.match(String(helps("shard: tokyo-1 tokio-1\n")), "known are");
    assert.match(String(helps("shard: tokio# x\n")), "known are");
    const watch = startCpuWatch();
    assert.match(String(helps(`shard: "tokyo-1${" ".repeat(300_000)}x"\n`)), "known are");
    assert.ok(watch() < 5000, `${watch()} ms`);
  });

  it("a job with its port is written as a map", () => {
    const helps = (...names: string[]): string[] =>
      findings(unknownRef, {
        ...COMMON,
        [FILE]: `service: pay\nprojects: [{ name: p, hosts: [a.b], exporters: ${JSON.stringify(names)} }]\n`,
      }).map(({ help = "" }) => help);
    assert.equal(helps("node:9100"), ["write `{ job: node, port: 9100 }`"]);
    for (const help of helps("node:", "node:99999", "node:a", "a:b:1")) assert.match(help, ", port: … }`");
  });

  it("the name of a farm is no shard, that of a shard no farm", () => {
    assert.is(places("service: pay\nshard: web\nprojects: [{ name: p, farm: tokyo-1 }]\n").length, 2);
  });

  it("is withheld while a file cannot be read, but for presets", () => {
    const text = "service: pay\nshard: x\nprojects: [{ name: p, farm: y, exporters: [z] }]\n";
    assert.equal(places(text, BROKEN), [["projects.0.exporters.0", "z"]]);
    assert.is(places(text).length, 3);
  });

  it("presets are withheld where promgen.yml cannot be read", () => {
    const text = "service: pay\nprojects: [{ name: p, hosts: [a.b], exporters: [node] }]\n";
    assert.equal(places(text, { "promgen.yml": "exporters: [node]\n" }), []);
    assert.equal(places(text, { "promgen.yml": "" }), [["projects.0.exporters.0", "node"]]);
    assert.equal(places(text, { "promgen.yml": "node: { port: 9100 }\n" }), []);
    assert.equal(places(text, { "promgen.yml": "exporters: { app: { port: 1, prt: 2 } }\nxyzzy: 1\n" }), [
      ["projects.0.exporters.0", "node"],
    ]);
  });

  it("beside another mistake in the file, a farm may be the value of a label", () => {
    const text = "service: pay\nprojects: [{ name: p, farm: pay-prod, host: [a.b], exporters: [node] }]\n";
    assert.equal(places(text), []);
    assert.equal(places(text.replace("pay-prod", "webb")), [["projects.0.farm", "webb"]]);
    assert.equal(places(text.replace("host: [a.b]", "interval: 5")), []);
    assert.equal(places(text.replace("host: [a.b], exporters: [node]", "exporters: [{ job: node, interval: 5 }]")), [
      ["projects.0.farm", "pay-prod"],
    ]);
  });

  it("looks for the nearest of fifty names only: with thousands it would take seconds", () => {
    const projects = Array.from({ length: 60 }, (_, index) => `  - { name: p${index}, farm: wbe${index} }\n`).join("");
    const found = findings(unknownRef, { ...COMMON, [FILE]: `service: s\nprojects:\n${projects}` });
    assert.match(found[0]?.help ?? "", "did you mean `web`?");
    assert.match(found[59]?.help ?? "", "1 defined ones are others");
  });
});
