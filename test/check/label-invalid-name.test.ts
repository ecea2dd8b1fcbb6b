import * as assert from "uvu/assert";
import { invalidName } from "../../src/check/label-invalid-name.ts";
import { describe } from "../describe.ts";
import { findings } from "./inventory.ts";

const FILE = "targets/services/pay.yml";

/** The texts of the findings in a project with these lines. */
function found(project: string): string[] {
  return findings(invalidName, { [FILE]: `service: pay\nprojects:\n  - name: api\n${project}` }).map(
    ({ text }) => text,
  );
}

describe("label/invalid-name", (it) => {
  it("finds a dash, a dot, a space, a digit in front, another script and nothing at all", () => {
    const labels = `    labels: { team-name: a, app.kubernetes.io/name: b, "my team": c, 1st: d, チーム: e, "": f }\n`;
    assert.equal(found(labels), ["team-name", "app.kubernetes.io/name", "my team", "1st", "チーム", ""]);
  });

  it("points to the key, at every level", () => {
    const files = {
      "promgen.yml": "labels: { a-1: x }\nexporters:\n  node: { port: 9100, labels: { a-2: x }, params: { a-3: x } }\n",
      "targets/shard.yml": "shard: s\nlabels: { a-4: x }\n",
      "targets/farm.yml": "farm: f\nlabels: { a-5: x }\nhosts:\n  - { host: web1, labels: { a-6: x } }\n",
      [FILE]: `service: pay
labels: { a-7: x }
projects:
  - name: api
    labels: { a-8: x }
    hosts:
      - web1
      - { host: web2, labels: { a-9: x } }
    exporters:
      - node
      - { job: app, port: 80, labels: { a-10: x }, params: { a-11: x } }
    probes:
      - { module: icmp, hosts: true, labels: { a-12: x } }
`,
    };
    const result = findings(invalidName, files);
    assert.equal(
      result.map(({ text }) => Number(text.slice(2))).toSorted((a, b) => a - b),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    );
    assert.ok(result.every(({ part, severity }) => part === "key" && severity === "error"));
    assert.equal(result.find(({ text }) => text === "a-9")?.path, [0, "projects", 0, "hosts", 1, "labels", "a-9"]);
    assert.equal(result.find(({ text }) => text === "a-2")?.path, [0, "exporters", "node", "labels", "a-2"]);
  });

  it("finds the key of a query, which becomes a label, too", () => {
    const result = findings(invalidName, {
      "promgen.yml": "exporters:\n  fed: { port: 9090, path: '/federate?match[]=up' }\n",
      [FILE]:
        "service: pay\nprojects:\n  - name: api\n    exporters:\n      - fed\n      - { job: x, port: 1, path: '/m?日=本&ok=1' }\n",
    });
    assert.equal(
      result.map(({ file, path }) => [file, path]),
      [
        ["promgen.yml", [0, "exporters", "fed", "path"]],
        [FILE, [0, "projects", 0, "exporters", 1, "path"]],
      ],
    );
  });

  it("a parameter of the preset is reported once, at the preset", () => {
    const result = findings(invalidName, {
      "promgen.yml": "exporters:\n  node: { port: 9100, params: { 'collect[]': cpu } }\n",
      [FILE]:
        "service: pay\nprojects:\n  - name: api\n    exporters:\n      - node\n      - { job: node, params: { a: b } }\n",
    });
    assert.equal(
      result.map(({ file }) => file),
      ["promgen.yml"],
    );
  });

  it("suggests a name that is one", () => {
    const help = findings(invalidName, { [FILE]: "service: pay\nlabels: { team-name: a }\n" })[0]?.help;
    assert.match(help ?? "", "`team_name`");
  });

  it("leaves alone what only looks odd: underscores, capitals, digits inside, a parameter that starts with a digit", () => {
    assert.equal(
      found(
        `    labels: { _: a, team_name: b, Team2: c, __tmp_x: d }\n    exporters:\n      - { job: a, port: 1, params: { 2fa: x }, path: "/m?3g=x" }\n`,
      ),
      [],
    );
  });

  it("leaves reserved names to label/reserved, which lets __tmp_* pass", () => {
    assert.equal(found("    labels: { __tmp_a-b: a }\n"), ["__tmp_a-b"]);
    assert.equal(found('    labels: { "__param_match[]": a }\n'), []);
  });
});
