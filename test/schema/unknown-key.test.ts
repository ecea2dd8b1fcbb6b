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

  it("says that `disabled` is the opposite of the key that there is", () => {
    for (const key of ["disabled", "Disable"]) {
      for (const off of ["true", "yes", "on", "1"])
        assert.is(helpFor(exporter(`{ job: app, port: 1, ${key}: ${off} }`)), "write `enabled: false`", off);
      for (const on of ["false", "no", "off", "0"])
        assert.match(helpFor(probe(`{ module: icmp, hosts: true, ${key}: ${on} }`)), "write `enabled: true`", on);
    }
    assert.match(helpFor(`${SHARD}disabled: false\n`), "write `enabled: true`");
    assert.match(
      helpFor(exporter("{ job: app, port: 1, disabled: false, enabled: false }")),
      "let `enabled` alone say it",
    );
    // Either may be meant, and one of them takes the target away.
    for (const nothing of ["", "never", "[true]"]) {
      const help = helpFor(exporter(`{ job: app, port: 1, disabled: ${nothing} }`));
      assert.match(help, "write `enabled` with `true` or `false`, the opposite", nothing);
      assert.not.match(helpFor(project(`    disabled: ${nothing}`)), /enabled: |leave it out/, nothing);
    }
    assert.match(helpFor(project("    disabled: true")), "`enabled: false` in its exporters and probes");
    assert.match(helpFor(project("    disabled: false")), "leave it out");
  });

  it("says once what has to be indented, where the key above is empty", () => {
    const wrong: readonly [text: string, keys: string, help: string][] = [
      [
        project("    probes:\n    module: m\n    targets: [a]"),
        "keys `module` and `targets` in",
        "`probes:`, as an item of its list: `- module: m`",
      ],
      [
        project("    hosts: [a]\n    exporters:\n    job: node\n    prot: 1"),
        "keys `job` and `prot` in",
        "`exporters:`, as an item of its list: `- job: node`",
      ],
      [project("    hosts:\n    host: a"), "key `host` in", "`hosts:`, as an item of its list: `- host: a`"],
      [
        project("    hosts:\n    web1:\n    web2:"),
        "keys `web1` and `web2` in",
        "an item below `hosts:`, without a colon after it: `- web1`",
      ],
      [project("    labels:\n    env: prod\n    rack: 1"), "keys `env` and `rack` in", "indent them below `labels:`"],
      [
        project("    hosts:\n      - host: a\n        labels:\n        rack: 1"),
        "key `rack` in",
        "indent it below `labels:`",
      ],
      [
        exporter("{ job: a, port: 1, params: , module: x, interval: 30s }"),
        "key `module` in",
        "indent it below `params:`",
      ],
      [
        "service: web\nowner: a\nlabels:\ntier: gold\nteam: x\n",
        "keys `tier` and `team` in",
        "indent them below `labels:`",
      ],
      [
        "service: web\nprojects:\nname: a\nshard: s\nfarm: f\n",
        "keys `name` and `farm` in",
        "`projects:`, as an item of its list: `- name: a`",
      ],
      [`${SHARD}limits:\ntargets: 10\n`, "key `targets` in", "indent it below `limits:`"],
      [`${SHARD}prometheus:\nscrape_interval: 30s\n`, "key `scrape_interval` in", "indent it below `prometheus:`"],
    ];
    for (const [text, keys, help] of wrong) {
      const [finding, second] = checkOne(text).diagnostics;
      assert.is(second, undefined, text);
      assert.match(finding?.message ?? "", keys, text);
      assert.match(helpFor(text), help, text);
    }
    for (const [text, help] of [
      ["exporters:\nnode: { port: 1 }\napp: 8080\n", "indent them below `exporters:`"],
      ["gate:\nremoved_percent: 5\nremoved_count: 1\n", "indent them below `gate:`"],
      ["prometheus:\nblackbox: a:1\n", "indent it below `prometheus:`"],
      ["lint:\ntopology/shared-target: error\n", "indent it below `lint:`"],
    ] as const)
      assert.match(configHelpFor(text), help, text);
  });

  it("takes a key below an empty one for a misspelt one where it is like another", () => {
    assert.is(helpFor(project("    labels:\n    exporter: [node]")), "did you mean `exporters`?");
    assert.is(helpFor(project("    labels:\n    frm: web")), "did you mean `farm`?");
    assert.is(configHelpFor("lint:\nexporter: { node: { port: 1 } }\n"), "did you mean `exporters`?");
    // And what follows another key, or a list, is beside that.
    assert.match(helpFor(project("    labels:\n    hosts: [a]\n    env: prod")), "move it below `labels:`");
    assert.match(helpFor(project("    labels:\n    env: [prod]")), "a project may also have");
  });

  it("withholds what is lost with the keys that have to be indented", () => {
    assert.not(checkOne("service: web\nprojects:\nname: a\nfarm: f\n").isComplete);
    assert.equal(
      checkOne(project("    probes:\n    module: m\n    targets: [a]")).diagnostics.map(({ meant }) => meant),
      ["probes"],
    );
  });

  it("never says to remove what may be a target, a label or a note", () => {
    for (const text of [
      project("    hosts: [a]\n    hosst: [b]"),
      project("    hosts: [a]\n    targets: [b]"),
      project("    xyzzy: [a]"),
      project("    xyzzy: a"),
      project("    hosts: [{ host: a, xyzzy: b }]"),
      project("    hosts: [{ host: a, labels: {}, xyzzy: b }]"),
      "farm: f\nhosts: [a]\nservers: [b]\n",
    ])
      assert.not.match(helpFor(text), "remove", text);
    assert.match(helpFor(project("    hosts: [{ host: a, rack: b }]")), "move it below `labels:`, where it is a label");
  });

  it("finds a document that begins within another one, and does not call what it lost missing", () => {
    const wrong: readonly [text: string, key: string][] = [
      ["farm: f\nhosts: [a]\nservice: web\nprojects: []\n", "service"],
      ["service: web\nprojects: []\nfarm: f\nhosts: [a]\n", "farm"],
      ["shard: s\nservers: [p]\nfarm: f\nhosts: [a]\n", "farm"],
      ["shard: s\nservers: [p]\nservice: web\nprojects: []\n", "service"],
    ];
    for (const [text, key] of wrong) {
      assert.equal(found(text), [`unknown-key ${JSON.stringify(key)}`], text);
      assert.match(helpFor(text), `write a line \`---\` before \`${key}:\``, text);
      assert.not(checkOne(text).isComplete, text);
    }
    assert.equal(found("shard: s\nservers: [p]\nfarm: f\nhosts: [a]\nservice: web\n"), [
      'unknown-key "farm"',
      'unknown-key "service"',
    ]);
    // A farm of one name is no farm document.
    assert.match(helpFor("service: web\nfarm: f\nprojects: []\n"), "`farm` is a key of a project");
  });

  it("takes keys of another kind for misplaced ones where no whole document begins with them", () => {
    const P = "projects: [{ name: p, hosts: [a] }]\n";
    const wrong: readonly [text: string, ...keys: string[]][] = [
      [`service: s\nshard: tokyo\nenabled: false\n${P}`, "enabled"],
      [`service: s\nshard: tokyo\n${P}limits: { targets: 10 }\n`, "limits"],
      [`service: s\n${P}shard: tokyo\nprometheus: {}\n`, "prometheus"],
      [`service: s\nservers: [p]\n${P}shard: tokyo\n`, "servers"],
      [`service: s\nshard: tokyo\nservers: [p]\n${P}`, "servers"],
      ["service: s\nfarm: f\nsource: cmdb\n", "farm", "source"],
      ["service: s\nfarm: f\nhosts: [a]\n", "farm", "hosts"],
      ["service: s\nshard: tokyo\nfarm: f\nhosts: [a]\nexporters: [node]\n", "farm", "hosts", "exporters"],
      [`service: s\n${P}farm: f\nhosts: [a]\nexporters: [node]\n`, "farm", "hosts", "exporters"],
      ["service: s\nshard: tokyo\nlimits: { targets: 1 }\n", "limits"],
      ["farm: f\nshard: tokyo\nenabled: false\nhosts: [a]\n", "shard", "enabled"],
      ["farm: f\nhosts: [a]\nshard: tokyo\nenabled: false\n", "shard", "enabled"],
    ];
    for (const [text, ...keys] of wrong) {
      assert.equal(
        found(text),
        keys.map((key) => `unknown-key ${JSON.stringify(key)}`),
        text,
      );
      for (const { help } of checkOne(text).diagnostics) assert.not.match(help ?? "", "---", text);
    }
    assert.match(helpFor(`service: s\nshard: tokyo\nenabled: false\n${P}`), "`enabled` is a key of");
    assert.ok(checkOne(`service: s\nshard: tokyo\nenabled: false\n${P}`).isComplete);
  });

  it("takes projects below the name of a shard for those of a service, unless there are servers", () => {
    for (const key of ["enabled: false", "limits: { targets: 1 }", "prometheus: {}"]) {
      const { kind, diagnostics } = checkOne(`shard: tokyo\n${key}\nprojects: [{ name: p }]\n`);
      assert.is(kind, "service", key);
      assert.is(diagnostics.length, 2, key);
    }
    assert.is(checkOne("shard: tokyo\nowner: a\nlimits: { targets: 1 }\n").kind, "shard");
  });

  it("takes a shard with projects for a shard", () => {
    assert.is(checkOne(`${SHARD}projects: []\n`).kind, "shard");
    assert.match(helpFor(`${SHARD}projects: []\n`), "`projects` is a key of a service");
    assert.is(checkOne("shard: tokyo-a\nprojects: []\n").kind, "service");
  });

  it("finds a list of documents once", () => {
    for (const kind of ["service", "farm", "shard"])
      for (const list of ["[a, b]", `[{ ${kind}: a }]`])
        assert.equal(found(`${kind}s: ${list}\n`), [`unknown-key "${kind}s"`]);
  });

  it("says where a key of another map belongs", () => {
    assert.match(helpFor(project("    port: 8080")), /`port` is a key of an exporter$/);
    assert.match(helpFor(`${SHARD}targets: 10\n`), /`targets` is a key of `limits` or `prometheus`$/);
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
