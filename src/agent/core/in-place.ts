/** What is in place, and whether it is what it must be. */
import type { FileName } from "../config.ts";
import type { Staged } from "../disk/disk.ts";
import type { LastKnownGood, Offer } from "./event.ts";
import { isSameContent } from "./floor.ts";
import { isFloorQuarantined, quarantined } from "./quarantine.ts";
import type { Policy, Run } from "./run.ts";

/** The digests that the files in place must have; undefined where they are not ours, or nothing is known of them. */
export function expectedDigests({ kept, state }: Run): Readonly<Record<FileName, string>> | undefined {
  if (kept !== undefined) return kept.pointer.digests;
  const { applied, fallenFrom, floor } = state;
  const isFloor = applied !== undefined && applied.generation === floor?.generation && fallenFrom === undefined;
  return isFloor ? floor.digests : undefined;
}

/** The floor was raised for these very paths: the guard has let it pass here, or it was found here. */
export function isFloorHere({ policy: { places }, state: { floor } }: Run): boolean {
  return JSON.stringify(floor?.paths) === JSON.stringify(places);
}

/**
 * A file in place is verified, or else damaged: known to have been put there. Any other is of somebody else. Beside what an
 * agent put in place lies a pointer, which a state that was copied from elsewhere has not brought along.
 */
export function isOurs({ policy, place, kept, beside, state: { floor } }: Run, name: FileName): boolean {
  const sha256 = place[name]?.sha256;
  if (sha256 === undefined || sha256 === kept?.pointer.digests[name] || sha256 === floor?.digests[name]) return true;
  return beside.hasPointer && floor?.paths?.[name] === policy.places[name];
}

/** Files that somebody changed or removed. */
export function damagedFiles(run: Run): readonly FileName[] {
  const expected = expectedDigests(run);
  if (expected === undefined) return [];
  return run.policy.names.filter(
    (name) => isOurs(run, name) && run.place[name]?.sha256 !== expected[name] && !isOfFloor(run, name),
  );
}

/** This host has had something, and nothing says any more what is in place: neither a pointer nor the state. */
export function isUnknown(run: Run): boolean {
  return run.state.floor !== undefined && expectedDigests(run) === undefined;
}

/** A file of the generation at the floor is right, too: a swap may have ended between two renames. */
function nextDigests({ policy, state: { floor, quarantine } }: Run): Readonly<Record<FileName, string>> | undefined {
  if (floor === undefined) return undefined;
  const isLeft = quarantine.some(({ digests }) => isSameContent(floor.digests, digests, policy.names));
  return isLeft ? undefined : floor.digests;
}

/** It is of the generation at the floor, be the others of that in place as well or not. */
export function isOfFloor(run: Run, name: FileName): boolean {
  const found = run.place[name]?.sha256;
  return found !== undefined && found === nextDigests(run)?.[name];
}

/** Every file in place is what it must be. */
export function isWhole(run: Run): boolean {
  const expected = expectedDigests(run);
  return expected !== undefined && run.policy.names.every((name) => run.place[name]?.sha256 === expected[name]);
}

/** What `applied` says is what lies there: same generation, and no file was replaced since. */
export function isAppliedCurrent(run: Run): boolean {
  const { applied } = run.state;
  if (applied === undefined || (run.kept !== undefined && run.kept.pointer.generation !== applied.generation))
    return false;
  return unknownFile(run) === undefined;
}

/** A file that was replaced since the state was written, or that nobody has counted. */
export function unknownFile({ policy, place, state: { applied } }: Run): FileName | undefined {
  return policy.names.find(
    (name) =>
      applied?.mtimes[name] !== place[name]?.mtime ||
      applied?.targets[name] === undefined ||
      applied.distinct[name] === undefined,
  );
}

/** Every server has said enough about what is in place. */
export function isProven({ state: { applied }, policy }: Run): boolean {
  if (policy.noProof) return true;
  if (applied?.confirmedAt === undefined || policy.servers.length === 0) return false;
  return policy.servers.every((label) => isEnough(applied.servers[label]?.verdict, policy.wait));
}

/** Whether a verdict ends a run with 0. */
export function isEnough(verdict: string | undefined, wait: Policy["wait"]): boolean {
  return verdict === "active" || (verdict === "confirmed" && wait === "read");
}

/** Whether nothing is to be done but to ask for something newer: only then may a source answer that nothing changed. */
export function isSettled(run: Run): boolean {
  const { state, kept, policy } = run;
  if (kept === undefined || !isFloorHere(run) || !isWhole(run) || !isAppliedCurrent(run) || !isProven(run))
    return false;
  if (state.held !== undefined || state.inconsistent !== undefined || policy.accept !== undefined) return false;
  // A source that has nothing new has what is of another repository, too.
  if (policy.repository !== undefined && policy.repository !== kept.pointer.repository) return false;
  return (
    isSameContent(kept.pointer.digests, state.floor?.digests) && kept.pointer.generation === state.floor?.generation
  );
}

/** Somebody wants a proof, and somebody can give it. */
export function wantsProof({ noProof, servers }: Policy): boolean {
  return !noProof && servers.length > 0;
}

/** The facts of a file that was swapped in. */
export function withSwapped(
  run: Run,
  { name, sha256, bytes }: Pick<Staged, "name" | "sha256" | "bytes">,
  mtime: number,
): Run {
  const { policy, place } = run;
  const before = place[name];
  const owner = policy.owner ?? { uid: before?.uid ?? 0, gid: before?.gid ?? 0 };
  return { ...run, place: { ...place, [name]: { sha256, bytes, mtime, mode: policy.mode, ...owner } }, changed: true };
}

/** It has every file, it is of this shard, and it is not in quarantine itself. */
export function isComplete(run: Run, lastKnownGood: LastKnownGood): boolean {
  const { files, signed } = lastKnownGood;
  if (run.policy.names.some((name) => files[name] === undefined)) return false;
  if (signed === undefined) return true;
  return signed.pointer.shard === run.policy.shard && quarantined(run.state, signed, run.policy.names) === undefined;
}

/** It may be what is in place, or fill a gap there, where nothing says any more what that is: it replaces nothing. */
export function isFilling(run: Run, lastKnownGood: LastKnownGood): boolean {
  const { files, signed } = lastKnownGood;
  const { place, policy, state } = run;
  const missing = policy.names.filter((name) => place[name] === undefined);
  const isOther = policy.names.some((name) => !missing.includes(name) && place[name]?.sha256 !== files[name]?.sha256);
  if (isOther || !isComplete(run, lastKnownGood)) return false;
  // What was there before the agent is meant only where an operator, or Prometheus, wanted it back.
  return signed !== undefined || (missing.length > 0 && isFloorQuarantined(state));
}

/** It is complete, and something to go back to: not what is in place already, be that damaged. */
export function isWayBack(run: Run, lastKnownGood: LastKnownGood): boolean {
  const { signed } = lastKnownGood;
  if (signed !== undefined && signed.sums === run.kept?.sums) return false;
  return isComplete(run, lastKnownGood) && differing(run, lastKnownGood).length > 0;
}

/** Files that last-known-good has and that are not in place. */
export function differing({ policy, place }: Run, { files }: LastKnownGood): readonly FileName[] {
  return policy.names.filter((name) => files[name] !== undefined && files[name].sha256 !== place[name]?.sha256);
}

/** What is offered is in place, so its source may be asked next time whether it has anything else. */
export function withValidator(run: Run, { source, validator: value }: Offer): Run {
  const label = run.policy.sources[source];
  return { ...run, validator: value === undefined || label === undefined ? undefined : { source: label, value } };
}

/**
 * How many different targets a file must have where it is all right; undefined where nobody has counted them. Whose it is
 * counts only where another agent may have put it there: to remember too much holds more, never less.
 */
export function remembered(run: Run, name: FileName): number | undefined {
  const { kept, policy, state } = run;
  const { applied, fallenDistinct, floor } = state;
  if (fallenDistinct?.[name] !== undefined) return fallenDistinct[name];
  const isCurrent = kept === undefined || kept.pointer.generation === applied?.generation;
  const isHere = floor?.paths === undefined || floor.paths[name] === policy.places[name] || isOurs(run, name);
  if (!isCurrent || !isHere || isOfFloor(run, name)) return undefined;
  return applied?.distinct[name] ?? kept?.pointer.counts[name];
}

/** Whether a file with so many targets is, for the better part, the one that is remembered: else they are of others. */
export function isMostly(found: number, before: number): boolean {
  return found * 2 >= before;
}
