/**
 * Loads an inventory, runs every check over it, and judges the findings: what `validate`, `build` and `explain` start with.
 */
import { join } from "node:path";
import { checkInventory } from "../check/check.ts";
import type { RuleFailure } from "../check/check.ts";
import { judge } from "../check/judge.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { Io } from "../io.ts";
import { countTargets } from "../model/count.ts";
import type { Config, Inventory } from "../model/inventory.ts";
import type { Summary } from "../report/report.ts";
import { createPlaces } from "../report/place.ts";
import { directoryTree } from "../source/directory-tree.ts";
import { loadInventory, textReader } from "./load.ts";
import type { Loaded, OpenTwin } from "./load.ts";
import { showProgress } from "./progress.ts";

/** From about this number of files on, preparing for more takes less time than it saves. */
const FILES_OF_SOME_WORK = 40;

export interface Judged {
  readonly inventory: Inventory;
  /** Final: severities applied, suppressed ones gone. */
  readonly diagnostics: readonly Diagnostic[];
  /** Rules that threw. */
  readonly failures: readonly RuleFailure[];
  readonly files: readonly string[];
  /** Symbolic links in the inventory that were followed. */
  readonly links: readonly string[];
  readonly textOf: (file: string) => string | undefined;
  /** For the report; `seconds` counts to this moment. */
  readonly summary: Summary;
}

/** Reads and judges the inventory in `io.cwd`. @param openTwin another tree that has some of the same files */
export async function judgeInventory(io: Io, openTwin?: OpenTwin): Promise<Judged> {
  const start = io.now();
  const tree = directoryTree(io.cwd);
  const progress = showProgress(io);
  const second = { program: secondThread(io), root: io.cwd };
  let isFirst = true;
  const step = (done: number, total: number): void => {
    if (isFirst && total > FILES_OF_SOME_WORK) io.expectWork?.();
    isFirst = false;
    progress.step(done, total);
  };
  const loaded = await loadInventory(tree, step, second, openTwin);
  progress.end();
  const { inventory, files, links } = loaded;
  const textOf = textReader(tree);
  const { diagnostics, failures } = await judgeLoaded(io, loaded, textOf);
  let targets = 0;
  for (const count of countTargets(inventory).values()) targets += count.targets + count.urls;
  const summary: Summary = {
    files: files.length,
    targets,
    shards: inventory.shardByName.size,
    seconds: (io.now() - start) / 1000,
    unread: !inventory.isComplete,
    elsewhere: 0,
  };
  return { inventory, diagnostics, failures, files, links, textOf, summary };
}

/** Absolute path of the program of the second thread, where it is built. */
export function secondThread(io: Io): string {
  return join(io.resources, "second-thread.js");
}

/** Checks and judges what was read. @param textOf where suppression comments are looked for */
export async function judgeLoaded(
  io: Io,
  { inventory, diagnostics, suppressions }: Pick<Loaded, "inventory" | "diagnostics" | "suppressions">,
  textOf: Judged["textOf"],
): Promise<Pick<Judged, "diagnostics" | "failures">> {
  const checked = checkInventory(inventory);
  const places = createPlaces(textOf);
  const judged = judge({
    diagnostics: [...diagnostics, ...checked.diagnostics],
    config: inventory.config,
    suppressions,
    lineOf: (where) => places.lineOf(where),
    spotOf: (where) => {
      const { start, end } = places.placeOf(where).span ?? {};
      // Without the text of its line, which may be the whole file.
      return JSON.stringify(start === undefined ? where : [start, end]);
    },
    matches: await globs(inventory.config),
    // A comment may silence what a rule that threw would have found.
    isComplete: inventory.isComplete && checked.failures.length === 0,
    // For its first date, V8 asks for the time zone of the machine: only where a comment needs it.
    get today() {
      return new Date(io.now()).toISOString().slice(0, 10);
    },
  });
  return { diagnostics: judged, failures: checked.failures };
}

/** Whether a file fits one of some globs; each list of globs is compiled once. */
export async function globs({ overrides }: Config): Promise<(file: string, patterns: readonly string[]) => boolean> {
  if (overrides.length === 0) return () => false;
  const { default: picomatch } = await import("picomatch");
  const compiled = new Map<readonly string[], (file: string) => boolean>();
  return (file, patterns) => {
    let test = compiled.get(patterns);
    if (test === undefined) compiled.set(patterns, (test = picomatch([...patterns], { dot: true })));
    return test(file);
  };
}
