/** Damaged files back from last-known-good: no worse than what lies there. */
import type { Loss } from "../check/census.ts";
import type { FileName } from "../config.ts";
import type { Event, LastKnownGood } from "./event.ts";
import { tooMuch } from "./guard.ts";
import {
  differing,
  expectedDigests,
  isComplete,
  isFilling,
  isMostly,
  isUnknown,
  remembered,
  withSwapped,
} from "./in-place.ts";
import type { Move, Phase, Run, Step, Weighing } from "./run.ts";
import { isOutdone } from "./source-trouble.ts";
import { ending, go, noting, turn } from "./run.ts";

/** @param damaged changed or removed; none where it is not known that there were any */
export function mend(run: Run, damaged: readonly FileName[]): Step {
  const note = {
    level: "error",
    event: "damaged",
    message: "files in place are not what was verified: somebody changed or removed them",
    fields: { files: damaged.join(" ") },
  } as const;
  const notes = damaged.length > 0 ? [note] : [];
  return go({ ...run, mended: true }, { at: "mend", damaged }, { kind: "look-last-known-good" }, ...notes);
}

/** File by file where last-known-good has the very bytes; else all of it: an older set is better than a broken one. */
export function whenMended(run: Run, { damaged }: Phase & { at: "mend" }, event: Event): Move | undefined {
  if (event.kind !== "last-known-good") return undefined;
  const { lastKnownGood } = event;
  if (isUnknown(run)) {
    return turn(
      run,
      isFilling(run, lastKnownGood) ? { to: "restore", lastKnownGood, why: "fallback" } : { to: "care" },
    );
  }
  const same = damaged.filter((name) => hasBytes(run, lastKnownGood, name));
  const isOlderSet = lastKnownGood.signed !== undefined && isComplete(run, lastKnownGood);
  if (same.length === damaged.length || !isOlderSet) return mendNext(run, lastKnownGood, same);
  return weigh(run, { lastKnownGood, damaged, rest: differing(run, lastKnownGood), losses: [] });
}

function hasBytes(run: Run, { files }: LastKnownGood, name: FileName): boolean {
  const sha256 = files[name]?.sha256;
  return sha256 !== undefined && sha256 === expectedDigests(run)?.[name];
}

/** Compares the next file with that of last-known-good; where that is done, says whether this is better. */
function weigh(run: Run, weighing: Weighing): Move {
  const [name] = weighing.rest;
  return name === undefined
    ? weighed(run, weighing)
    : go(run, { at: "weigh", weighing, name }, { kind: "weigh", name });
}

export function whenWeighed(run: Run, { weighing, name }: Phase & { at: "weigh" }, event: Event): Move | undefined {
  if (event.kind !== "compared") return undefined;
  const { loss } = event;
  // What is gone, or nothing that Prometheus could read, has nothing to lose; of targets that others wrote, only the number counts.
  const losses = loss === undefined ? weighing.losses : [...weighing.losses, { name, loss: fairLoss(run, name, loss) }];
  return weigh(run, { ...weighing, rest: weighing.rest.slice(1), losses });
}

function fairLoss(run: Run, name: FileName, loss: Loss): Loss {
  const before = remembered(run, name);
  if (before === undefined || isMostly(loss.before, before)) return loss;
  return { ...loss, removed: Math.max(0, loss.before - loss.after) };
}

/** Where the older set would take too much away from what can be read, it stands in only for files that cannot. */
function weighed(run: Run, { lastKnownGood, damaged, losses }: Weighing): Move {
  const worse = tooMuch(losses, run.policy.maxRemovedPercent);
  if (worse === undefined) return turn(run, { to: "restore", lastKnownGood, why: "fallback" });
  const unreadable = differing(run, lastKnownGood).filter(
    (name) => damaged.includes(name) && losses.every((loss) => loss.name !== name),
  );
  const spared = { ...worse, generation: lastKnownGood.signed?.pointer.generation ?? 0 };
  return mendNext({ ...run, spared }, lastKnownGood, unreadable);
}

function mendNext(run: Run, lastKnownGood: LastKnownGood, [name, ...rest]: readonly FileName[]): Move {
  if (name === undefined) return turn(run, { to: "care" });
  const sha256 = lastKnownGood.files[name]?.sha256 ?? "";
  return go(run, { at: "mend-stage", lastKnownGood, rest }, { kind: "stage-last-known-good", name, sha256 });
}

export function whenMendStaged(run: Run, phase: Phase & { at: "mend-stage" }, event: Event): Step | undefined {
  if (event.kind !== "fetched") return undefined;
  const { staged } = event;
  return go(run, { ...phase, at: "mend-swap", staged }, { kind: "swap", staged });
}

export function whenMendSwapped(run: Run, phase: Phase & { at: "mend-swap" }, event: Event): Move | undefined {
  if (event.kind !== "swapped") return undefined;
  const { staged, lastKnownGood, rest } = phase;
  return noting(mendNext(withSwapped(run, staged, event.mtime), lastKnownGood, rest), {
    level: "warning",
    event: "repaired",
    message: `${staged.name} was put back from last-known-good`,
  });
}

/** Ends with what could not be put right, and with what waits: that is what would put it right. */
export function stillDamaged(run: Run, damaged: readonly FileName[]): Run {
  const { message, help } = damage(run, damaged);
  const waiting = run.setAside.find((aside) => !isOutdone(run, aside))?.trouble;
  if (waiting === undefined) return ending(run, { reason: "disk", message, help });
  return ending(run, {
    reason: "disk",
    message: `${message}; ${waiting.message}`,
    help: waiting.help === undefined ? help : `${help}; ${waiting.help}`,
  });
}

function damage({ spared }: Run, damaged: readonly FileName[]): { message: string; help: string } {
  const what = `somebody changed or removed ${damaged.join(" and ")} in place`;
  if (spared === undefined) {
    return {
      message: `${what}, and neither a source nor last-known-good has what was verified`,
      help: "see who writes there besides promgen-agent; it is put right as soon as a source has it",
    };
  }
  const { generation, removed, before, files } = spared;
  return {
    message: `${what}, and no source has what was verified; generation ${generation} of last-known-good is not put back, for it would remove ${removed} of ${before} targets of ${files.join(" and ")}`,
    help: "see who writes there besides promgen-agent; the next generation that a source has and the guard lets pass replaces it, or promgen-agent rollback does, where the older one is meant",
  };
}
