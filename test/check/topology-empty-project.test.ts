import * as assert from "uvu/assert";
import { emptyProject } from "../../src/check/topology-empty-project.ts";
import { describe } from "../describe.ts";
import { findings } from "./inventory.ts";
import type { Files, Found } from "./inventory.ts";

const PRESETS: Files = { "promgen.yml": "exporters: { node: { port: 9100 } }\n" };

function project(body: string, more: Files = {}, faulty = false): Found[] {
  const files = { ...PRESETS, ...more, "s.yml": `service: s\nprojects:\n  - { name: p, ${body} }\n` };
  return findings(emptyProject, files, { faulty });
}

describe("topology/empty-project", (it) => {
  it("says what is missing, at the project's name", () => {
    const lacks: [string, string][] = [
      ["hosts: [a.b]", "has neither exporters nor probes"],
      ["exporters: [node]", "has exporters but no hosts"],
      ["exporters: [node], hosts: []", "has exporters but no hosts"],
      ["exporters: [node], probes: [{ module: m, targets: [x] }]", "has exporters but no hosts"],
      ["probes: [{ module: m, hosts: true }]", "has probes but no hosts"],
      ["probes: [{ module: m, targets: [] }]", "has probes without targets"],
      ["hosts: [a.b], exporters: [{ job: node, enabled: false }]", "has nothing that is enabled"],
      ["probes: [{ module: m, targets: [x], enabled: false }]", "has nothing that is enabled"],
    ];
    for (const [body, lack] of lacks) {
      const found = project(body);
      assert.equal(
        found.map(({ severity, path, message }) => [severity, path, message]),
        [["warning", [0, "projects", 0, "name"], `project "p" ${lack}`]],
        body,
      );
    }
  });

  it("says which probe can have no target, where another one has some", () => {
    const full = "{ module: m, targets: [x] }";
    const lacks: [string, string][] = [
      [`probes: [${full}, { module: n, hosts: true }]`, 'probe "n" of project "p" has no hosts'],
      [
        `farm: f, probes: [${full}, { module: n, hosts: true }]`,
        'probe "n" of project "p" has no hosts: its farm "f" is empty',
      ],
      [`probes: [${full}, { module: n, targets: [] }]`, 'probe "n" of project "p" has no targets'],
      [
        `hosts: [a.b], exporters: [node], probes: [${full}, { module: n, targets: [] }]`,
        'probe "n" of project "p" has no targets',
      ],
    ];
    for (const [body, lack] of lacks)
      assert.equal(
        project(body, { "f.yml": "farm: f\nhosts: []\n" })
          .filter(({ file }) => file === "s.yml")
          .map(({ severity, path, message }) => [severity, path.slice(3), message]),
        [["warning", ["probes", 1, "module"], lack]],
        body,
      );
    assert.equal(
      project("exporters: [node], probes: [{ module: m, hosts: true }, { module: n, targets: [] }]").map(
        ({ message }) => message,
      ),
      ['project "p" has exporters but no hosts', 'probe "n" of project "p" has no targets'],
    );
    assert.equal(
      project("probes: [{ module: m, hosts: true }, { module: n, targets: [] }]").map(({ message }) => message),
      ['project "p" has probes but no hosts', 'probe "n" of project "p" has no targets'],
    );
    for (const body of [
      `probes: [${full}, { module: n, hosts: true, enabled: false }]`,
      `probes: [{ module: n, targets: [x], hosts: true }]`,
    ])
      assert.equal(project(body), [], body);
  });

  it("says what to add", () => {
    const helps: [string, string][] = [
      ["hosts: [a.b]", "add `exporters:` or `probes:`, or remove the project"],
      ["exporters: [node]", "add `hosts:`, or `farm:` with the name of a farm document"],
      ["exporters: [node], hosts: []", "add a host to `hosts:`"],
      ["exporters: [node], farm: f", "add a host to the farm"],
      ["probes: [{ module: m, targets: [] }]", "give the probe `targets:` or `hosts: true`"],
      [
        "hosts: [a.b], exporters: [{ job: node, enabled: false }]",
        "enable one of its exporters or probes, or remove the project",
      ],
      ["probes: [{ module: m, targets: [x] }, { module: n, targets: [] }]", "give it `targets:` or `hosts: true`"],
      ["probes: [{ module: m, targets: [x] }, { module: n, hosts: true }], hosts: []", "add a host to `hosts:`"],
    ];
    for (const [body, help] of helps)
      assert.equal(
        project(body, { "f.yml": "farm: f\nhosts: []\n" })
          .filter(({ file }) => file === "s.yml")
          .map((found) => found.help),
        [help],
        body,
      );
  });

  it("a farm without hosts is named", () => {
    const [found] = project("farm: f, exporters: [node]", { "f.yml": "farm: f\nhosts: []\n" });
    assert.match(found?.message ?? "", 'its farm "f" is empty');
    assert.equal(found?.related, [{ where: { file: "f.yml", path: [0, "farm"] }, note: "the farm" }]);
  });

  it("leaves what is rendered, and what other rules report, alone", () => {
    const full = [
      "hosts: [a.b], exporters: [node]",
      "hosts: [a.b], exporters: [node, { job: node, port: 1, enabled: false }]",
      "probes: [{ module: m, targets: [x] }]",
      "hosts: [a.b], probes: [{ module: m, hosts: true }]",
      "hosts: [a.b], probes: [{ module: m, targets: [x] }]",
      'hosts: ["a[2-1]"], exporters: [node]',
      "farm: unknown, exporters: [node]",
      "hosts: [a.b], exporters: [unknown]",
    ];
    for (const body of full) assert.equal(project(body), [], body);
  });

  it("is withheld where a misspelt key may be the reason", () => {
    assert.equal(project("hosts: [a.b], exportes: [node]", {}, true), []);
    assert.equal(project("farm: f, exporters: [node]", { "f.yml": "farm: f\nhots: [a.b]\n" }, true), []);
    for (const body of [
      "exporters: [node], hosts: 5",
      "exporters: [node], hosts: [5]",
      "exporters: [{ job: node, hosts: [a.b] }]",
      "probes: [{ module: m, target: [x] }]",
      "probes: [{ module: m, targets: [x] }, { module: n, target: [x] }]",
      "hosts: [a.b], exporters: [{ prt: 1 }]",
      "hosts: [a.b], exporters: 5",
      "hosts: [a.b], probes: 5",
      "exporters: [node], farm: { name: f }",
      "hosts: [a.b], exporters: [{ job: node, enabled: perhaps }]",
      "probes: [{ modul: m, targets: [x] }]",
      "probes: [{ module: m, hosts: perhaps }], hosts: [a.b]",
      "probes: [{ module: m, targets: [x] }, { module: n, hosts: true }], hots: [a.b]",
    ])
      assert.equal(project(body, {}, true), [], body);
  });

  it("is not withheld for mistakes that have nothing to do with it", () => {
    assert.is(project("hosts: [a.b]", { "t.yml": "service: t\nowners: x\n" }, true).length, 1);
    for (const body of [
      "hosts: [a.b] }\n  - { name: q, hosts: [a.b], exporters: [{ job: node, interval: 30 }]",
      "exporters: [{ job: node, interval: 30 }]",
      "hosts: [a.b], labels: 5",
      "hosts: [a.b], exporters: [{ job: node, enabled: false, interval: 30 }]",
      "hosts: [a.b], exporters: [{ job: node, enabled: false }], probes: [{ module: m, targets: [x], enabled: false }], key: 5",
      "probes: [{ module: m, targets: [x], interval: 30 }, { module: n, hosts: true, interval: 30 }]",
    ])
      assert.is(project(body, {}, true).length, 1, body);
  });

  it("a farm nobody uses is an info", () => {
    const farms = { "f.yml": "farm: f\nhosts: [a.b]\n---\nfarm: g\nhosts: [a.b]\n" };
    const found = project("farm: f, exporters: [node]", farms);
    assert.equal(
      found.map(({ severity, file, path, text }) => [severity, file, path, text]),
      [["info", "f.yml", [1, "farm"], "g"]],
    );
    assert.equal(project("farm: f, hosts: [c.d], exporters: [node]", { "f.yml": "farm: f\nhosts: [a.b]\n" }), []);
    assert.equal(project("farm: f, exporters: [node]", { ...farms, "x.yml": 'service: "x\n' }, true), []);
  });
});
