/** Where an agent stands, from what its last run left and what lies on the disk: for people and for programs. */
import type { AgentConfig, FileName } from "../config.ts";
import type { Pointer } from "../core/pointer.ts";
import { heldTrouble, heldWords } from "../core/source-trouble.ts";
import type { AgentState } from "../core/state.ts";
import type { FileFacts } from "../disk/disk.ts";
import { AGENT_EXIT, REASONS, worst } from "../failure.ts";
import type { AgentExitCode, Reason } from "../failure.ts";
import { heldBack, isOnHold, isStale } from "./metrics.ts";

/** `changed`: not what was verified. `unknown`: a run was cut short, or it is of others; the next one finds out. */
export type Condition = "in place" | "missing" | "changed" | "unknown";

/** All times are seconds since 1970. Programs read this as JSON: fields are added, never changed. */
export interface Standing {
  readonly version: 1;
  /** As `sync` would end. */
  readonly exit: AgentExitCode;
  readonly shard: string | null;
  readonly generation: number | null;
  readonly commit: string | null;
  readonly appliedAt: number | null;
  readonly confirmedAt: number | null;
  readonly files: readonly {
    readonly name: FileName;
    readonly path: string;
    readonly condition: Condition;
    readonly sha256: string | null;
    readonly targets: number | null;
  }[];
  readonly prometheus: readonly {
    readonly url: string;
    readonly verdict: string;
    readonly message: string | null;
    readonly at: number;
  }[];
  readonly held: {
    readonly generation: number;
    readonly reason: string;
    /** Nothing was before where that cannot be counted. */
    readonly removed: number;
    readonly before: number;
    /** Why, in words. */
    readonly message: string;
    readonly since: number;
  } | null;
  readonly hold: { readonly since: number; readonly until: number | null; readonly reason: string | null } | null;
  /** Generations that are not swapped in again. */
  readonly quarantine: readonly {
    readonly generation: number;
    readonly reason: "rejected" | "rolled-back";
    readonly at: number;
  }[];
  readonly stale: boolean;
  readonly lastContact: number | null;
  readonly lastSuccess: number | null;
  readonly lastRun: {
    readonly at: number;
    readonly exit: number;
    readonly reason: string | null;
    readonly message: string | null;
  } | null;
  /** What to do, imperative; empty where all is well. */
  readonly advice: readonly string[];
}

/** A file that this host takes, as it lies there. */
export interface FileInPlace {
  readonly name: FileName;
  readonly path: string;
  readonly facts: FileFacts | undefined;
}

/** What the SHA256SUMS that is kept beside the targets says. */
type Kept = Pick<Pointer, "generation" | "digests">;

/** `none`: there is none, so nobody knows whose the files are that are not those of the state. */
export type Beside = Kept | "none" | undefined;

/** Why there is no state, and what to do. */
export interface Lost {
  readonly what: string;
  readonly help?: string;
  /** What a run would end with, where it could not make one. */
  readonly reason?: Reason;
}

const NEVER_RAN: Lost = { what: "no run has left a state here yet", help: "run promgen-agent sync" };

/**
 * @param state undefined where no run has left one that can be used
 * @param kept undefined where there is none that can be read
 */
export function standingOf(
  config: AgentConfig,
  state: AgentState | undefined,
  found: readonly FileInPlace[],
  now: number,
  kept?: Beside,
  lost: Lost = NEVER_RAN,
): Standing {
  const { floor, applied, hold, lastRun } = state ?? {};
  const held = heldBack(state, now);
  const files = found.map(({ name, path, facts }) => ({
    name,
    path,
    condition: conditionOf(state, kept, { name, path, facts }),
    sha256: facts?.sha256 ?? null,
    targets: applied?.targets[name] ?? null,
  }));
  const troubles = state === undefined ? [withoutState(lost)] : troublesOf(config, state, files, now);
  return {
    version: 1,
    exit: worst(troubles.map(([exit]) => exit)),
    shard: floor?.shard ?? null,
    generation: applied?.generation ?? null,
    commit: applied?.commit ?? null,
    appliedAt: applied?.at ?? null,
    confirmedAt: applied?.confirmedAt ?? null,
    files,
    prometheus: Object.entries(applied?.servers ?? {}).map(([url, { verdict, message, at }]) => ({
      url,
      verdict,
      message: message ?? null,
      at,
    })),
    held:
      held === undefined
        ? null
        : {
            generation: held.generation,
            reason: held.reason,
            removed: held.removed,
            before: held.before,
            message: held.reason === "hold" ? "a hold is in force" : heldWords(held),
            since: held.since,
          },
    hold:
      hold === undefined || !isOnHold(state, now)
        ? null
        : { since: hold.since, until: hold.until ?? null, reason: hold.reason ?? null },
    quarantine: (state?.quarantine ?? []).map(({ generation, reason, at }) => ({ generation, reason, at })),
    stale: isStale(state, now, config.maxAge),
    lastContact: state?.lastContact ?? null,
    lastSuccess: state?.lastSuccess ?? null,
    lastRun:
      lastRun === undefined
        ? null
        : { at: lastRun.at, exit: lastRun.exit, reason: lastRun.reason ?? null, message: lastRun.message ?? null },
    advice: troubles.map(([, advice]) => advice).filter((advice) => advice !== ""),
  };
}

/** After a rollback the floor stays above what is in place, which the kept SHA256SUMS names then. */
function conditionOf(
  { floor, applied }: Partial<AgentState> = {},
  beside: Beside,
  { name, path, facts }: FileInPlace,
): Condition {
  if (facts === undefined) return "missing";
  const known = [floor, beside].filter((one) => one !== undefined && one !== "none");
  const current = known.filter(({ generation }) => generation === applied?.generation);
  const has = ({ digests }: Pick<Kept, "digests">): boolean => digests[name] === facts.sha256;
  if (current.some(has)) return "in place";
  // What lies elsewhere than where the agent put it is of somebody else.
  if (floor !== undefined && (floor.paths?.[name] !== path || beside === "none")) return "unknown";
  // The floor is raised before the files come into place, and another agent may have been at work.
  return current.length === 0 || known.some(has) ? "unknown" : "changed";
}

type Trouble = readonly [exit: AgentExitCode, advice: string];

function withoutState({ what, help, reason }: Lost): Trouble {
  return [reason === undefined ? AGENT_EXIT.stale : REASONS[reason], help === undefined ? what : `${help} (${what})`];
}

function troublesOf(config: AgentConfig, state: AgentState, files: Standing["files"], now: number): readonly Trouble[] {
  const troubles: Trouble[] = [];
  const { applied, lastRun } = state;
  const held = heldBack(state, now);
  for (const { path, condition } of files) {
    // Before the first generation there is nothing to miss.
    if (applied === undefined || (condition !== "missing" && condition !== "changed")) continue;
    const what = `${path} is ${condition === "missing" ? "missing" : "not what was verified"}`;
    // Where a run could not repair it, the next one will not, either.
    troubles.push([
      AGENT_EXIT.disk,
      lastRun?.reason === "disk"
        ? `${what}, and the last run could not repair it: ${lastRun.message ?? "the disk failed"}; the log of that run says what to do`
        : `run promgen-agent sync, which repairs it: ${what}`,
    ]);
  }
  if (isStale(state, now, config.maxAge))
    troubles.push([AGENT_EXIT.stale, "find out why no source was reached for so long: promgen-agent doctor says"]);
  if (held !== undefined)
    troubles.push([
      AGENT_EXIT.held,
      held.reason === "hold"
        ? `run promgen-agent release, and generation ${held.generation} comes with the next run`
        : (heldTrouble(held).help ?? ""),
    ]);
  if (applied !== undefined && applied.confirmedAt === undefined && !config.prometheus.noProof)
    troubles.push([
      AGENT_EXIT.unconfirmed,
      Object.keys(applied.servers).length === 0
        ? "name the Prometheus that reads the files with --prometheus; or say --no-proof, here as well, where nobody wants a proof"
        : "find out why Prometheus has not read the files: promgen-agent doctor says",
    ]);
  const last = Object.values(AGENT_EXIT).find((exit) => exit === lastRun?.exit) ?? AGENT_EXIT.ok;
  // What is told above is not told again.
  if (last !== AGENT_EXIT.ok)
    troubles.push([
      last,
      troubles.some(([exit]) => exit === last)
        ? ""
        : "see the log of the last run; promgen-agent doctor looks for the cause",
    ]);
  return troubles;
}
