import * as assert from "uvu/assert";
import { required } from "../../src/check/label-required.ts";
import { describe } from "../describe.ts";
import type { Files, Options } from "./inventory.ts";
import { findings } from "./inventory.ts";

const FILE = "targets/services/pay.yml";
const NODE = "exporters: [{ job: node, port: 9100 }]";
const SHARD = "shard: s\nservers: [prometheus1]\n";

/** The names of the projects that are reported. */
function lacking(files: Files, options: Options = {}): string[] {
  const all = { "promgen.yml": "lint:\n  label/required: { labels: [env] }\n", "targets/shard.yml": SHARD, ...files };
  return findings(required, all, options).map(({ text }) => text);
}

function project(lines: string, head = ""): Files {
  return {
    [FILE]: `service: pay\nshard: s\n${head}projects:\n  - name: api\n    ${lines.replaceAll("\n", "\n    ")}\n`,
  };
}

describe("label/required", (it) => {
  it("finds a project whose targets lack the label, once, at its name", () => {
    const files = {
      "promgen.yml": "lint:\n  label/required: { labels: [env, team] }\n",
      "targets/shard.yml": SHARD,
      ...project(`hosts: [web1]\nexporters: [{ job: a, port: 1 }, { job: b, port: 2 }]`),
    };
    const result = findings(required, files);
    assert.equal(
      result.map(({ severity, file, path, text }) => [severity, file, path.join(" "), text]),
      [["error", FILE, "0 projects 0 name", "api"]],
    );
    assert.ok(result[0]?.message.includes("`env`, `team`"));
  });

  it("any level can give the label", () => {
    const plain = project(`hosts: [web1]\n${NODE}`);
    const config = "lint:\n  label/required: { labels: [env] }\n";
    assert.equal(lacking(plain), ["api"]);
    assert.equal(lacking({ ...plain, "promgen.yml": `${config}labels: { env: x }\n` }), []);
    assert.equal(lacking({ ...plain, "targets/shard.yml": `${SHARD}labels: { env: x }\n` }), []);
    assert.equal(lacking(project(`hosts: [web1]\n${NODE}`, "labels: { env: x }\n")), []);
    assert.equal(lacking(project(`farm: f\n${NODE}`)), []);
    assert.equal(lacking({ ...project(`farm: f\n${NODE}`), "targets/farm.yml": "farm: f\nhosts: [web1]\n" }), ["api"]);
    assert.equal(
      lacking({ ...project(`farm: f\n${NODE}`), "targets/farm.yml": "farm: f\nlabels: { env: x }\nhosts: [web1]\n" }),
      [],
    );
    assert.equal(lacking(project(`labels: { env: x }\nhosts: [web1]\n${NODE}`)), []);
    assert.equal(lacking(project("hosts: [web1]\nexporters: [{ job: node, port: 9100, labels: { env: x } }]")), []);
    const preset = { "promgen.yml": `${config}exporters:\n  node: { port: 9100, labels: { env: x } }\n` };
    assert.equal(lacking({ ...project("hosts: [web1]\nexporters: [node]"), ...preset }), []);
    assert.equal(lacking(project(`hosts: [{ host: "web[1-3]", labels: { env: x } }]\n${NODE}`)), []);
  });

  it("some targets are not all: one host, one exporter, one shard, one probe", () => {
    assert.equal(lacking(project(`hosts: ["web[1-3]", { host: web9, labels: { env: x } }]\n${NODE}`)), ["api"]);
    assert.equal(
      lacking(project("hosts: [web1]\nexporters: [{ job: a, port: 1, labels: { env: x } }, { job: b, port: 2 }]")),
      ["api"],
    );
    assert.equal(lacking(project("probes: [{ module: m, targets: ['http://x/'] }]")), ["api"]);
    assert.equal(
      lacking(
        project(
          `hosts: [{ host: web9, labels: { env: x } }]\nprobes: [{ module: m, targets: ['http://x/'], hosts: true }]`,
        ),
      ),
      ["api"],
    );
    assert.equal(
      lacking(project(`hosts: [{ host: web9, labels: { env: x } }]\nprobes: [{ module: m, hosts: true }]`)),
      [],
    );
    const two = { "targets/t.yml": "shard: t\nlabels: { env: x }\n" };
    assert.equal(lacking({ ...project(`shard: [s, t]\nhosts: [web1]\n${NODE}`), ...two }), ["api"]);
    assert.equal(lacking({ ...project(`shard: [t]\nhosts: [web1]\n${NODE}`), ...two }), []);
  });

  it("an empty value is no label", () => {
    assert.equal(lacking(project(`labels: { env: "" }\nhosts: [web1]\n${NODE}`)), ["api"]);
  });

  it("only targets count: not what is disabled, has no hosts, or no exporters", () => {
    assert.equal(lacking(project("hosts: [web1]\nexporters: [{ job: node, port: 9100, enabled: false }]")), []);
    assert.equal(lacking(project(`hosts: []\n${NODE}`)), []);
    assert.equal(lacking(project("hosts: [web1]")), []);
    assert.equal(lacking(project("hosts: [web1]\nprobes: [{ module: m, targets: [] }]")), []);
    assert.equal(lacking(project("probes: [{ module: m, targets: ['http://x/'], enabled: false }]")), []);
  });

  it("what is rendered always is there always", () => {
    const config = { "promgen.yml": "lint:\n  label/required: { labels: [job, service, project, farm] }\n" };
    assert.equal(lacking({ ...project(`hosts: [web1]\n${NODE}`), ...config }), []);
  });

  it("waits until a misspelt key or an unreadable file is mended", () => {
    const files = project(`label: { env: x }\nhosts: [web1]\n${NODE}`);
    assert.equal(lacking(files, { faulty: true }), []);
    assert.equal(
      lacking(
        { ...project(`hosts: [web1]\n${NODE}`), "targets/pay2.yml": "service: pay\nlabels: { env: [\n" },
        { faulty: true },
      ),
      [],
    );
  });

  it("says so when it is on without labels", () => {
    for (const setting of ["error", "{ severity: warning }", "{ labels: [] }", "{ labels: { env: [a] } }"]) {
      const result = findings(required, {
        "promgen.yml": `lint:\n  label/required: ${setting}\n`,
        "targets/shard.yml": SHARD,
      });
      assert.equal(
        result.map(({ file, path }) => [file, path.slice(0, 3)]),
        [["promgen.yml", [0, "lint", "label/required"]]],
        setting,
      );
    }
    const override = `lint:\n  overrides:\n    - { files: ["targets/**"], rules: { label/required: error } }\n`;
    assert.equal(findings(required, { "promgen.yml": override })[0]?.path, [
      0,
      "lint",
      "overrides",
      0,
      "rules",
      "label/required",
    ]);
  });
});
