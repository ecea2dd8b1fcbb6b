/** Rendered artifacts for real servers. */
import { join } from "node:path";
import { build } from "../../src/commands/build.ts";
import { inProcess, readFiles, ROOT, withDirectory } from "../workplace.ts";
import { ODD_INVENTORY } from "./inventories.ts";

/** Artifacts by path, and the shards that manifest.json names. */
export interface Generation {
  readonly files: Readonly<Record<string, string>>;
  readonly shards: readonly { readonly name: string; readonly path: string }[];
}

export type Group = { readonly labels?: Readonly<Record<string, string>>; readonly targets: readonly string[] };

/** Builds the inventory in a directory, elsewhere. */
export async function generationOf(directory: string): Promise<Generation> {
  return await withDirectory({}, async (out) => {
    const ran = await inProcess(directory, (io) =>
      build(io, { out: join(out, "dist"), stdout: false, verbose: false }),
    );
    if (ran.exit !== 0) throw new Error(ran.stderr);
    const files = await readFiles(join(out, "dist"));
    const manifest = JSON.parse(files["manifest.json"] ?? "") as { shards: Record<string, { path: string }> };
    return { files, shards: Object.entries(manifest.shards).map(([name, { path }]) => ({ name, path })) };
  });
}

export const INVENTORIES: Readonly<Record<string, () => Promise<Generation>>> = {
  "the example inventory": async () => await generationOf(ROOT),
  "odd names": async () => await withDirectory(ODD_INVENTORY, generationOf),
};

/** The groups of an artifact whose `__shard` is this one: what a server of the shard must scrape. */
export function groupsOf({ files }: Generation, path: string, shard: string): Group[] {
  const groups = JSON.parse(files[path] ?? "null") as Group[];
  return groups.filter(({ labels }) => labels?.["__shard"] === shard);
}

/** Paths on the server become paths beside its prometheus.yml. */
export function beside(scrapeConfig: string): string {
  return scrapeConfig.replace(/"[^"]*\/(targets|urls)\.json"/g, '"$1.json"');
}
