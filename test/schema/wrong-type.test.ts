import * as assert from "uvu/assert";
import { checkDocument } from "../../src/schema/document.ts";
import { describe } from "../describe.ts";
import {
  checkOne,
  checkText,
  configHelpFor,
  exporter,
  found,
  foundInConfig,
  helpFor,
  probe,
  project,
} from "./findings.ts";

/** A mistake, what is underlined, and what the help says. */
type Case = readonly [text: string, place: string, help: string | RegExp];

function check(cases: readonly Case[]): void {
  for (const [text, place, help] of cases) {
    assert.equal(found(text), [`wrong-type ${JSON.stringify(place)}`], text);
    assert.match(helpFor(text), help, text);
  }
}

function checkConfig(cases: readonly Case[]): void {
  for (const [text, place, help] of cases) {
    assert.equal(foundInConfig(text), [`wrong-type ${JSON.stringify(place)}`], text);
    assert.match(configHelpFor(text), help, text);
  }
}

describe("schema/wrong-type", (it) => {
  it("finds text, maps and lists where a list belongs, and shows the items", () => {
    check([
      [project("    hosts: web1"), "web1", "`- web1`"],
      [project('    hosts: "web[1-3,7], db1"'), "web[1-3,7], db1", "`- web[1-3,7]`, `- db1`"],
      [project("    exporters: node"), "node", "`- node`"],
      [
        project("    exporters:\n      -node\n      - jvm"),
        "-node\n      - jvm",
        "a space after each dash: `- node`, `- jvm`",
      ],
      [project("    hosts:\n      -web[1,2]"), "-web[1,2]", "a space after each dash: `- web[1,2]`"],
      [project("    hosts: |\n      - a\n      - b"), "- a\n      - b", "without `|` or `>` before it: `- a`, `- b`"],
      [project("    exporters: { node: 9100 }"), "{ node: 9100 }", "`- { job: node, port: 9100 }`"],
      [project("    exporters:\n      job: node"), "job: node", "put `- ` before `job`"],
      [project("    hosts:\n      web1:\n      web2:"), "web1:", "`- web1`, `- web2`"],
      ["service: web\nprojects: { name: x }\n", "{ name: x }", "put `- ` before `name`"],
      ["service: web\nprojects:\n  web:\n    hosts: [a]\n", "web:", "`- name: web`"],
      [
        project("    hosts:\n      web: [web1, web2]\n      db: [db1]"),
        "web: [web1, web2]",
        /: `- web1`, `- web2`, `- db1`$/,
      ],
      [project("    hosts: { web1: 9100, web2: 9100 }"), "{ web1: 9100, web2: 9100 }", /: `- web1`, `- web2`$/],
      [
        project("    hosts:\n      web1: { rack: r1 }\n      web2: { labels: { rack: r2 } }\n      web3: {}"),
        "web1: { rack: r1 }",
        /: `- { host: web1, labels: { rack: r1 } }`, `- { host: web2, labels: { rack: r2 } }`, `- web3`$/,
      ],
      [
        project("    hosts: { a: , b: , c: , d: , e: }"),
        "{ a: , b: , c: , d: , e: }",
        /: `- a`, `- b`, `- c`, `- d`, `- e`$/,
      ],
      [
        project("    hosts: { a: , b: , c: , d: , e: , f: , g: , h: , i: }"),
        "{ a: , b: , c: , d: , e: , f: , g: , h: , i: }",
        /`- g`, `- h`, …$/,
      ],
      // Ansible's groups.
      [
        project("    hosts: { hosts: { web1: , web2: { rack: r1 } } }"),
        "{ hosts: { web1: , web2: { rack: r1 } } }",
        "`- web1`, `- {",
      ],
      [
        project("    hosts: { all: { hosts: { w1: , w2: }, vars: { user: root } } }"),
        "{ all: { hosts: { w1: , w2: }, vars: { user: root } } }",
        /: `- w1`, `- w2`; what is below `vars` is no host/,
      ],
      [
        project("    hosts: { all: { children: { web: { hosts: { w1: , w2: } }, db: { hosts: { w2: } } } } }"),
        "{ all: { children: { web: { hosts: { w1: , w2: } }, db: { hosts: { w2: } } } } }",
        /: `- w1`, `- w2`$/,
      ],
      // The hosts of the second group stand elsewhere, and so may those that these variables are for.
      ...["web: { hosts: { w1: } }, db: ", "web: { hosts: { w1: } }, db: { vars: { a: b } }", "w1: { a: b }"].map(
        (groups): Case => [
          project(`    hosts: { children: { ${groups} } }`),
          `{ children: { ${groups} } }`,
          "write a list of hosts, such as",
        ],
      ),
      [project("    hosts: { w1: , vars: { a: b } }"), "{ w1: , vars: { a: b } }", "write a list of hosts, such as"],
      [project("    hosts: { web: { w1: , w2: } }"), "{ web: { w1: , w2: } }", "write a list of hosts, such as"],
      // Nobody knows which of the two is the host.
      [project("    hosts: { web: web1 }"), "{ web: web1 }", "write a list of hosts, such as"],
      [
        project("    exporters: { node: 1, app: { port: 2, path: /m }, jvm: }"),
        "{ node: 1, app: { port: 2, path: /m }, jvm: }",
        "`- { job: node, port: 1 }`, `- { job: app, port: 2, … }`, `- jvm`",
      ],
      ["service: web\nprojects: { a: , b: }\n", "{ a: , b: }", "`- name: a`, `- name: b`"],
      ["shard: s\nservers: prom1 prom2\n", "prom1 prom2", "`- prom1`, `- prom2`"],
      [probe("{ module: http, targets: https://x/ }"), "https://x/", "`- https://x/`"],
    ]);
  });

  it("finds items of a wrong kind", () => {
    check([
      [project("    hosts: [[web1, web2]]"), "[web1, web2]", /item of its own.*: `- web1`, `- web2`$/],
      [project("    hosts:\n      - - web1"), "- web1", /one dash.*: `- web1`$/],
      [project("    hosts: [[[web1]]]"), "[[web1]]", "remove the inner list"],
      [project("    hosts:\n      - web1: 9100"), "web1: 9100", "`- web1`, without a port"],
      [project("    hosts:\n      - web1:"), "web1:", "`- web1`, without the colon"],
      [project("    hosts: [web1: { rack: r1 }]"), "web1: { rack: r1 }", "`- { host: web1, labels: { rack: r1 } }`"],
      [project("    hosts: [web: [web1, web2]]"), "web: [web1, web2]", /item of its own: `- web1`, `- web2`$/],
      [project("    hosts: [{ web1: 9100, web2: }]"), "{ web1: 9100, web2: }", /item of its own: `- web1`, `- web2`$/],
      [
        project("    hosts: [all: { hosts: { w1: }, vars: { a: b } }]"),
        "all: { hosts: { w1: }, vars: { a: b } }",
        /^write `- w1`; what is below `vars` is no host/,
      ],
      [
        project("    hosts: [all: { hosts: { w1: }, children: }]"),
        "all: { hosts: { w1: }, children: }",
        /^write `- w1`$/,
      ],
      [project("    hosts: [web1: rack1]"), "web1: rack1", "such as `- web1.example.com`"],
      [project("    hosts: [web1: { rack: 1.10 }]"), "web1: { rack: 1.10 }", "labels: { rack: … } }`"],
      [project("    exporters:\n      - node: 9100"), "node: 9100", "`- { job: node, port: 9100 }`"],
      [project("    exporters:\n      - node:\n          port: 9100"), "node:", "`- { job: node, port: 9100 }`"],
      [project("    exporters:\n      - node:"), "node:", "`- node`"],
      [project("    probes: [icmp]"), "icmp", "`- { module: icmp, hosts: true }`"],
      [project("    hosts: [true]"), "true", "a host name"],
      ["service: web\nprojects: [web]\n", "web", "`- name: web`"],
      ["shard: s\nservers:\n  - prom1: 9090\n", "prom1: 9090", "`- prom1:9090`"],
      ["shard: s\nservers: [{ host: prom1, port: 9091 }]\n", "{ host: prom1, port: 9091 }", "`- prom1:9091`"],
      [probe("{ module: http, targets: [{ url: 'https://x/h' }] }"), "{ url: 'https://x/h' }", "`- https://x/h`"],
      [
        probe("{ module: http, targets: [{ name: health, url: 'https://x/h' }] }"),
        "{ name: health, url: 'https://x/h' }",
        "`- https://x/h`",
      ],
      ...["2001:db8::1", "[2001:db8::1]"].map((host): Case => {
        const target = `{ host: "${host}", port: 25 }`;
        return [probe(`{ module: tcp, targets: [${target}] }`), target, '`- "[2001:db8::1]:25"`'];
      }),
      // Which of the two ports is meant, nobody knows.
      ...["https://x/h", "web1:443"].map((host): Case => {
        const target = `{ target: "${host}", port: 80 }`;
        return [probe(`{ module: tcp, targets: [${target}] }`), target, "write a URL, a host or `host:port`, such as"];
      }),
      [
        probe("{ module: tcp, targets: [{ pay: web }] }"),
        "{ pay: web }",
        "write a URL, a host or `host:port`, such as",
      ],
      ["service: web\nshard: [a, 7]\n", "7", 'put it in quotes: `"7"`'],
    ]);
  });

  it("finds ports that are no plain number, and writes them as one", () => {
    for (const port of ['"8080"', "08080", "':8080'", "8_080", "+8080", "0x1F90", "8080/tcp"]) {
      const text = exporter(`{ job: app, port: ${port} }`);
      assert.equal(found(text), [`wrong-type ${JSON.stringify(port.replaceAll(/["']/g, ""))}`], text);
      assert.match(helpFor(text), "`port: 8080`", text);
    }
    check([
      [exporter("{ job: app, port: 8080.5 }"), "8080.5", "a whole number from 1 to 65535"],
      [exporter("{ job: app, port: http }"), "http", "such as `port: 9100`"],
      [exporter("{ job: app, port: [80, 81] }"), "[80, 81]", "an exporter for each port"],
      [exporter("{ job: app, port: '99999' }"), "99999", "a whole number from 1 to 65535"],
    ]);
    assert.equal(found(exporter("{ job: app, port: 8080 }")), []);
    // The range of a port is another rule's business.
    assert.equal(found(exporter("{ job: app, port: 99999 }")), []);
  });

  it("reads a list whose first item lacks its dash, and one that lacks a bracket", () => {
    const text = project("    exporters: [x]\n    hosts:\n      a\n      - b\n      - c-d");
    assert.equal(found(text), ['wrong-type "a\\n      - b\\n      - c-d"']);
    assert.is(helpFor(text), "write a list, each item on a line of its own: `- a`, `- b`, `- c-d`");
    assert.equal(checkOne(text).value["projects"], [{ name: "web", exporters: ["x"], hosts: ["a", "b", "c-d"] }]);
    for (const shard of ["a, b]", '"[a, b"', '"[a; b]"'])
      assert.is(helpFor(`service: s\nshard: ${shard}\nprojects: []\n`), "write a list: `shard: [a, b]`", shard);
  });

  it("tells of a template in the place of what is no text", () => {
    for (const text of ["{{ x }}", "${X}", "%(x)s", "<%= x %>"])
      for (const key of ["port", "enabled", "labels", "params"])
        assert.is(
          helpFor(exporter(`{ job: a, port: 1, path: /, ${key}: "${text}" }`.replace(/port: 1, (.*port)/, "$1"))),
          "write the value, or render the file before it is committed",
          `${key}: ${text}`,
        );
    assert.match(helpFor(project("    hosts: '{{ hosts }}'")), "write the value");
  });

  it("finds keys without a value, at the key", () => {
    for (const key of ["port", "path", "scheme", "interval", "timeout", "enabled"]) {
      const text = project(`    exporters:\n      - job: app\n        ${key}:`);
      assert.equal(found(text), [`wrong-type ${JSON.stringify(key)}`], text);
      assert.match(helpFor(text), "or remove the key", text);
    }
    for (const key of ["service", "shard", "owner", "description"])
      assert.equal(found(`${key === "service" ? "" : "service: web\n"}${key}:\n`), [
        `wrong-type ${JSON.stringify(key)}`,
      ]);
    assert.not.match(helpFor("service:\n"), "remove the key");
    assert.equal(found(project("    hosts:\n      - web1\n      -\n")).length, 1);
  });

  it("leaves lists and maps that are empty or only a key", () => {
    for (const key of ["hosts", "exporters", "probes", "labels"]) assert.equal(found(project(`    ${key}:`)), [], key);
    assert.equal(found("service: web\nlabels:\nprojects:\n---\nshard: s\nlimits:\nprometheus:\nservers: []\n"), []);
    assert.equal(foundInConfig("labels:\nexporters:\nlint:\ngate:\nprometheus:\nartifacts: []\n"), []);
  });

  it("finds names that YAML takes for numbers or booleans, and keeps them as text", () => {
    check([
      ["service: 42\n", "42", 'put it in quotes: `service: "42"`'],
      ["service: True\n", "True", 'put it in quotes: `service: "True"`'],
      ["service: 1.10\n", "1.10", 'put it in quotes: `service: "1.10"`'],
      ["service: web\nprojects: [{ name: 1.0 }]\n", "1.0", 'put it in quotes: `name: "1.0"`'],
      ["shard: s\ndescription: 42\n", "42", 'put it in quotes: `description: "42"`'],
    ]);
    // Without the file's text, what YAML made of it is no help: it may be another name.
    const [finding] = checkDocument("f.yml", 0, { service: 1 }).diagnostics;
    assert.is(finding?.help, "put it in quotes as it is written");
    assert.is(checkOne("shard: 42\n").value["shard"], "42");
    // What YAML itself leaves as text is right.
    assert.equal(found("service: 007\n---\nservice: 1e3\n---\nservice: 2024-01-01\n"), []);
  });

  it("finds switches in other words", () => {
    for (const [written, right] of [
      ["yes", "true"],
      ["on", "true"],
      ['"true"', "true"],
      ["1", "true"],
      ["no", "false"],
      ["off", "false"],
      ["0", "false"],
    ] as const)
      assert.match(helpFor(exporter(`{ job: app, port: 1, enabled: ${written} }`)), `write \`${right}\``, written);
    check([
      [exporter("{ job: app, port: 1, enabled: never }"), "never", "`true` or `false`"],
      [probe("{ module: icmp, hosts: [a] }"), "[a]", "name these below `targets:`"],
    ]);
  });

  it("repeats no secret in what to write instead", () => {
    const token = `ghp_${"a1B2c3D4".repeat(4)}`;
    for (const text of [
      exporter(`{ job: app, port: 1, params: [token=${token}] }`),
      exporter(`{ job: app, port: ${token} }`),
      exporter(`{ ${token}: 1 }`),
      project(`    hosts: "a ${token}"`),
      project("    labels: password=hunter22"),
    ])
      for (const { message, help } of checkText(text).flatMap(({ diagnostics }) => diagnostics))
        assert.not.match(`${message} ${help}`, /ghp_|hunter22/);
    assert.is(helpFor(project("    labels: token=a1b2c3d4e5")), "write `token: …`, one a line");
  });

  it("finds labels that are no map, and values that are no text", () => {
    check([
      [project("    labels: env=prod"), "env=prod", "`env: prod`"],
      [project("    labels: [env=prod]"), "[env=prod]", "`env: prod`"],
      [project("    labels: site => tyo1"), "site => tyo1", "`site: tyo1`"],
      [project("    labels: [site->tyo1]"), "[site->tyo1]", "`site: tyo1`"],
      [project("    labels: 'site=\"tyo 1\"'"), 'site="tyo 1"', '`site: "tyo 1"`'],
      [project("    labels: site=*"), "site=*", '`site: "*"`'],
      [project("    labels:\n      - env: prod"), "- env: prod", "remove each `- `"],
      [project("    labels: [{ name: env, value: prod }]"), "[{ name: env, value: prod }]", "a map: `{ env: prod }`"],
      [
        project('    labels: [{ key: env, value: "no" }, { key: tier, value: 1.10 }]'),
        '[{ key: env, value: "no" }, { key: tier, value: 1.10 }]',
        'a map: `{ env: "no", tier: "1.10" }`',
      ],
      [project("    labels: { env: [a, b] }"), "[a, b]", "a label has one value"],
      [project("    labels: { constructor: {} }"), "{}", "a label has one value"],
      [project("    labels: { exporters: [node] }"), "[node]", "move `exporters:` out of `labels:`"],
      [exporter("{ job: app, port: 1, params: { module: [a, b] } }"), "[a, b]", "a parameter has one value"],
      [exporter("{ job: app, port: 1, params: { module: [http] } }"), "[http]", "write `http` alone"],
    ]);
    // Numbers are text there, and a label without a value is another rule's business.
    assert.equal(found(project("    labels: { a: 1.10, b: true, c: , d: 007 }")), []);
  });

  it("finds several shards in one text, one shard twice, and none", () => {
    check([
      ["service: web\nshard: tokyo-a, osaka-a\n", "tokyo-a, osaka-a", "`shard: [tokyo-a, osaka-a]`"],
      ["service: web\nprojects: [{ name: a, shard: 'a,b' }]\n", "a,b", "`shard: [a, b]`"],
      ["service: web\nshard: [a, b, a]\n", "a", "remove one of the two"],
      ["service: web\nshard: []\n", "[]", "or remove the key"],
      ["service: web\nshard: { name: a }\n", "{ name: a }", "`shard: a`"],
    ]);
    assert.equal(checkOne("service: web\nshard: a, b\n").value["shard"], ["a", "b"]);
    assert.equal(found("service: web\nshard: [a, b]\n---\nservice: w2\nshard: Tokyo A\n"), []);
  });

  it("finds numbers in other words", () => {
    check([
      ["shard: s\nlimits: 10000\n", "10000", "`limits: { targets: 10000 }`"],
      ["shard: s\nlimits: { targets: 10k }\n", "10k", "`targets: 10000`"],
      ["shard: s\nlimits: { targets: -1 }\n", "-1", "a whole number from 0 up"],
      ["shard: s\nlimits: { targets: 1.5 }\n", "1.5", "a whole number"],
    ]);
    checkConfig([
      ["gate: { removed_percent: 20% }\n", "20%", "`removed_percent: 20`"],
      ["gate: { removed_percent: 120 }\n", "120", "a number from 0 to 100"],
      ["gate: { relabelled_percent: -1 }\n", "-1", "a number from 0 to 100"],
      ["gate: { removed_count: 0.5 }\n", "0.5", "a whole number"],
    ]);
    assert.match(helpFor("shard: s\nlimits: { targets: 10,000 }\n"), "without commas");
    assert.equal(foundInConfig("gate: { removed_percent: 0.5, removed_count: 0 }\n"), []);
  });

  it("finds presets that are no map of maps", () => {
    checkConfig([
      ["exporters: [node]\n", "[node]", "`node: { port: … }`"],
      ["exporters:\n  - name: node\n    port: 9100\n", "- name: node", "`node: { port: 9100 }`"],
      ["exporters: { node: 9100 }\n", "9100", "`{ port: 9100 }`"],
      ["exporters:\n  node:\n", "node", "a map with `port`"],
      ["exporters:\n  node:\n  port: 9100\n  path: /m\n", "node", "indent `port` and `path` below `node:`"],
    ]);
  });

  it("is not confused by values that cannot become text", () => {
    const odd = "[{ __proto__: [] }]";
    for (const text of [
      `exporters: { node: ${odd} }\n`,
      `gate: { removed_count: ${odd} }\n`,
      `artifacts: [${odd}, ${odd}]\n`,
    ])
      assert.ok(foundInConfig(text).length > 0, text);
    for (const text of [exporter(`{ job: a, port: ${odd} }`), `shard: s\nlimits: ${odd}\nservers: [${odd}, ${odd}]\n`])
      assert.ok(found(text).length > 0, text);
  });

  it("finds files that Prometheus would not read as JSON, or read twice", () => {
    const patterns = ["/etc/*/targets.json", "/etc/targets[1].json", "/etc/target?.json"];
    for (const path of ["/etc/prometheus/targets.yml", "/etc/prometheus/targets", ...patterns, ".json "]) {
      assert.equal(foundInConfig(`prometheus: { targets: "${path}" }\n`), [`wrong-type ${JSON.stringify(path)}`], path);
      assert.equal(found(`shard: s\nprometheus: { urls: "${path}" }\n`), [`wrong-type ${JSON.stringify(path)}`], path);
    }
    assert.equal(foundInConfig("prometheus: { targets: /a.json, urls: /a.json }\n"), ['wrong-type "/a.json"']);
    assert.equal(foundInConfig("prometheus: { targets: a.json, urls: /b.c/urls.json }\n"), []);
  });

  it("finds settings of promgen.yml in the wrong form", () => {
    checkConfig([
      ["inventory: [targets]\n", "[targets]", "`inventory: targets`"],
      ["inventory: ''\n", "", "the name of a directory"],
      ["repository: ''\n", "", "a URL"],
      ["artifacts: all\n", "all", "`- all`"],
      ["artifacts: shards\n", "shards", "such as `artifacts: [all, services]`"],
      ["artifacts: [all, service]\n", "service", "did you mean `services`?"],
      ["artifacts: [all, all]\n", "all", "remove one of the two"],
      ["prometheus: { blackbox: 9115 }\n", "9115", "`blackbox: 127.0.0.1:9115`"],
      ["lint: [label/required]\n", "[label/required]", "a map of rules and severities"],
    ]);
  });

  it("finds documents that are no map", () => {
    check([
      ["- a\n", "- a", "begin it with"],
      ["hello\n", "hello", "begin it with"],
      ["- targets: [a:1]\n  labels: {}\n", "- targets: [a:1]", "file_sd"],
      ["- service: web\n", "- service: web", "remove the `- `"],
      ["service: [a, b]\n", "[a, b]", "a document for each"],
      ["service: { name: a }\n", "{ name: a }", "`service: a`"],
    ]);
    checkConfig([
      ["- a\n", "- a", "`key: value` lines"],
      ["hello\n", "hello", "`key: value` lines"],
      ["labels: { a: b }\n---\nlabels: { c: d }\n", "labels: { c: d }", "write all settings in one"],
    ]);
  });

  it("tells of a comment that YAML does not take for one", () => {
    check([
      [
        exporter("{ job: a, port: 8443 // tls }"),
        "8443 // tls",
        "`port: 8443 # …`: a comment begins with white space and `#`",
      ],
      [exporter("{ job: a, port: 8443# tls }"), "8443# tls", "`port: 8443 # …`"],
      [exporter("{ job: a, port: tls // 8443 }"), "tls // 8443", "such as `port: 9100`"],
    ]);
  });

  it("takes out what is wrong and keeps the rest, in its place", () => {
    const text = project(
      "    hosts: [web1, 7, [x], web2]\n    exporters: [[node], app]\n    probes: [icmp, { module: m, hosts: true }]\n" +
        "    labels: { a: [b], c: d }\n    farm: [f]",
    );
    const { value, isComplete } = checkOne(text);
    assert.equal(value["projects"], [
      {
        name: "web",
        hosts: ["web1", undefined, undefined, "web2"],
        exporters: [{ enabled: false }, "app"],
        probes: [{ enabled: false }, { module: "m", hosts: true }],
        labels: { c: "d" },
      },
    ]);
    // Which farm it uses is lost.
    assert.not(isComplete);
    const { value: texts } = checkOne(project("    hosts: web1, web2\n    exporters: node"));
    assert.equal(texts["projects"], [{ name: "web", hosts: ["web1", "web2"], exporters: ["node"] }]);
  });

  it("knows when projects are lost", () => {
    for (const text of ["service: web\nproject: []\n", "service: web\nprojects: {}\n", "service: web\nprojects: [a]\n"])
      assert.is(checkOne(text).isComplete, false, text);
    for (const text of ["farm:\nhosts: [a]\n", "shard: []\n", "x: y\n", "- a\n"])
      assert.is(checkOne(text).isComplete, false, text);
    for (const text of ["service: web\nownr: x\nprojects: []\n", project("    xyzzy: 1"), project("    hosts: [7]")])
      assert.is(checkOne(text).isComplete, true, text);
  });
});
