import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv } from "ajv";
import type { AnySchemaObject } from "ajv";
import * as assert from "uvu/assert";
import { EnvironmentError } from "../../src/exit.ts";
import { readManifest } from "../../src/publish/read-manifest.ts";
import type { Manifest } from "../../src/publish/read-manifest.ts";
import { manifestJson } from "../../src/render/manifest.ts";
import { describe } from "../describe.ts";
import { ROOT } from "../workplace.ts";

const schema = JSON.parse(await readFile(join(ROOT, "schema/manifest.schema.json"), "utf8")) as AnySchemaObject;
const fits = new Ajv({ strict: true }).compile(schema);
const GOLDEN = await readFile(join(ROOT, "test/golden/manifest.json"), "utf8");

function read(text: string): Manifest {
  return readManifest(Buffer.from(text), "there");
}

/** Whether the reader takes it. Throws what is no refusal. */
function isTaken(text: string): boolean {
  try {
    read(text);
    return true;
  } catch (error) {
    if (error instanceof EnvironmentError) return false;
    throw error;
  }
}

const FACTS = { sha256: "0".repeat(64), bytes: 1, groups: 1, targets: 1 };
const PUBLISHED = manifestJson(
  {
    generation: 7,
    commit: "1".repeat(64),
    generator: "promgen-gen 1.0.0",
    publication: {
      isChanged: () => true,
      retired: ["gone"],
      accepts: new Map([
        ["*", 5],
        ["a", 3],
      ]),
      accepted: ["sha256:x"],
    },
  },
  [
    {
      name: "a",
      path: "shards/a",
      servers: [],
      files: { "targets.json": FACTS, "urls.json": FACTS, "scrape-config.yml": FACTS },
    },
  ],
  undefined,
);

describe("a manifest", (it) => {
  it("is read as it was written, and fits its schema", () => {
    for (const text of [GOLDEN, PUBLISHED]) {
      const value = JSON.parse(text) as unknown;
      assert.ok(fits(value), JSON.stringify(fits.errors));
    }
    assert.equal(read(GOLDEN), JSON.parse(GOLDEN));
    const { generation, commit, changed, retired, accepts, accepted, shards, files } = read(PUBLISHED);
    assert.equal(
      [generation, commit, changed, retired, accepts, accepted, shards["a"]?.accepts, files],
      [7, "1".repeat(64), ["a"], ["gone"], 5, ["sha256:x"], 3, undefined],
    );
  });

  it("may have keys that are not known", () => {
    const more = GOLDEN.replace('"version": 1,', '"version": 1, "more": {},').replace('"path":', '"else": 1, "path":');
    assert.ok(fits(JSON.parse(more)));
    assert.equal(read(more), JSON.parse(GOLDEN));
  });

  it("may have shards by any name", () => {
    const value = JSON.parse(PUBLISHED) as { shards: Record<string, { path: string }> };
    const [shard] = Object.values(value.shards);
    const text = JSON.stringify({ ...value, shards: undefined }).replace(
      /\}$/,
      `,"shards":{"__proto__":${JSON.stringify({ ...shard, path: "shards/__proto__" })}}}`,
    );
    assert.equal(Object.keys(read(text).shards), ["__proto__"]);
  });

  it("is refused, by the reader and by its schema, where something is missing or has another form", () => {
    const replace = (from: string | RegExp, to: string): string => {
      const changed = GOLDEN.replace(from, to);
      assert.is.not(changed, GOLDEN, String(from));
      return changed;
    };
    const wrong = [
      "null",
      "[]",
      "1",
      '"x"',
      "{}",
      replace('"version": 1,', ""),
      replace('"version": 1,', '"version": "1",'),
      replace('"version": 1,', '"version": 2,'),
      replace('"generation": 1767323045', '"generation": -1'),
      replace('"generation": 1767323045', '"generation": 1.5'),
      replace('"generation": 1767323045', '"generation": 1e300'),
      replace(/"commit": "../, '"commit": "'),
      replace(/"commit": "../, '"commit": "--'),
      // As git would take it: an option, or what comes before that commit.
      replace(/"commit": "/, '"commit": "--output='),
      replace(/("commit": "\w+)/, "$1~1"),
      replace(/"repository": "[^"]*"/, '"repository": 1'),
      replace(/"generator": "[^"]*",/, ""),
      replace(/"generator":/, '"changed": "a", "generator":'),
      replace(/"generator":/, '"retired": [1], "generator":'),
      replace(/"generator":/, '"accepts": "1", "generator":'),
      replace(/"generator":/, '"accepted": {}, "generator":'),
      replace(/"sha256": "../, '"sha256": "'),
      replace(/"sha256": "../, '"sha256": "AB'),
      replace(/"sha256": "/, '"sha256": "0'),
      replace(/("sha256": "\w+)/, "$10"),
      replace(/"bytes": \d+/, '"bytes": null'),
      replace(/"targets": \d+/, '"targets": []'),
      replace('"shards":', '"shard":'),
      replace('"files": {', '"files": [], "x": {'),
      replace('"servers": [', '"servers": {}, "x": ['),
      replace('"scrape-config.yml"', '"scrape.yml"'),
      replace('"path": "shards/nagoya-a"', '"path": "/etc"'),
      replace('"path": "shards/nagoya-a"', '"path": "shards/../../etc"'),
    ];
    for (const text of wrong) {
      assert.not(fits(JSON.parse(text)), text.slice(0, 200));
      assert.not(isTaken(text), text.slice(0, 200));
    }
    // What a schema cannot say.
    assert.not(isTaken(replace('"path": "shards/nagoya-a"', '"path": "shards/other"')));
    const [before, after] = GOLDEN.split('"generator": "');
    const broken = Buffer.concat([
      Buffer.from(`${before}"generator": "`),
      Buffer.from([0xff]),
      Buffer.from(after ?? ""),
    ]);
    for (const bytes of [Buffer.from("{"), Buffer.from([0xff]), broken])
      assert.throws(
        () => readManifest(bytes, "there"),
        (error: unknown) => {
          assert.instance(error, EnvironmentError);
          return (error as Error).message === "manifest.json of there cannot be read: it is not JSON";
        },
      );
  });

  it("may count nothing, and be of no commit", () => {
    for (const key of ["generation", "bytes", "groups", "targets"]) {
      const text = GOLDEN.replace(new RegExp(`"${key}": \\d+`), `"${key}": 0`);
      assert.ok(fits(JSON.parse(text)) && isTaken(text), key);
    }
    assert.ok(isTaken(GOLDEN.replace(/"commit": "[^"]*",/, "")));
  });
});
