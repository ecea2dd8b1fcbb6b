/** What the agent remembers: the generation in place, holds, and when it last worked. */
import type { Clock } from "../clock.ts";
import type { AgentConfig } from "../config.ts";
import type { Collaborators } from "../core/collaborators.ts";
import { heldShard } from "../core/floor.ts";
import { readPointer } from "../core/pointer.ts";
import type { Pointer } from "../core/pointer.ts";
import { readAgentState } from "../core/state-file.ts";
import { heldTrouble } from "../core/source-trouble.ts";
import type { AgentState } from "../core/state.ts";
import { AGENT_EXIT, REASONS } from "../failure.ts";
import type { FoundFile } from "./place.ts";
import type { Row } from "./row.ts";
import { failed, ok, trouble, warning } from "./row.ts";

/** Timers run every minute to every hour. */
const LATE_SECONDS = 2 * 3600;
/** What a clock may be off by. */
const OFF_SECONDS = 120;

export interface Memory {
  readonly rows: readonly Row[];
  readonly state: AgentState | undefined;
  /** The SHA256SUMS of what is in place. */
  readonly pointer: Pointer | undefined;
}

/** Looks at state.json and at the SHA256SUMS that is kept beside the targets. */
export async function lookAtMemory(
  config: AgentConfig,
  collaborators: Collaborators,
  files: readonly Pick<FoundFile, "name" | "path" | "facts">[],
): Promise<Memory> {
  const rows: Row[] = [];
  const pointer = await lookAtKeptPointer(collaborators, files, rows);
  const state = await readState(collaborators, await whatCanReplaceTheState(collaborators, pointer, rows), rows);
  if (state !== undefined) {
    const { reason, message, help } = heldShard(state.floor, config.shard) ?? {};
    if (reason !== undefined) rows.push(trouble("state", reason, message ?? "", help));
    rows.push(...lookAtHolds(state, collaborators.clock.now()));
    rows.push(...lookAtRuns(state, config.maxAge, collaborators.clock));
  }
  return { rows, state, pointer };
}

async function lookAtKeptPointer(
  { disk, verifier, signal }: Collaborators,
  files: readonly Pick<FoundFile, "name" | "path" | "facts">[],
  rows: Row[],
): Promise<Pointer | undefined> {
  try {
    const kept = await disk.keptPointer();
    if (kept === undefined) {
      if (files.length > 0)
        rows.push(
          warning(
            "digest",
            "nothing is kept that says which generation the files in place are",
            "run promgen-agent sync: what is in place counts as not verified until then",
          ),
        );
      return undefined;
    }
    const pointer = readPointer(kept.sums);
    await verifier?.verify(kept.sums, kept.signature, signal);
    const changed = files.filter(({ name, facts }) => pointer.digests[name] !== facts.sha256);
    for (const { path } of changed)
      rows.push(
        trouble(
          "digest",
          "disk",
          `${path} is not what was verified: somebody else has changed it`,
          "run promgen-agent sync: it puts back what is verified, and asks first about a file that it never put there",
        ),
      );
    if (changed.length === 0)
      rows.push(
        ok("digest", `generation ${pointer.generation} of shard ${pointer.shard} is in place, as it was verified`),
      );
    return pointer;
  } catch (error) {
    rows.push(ofKept(failed("digest", error)));
    return undefined;
  }
}

/** Its words are the same as of a source's SHA256SUMS, and what to do is not. */
function ofKept(row: Row): Row {
  if (row.reason === undefined || REASONS[row.reason] !== AGENT_EXIT.refused) return row;
  const what = `the SHA256SUMS kept beside the targets does not count: ${row.what}`;
  return { ...row, what, help: "run promgen-agent sync: it is replaced by that of a source" };
}

/** The pointer beside the targets stands in for a lost state; `nothing` where there should be one that counts. */
async function whatCanReplaceTheState(
  { disk }: Collaborators,
  pointer: Pointer | undefined,
  rows: readonly Row[],
): Promise<Replacement> {
  if (pointer !== undefined) return "pointer";
  if (rows.some(({ id, level }) => id === "digest" && level === "trouble")) return "nothing";
  const before = await disk.lastKnownGood().catch(() => undefined);
  return before?.pointer === undefined ? "first install" : "nothing";
}

type Replacement = "pointer" | "nothing" | "first install";

async function readState(
  { disk }: Collaborators,
  replacement: Replacement,
  rows: Row[],
): Promise<AgentState | undefined> {
  try {
    const bytes = await disk.readState();
    if (bytes === undefined && replacement === "first install") {
      rows.push(warning("state", "there is no state: the agent never ran here", "run promgen-agent sync"));
      return undefined;
    }
    const state = bytes === undefined ? "missing" : readAgentState(bytes, await disk.readContact());
    if (state === "missing" || state === "damaged") {
      const what = `state.json is ${state}`;
      rows.push(
        replacement === "pointer"
          ? warning("state", what, "run promgen-agent sync: it is made anew from the SHA256SUMS in place")
          : trouble(
              "state",
              "bootstrap",
              `${what}, and no SHA256SUMS in place can stand in for it`,
              "see that the source is yours and up to date, then run sync once with --bootstrap",
            ),
      );
      return undefined;
    }
    rows.push(ok("state", "state.json can be read"));
    return state;
  } catch (error) {
    rows.push(failed("state", error));
    return undefined;
  }
}

function lookAtHolds({ hold, held, quarantine, refused }: AgentState, now: number): Row[] {
  const rows: Row[] = [];
  if (hold !== undefined && (hold.until === undefined || hold.until > now)) {
    const end = hold.until === undefined ? "until it is released" : `until ${date(hold.until)}`;
    const why = hold.reason === undefined ? "" : `: ${hold.reason}`;
    rows.push(warning("hold", `nothing is swapped in ${end}${why}`, "promgen-agent release ends it"));
  }
  if (held !== undefined && held.reason === "removed") {
    const { reason, message, help } = heldTrouble(held);
    rows.push(trouble("held", reason, message, help));
  }
  for (const { generation, reason, at } of quarantine)
    rows.push(
      warning(
        "quarantine",
        `generation ${generation} is not taken again: ${reason === "rejected" ? "Prometheus could not read it" : "it was rolled back"} on ${date(at)}`,
        "publish a newer generation with other files",
      ),
    );
  if (refused !== undefined)
    rows.push(
      trouble(
        "quarantine",
        refused.reason ?? "invalid",
        `what the source has was refused: ${refused.message}`,
        refused.help,
      ),
    );
  return rows;
}

function lookAtRuns({ lastRun, lastContact, applied }: AgentState, maxAge: number, clock: Clock): Row[] {
  const rows: Row[] = [];
  const now = clock.now();
  const future = [lastRun?.at, lastContact, applied?.at].find((at) => at !== undefined && at > now + OFF_SECONDS);
  if (future !== undefined)
    rows.push(
      warning(
        "clock",
        `the last run was on ${date(future)}, and it is ${date(now)} now: the clock was set back`,
        "set the clock; nothing is refused because of it",
      ),
    );
  if (lastRun !== undefined) {
    const age = now - lastRun.at;
    const what = `the last run was ${span(age)} ago and ended with ${lastRun.exit}${lastRun.message === undefined || lastRun.exit === 0 ? "" : `: ${lastRun.message}`}`;
    if (age > LATE_SECONDS)
      rows.push(warning("last-run", what, "see that the timer, the cron job or the daemon is at work"));
    else rows.push(lastRun.exit === 0 ? ok("last-run", what) : warning("last-run", what, "see the log of that run"));
  }
  const age = now - (lastContact ?? -Infinity);
  if (lastContact !== undefined && age > maxAge)
    rows.push(trouble("contact", "stale", `no source was reached for ${span(age)}`, "see the rows about sources"));
  return rows;
}

/** Seconds since 1970, for people. */
export function date(seconds: number): string {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? `${seconds} s after 1970` : time.toISOString().replace(/\.\d+Z$/, "Z");
}

/** Seconds, for people. */
export function span(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}
