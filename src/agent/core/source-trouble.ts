/** What goes wrong on the way to an offer, and where the run turns then. */
import type { Offer, Trouble } from "./event.ts";
import type { Move, Run, SetAside } from "./run.ts";
import { judging, turn } from "./run.ts";
import type { AgentState } from "./state.ts";

/** This host's own troubles: every source would meet them. */
const HOPELESS: readonly Trouble["reason"][] = [
  "configuration",
  "disk-full",
  "permission",
  "unsafe-path",
  "disk",
  "bug",
];

/** No other source can do better. */
export function isHopeless({ reason }: Trouble): boolean {
  return HOPELESS.includes(reason);
}

/** What the strict check says of a file, and not of this host: the same bytes come to the same end again. */
export function isAboutContent({ reason }: Pick<Trouble, "reason">): boolean {
  return reason === "invalid" || reason === "too-large";
}

/** Writes down what a source did wrong, and asks the next one. */
export function fail(run: Run, source: number, trouble: Trouble): Move {
  const label = run.policy.sources[source] ?? "";
  const next = { ...run, sourceTroubles: [...run.sourceTroubles, trouble] };
  return turn(
    next,
    { to: "ask", source: source + 1 },
    {
      level: "warning",
      event: "source-failed",
      message: `${label}: ${trouble.message}`,
      fields: { source: label, reason: trouble.reason, help: trouble.help },
    },
  );
}

/** Leaves an offer where it is, and asks the next source: a mirror may have what is in place, or something better. */
export function setAside(run: Run, { source, sums, pointer }: Offer, trouble: Trouble): Move {
  const aside = { generation: pointer.generation, trouble };
  const next = judging({ ...run, validator: undefined, setAside: [...run.setAside, aside] }, sums);
  const label = run.policy.sources[source] ?? "";
  const isLast = source + 1 >= run.policy.sources.length;
  const note = {
    level: "warning",
    event: "set-aside",
    message: `${label}: ${trouble.message}`,
    fields: { source: label, reason: trouble.reason, help: trouble.help },
  } as const;
  return turn(next, { to: "ask", source: source + 1 }, ...(isLast ? [] : [note]));
}

/** It is no trouble any more: another source had something at least as new. */
export function isOutdone({ taken }: Run, { generation }: Pick<SetAside, "generation">): boolean {
  return taken !== undefined && taken >= generation;
}

/**
 * SHA256SUMS, its signature and the files are of different generations. Caches are to blame at first; where it stays so
 * for longer than they may take, it is refused.
 */
export function disagree(run: Run, source: number, trouble: Trouble): Move {
  const sums = trouble.sums ?? "";
  const { inconsistent } = run.state;
  // A clock that was set back starts the time anew.
  const since = inconsistent?.sums === sums ? Math.min(inconsistent.since, run.now) : run.now;
  const isOld = run.now - since > run.policy.maxInconsistent;
  const next = { ...run, state: { ...run.state, inconsistent: { sums, since } } };
  return fail(next, source, isOld ? trouble : { ...trouble, reason: "inconsistent" });
}

/** What the guard says of what it holds. */
export function heldTrouble(held: NonNullable<AgentState["held"]>, isBootstrap = false): Trouble {
  return {
    reason: "removed",
    message: `generation ${held.generation} waits: ${heldWords(held)}`,
    // Where nothing else is trusted, that it was held is not remembered, either.
    help: `where that is meant, run sync with ${isBootstrap ? "--bootstrap " : ""}--accept ${held.generation}`,
  };
}

/** Why it holds that. */
export function heldWords({ removed, before, files = [] }: NonNullable<AgentState["held"]>): string {
  const where = files.join(" and ");
  return before === 0
    ? `${where === "" ? "what" : `${where} that`} is in place cannot be counted`
    : `it would remove ${removed} of ${before} targets${where === "" ? "" : ` of ${where}`}`;
}
