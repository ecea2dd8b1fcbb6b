/** Asking the sources in turn, and what is done with what they say. */
import type { FileName } from "../config.ts";
import { accepted, leftBy } from "./accepted.ts";
import { appliedOf, floorOf } from "./applied.ts";
import type { Event, Note, Offer, Trouble } from "./event.ts";
import { isSameContent, refusal } from "./floor.ts";
import { isCovered } from "./guard.ts";
import { isOutdated, leave, outlive, putBack, quarantined, quarantineTrouble } from "./quarantine.ts";
import type { Move, Phase, Run } from "./run.ts";
import { expectedDigests, isFloorHere, isOurs, isSettled, isWhole, withValidator } from "./in-place.ts";
import { recall, remember } from "./not-taken.ts";
import type { HeldOffer, RefusedOffer } from "./state.ts";
import { go, judging, noting, save, taking, turn } from "./run.ts";
import { disagree, fail, heldTrouble, isHopeless, setAside } from "./source-trouble.ts";

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
      if (validator !== undefined) return turn(judging(inContact(run), run.kept?.sums ?? ""), { to: "care" });
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
  const { policy, state } = run;
  const floorFacts = {
    shard: policy.shard,
    repository: policy.repository,
    floor: state.floor,
    putBack: putBack(state),
  };
  const refused = refusal(offer.pointer, floorFacts);
  if (refused !== undefined) return fail(run, offer.source, refused);
  const met = inContact(run);
  const entry = quarantined(state, offer, policy.names);
  if (entry !== undefined && !(isOfPlace(run, offer) && isWhole(run))) {
    if (entry.reason === "rejected") return go(met, { at: "requarantine", offer, fresh }, { kind: "base" });
    return setAside(met, offer, quarantineTrouble(offer, entry));
  }
  return follow(met, offer, fresh);
}

/** It names the files that must be in place, as far as this host takes them. */
function isOfPlace(run: Run, { pointer }: Offer): boolean {
  return isSameContent(pointer.digests, expectedDigests(run), run.policy.names);
}

export function whenRequarantined(run: Run, phase: Phase & { at: "requarantine" }, event: Event): Move | undefined {
  if (event.kind !== "based") return undefined;
  const { offer, fresh } = phase;
  const entry = quarantined(run.state, offer, run.policy.names);
  const versions = event.baselines.map((baseline) => baseline?.version);
  if (entry !== undefined && !isOutdated(entry, versions)) {
    return setAside(run, offer, quarantineTrouble(offer, entry));
  }
  const state = entry === undefined ? run.state : leave(run.state, entry);
  return noting(follow({ ...run, state }, offer, fresh), {
    level: "info",
    event: "quarantine-left",
    message: "Prometheus has another version than the one that rejected this generation: it is tried again",
  });
}

/** Takes an offer that the floor and the quarantine let pass. */
function follow(run: Run, offer: Offer, fresh: boolean): Move {
  const { state, kept, now } = run;
  const { generation } = offer.pointer;
  const missing = missingFiles(run, offer);
  // Not a new decision: it is in place and was damaged, or it was let pass here before and a crash came in between.
  const isInPlace = isOfPlace(run, offer) && state.fallenFrom === undefined;
  const isPutBack = isInPlace || generation === state.fallenFrom;
  const hasPassed = isPutBack || (generation === state.floor?.generation && isFloorHere(run));
  // What is in place may stand in for more: then its files are judged by that, though they are in place.
  if (missing.length === 0 && (hasPassed || state.fallenFrom === undefined))
    return adopt(withValidator(run, offer), offer);
  const { hold } = state;
  if (hold !== undefined && !isPutBack) {
    if (hold.until === undefined || now < hold.until) return onHold(run, offer);
    const { hold: _, ...rest } = state;
    return noting(follow({ ...run, state: rest }, offer, fresh), note("released", "the time of the hold is over"));
  }
  const held = recall<HeldOffer>(state.held, offer.sums);
  if (held?.reason === "removed" && isSameJudgement(run, offer, held)) {
    return setAside(run, offer, heldTrouble(held, run.policy.bootstrap));
  }
  const refused = recall<RefusedOffer>(state.refused, offer.sums);
  if (refused !== undefined && now >= refused.at && now - refused.at < REFUSED_FOR && kept?.sums !== offer.sums) {
    const { reason = "invalid", message, help } = refused;
    return setAside(run, offer, { reason, message, ...(help === undefined ? {} : { help }) });
  }
  const names = state.fallenFrom === undefined ? missing : run.policy.names;
  const guarded = hasPassed ? missing.filter((name) => !isOurs(run, name)) : names;
  const work = { offer, fresh, missing, staged: [], census: {}, losses: [], known: {}, guarded };
  return turn(run, { to: "gather", work });
}

/** Nothing that the guard goes by has changed since it held this offer. */
function isSameJudgement(run: Run, { pointer }: Offer, held: HeldOffer): boolean {
  if (held.percent !== run.policy.maxRemovedPercent) return false;
  return !isCovered(leftBy(held), pointer.generation, accepted(run));
}

function onHold(run: Run, offer: Offer): Move {
  const { hold, held } = run.state;
  const { generation } = offer.pointer;
  const since = held?.reason === "hold" ? held.since : run.now;
  const until = hold?.until === undefined ? "it is released" : new Date(hold.until * 1000).toISOString();
  const waiting: HeldOffer = { generation, reason: "hold", removed: 0, before: 0, since, sums: offer.sums };
  return setAside({ ...run, state: { ...run.state, held: remember<HeldOffer>(held, waiting) } }, offer, {
    reason: "hold",
    message: `generation ${generation} waits: nothing is swapped until ${until}${hold?.reason === undefined ? "" : ` (${hold.reason})`}`,
    help: "run `promgen-agent release` to go on",
  });
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
  const { inconsistent: _, fallenFrom: __, fallenDistinct: ___, ...state } = run.state;
  const next: Run = {
    ...taking(run, offer),
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
