import { createHash } from "node:crypto";
import * as assert from "uvu/assert";
import type { Publication } from "../../src/render/artifact.ts";
import { describe } from "../describe.ts";
import { groupsIn, render, STAMP } from "./rendered.ts";
import type { Yaml } from "./rendered.ts";

interface Manifest {
  readonly files?: Readonly<Record<string, unknown>>;
  readonly shards: Readonly<Record<string, { path: string; servers: string[]; files: Record<string, unknown> }>>;
}

const FILES: Yaml = {
  "targets/shards.yml":
    'shard: 東京 1\nservers: [p1, "p2:9091", "[2001:db8::1]:9092"]\n---\nshard: "2"\nservers: []\n---\nshard: "10"\n---\nshard: a\n',
  "targets/s.yml":
    "service: s\nshard: [東京 1, a]\nprojects:\n  - { name: p, hosts: [h1, h2], exporters: [{ job: j, port: 1 }], probes: [{ module: m, hosts: true }] }\n",
};

const parse = (files: Record<string, string>): Manifest => JSON.parse(files["manifest.json"] ?? "") as Manifest;

/** What a manifest says of a file, from the file itself. */
function factsOf(text: string | undefined, withGroups: boolean): Record<string, unknown> {
  const bytes = Buffer.from(text ?? "");
  const groups = withGroups ? groupsIn(text).filter(({ labels }) => labels !== undefined) : [];
  return {
    sha256: createHash("sha256").update(bytes).digest("hex"),
    bytes: bytes.length,
    ...(withGroups
      ? { groups: groups.length, targets: groups.reduce((sum, { targets }) => sum + targets.length, 0) }
      : {}),
  };
}

describe("manifest.json", (it) => {
  it("begins with the generation", async () => {
    const text = (await render(FILES, { ...STAMP, repository: "https://example.com/x" }))["manifest.json"] ?? "";
    assert.is(
      text.split('  "files"')[0],
      `{\n  "version": 1,\n  "generation": 1700000000,\n  "commit": "${"0".repeat(40)}",\n  "repository": "https://example.com/x",\n  "generator": "promgen-gen 1.2.3",\n`,
    );
    assert.ok(text.endsWith("}\n"));
  });

  it("leaves out what there is not: commit, repository, files of the whole", async () => {
    const files = await render({ ...FILES, "promgen.yml": "artifacts: []\n" }, { generation: 0, generator: "x" });
    assert.equal(Object.keys(JSON.parse(files["manifest.json"] ?? "") as object), [
      "version",
      "generation",
      "generator",
      "shards",
    ]);
  });

  it("says of a published generation what changed, what is gone and what was accepted", async () => {
    const publication: Publication = {
      isChanged: (shard, files) => shard !== "a" && files["targets.json"] !== undefined,
      retired: ["gone"],
      accepts: new Map([
        ["*", 9],
        ["東京 1", 8],
      ]),
      accepted: ["sha256:1", "sha256:2"],
    };
    const text = (await render(FILES, { ...STAMP, publication }))["manifest.json"] ?? "";
    const manifest = JSON.parse(text) as Record<string, unknown>;
    const { changed, retired, accepts, accepted } = manifest;
    assert.equal(
      { changed, retired, accepts, accepted },
      { changed: ["10", "2", "東京 1"], retired: ["gone"], accepts: 9, accepted: ["sha256:1", "sha256:2"] },
    );
    const accepting = Object.entries(parse({ "manifest.json": text }).shards).map(([name, shard]) => [
      name,
      (shard as { accepts?: number }).accepts,
    ]);
    assert.equal(Object.fromEntries(accepting), { "10": undefined, "2": undefined, a: undefined, "東京 1": 8 });
    const first = { isChanged: () => true, retired: [], accepts: new Map<string, number>(), accepted: [] };
    const files = await render(FILES, { ...STAMP, publication: first });
    const keys = Object.keys(JSON.parse(files["manifest.json"] ?? "") as object);
    assert.is(keys.join(" "), "version generation commit generator changed retired files shards");
    assert.not.match(files["manifest.json"] ?? "", "accept");
  });

  it("has every shard, those without targets and without servers too, with its servers as they are written", async () => {
    const { shards } = parse(await render(FILES));
    assert.equal(Object.keys(shards).sort(), ["10", "2", "a", "東京 1"].sort());
    assert.equal(shards["東京 1"]?.servers, ["p1", "p2:9091", "[2001:db8::1]:9092"]);
    assert.equal(shards["a"]?.servers, []);
    assert.is(shards["東京 1"]?.path, "shards/%E6%9D%B1%E4%BA%AC%201");
  });

  it("has the digest, length and counts of each file, as they are in the file", async () => {
    const files = await render(FILES);
    const manifest = parse(files);
    assert.equal(manifest.files, {
      "targets.json": factsOf(files["targets.json"], true),
      "urls.json": factsOf(files["urls.json"], true),
    });
    let count = 0;
    for (const { path, files: own } of Object.values(manifest.shards)) {
      assert.equal(own, {
        "scrape-config.yml": factsOf(files[`${path}/scrape-config.yml`], false),
        "targets.json": factsOf(files[`${path}/targets.json`], true),
        "urls.json": factsOf(files[`${path}/urls.json`], true),
      });
      count++;
    }
    assert.is(count, 4);
  });

  it("has a shard with a name that objects know otherwise", async () => {
    const { shards } = parse(
      await render({ "targets/a.yml": "shard: __proto__\nservers: [p1]\n---\nshard: constructor\nservers: [p2]\n" }),
    );
    assert.equal(
      Object.entries(shards).map(([name, { servers }]) => [name, servers]),
      [
        ["__proto__", ["p1"]],
        ["constructor", ["p2"]],
      ],
    );
  });
});
