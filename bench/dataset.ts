import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { generate } from "./generate.ts";
import type { Generated } from "./generate.ts";
import type { Bad } from "./spoil.ts";

// What `import` loads is slower by far; see throughput.js.
const { loadAll } = createRequire(import.meta.url)("js-yaml") as typeof import("js-yaml");

/** The sizes of the benchmark, in targets. */
export const SIZES = { S: 10_000, M: 100_000, L: 1_000_000 } as const;
export type Size = keyof typeof SIZES;

/** How many percent of the service files are spoilt. */
export const SPOILT = { schema: 10, syntax: 1, style: 10 } as const satisfies Record<Bad, number>;
/** `change` is the clean one as a checkout with one commit, in which one file has another host; in `merged`, that is a second commit. */
export type Variant = "clean" | "change" | "merged" | Bad;

export interface Dataset {
  size: Size;
  generated: Generated;
  /** The directory of the inventory in this variant. */
  inventory(variant: Variant): string;
  /** A place for output; nothing is there. */
  out(name: string): string;
}

/** Generates the inventories of a size below `cache`, or finds them there. */
export function prepareDataset(cache: string, size: Size): Dataset {
  const root = join(cache, `${size}-${digestGenerator()}`);
  const stamp = join(root, "complete.json");
  if (!existsSync(stamp)) {
    // What is here without the stamp is of a run that was stopped.
    rmSync(root, { recursive: true, force: true });
    const clean = generate({ targets: SIZES[size], out: join(root, "clean") });
    for (const [kind, percent] of Object.entries(SPOILT) as [Bad, number][]) {
      generate({ targets: SIZES[size], out: join(root, kind), bad: { kind, percent } });
    }
    for (const checkout of ["change", "merged"]) {
      generate({ targets: SIZES[size], out: join(root, checkout) });
      commitAll(join(root, checkout));
    }
    changeHost(join(root, "change"));
    changeHost(join(root, "merged"));
    commitAll(join(root, "merged"));
    writeFileSync(stamp, JSON.stringify(clean));
  }
  const outputs = join(root, "out");
  rmSync(outputs, { recursive: true, force: true });
  mkdirSync(outputs);
  return {
    size,
    generated: JSON.parse(readFileSync(stamp, "utf8")) as Generated,
    inventory: (variant) => join(root, variant),
    out: (name) => join(outputs, name),
  };
}

function commitAll(directory: string): void {
  const git = (...args: string[]): void => {
    execFileSync("git", ["-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "gc.auto=0", ...args], {
      cwd: directory,
      stdio: ["ignore", "ignore", "inherit"],
    });
  };
  git("init", "--quiet");
  git("add", "--all");
  git("commit", "--quiet", "--no-gpg-sign", "--message", "Generated inventory");
}

/** Renames the first host that is written in a list. */
function changeHost(inventory: string): void {
  const HOST = /^( +- )[\w.-]+\.example\.com$/m;
  const files = yamlFiles(inventory)
    .sort()
    .map((path) => join(inventory, path));
  const file = files.find((path) => HOST.test(readFileSync(path, "utf8")));
  if (file === undefined) throw new Error(`no file of ${inventory} lists a host`);
  writeFileSync(file, readFileSync(file, "utf8").replace(HOST, "$1changed.example.com"));
}

function yamlFiles(inventory: string): string[] {
  return readdirSync(inventory, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".yml"));
}

/** Makes floor.js's input of an inventory and of what rival.py rendered from it. */
export function dumpJson(inventory: string, rendered: string, file: string): void {
  const documents = yamlFiles(inventory).flatMap((path) => loadAll(readFileSync(join(inventory, path), "utf8")));
  const shards = Object.fromEntries(
    readdirSync(join(rendered, "shards")).map((shard) => {
      // A shard without any has a group without labels.
      const read = (name: string): unknown[] =>
        readGroups(join(rendered, "shards", shard, name)).filter((group) => group.labels);
      return [shard, { targets: read("targets.json"), urls: read("urls.json") }];
    }),
  );
  writeFileSync(file, JSON.stringify({ documents, shards }));
}

export interface Group {
  labels?: Record<string, string>;
  targets: string[];
}

export function readGroups(file: string): Group[] {
  return JSON.parse(readFileSync(file, "utf8")) as Group[];
}

/** Changes with the code that generates, so that no cached inventory outlives it. */
function digestGenerator(): string {
  const hash = createHash("sha256");
  for (const name of ["dataset", "emit", "generate", "inventory", "prng", "spoil", "words"]) {
    hash.update(readFileSync(new URL(`${name}.ts`, import.meta.url)));
  }
  return hash.digest("hex").slice(0, 12);
}
