/**
 * `build`: validates, then renders the artifacts. Nothing is written where there are errors.
 */
import { relative, resolve } from "node:path";
import { EnvironmentError, EXIT } from "../exit.ts";
import type { ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { CONFIG_FILE } from "../model/config.ts";
import type { Inventory, Project, Shard } from "../model/inventory.ts";
import { didYouMean } from "../model/nearest.ts";
import { stageDirectory } from "../publish/staged-directory.ts";
import type { Sink, Stamp } from "../render/artifact.ts";
import { renderAll, renderAllThrough, renderOne } from "../render/render.ts";
import { quantity } from "../report/summary.ts";
import { gitState } from "../source/git-state.ts";
import { startGroupWriter, TARGETS_FOR_TWO } from "./group-writer.ts";
import type { WriterThread } from "./group-writer.ts";
import { judgeInventory, secondThread } from "./judged.ts";
import type { Judged } from "./judged.ts";
import { reportErrors } from "./report-errors.ts";
import { writeSingleFile } from "./single-file.ts";

export interface BuildOptions {
  /** Directory of the artifacts, or the file of a single one; relative to `io.cwd`. */
  readonly out?: string | undefined;
  readonly stdout: boolean;
  readonly shard?: string | undefined;
  readonly service?: string | undefined;
  readonly project?: string | undefined;
  readonly verbose: boolean;
}

const DEFAULT_OUT = "dist";

/** Findings and the summary go to standard error, so that `--stdout` yields the artifact alone. */
export async function build(io: Io, options: BuildOptions): Promise<ExitCode> {
  const start = io.now();
  const single = checkUsage(options);
  // A server that listens, as the lock of the output does, loads it: now, while Node's code cache fits V8's flags (bundle.ts).
  if (!single) await import("node:cluster");
  const judged = await judgeInventory(io);
  const { inventory } = judged;
  const stopped = await reportErrors(io, judged, options.verbose, "nothing was written");
  if (stopped !== undefined) return stopped;
  if (single) return renderSingle(io, judged, options);

  const out = resolve(io.cwd, options.out ?? DEFAULT_OUT);
  const stamp = await makeStamp(io, judged);
  const staged = await stageDirectory(out, resolve(io.cwd, inventory.config.inventory));
  let writer: WriterThread | undefined;
  try {
    if (judged.summary.targets >= TARGETS_FOR_TWO) writer = await startGroupWriter(secondThread(io), staged.staging);
    const rendered = await (writer === undefined
      ? renderAll(inventory, stamp, staged)
      : renderAllThrough(writer, inventory, stamp, staged));
    staged.commit();
    if (staged.note !== undefined) io.stderr.write(`note: ${staged.note}\n`);
    const seconds = ((io.now() - start) / 1000).toFixed(1);
    io.stderr.write(
      `rendered ${quantity(rendered.targets, "target")} and ${quantity(rendered.urls, "probe target")} of ${quantity(rendered.shards, "shard")} to ${relative(io.cwd, out) || "."}/ · generation ${stamp.generation}${stamp.commit?.endsWith("-dirty") ? " (not committed)" : ""} · ${seconds} s\n`,
    );
    return EXIT.ok;
  } finally {
    await writer?.stop();
    staged.discard();
  }
}

/** True where a single artifact is asked for. Throws EnvironmentError for options that do not go together. */
function checkUsage(options: BuildOptions): boolean {
  const chosen = [options.shard, options.service, options.project].filter((name) => name !== undefined);
  if (chosen.length > 1)
    throw new EnvironmentError("--shard, --service and --project exclude one another", "run build once for each");
  if (chosen.length === 0 && options.stdout)
    throw new EnvironmentError(
      "--stdout prints one artifact, and none is chosen",
      "add --shard, --service or --project",
    );
  if (chosen.length === 1 && options.stdout === (options.out !== undefined)) {
    throw new EnvironmentError("a single artifact needs a place to go to", "add either --stdout or --out <file>");
  }
  // Elsewhere it means standard output, and here it would be a file that is hard to get rid of.
  if (options.out === "-")
    throw new EnvironmentError(
      "--out - names no place",
      "to print one artifact, choose it with --shard, --service or --project, and add --stdout",
    );
  return chosen.length === 1;
}

async function makeStamp(io: Io, { inventory, links }: Judged): Promise<Stamp> {
  const { inventory: directory, repository } = inventory.config;
  const state = await gitState(io.cwd, [CONFIG_FILE, directory, ...links]);
  return {
    generation: state?.time ?? 0,
    ...(state === undefined ? {} : { commit: state.commit }),
    ...(repository === undefined ? {} : { repository }),
    generator: `promgen-gen ${io.version}`,
  };
}

function renderSingle(io: Io, judged: Judged, options: BuildOptions): ExitCode {
  const { inventory } = judged;
  const which = choose(inventory, options);
  const chunks: Uint8Array[] = [];
  const sink: Sink = { write: (_path, chunk) => void chunks.push(Buffer.from(chunk)), end: () => {} };
  renderOne(inventory, which, "targets.json", sink);
  const bytes = Buffer.concat(chunks);
  if (options.out === undefined) io.stdout.write(bytes.toString("utf8"));
  else writeSingleFile(io, judged, options.out, bytes);
  return EXIT.ok;
}

function choose(inventory: Inventory, options: BuildOptions): { shard?: Shard; projects?: readonly Project[] } {
  if (options.shard !== undefined) return { shard: find("shard", options.shard, [...inventory.shardByName.values()]) };
  if (options.service !== undefined) return { projects: find("service", options.service, inventory.services).projects };
  return { projects: [find("project", options.project ?? "", inventory.projects)] };
}

function find<T extends { readonly name: string }>(what: string, name: string, all: readonly T[]): T {
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new EnvironmentError(`there is no ${what} "${name}"`, didYouMean(name, all.map((one) => one.name).sort(), 10));
}
