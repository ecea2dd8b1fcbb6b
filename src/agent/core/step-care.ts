/**
 * Looking after what is in place, whatever the sources said: damaged files are put back, wrong modes put right, what is
 * not known of them is counted, and what no Prometheus has confirmed is proven.
 */
import type { Census } from "../check/census.ts";
import type { FileName } from "../config.ts";
import { appliedOf } from "./applied.ts";
import type { Event } from "./event.ts";
import type { Move, Phase, Run } from "./run.ts";
import {
  damagedFiles,
  expectedDigests,
  isAppliedCurrent,
  isProven,
  isUnknown,
  isWhole,
  unknownFile,
  withSwapped,
} from "./in-place.ts";
import { ending, go, noting, turn } from "./run.ts";
import { mend, stillDamaged } from "./step-mend.ts";
import type { AgentState } from "./state.ts";

/** Does the next thing that is to be done for what is in place, and ends the run where there is none. */
export function care(run: Run): Move {
  const { place, policy, state } = run;
  // Where it is not known what a file was, it is at least known that there was one.
  const isGone = (name: FileName): boolean => state.applied !== undefined && place[name] === undefined;
  const damaged = isUnknown(run) ? policy.names.filter(isGone) : damagedFiles(run);
  if (!run.mended && (damaged.length > 0 || isUnknown(run))) return mend(run, damaged);
  return careOfTheRest(damaged.length > 0 ? stillDamaged(run, damaged) : run);
}

function careOfTheRest(run: Run): Move {
  if (!isWhole(run)) return turn(run, { to: "end" });
  const name = run.policy.names.find((name) => isWronglyKept(run, name));
  if (name !== undefined) {
    const sha256 = expectedDigests(run)?.[name] ?? "";
    return go(run, { at: "touch", name }, { kind: "touch", name, sha256 });
  }
  const known = withApplied(run);
  const uncounted = unknownFile(known);
  if (uncounted !== undefined) return go(known, { at: "recount", name: uncounted }, { kind: "count", name: uncounted });
  return turn(known, { to: isProven(known) ? "end" : "prove" });
}

/** Another mode or owner than it must have: Prometheus may not be able to read it at its next start. */
function isWronglyKept({ place, policy }: Run, name: FileName): boolean {
  const facts = place[name];
  if (facts === undefined) return false;
  const { owner, mode } = policy;
  return facts.mode !== mode || (owner !== undefined && (facts.uid !== owner.uid || facts.gid !== owner.gid));
}

export function whenTouched(run: Run, { name }: Phase & { at: "touch" }, event: Event): Move | undefined {
  if (event.kind === "mismatched") return turn(changedSince(run, name), { to: "end" });
  if (event.kind !== "swapped") return undefined;
  const facts = run.place[name];
  const { applied } = run.state;
  if (facts === undefined || applied === undefined) return undefined;
  const wasCurrent = isAppliedCurrent(run);
  const next = { ...withSwapped(run, { name, ...facts }, event.mtime), changed: run.changed };
  const mtimes = { ...applied.mtimes, [name]: event.mtime };
  return noting(
    careOfTheRest(wasCurrent ? { ...next, state: { ...next.state, applied: unproven({ ...applied, mtimes }) } } : next),
    {
      level: "warning",
      event: "mode-put-right",
      message: `${name} had another mode or owner than it must have`,
    },
  );
}

/** Nothing is known of it any more: so the next run hashes it, and puts it right from the source before all else. */
function changedSince(run: Run, name: FileName): Run {
  const { [name]: _, ...place } = run.place;
  return ending(
    { ...run, place },
    {
      reason: "disk",
      message: `${name} in place is not what it was when it was hashed`,
      help: "see who writes there besides promgen-agent, and whether the disk is sound; the next run puts it right",
    },
  );
}

/** A state that says nothing of what is in place, as a crash leaves it, learns that from the pointer. */
function withApplied(run: Run): Run {
  const { kept, state, now } = run;
  if (kept === undefined || state.applied?.generation === kept.pointer.generation) return run;
  return { ...run, state: { ...state, applied: appliedOf(kept.pointer, now), validators: {} } };
}

export function whenRecounted(run: Run, { name }: Phase & { at: "recount" }, event: Event): Move | undefined {
  if (event.kind !== "counted") return undefined;
  const { applied } = run.state;
  if (applied === undefined) return undefined;
  return careOfTheRest({ ...run, state: { ...run.state, applied: recounted(run, applied, name, event.census) } });
}

/** Verified bytes can be counted; where they cannot, an older agent let them pass, and the header has to do. */
function recounted(
  { place, kept }: Run,
  applied: NonNullable<AgentState["applied"]>,
  name: FileName,
  census: Census | undefined,
): NonNullable<AgentState["applied"]> {
  const said = kept?.pointer.counts[name] ?? 0;
  return unproven({
    ...applied,
    mtimes: { ...applied.mtimes, [name]: place[name]?.mtime ?? 0 },
    targets: { ...applied.targets, [name]: census?.targets ?? said },
    distinct: { ...applied.distinct, [name]: census?.distinct ?? said },
  });
}

/** What servers said of an earlier file says nothing of this one. */
function unproven(applied: NonNullable<AgentState["applied"]>): NonNullable<AgentState["applied"]> {
  const { confirmedAt: _, ...rest } = applied;
  return { ...rest, servers: {} };
}
