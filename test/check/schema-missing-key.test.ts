import * as assert from "uvu/assert";
import { missingKey } from "../../src/check/schema-missing-key.ts";
import { describe } from "../describe.ts";
import { findings } from "./inventory.ts";
import type { Files, Found } from "./inventory.ts";

function check(files: Files): Found[] {
  return findings(
    missingKey,
    { "promgen.yml": "exporters: { node: { port: 9100 }, vault: { path: /v1 } }\n", ...files },
    { faulty: true },
  );
}

function exporter(text: string, more: Files = {}): Found[] {
  return check({
    ...more,
    "s.yml": `service: s\nshard: a\nprojects: [{ name: p, hosts: [a.b], exporters: [${text}] }]\n`,
  });
}

describe("schema/missing-key: port", (it) => {
  it("an exporter without a port whose job is no preset", () => {
    const found = exporter("{ job: app }");
    assert.equal(
      found.map(({ severity, path, text, related }) => [severity, path, text, related]),
      [["error", [0, "projects", 0, "exporters", 0, "job"], "app", []]],
    );
    assert.is(exporter("{ job: app, enabled: false }").length, 1);
  });

  it("a preset that has no port either, by name or as a map", () => {
    for (const text of ["vault", "{ job: vault }"]) {
      const found = exporter(text);
      assert.is(found.length, 1);
      assert.equal(found[0]?.related[0]?.where, { file: "promgen.yml", path: [0, "exporters", "vault"], part: "key" });
    }
  });

  it("a preset without a port is one mistake, however many exporters take it", () => {
    const found = exporter("vault, { job: vault, path: /x }, { job: vault, port: 1 }, { job: app }");
    assert.equal(
      found.map(({ file, path }) => [file, ...path.slice(-2)]),
      [
        ["s.yml", 3, "job"],
        ["promgen.yml", "exporters", "vault"],
      ],
    );
    assert.equal(
      found[1]?.related.map(({ where }) => where.path.slice(4)),
      [[0], [1, "job"]],
    );
  });

  it("leaves ports of presets, ports of its own, and unknown presets", () => {
    assert.equal(
      exporter("node, { job: node, path: /x }, { job: app, port: 1 }, { job: vault, port: 8200 }, unknown"),
      [],
    );
  });

  it("is withheld where the key may be misspelt", () => {
    assert.equal(exporter("{ job: app, prot: 80 }"), []);
    assert.equal(exporter("{ job: app, port: eighty }"), []);
    assert.equal(exporter("vault", { "promgen.yml": "exporters: { vault: { prot: 1 } }\n" }), []);
    assert.equal(exporter("{ job: app }", { "promgen.yml": "presets: { app: { port: 1 } }\n" }), []);
    assert.equal(exporter("{ job: app }", { "promgen.yml": "exporters: { app: 1 }\n" }), []);
    assert.equal(exporter("{ job: [app] }"), []);
    assert.equal(
      check({ "s.yml": "service: s\nshard: a\nprojects:\n- { name: p, port: 80, exporters: [{ job: app }] }\n" }),
      [],
    );
  });

  it("is not withheld for mistakes that have nothing to do with it", () => {
    assert.is(exporter("{ job: app }", { "t.yml": "service: t\nonwer: x\n" }).length, 1);
    for (const text of ["{ job: app }, { job: node, interval: 30, prot: 1 }", "{ job: app, interval: 30 }"])
      assert.is(exporter(text).length, 1, text);
    assert.is(exporter("{ job: app }", { "promgen.yml": "exporters: { node: { prot: 1 } }\nxyzzy: 1\n" }).length, 1);
    assert.is(
      exporter("vault", { "promgen.yml": "exporters: { node: { prot: 1 }, vault: { path: /v1 } }\n" }).length,
      1,
    );
  });
});

describe("schema/missing-key: shard", (it) => {
  it("a project without a shard, whose service names none in any of its files", () => {
    const found = check({
      "s.yml": "service: s\nprojects: [{ name: p }, { name: q, shard: a }]\n",
      "t.yml": "service: s\nowner: o\n",
    });
    assert.equal(
      found.map(({ severity, file, path, text }) => [severity, file, path, text]),
      [["error", "s.yml", [0, "projects", 0, "name"], "p"]],
    );
    assert.match(found[0]?.message ?? "", "in s.yml or t.yml");
    assert.equal(
      found[0]?.related.map(({ where }) => [where.file, where.path]),
      [
        ["s.yml", [0, "service"]],
        ["t.yml", [0, "service"]],
      ],
    );
  });

  it("leaves a shard of the project, or of any document of the service", () => {
    assert.equal(check({ "s.yml": "service: s\nprojects: [{ name: p, shard: unknown }]\n" }), []);
    assert.equal(check({ "s.yml": "service: s\nprojects: [{ name: p }]\n", "t.yml": "service: s\nshard: [a]\n" }), []);
  });

  it("a service of another name does not help", () => {
    assert.is(check({ "s.yml": "service: s\nprojects: [{ name: p }]\n", "t.yml": "service: S\nshard: a\n" }).length, 1);
  });

  it("is withheld where another document may name it", () => {
    const text = "service: s\nprojects: [{ name: p }]\n";
    assert.equal(check({ "s.yml": text, "t.yml": 'service: s\nshard: "a\n' }), []);
    assert.equal(check({ "s.yml": text, "t.yml": "service: s\nshrad: a\n" }), []);
    assert.equal(check({ "s.yml": "service: s\nprojects: [{ name: p, shard: [] }]\n" }), []);
    assert.equal(check({ "s.yml": "service: s\nprojects: [{ name: p, shrad: a }]\n" }), []);
    assert.equal(check({ "s.yml": "service: s\nprojects: [{ name: p, exporters: [{ job: node, shard: a }] }]\n" }), []);
    assert.is(check({ "s.yml": text, "t.yml": "service: other\nshrad: a\n" }).length, 1);
  });

  it("is not withheld for mistakes of another project, or in another key", () => {
    const others = [
      "name: r, shard: a, exporters: [{ job: node, port: '9100' }]",
      "name: r, shard: a, xyzzy: 1",
      "name: r, shrad: a",
      "name: r, shard: a, hosts: 5",
    ];
    for (const other of others)
      assert.equal(
        check({ "s.yml": `service: s\nonwer: o\nprojects: [{ name: q, farm: [f] }, { ${other} }]\n` }).map(
          ({ text }) => text,
        ),
        ["q"],
        other,
      );
  });
});
