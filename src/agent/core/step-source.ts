/** Asking the sources in turn, and what is done with what they say. */
import type { FileName } from "../config.ts";
import { accepted } from "./accepted.ts";
import { appliedOf, floorOf } from "./applied.ts";
import type { Event, Note, Offer, Trouble } from "./event.ts";
import { isSameContent, refusal } from "./floor.ts";
import { isCovered } from "./guard.ts";
import { isOutdated, leave, outlive, quarantined } from "./quarantine.ts";
import type { Move, Phase, Run } from "./run.ts";
import { expectedDigests, isFloorHere, isOurs, isSettled, withValidator } from "./in-place.ts";
import { ending, go, noting, save, turn } from "./run.ts";
import { disagree, fail, heldTrouble, isHopeless } from "./source-trouble.ts";

/** What the strict check refused is looked at again after an hour: another version of the agent may take it. */
const REFUSED_FOR = 3600;

/** Where one comes once in a while because caches mix old and new, it is worth to ask past them. */
const WORTH_ASKING_AGAIN = [
  "signature",
  "pointer",
  "digest",
  "inconsistent",
] as const satisfies readonly Trouble["reason"][];

/** Asks a source; after the last one, looks after what is in place. */
export function ask(run: Run, source: number, fresh = false): Move {
  const label = run.policy.sources[source];
  if (label === undefined) return turn(run, { to: "care" });
  const validator = isSettled(run) && !fresh ? run.state.validators[label] : undefined;
  return go(run, { at: "ask", source, fresh, validator }, { kind: "ask", source, validator, fresh });
}

export function whenAsked(run: Run, phase: Phase & { at: "ask" }, event: Event): Move | undefined {
  const { source, fresh, validator } = phase;
  switch (event.kind) {
    case "unchanged":
      if (validator !== undefined) return turn(inContact(run), { to: "care" });
      return fail(run, source, {
        reason: "unreachable",
        message: `${run.policy.sources[source]} says that nothing changed, and was not asked that`,
        help: "look for a proxy or a cache in between",
      });
    case "offered":
      return judge(run, event.offer, fresh);
    case "failed":
      if (isHopeless(event.trouble)) return undefined;
      if (!fresh && isWorthAskingAgain(event.trouble)) return turn(run, { to: "ask", source, fresh: true });
      return event.trouble.mayHeal === true ? disagree(run, source, event.trouble) : fail(run, source, event.trouble);
    default:
      return undefined;
  }
}

function isWorthAskingAgain({ reason }: Trouble): boolean {
  return WORTH_ASKING_AGAIN.some((known) => known === reason);
}

/** Follows an offer as far as it may be followed. */
function judge(run: Run, offer: Offer, fresh: boolean): Move {
  const { policy, state, kept } = run;
  const floorFacts = { shard: policy.shard, repository: policy.repository, floor: state.floor, putBack: putBack(run) };
  const refused = refusal(offer.pointer, floorFacts);
  if (refused !== undefined) return fail(run, offer.source, refused);
  const met = inContact(run);
  const entry = quarantined(state, offer);
  if (entry !== undefined && !(kept?.sums === offer.sums && missingFiles(run, offer).length === 0)) {
    if (entry.reason === "rejected") return go(met, { at: "requarantine", offer, fresh }, { kind: "base" });
    return turn(ending(met, quarantineTrouble(offer, "was rolled back")), { to: "care" });
  }
  return follow(met, offer, fresh);
}

/** A generation below the floor that is in place because the one at the floor is in quarantine. */
function putBack({ state: { applied, floor, quarantine } }: Run): number | undefined {
  if (applied === undefined || floor === undefined || applied.generation >= floor.generation) return undefined;
  return quarantine.some(({ generation }) => generation === floor.generation) ? applied.generation : undefined;
}

export function whenRequarantined(run: Run, phase: Phase & { at: "requarantine" }, event: Event): Move | undefined {
  if (event.kind !== "based") return undefined;
  const { offer, fresh } = phase;
  const entry = quarantined(run.state, offer);
  const versions = event.baselines.map((baseline) => baseline?.version);
  if (entry !== undefined && !isOutdated(entry, versions)) {
    return turn(ending(run, quarantineTrouble(offer, "was rejected by Prometheus")), { to: "care" });
  }
  const state = entry === undefined ? run.state : leave(run.state, entry);
  return noting(follow({ ...run, state }, offer, fresh), {
    level: "info",
    event: "quarantine-left",
    message: "Prometheus has another version than the one that rejected this generation: it is tried again",
  });
}

function quarantineTrouble({ pointer }: Offer, why: string): Trouble {
  return {
    reason: "quarantined",
    message: `generation ${pointer.generation} ${why} before and is not swapped in again`,
    help: "publish a newer generation with other files",
  };
}

/** Takes an offer that the floor and the quarantine let pass. */
function follow(run: Run, offer: Offer, fresh: boolean): Move {
  const { state, kept, now } = run;
  const missing = missingFiles(run, offer);
  if (missing.length === 0) return adopt(withValidator(run, offer), offer);
  // Not a new decision: it is in place and was damaged, or it was let pass here before and a crash came in between.
  const isInPlace = isSameContent(offer.pointer.digests, expectedDigests(run));
  const hasPassed = isInPlace || (offer.pointer.generation === state.floor?.generation && isFloorHere(run));
  const { hold, fallenFrom } = state;
  if (hold !== undefined && !isInPlace && offer.pointer.generation !== fallenFrom) {
    if (hold.until === undefined || now < hold.until) return turn(onHold(run, offer), { to: "care" });
    const { hold: _, ...rest } = state;
    return noting(follow({ ...run, state: rest }, offer, fresh), note("released", "the time of the hold is over"));
  }
  const { held, refused } = state;
  if (held?.reason === "removed" && held.sums === offer.sums && isSameJudgement(run, offer)) {
    return turn(ending(run, heldTrouble(run, held)), { to: "care" });
  }
  if (
    refused?.sums === offer.sums &&
    now >= refused.at &&
    now - refused.at < REFUSED_FOR &&
    kept?.sums !== offer.sums
  ) {
    const { reason = "invalid", message, help } = refused;
    const trouble: Trouble = { reason, message, ...(help === undefined ? {} : { help }) };
    return turn(ending(run, trouble), { to: "care" });
  }
  const guarded = hasPassed ? missing.filter((name) => !isOurs(run, name)) : missing;
  const work = { offer, fresh, missing, staged: [], census: {}, losses: [], known: {}, guarded };
  return turn(run, { to: "gather", work });
}

/** Nothing that the guard goes by has changed since it held this offer. */
function isSameJudgement(run: Run, { pointer }: Offer): boolean {
  const { held } = run.state;
  if (held?.percent !== run.policy.maxRemovedPercent) return false;
  return !isCovered(held, pointer.generation, accepted(run));
}

function onHold(run: Run, { pointer, sums }: Offer): Run {
  const { hold, held } = run.state;
  const since = held?.reason === "hold" ? held.since : run.now;
  const until = hold?.until === undefined ? "it is released" : new Date(hold.until * 1000).toISOString();
  return ending(
    {
      ...run,
      state: {
        ...run.state,
        held: { generation: pointer.generation, reason: "hold", removed: 0, before: 0, since, sums },
      },
    },
    {
      reason: "hold",
      message: `generation ${pointer.generation} waits: nothing is swapped until ${until}${hold?.reason === undefined ? "" : ` (${hold.reason})`}`,
      help: "run `promgen-agent release` to go on",
    },
  );
}

/** What the offer has and the host has not. */
function missingFiles({ policy, place }: Run, { pointer }: Offer): readonly FileName[] {
  return policy.names.filter((name) => place[name]?.sha256 !== pointer.digests[name]);
}

function inContact(run: Run): Run {
  return { ...run, contact: true };
}

function note(event: string, message: string): Note {
  return { level: "info", event, message };
}

/** The files are in place already: only what is said about them may be new. */
function adopt(run: Run, offer: Offer): Move {
  const { inconsistent: _, held: __, refused: ___, fallenFrom: ____, ...state } = run.state;
  const next: Run = {
    ...run,
    state: { ...state, floor: floorOf(offer.pointer, state.floor, run.policy.places) },
    mayWrite: true,
  };
  if (run.kept?.sums === offer.sums) return turn(settledOn(next, offer), { to: "care" });
  if (next.state.floor?.generation === run.state.floor?.generation) return keepPointer(next, offer);
  return save(next, next.state, { at: "adopt", step: "floor", offer });
}

export function whenAdopting(run: Run, { step, offer }: Phase & { at: "adopt" }, event: Event): Move | undefined {
  if (step === "floor") return event.kind === "saved" ? keepPointer(run, offer) : undefined;
  return event.kind === "pointer-kept" ? turn(settledOn({ ...run, kept: offer }, offer), { to: "care" }) : undefined;
}

function keepPointer(run: Run, offer: Offer): Move {
  return go(run, { at: "adopt", step: "pointer", offer }, { kind: "keep-pointer", bytes: offer.bytes });
}

/** The same files as before have a new number, maybe: what Prometheus said about them still holds. */
function settledOn(run: Run, { pointer }: Offer): Run {
  const { applied } = run.state;
  if (applied?.generation === pointer.generation) return run;
  const next = { ...appliedOf(pointer, run.now), ...(applied === undefined ? {} : carried(applied)) };
  const state = outlive({ ...run.state, applied: next, validators: {} }, pointer.generation);
  return { ...run, state, summary: `generation ${pointer.generation} has the files in place` };
}

function carried({ mtimes, targets, distinct, servers, confirmedAt }: NonNullable<Run["state"]["applied"]>) {
  return { mtimes, targets, distinct, servers, ...(confirmedAt === undefined ? {} : { confirmedAt }) };
}
