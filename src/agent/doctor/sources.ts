/** What each source has, and whether it would be taken. Nothing of it is kept. */
import { createHash } from "node:crypto";
import type { AgentConfig } from "../config.ts";
import { checkFile, checkLimits } from "../check/check-file.ts";
import type { Collaborators } from "../core/collaborators.ts";
import { readPointer } from "../core/pointer.ts";
import type { Pointer } from "../core/pointer.ts";
import { Failure } from "../failure.ts";
import type { Source } from "../source/source.ts";
import { withPrivateClones } from "./private-clones.ts";
import type { Row } from "./row.ts";
import { failed, ok, trouble, warning } from "./row.ts";

/** What the clock of a publisher and ours may differ by: `publish` refuses commits further ahead. */
const AHEAD_SECONDS = 600;

interface Asked {
  readonly rows: Row[];
  readonly isUsable: boolean;
}

/** Asks every source. Where one of several is usable, what is wrong with the others is a warning: they are mirrors. */
export async function lookAtSources(
  config: AgentConfig,
  collaborators: Collaborators,
  inPlace: Pointer | undefined,
): Promise<Row[]> {
  const all = await withPrivateClones(
    config,
    collaborators.sources,
    async (sources, inState) =>
      await Promise.all(
        sources.map(async (source) => {
          const { rows, isUsable } = await ask(source, config, collaborators, inPlace);
          return { rows: rows.map((row) => told(row, inState)), isUsable };
        }),
      ),
  );
  if (!all.some(({ isUsable }) => isUsable)) return all.flatMap(({ rows }) => rows);
  return all.flatMap(({ rows, isUsable }) => (isUsable ? rows : rows.map(softened)));
}

function told(row: Row, inState: (words: string) => string): Row {
  return { ...row, what: inState(row.what), ...(row.help === undefined ? {} : { help: inState(row.help) }) };
}

function softened(row: Row): Row {
  return row.level === "trouble" && row.reason !== "bug"
    ? warning(row.id, row.what, row.help ?? "another source serves meanwhile")
    : row;
}

async function ask(
  source: Source,
  config: AgentConfig,
  { verifier, clock, disk, signal }: Collaborators,
  inPlace: Pointer | undefined,
): Promise<Asked> {
  const rows: Row[] = [];
  let step: "source" | "signature" | "source-file" = "source";
  try {
    const answer = await source.pointer(undefined, signal);
    if (answer.kind === "unchanged")
      throw new Failure("unreachable", `${source.label} says unchanged, and nothing was named`);
    const pointer = readPointer(answer.sums);
    rows.push(...lookAtPointer(source.label, pointer, config, inPlace, clock.now()));
    step = "signature";
    if (verifier !== undefined) {
      const identity = await verifier.verify(answer.sums, answer.signature, signal);
      rows.push(ok("signature", `${source.label} is signed by ${identity}`));
    }
    step = "source-file";
    for (const name of disk.names) {
      if (inPlace?.digests[name] === pointer.digests[name]) continue;
      const hash = createHash("sha256");
      const chunks = hashing(source.file(name, pointer.digests[name], signal), hash);
      const census = await checkFile(name, chunks, checkLimits(pointer.times));
      if (hash.digest("hex") !== pointer.digests[name])
        throw new Failure("inconsistent", `${source.label}: ${name} does not fit its SHA256SUMS`, {
          help: "a cache between mixes generations: wait, or let it pass on queries",
        });
      rows.push(ok("source-file", `${source.label} has a valid ${name} with ${census.targets} targets`));
    }
  } catch (error) {
    rows.push(named(failed(step, error), source.label));
  } finally {
    for (const words of source.warnings ?? []) rows.push(warning("source", words, "see the words before"));
  }
  return { rows, isUsable: rows.every(({ level }) => level !== "trouble") };
}

/** Where the words do not say which source it is. */
function named(row: Row, label: string): Row {
  return row.what.includes(label) ? row : { ...row, what: `${label}: ${row.what}` };
}

function lookAtPointer(
  label: string,
  pointer: Pointer,
  { shard, trust }: AgentConfig,
  inPlace: Pointer | undefined,
  now: number,
): Row[] {
  const rows: Row[] = [];
  const what = `${label} has generation ${pointer.generation} of shard ${pointer.shard}`;
  if (pointer.shard !== shard)
    rows.push(trouble("source", "wrong-shard", `${what}, and ${shard} is configured`, "see --shard and --source"));
  const repository = trust.repository ?? inPlace?.repository;
  if (repository !== undefined && pointer.repository !== repository)
    rows.push(
      trouble(
        "source",
        "wrong-repository",
        `${label} has artifacts of ${pointer.repository ?? "no repository"}, and ${repository} is asked for`,
        "see --repository and --source",
      ),
    );
  if (inPlace !== undefined && pointer.generation < inPlace.generation)
    rows.push(
      trouble(
        "source",
        "replay",
        `${what}, older than the ${inPlace.generation} in place`,
        "see why this source is behind; it is not taken until it has caught up",
      ),
    );
  if (pointer.generation > now + AHEAD_SECONDS)
    rows.push(
      warning(
        "clock",
        `${what}, which is ${Math.round((pointer.generation - now) / 60)} minutes ahead of the clock of this host`,
        "see whether the clock of this host is right (timedatectl)",
      ),
    );
  return rows.some(({ level }) => level === "trouble") ? rows : [...rows, ok("source", what)];
}

async function* hashing(
  chunks: AsyncIterable<Uint8Array>,
  hash: { update(chunk: Uint8Array): unknown },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}
