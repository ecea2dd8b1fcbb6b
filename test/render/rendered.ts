/**
 * Inventories from inline YAML, rendered in memory, and the comparison of target groups.
 */
import * as assert from "uvu/assert";
import { validate } from "../../src/commands/validate.ts";
import { loadInventory } from "../../src/commands/load.ts";
import type { Inventory } from "../../src/model/inventory.ts";
import type { Sink, Stamp } from "../../src/render/artifact.ts";
import { renderAll } from "../../src/render/render.ts";
import type { Rendered } from "../../src/render/render.ts";
import { inProcess, withDirectory } from "../workplace.ts";

export type Yaml = Readonly<Record<string, string>>;

/** A group of targets.json or urls.json as Prometheus reads it. */
export interface ReadGroup {
  readonly labels?: Readonly<Record<string, string>>;
  readonly targets: readonly string[];
}

export const STAMP: Stamp = { generation: 1_700_000_000, commit: "0".repeat(40), generator: "promgen-gen 1.2.3" };

/** Reads files in the order in which they are given here. Throws where one has mistakes in YAML or schema. */
export async function load(files: Yaml): Promise<Inventory> {
  const { inventory, diagnostics } = await loadInventory({
    list: (directory) =>
      Promise.resolve({
        files: Object.keys(files).filter((file) => file.startsWith(`${directory}/`)),
        diagnostics: [],
      }),
    read: (file) => (files[file] === undefined ? undefined : new TextEncoder().encode(files[file])),
  });
  const mistake = diagnostics.find(({ severity }) => severity === "error");
  if (mistake !== undefined) throw new Error(`${mistake.code} in ${mistake.where.file}: ${mistake.message}`);
  return inventory;
}

/** A sink that keeps what it gets, and fails the test where the rules of a sink are broken. */
export function memorySink(): { sink: Sink; files: () => Map<string, Buffer>; chunks: (path: string) => number[] } {
  const written = new Map<string, { chunks: Buffer[]; isOver: boolean }>();
  return {
    sink: {
      write(path, chunk) {
        const file = written.get(path) ?? { chunks: [], isOver: false };
        if (file.isOver) throw new Error(`${path} is written to after its end`);
        written.set(path, file);
        // A copy: whoever wrote it may use its memory again.
        file.chunks.push(Buffer.from(chunk));
      },
      end(path) {
        const file = written.get(path);
        if (file === undefined || file.isOver)
          throw new Error(`${path} ends ${file === undefined ? "unwritten" : "twice"}`);
        file.isOver = true;
      },
    },
    files() {
      for (const [path, { isOver }] of written) if (!isOver) throw new Error(`${path} was never ended`);
      return new Map([...written].map(([path, { chunks }]) => [path, Buffer.concat(chunks)]));
    },
    chunks: (path) => written.get(path)?.chunks.map((chunk) => chunk.length) ?? [],
  };
}

/** Renders an inventory: path → text of each artifact, and the counts. */
export function renderInventory(
  inventory: Inventory,
  stamp: Stamp = STAMP,
): { files: Record<string, string>; counts: Rendered } {
  const { sink, files } = memorySink();
  const counts = renderAll(inventory, stamp, sink);
  return { files: Object.fromEntries([...files()].map(([path, bytes]) => [path, bytes.toString("utf8")])), counts };
}

/** Renders files without judging them. */
export async function render(files: Yaml, stamp?: Stamp): Promise<Record<string, string>> {
  return renderInventory(await load(files), stamp).files;
}

/** The groups of an artifact. */
export function groupsIn(text: string | undefined): ReadGroup[] {
  return JSON.parse(text ?? "null") as ReadGroup[];
}

/** Fails where two lists of groups do not say the same. */
export function assertSameGroups(actual: readonly ReadGroup[], expected: readonly ReadGroup[], message?: string): void {
  assert.equal(meaningOf(actual), meaningOf(expected), message);
}

/**
 * What groups say, in a form that can be compared: the order of groups and of targets is free, labels count exactly (so
 * `__metrics_path__: /metrics` is not the same as none), targets with how often they occur. Groups without targets say
 * nothing.
 */
export function meaningOf(groups: readonly ReadGroup[]): Record<string, string[]> {
  const byLabels = new Map<string, string[]>();
  for (const { labels = {}, targets } of groups) {
    if (targets.length === 0) continue;
    const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
    byLabels.set(key, [...(byLabels.get(key) ?? []), ...targets].sort());
  }
  return Object.fromEntries([...byLabels].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What `validate` says about files: its exit code, and the ids of the findings, each once, sorted, infos too. */
export async function judge(files: Yaml): Promise<{ exit: number | undefined; codes: string[]; errors: string[] }> {
  return await withDirectory(files, async (directory) => {
    const ran = await inProcess(directory, (io) =>
      validate(io, [], { format: "json", failOn: "error", verbose: true }),
    );
    const { findings } = JSON.parse(ran.stdout) as { findings: { rule: string; severity: string }[] };
    const ids = (of: typeof findings): string[] => [...new Set(of.map(({ rule }) => rule))].sort();
    return {
      exit: ran.exit,
      codes: ids(findings),
      errors: ids(findings.filter(({ severity }) => severity === "error")),
    };
  });
}
