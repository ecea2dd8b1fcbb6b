/** An offer's files on their way to staging: fetched, checked, and compared with what they would replace. */
import type { Loss } from "../check/census.ts";
import type { FileName } from "../config.ts";
import type { Event, Note, Trouble } from "./event.ts";
import { accepted, seenHeld } from "./accepted.ts";
import type { Judgement } from "./guard.ts";
import { judge, trips } from "./guard.ts";
import { isMostly, isOurs, remembered } from "./in-place.ts";
import type { Move, Phase, Run, Work } from "./run.ts";
import { remember } from "./not-taken.ts";
import type { HeldOffer, RefusedOffer } from "./state.ts";
import { go, turn } from "./run.ts";
import { disagree, fail, heldTrouble, isAboutContent, isHopeless, setAside } from "./source-trouble.ts";

/** No target fits into fewer bytes: `[{"targets":["a"]}]`. */
const SMALLEST = 19;

/** Fetches the next file; where all are there, checks them. */
export function gather(run: Run, work: Work): Move {
  const name = work.missing[work.staged.length];
  if (name === undefined) return check(run, work);
  const { offer, fresh, staged } = work;
  return go(
    run,
    { at: "fetch", work, name },
    {
      kind: "fetch",
      source: offer.source,
      name,
      sha256: offer.pointer.digests[name],
      fresh,
      spent: staged.reduce((sum, { bytes }) => sum + bytes, 0),
      reserve: run.place[name]?.bytes ?? 0,
    },
  );
}

export function whenFetched(run: Run, phase: Phase & { at: "fetch" }, event: Event): Move | undefined {
  const { work, name } = phase;
  const { sums, source } = work.offer;
  switch (event.kind) {
    case "fetched":
      return gather(run, { ...work, staged: [...work.staged, event.staged] });
    case "mismatched":
      return mismatched(run, work, {
        reason: "digest",
        message: `${name} does not have the digest that SHA256SUMS says`,
        help: "a cache in between gives out files of different generations, or somebody changed them",
        sums,
      });
    case "failed":
      if (isHopeless(event.trouble)) return undefined;
      return event.trouble.mayHeal === true
        ? mismatched(run, work, { ...event.trouble, sums })
        : fail(outOfContact(run), source, event.trouble);
    default:
      return undefined;
  }
}

/** Asks past the caches once, pointer and files alike. */
function mismatched(run: Run, { offer, fresh }: Work, trouble: Trouble): Move {
  return fresh
    ? disagree(outOfContact(run), offer.source, trouble)
    : turn(outOfContact(run), { to: "ask", source: offer.source, fresh: true });
}

/** What the source said was right, but it does not have what it says. Others may have been met before. */
function outOfContact(run: Run): Run {
  return { ...run, contact: run.setAside.length > 0, validator: undefined };
}

/** Checks the next staged file; where all are checked, compares them with what they would replace. */
function check(run: Run, work: Work): Move {
  const staged = work.staged.find(({ name }) => work.census[name] === undefined);
  if (staged === undefined) return compare(run, work);
  return go(run, { at: "check", work, name: staged.name }, { kind: "check", staged, times: work.offer.pointer.times });
}

export function whenChecked(run: Run, phase: Phase & { at: "check" }, event: Event): Move | undefined {
  const { work, name } = phase;
  if (event.kind === "checked") {
    const known = event.loss === undefined ? work.known : { ...work.known, [name]: event.loss };
    return check(run, { ...work, census: { ...work.census, [name]: event.census }, known });
  }
  if (event.kind !== "failed" || !isAboutContent(event.trouble)) return undefined;
  const { reason, message, help } = event.trouble;
  const refused = { sums: work.offer.sums, reason, message, ...(help === undefined ? {} : { help }), at: run.now };
  const state = { ...run.state, refused: remember<RefusedOffer>(run.state.refused, refused) };
  return setAside({ ...run, state }, work.offer, event.trouble);
}

/** Compares the next file with the one in place that it would replace; where that is done, asks the guard. */
function compare(run: Run, work: Work): Move {
  const name = work.guarded[work.losses.length];
  if (name === undefined) return work.guarded.length === 0 ? turn(run, { to: "swap", work }) : guard(run, work);
  const known = work.known[name];
  const census = work.census[name];
  // What is damaged may hold anything; what it held before is known without it. Nor has a file to be compared with itself.
  if (known !== undefined || run.place[name] === undefined || census === undefined)
    return compared(run, work, name, known);
  return go(run, { at: "compare", work, name }, { kind: "compare", name, census });
}

export function whenCompared(run: Run, phase: Phase & { at: "compare" }, event: Event): Move | undefined {
  return event.kind === "compared" ? compared(run, phase.work, phase.name, event.loss) : undefined;
}

function compared(run: Run, work: Work, name: FileName, found: Loss | undefined): Move {
  const { policy, state } = run;
  const after = work.census[name]?.distinct ?? state.applied?.distinct[name] ?? work.offer.pointer.counts[name] ?? 0;
  const before = remembered(run, name);
  // What lies there may be less than what this host had: by somebody else's hand, or since an older set stands in.
  const byCount = before === undefined ? undefined : lossByCount(before, after);
  const isWorse = byCount !== undefined && trips(byCount, policy.maxRemovedPercent);
  // Of targets that others wrote into a file of ours, none was verified.
  const isForeign = found !== undefined && before !== undefined && isOurs(run, name) && !isMostly(found.before, before);
  const isEnough = found !== undefined && !isForeign && (!isWorse || trips(found, policy.maxRemovedPercent));
  // What cannot be read and may be of others holds more than what is remembered, for all one knows.
  const isMeasured =
    found !== undefined || isOurs(run, name) || isEmpty(run, name) || state.fallenDistinct?.[name] !== undefined;
  const loss = isEnough ? found : ((isMeasured ? byCount : undefined) ?? guessedLoss(run, name, after));
  return compare(run, { ...work, losses: [...work.losses, { name, loss }] });
}

/** The least that can be lost. */
function lossByCount(before: number, after: number): Loss {
  return { before, after, removed: Math.max(0, before - after), jobsGone: [] };
}

/** Whoever it is of, it holds no target. */
function isEmpty({ place }: Run, name: FileName): boolean {
  return (place[name]?.bytes ?? 0) < SMALLEST;
}

/** The least that can have been lost where neither the file in place nor what is remembered of it can be compared. */
function guessedLoss(run: Run, name: FileName, after: number): Loss | "uncountable" {
  const { state, kept } = run;
  // Where the state was made anew, the pointer beside it is all that is known: it stands in for what is not even JSON.
  const isForgotten = state.floor?.paths === undefined;
  const said = isOurs(run, name) || isForgotten ? kept?.pointer.counts[name] : undefined;
  return said === undefined && !isEmpty(run, name) ? "uncountable" : lossByCount(said ?? 0, after);
}

function guard(run: Run, work: Work): Move {
  const { policy, state, kept } = run;
  const { pointer } = work.offer;
  const areOurs = work.guarded.every((name) => isOurs(run, name));
  const unchanged = policy.names.filter((name) => !work.guarded.includes(name));
  const judgement = judge({
    losses: work.losses,
    unchanged: unchanged.reduce((sum, name) => sum + (state.applied?.distinct[name] ?? 0), 0),
    maxRemovedPercent: policy.maxRemovedPercent,
    generation: pointer.generation,
    inPlace: areOurs ? (state.fallenFrom ?? state.applied?.generation ?? kept?.pointer.generation) : undefined,
    accepts: pointer.accepts,
    accepted: accepted(run),
  });
  const gone = work.losses.flatMap(({ loss }) => (loss === "uncountable" ? [] : loss.jobsGone));
  if (judgement.kind === "held") return hold(run, work, judgement);
  const notes = [
    ...gone.map(goneNote),
    ...(judgement.by === undefined ? [] : [releasedNote(judgement.by, pointer.generation)]),
  ];
  const counters = { ...state.counters, jobsGone: (state.counters.jobsGone ?? 0) + gone.length };
  const next = gone.length === 0 ? run : { ...run, state: { ...state, counters } };
  return turn(next, { to: "swap", work }, ...notes);
}

function hold(run: Run, { offer }: Work, judgement: Judgement & { readonly kind: "held" }): Move {
  const { kind: _, ...lost } = judgement;
  const previous = run.state.held?.reason === "removed" ? run.state.held : undefined;
  const earlier = seenHeld(run).filter(({ generation }) => generation !== offer.pointer.generation);
  const held: HeldOffer = {
    generation: offer.pointer.generation,
    reason: "removed",
    ...lost,
    since: previous?.since ?? run.now,
    sums: offer.sums,
    percent: run.policy.maxRemovedPercent,
    ...(earlier.length === 0 ? {} : { earlier }),
  };
  const state = { ...run.state, held: remember<HeldOffer>(run.state.held, held) };
  return setAside({ ...run, state }, offer, heldTrouble(held, run.policy.bootstrap));
}

function goneNote(job: string): Note {
  return { level: "warning", event: "job-gone", message: "a job has no targets any more", fields: { job } };
}

function releasedNote(by: "ci" | "operator", generation: number): Note {
  const who = by === "ci" ? "CI let it pass" : "--accept says so";
  return { level: "info", event: "guard-released", message: `generation ${generation} removes much, and ${who}` };
}
