/** What each source has, and whether it would be taken. Nothing of it is kept. */
import { createHash } from "node:crypto";
import type { AgentConfig } from "../config.ts";
import { checkFile, checkLimits } from "../check/check-file.ts";
import { floorOf } from "../core/applied.ts";
import type { Collaborators } from "../core/collaborators.ts";
import type { Signed, Trouble } from "../core/event.ts";
import { isSameContent, refusal } from "../core/floor.ts";
import type { FloorFacts } from "../core/floor.ts";
import { readPointer } from "../core/pointer.ts";
import { isOutdated, putBack, quarantined, quarantineTrouble } from "../core/quarantine.ts";
import { Failure } from "../failure.ts";
import { sha256 } from "../sha256.ts";
import type { Source } from "../source/source.ts";
import type { Memory } from "./memory.ts";
import { withPrivateClones } from "./private-clones.ts";
import type { Row } from "./row.ts";
import { failed, ok, trouble, warning } from "./row.ts";

/** What the clock of a publisher and ours may differ by: `publish` refuses commits further ahead. */
const AHEAD_SECONDS = 600;

interface Asked {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly isUsable: boolean;
  readonly generation: number | undefined;
}

/** What this host goes by when it judges what a source has. */
type Remembered = Pick<Memory, "state" | "pointer">;

/** Asks every source. Where one of several is usable, what is wrong with the others is a warning: they are mirrors. */
export async function lookAtSources(
  config: AgentConfig,
  collaborators: Collaborators,
  remembered: Remembered,
): Promise<Row[]> {
  const all = await withPrivateClones(
    config,
    collaborators.sources,
    async (sources, inState) =>
      await Promise.all(
        sources.map(async (source) => {
          const asked = await ask(source, config, collaborators, remembered);
          return { ...asked, rows: asked.rows.map((row) => told(row, inState)) };
        }),
      ),
  );
  const first = all.find(({ isUsable }) => isUsable);
  if (first === undefined) return all.flatMap(({ rows }) => rows);
  return all.flatMap((asked) =>
    asked.isUsable ? [...asked.rows, ...overlooked(asked, first)] : asked.rows.map(softened),
  );
}

/** A run is content with the first source that is not behind what is in place. */
function overlooked({ label, generation = 0 }: Asked, first: Asked): Row[] {
  if (generation <= (first.generation ?? 0)) return [];
  return [
    warning(
      "source",
      `${label} has generation ${generation}, newer than the ${first.generation} of ${first.label}, which is asked before it`,
      "see why the first one is behind: what it has is taken, and nobody asks further",
    ),
  ];
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
  collaborators: Collaborators,
  remembered: Remembered,
): Promise<Asked> {
  const { verifier, clock, disk, signal } = collaborators;
  const rows: Row[] = [];
  let generation: number | undefined;
  let step: "source" | "signature" | "source-file" = "source";
  try {
    const answer = await source.pointer(undefined, signal);
    if (answer.kind === "unchanged")
      throw new Failure("unreachable", `${source.label} says unchanged, and nothing was named`);
    const pointer = readPointer(answer.sums);
    ({ generation } = pointer);
    const signed = { pointer, sums: sha256(answer.sums) };
    const why = await whyNot(signed, config, collaborators, remembered);
    const what = `${source.label} has generation ${generation} of shard ${pointer.shard}`;
    rows.push(
      why === undefined
        ? ok("source", what)
        : named(trouble("source", why.reason, why.message, why.help), source.label),
      ...ahead(what, generation, clock.now()),
    );
    step = "signature";
    if (verifier !== undefined) {
      const identity = await verifier.verify(answer.sums, answer.signature, signal);
      rows.push(ok("signature", `${source.label} is signed by ${identity}`));
    }
    step = "source-file";
    for (const name of disk.names) {
      if (remembered.pointer?.digests[name] === pointer.digests[name]) continue;
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
  return { label: source.label, rows, isUsable: rows.every(({ level }) => level !== "trouble"), generation };
}

/** Where the words do not say which source it is. */
function named(row: Row, label: string): Row {
  return row.what.includes(label) ? row : { ...row, what: `${label}: ${row.what}` };
}

/** Why a run would not take it, by what it goes by; undefined where it would, as far as that can be seen without the files. */
async function whyNot(
  signed: Omit<Signed, "bytes">,
  { shard, trust }: AgentConfig,
  { disk, servers, signal }: Collaborators,
  { state, pointer }: Remembered,
): Promise<Trouble | undefined> {
  const refused = refusal(signed.pointer, {
    shard,
    repository: trust.repository,
    floor: floorIn({ state, pointer }),
    putBack: state && putBack(state),
  });
  if (refused !== undefined || state === undefined) return refused;
  const entry = quarantined(state, signed, disk.names);
  if (entry === undefined || isSameContent(signed.pointer.digests, pointer?.digests, disk.names)) return undefined;
  const asked = entry.reason === "rejected" ? servers : [];
  const baselines = await Promise.all(asked.map(async (server) => await server.baseline(signal)));
  const isOver = isOutdated(
    entry,
    baselines.map((baseline) => baseline?.version),
  );
  return isOver ? undefined : quarantineTrouble(signed, entry);
}

/** As a run takes it up: what is kept beside the targets stands in for a state that is lost or older. */
function floorIn({ state, pointer }: Remembered): FloorFacts["floor"] {
  const floor = state?.floor;
  if (pointer === undefined || (floor !== undefined && pointer.generation <= floor.generation)) return floor;
  return floorOf(pointer, floor, undefined);
}

function ahead(what: string, generation: number, now: number): Row[] {
  if (generation <= now + AHEAD_SECONDS) return [];
  return [
    warning(
      "clock",
      `${what}, which is ${Math.round((generation - now) / 60)} minutes ahead of the clock of this host`,
      "see whether the clock of this host is right (timedatectl)",
    ),
  ];
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
