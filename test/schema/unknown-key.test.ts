import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { checkOne, configHelpFor, exporter, found, foundInConfig, helpFor, probe, project } from "./findings.ts";

const SHARD = "shard: tokyo-a\nservers: [prom1]\n";
const FARM = "farm: f\nhosts: [web1]\n";

describe("schema/unknown-key", (it) => {
  it("finds a misspelt key in every kind of map, at the key, and says which one was meant", () => {
    const wrong: readonly [text: string, key: string, meant: string][] = [
      ["service: web\nproject: []\n", "project", "projects"],
      [project("    host: [web1]"), "host", "hosts"],
      [project("    hosts: [web1]\n    exporter: [node]"), "exporter", "exporters"],
      [project("    hosts: [web1]\n    lables: { a: b }"), "lables", "labels"],
      [exporter("{ job: app, prot: 8080 }"), "prot", "port"],
      [probe("{ module: icmp, hosts: true, enable: true }"), "enable", "enabled"],
      [project("    hosts: [{ host: web1, label: { a: b } }]"), "label", "labels"],
      ["shard: tokyo-a\nserver: [prom1]\n", "server", "servers"],
      [`${SHARD}limits: { target: 10 }\n`, "target", "targets"],
      [`${SHARD}prometheus: { scrape_intervall: 1m }\n`, "scrape_intervall", "scrape_interval"],
      [`${FARM}sourc: cmdb\n`, "sourc", "source"],
    ];
    for (const [text, key, meant] of wrong) {
      assert.equal(found(text), [`unknown-key ${JSON.stringify(key)}`], text);
      assert.is(helpFor(text), `did you mean \`${meant}\`?`, text);
    }
  });

  it("finds it in every map of promgen.yml", () => {
    const wrong: readonly [text: string, key: string, meant: string][] = [
      ["exporter: { node: { port: 9100 } }\n", "exporter", "exporters"],
      ["exporters: { node: { ports: 9100 } }\n", "ports", "port"],
      ["prometheus: { target: /a.json }\n", "target", "targets"],
      ["gate: { removed_percentage: 5 }\n", "removed_percentage", "removed_percent"],
      ["lint: { override: [] }\n", "override", "overrides"],
      ["lint: { overrides: [{ file: [a], rules: {} }] }\n", "file", "files"],
    ];
    for (const [text, key, meant] of wrong) {
      assert.equal(foundInConfig(text), [`unknown-key ${JSON.stringify(key)}`], text);
      assert.is(configHelpFor(text), `did you mean \`${meant}\`?`, text);
    }
  });

  it("knows what other tools call these things", () => {
    const words: readonly [text: string, meant: string][] = [
      [exporter("{ job: app, port: 1, metrics_path: /m }"), "path"],
      [exporter("{ job: app, port: 1, scrape_interval: 30s }"), "interval"],
      [exporter("{ job_name: app, port: 1 }"), "job"],
      [project("    targets: [web1]"), "hosts"],
      [probe("{ module: http_2xx, urls: [a] }"), "targets"],
      [project("    hosts: [{ hostname: web1 }]"), "host"],
      [`${SHARD}prometheus: { scrapeInterval: 1m }\n`, "scrape_interval"],
      ["service: web\nteam: team-web\n", "owner"],
    ];
    for (const [text, meant] of words) assert.is(helpFor(text), `did you mean \`${meant}\`?`, text);
    assert.is(configHelpFor("presets: { node: { port: 1 } }\n"), "did you mean `exporters`?");
  });

  it("says where a key of another map belongs", () => {
    assert.match(helpFor(project("    port: 8080")), "`port` is a key of an exporter");
    assert.match(helpFor("service: web\nprojects: []\nexporters: [node]\n"), "`exporters` is a key of a project");
    assert.match(helpFor(`${FARM}exporters: [node]\n`), "`exporters` is a key of a project");
  });

  it("says where a key belongs, if what it is another word for is there already", () => {
    assert.match(helpFor("service: a\nname: b\nshard: c\n"), "`name` is a key of a project");
    assert.match(helpFor(project("    exporters: [{ job: a, name: b, port: 1 }]")), "`job` is there already");
  });

  it("says that the right key is there already", () => {
    assert.match(helpFor(project("    hosts: [web1]\n    hosst: [web2]")), "`hosts` is there already");
  });

  it("lists what is left for a key that is like none", () => {
    const help = helpFor(project("    hosts: [web1]\n    xyzzy: 1"));
    assert.match(help, "a project may also have `shard`, `farm`, `labels`, `exporters`, `probes`");
    assert.not.match(help, "`hosts`");
  });

  it("a misspelt key that is needed is not missing besides, and its name is kept", () => {
    for (const [text, key] of [
      [exporter("{ jobb: app, port: 1 }"), "jobb"],
      [probe("{ modul: icmp, hosts: true }"), "modul"],
      [project("    hosts: [{ hosts: web1 }]"), "hosts"],
      ["service: web\nprojects: [{ nam: a }]\n", "nam"],
      ["farm: f\nhost: [a]\n", "host"],
      // `- node:` with `port:` below it, in one column.
      [project("    hosts: [a]\n    exporters:\n      - node:\n        port: 9100"), "node"],
    ] as const)
      assert.equal(found(text), [`unknown-key ${JSON.stringify(key)}`], text);
    assert.equal(checkOne("service: web\nshrad: [a, b]\nprojects: [{ nam: x }]\n").value, {
      service: "web",
      shard: ["a", "b"],
      projects: [{ name: "x" }],
    });
  });

  it("keeps the rest of a map with an unknown key", () => {
    const { value, isComplete } = checkOne(
      project("    hosts: [web1]\n    xyzzy: 1\n    exporters: [{ job: app, port: 1, prot: 2 }]"),
    );
    const exporters = [{ job: "app", port: 1 }];
    assert.equal(value["projects"], [{ name: "web", hosts: ["web1"], exporters }]);
    assert.ok(isComplete);
  });

  it("finds names that every object inherits, and odd ones", () => {
    for (const key of ["__proto__", "constructor", "toString", "a/b~c", "", "a b"]) {
      const text = project(`    hosts: [web1]\n    "${key}": { port: 1 }`);
      assert.equal(found(text), [`unknown-key ${JSON.stringify(key)}`], text);
    }
  });

  it("leaves free names alone: labels, parameters, presets", () => {
    const names = "{ constructor: a, hosst: b, port: c }";
    assert.equal(found(exporter(`{ job: app, port: 1, params: ${names}, labels: ${names} }`)), []);
    assert.equal(foundInConfig("exporters: { hosst: { port: 1 }, __proto__: { port: 2 } }\n"), []);
  });
});
