import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { VECTORS } from "../render/vectors.ts";
import { run, withDirectory } from "../workplace.ts";
import { beside, generationOf, INVENTORIES } from "./generation.ts";
import type { Generation } from "./generation.ts";
import { installed } from "./prometheus.ts";

/** The inventories of the tests that render something. */
async function allGenerations(): Promise<Generation[]> {
  const generations: Generation[] = [];
  for (const make of Object.values(INVENTORIES)) generations.push(await make());
  for (const { error, files } of Object.values(VECTORS).flat()) {
    if (error === undefined) generations.push(await withDirectory(files, generationOf));
  }
  return generations;
}

/** Puts each shard's files into a directory of its own; gives the paths of the scrape-config.yml. */
async function placeShards(directory: string, generations: readonly Generation[]): Promise<string[]> {
  const configs: string[] = [];
  for (const { files, shards } of generations) {
    for (const { path } of shards) {
      const place = join(directory, String(configs.length));
      await mkdir(place);
      for (const name of ["targets.json", "urls.json", "scrape-config.yml"]) {
        await writeFile(join(place, name), beside(files[`${path}/${name}`] ?? ""));
      }
      configs.push(join(place, "scrape-config.yml"));
    }
  }
  return configs;
}

for (const { name, major, promtool } of await installed("promtool")) {
  describe(`promtool ${name}`, (it) => {
    it("accepts the scrape-config.yml of every shard of every inventory here, with its files in place", async () => {
      await withDirectory({}, async (directory) => {
        const configs = await placeShards(directory, await allGenerations());
        const ran = await run(directory, [promtool, "check", "config", ...configs]);
        assert.is(ran.exit, 0, ran.stdout + ran.stderr);
        assert.not.match(ran.stdout + ran.stderr, /warning/i);
        assert.ok(configs.length > 25, `${configs.length} shards`);
        assert.is(ran.stdout.split("SUCCESS").length - 1, configs.length);
      });
    });

    it("would say where a file is missing or broken: so the files were really read", async () => {
      await withDirectory({}, async (directory) => {
        const generation = await INVENTORIES["odd names"]?.();
        assert.ok(generation);
        const [config = ""] = await placeShards(directory, [generation]);
        const targets = join(config, "../targets.json");
        const broken = ["[", '[{"targets":["a:1"],"labels":{"a":1}}]', '[{"targets":[],"more":1}]'];
        // Since 3.0 any text is a label name.
        if (major < 3) broken.push('[{"targets":["a:1"],"labels":{"match[]":"x"}}]');
        for (const text of broken) {
          await writeFile(targets, text);
          assert.is((await run(directory, [promtool, "check", "config", config])).exit, 1, text);
        }
      });
    });
  });
}
