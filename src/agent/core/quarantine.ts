/** The quarantine: what Prometheus rejected, or an operator rolled back, is not swapped in again. */
import type { FileName } from "../config.ts";
import type { Signed, Trouble } from "./event.ts";
import { isSameContent } from "./floor.ts";
import type { AgentState } from "./state.ts";

type Quarantined = AgentState["quarantine"][number];

/** Old entries go; nothing below the floor comes back anyway. */
const MOST = 10;

/**
 * The entry of this SHA256SUMS, or of a generation with the same files: newer numbers make them no better.
 *
 * @param names of the files that this host takes: another one beside them makes them no better, either
 */
export function quarantined(
  state: AgentState,
  { sums, pointer }: Omit<Signed, "bytes">,
  names: readonly FileName[],
): Quarantined | undefined {
  return state.quarantine.find((entry) => entry.sums === sums || isSameContent(pointer.digests, entry.digests, names));
}

/** What this host has seen last is in quarantine: an older one is in place on purpose. */
export function isFloorQuarantined({ floor, quarantine }: AgentState): boolean {
  return quarantine.some(({ generation }) => generation === floor?.generation);
}

/** A generation below the floor that is in place because the one at the floor is in quarantine. */
export function putBack(state: AgentState): number | undefined {
  const { applied, floor } = state;
  if (applied === undefined || floor === undefined || applied.generation >= floor.generation) return undefined;
  return isFloorQuarantined(state) ? applied.generation : undefined;
}

/** Why what is in it is not followed. */
export function quarantineTrouble({ pointer }: Pick<Signed, "pointer">, { reason }: Quarantined): Trouble {
  const why = reason === "rejected" ? "was rejected by Prometheus" : "was rolled back";
  return {
    reason: "quarantined",
    generation: pointer.generation,
    message: `generation ${pointer.generation} ${why} before and is not swapped in again`,
    help: "publish a newer generation with other files",
  };
}

/** The entry of exactly this SHA256SUMS. */
export function quarantinedItself(state: AgentState, { sums }: Signed): Quarantined | undefined {
  return state.quarantine.find((entry) => entry.sums === sums);
}

/** Adds an entry, or replaces that of the same SHA256SUMS. */
export function enter(state: AgentState, entry: Quarantined): AgentState {
  const others = state.quarantine.filter(({ sums }) => sums !== entry.sums);
  return { ...state, quarantine: [...others, entry].slice(-MOST) };
}

/** Takes an entry out: a server of another version may have another opinion. */
export function leave(state: AgentState, entry: Quarantined): AgentState {
  return { ...state, quarantine: state.quarantine.filter((other) => other !== entry) };
}

/** After a swap: what was rolled back has been waiting for this newer generation. */
export function outlive(state: AgentState, generation: number): AgentState {
  const quarantine = state.quarantine.filter((entry) => entry.reason === "rejected" || entry.generation >= generation);
  return { ...state, quarantine };
}

/**
 * Whether a rejection may be out of date: every server answers, and none of them has the version that rejected.
 *
 * @param versions of the servers; undefined where one did not answer
 */
export function isOutdated({ reason, prometheus }: Quarantined, versions: readonly (string | undefined)[]): boolean {
  if (reason !== "rejected" || prometheus === undefined || versions.length === 0) return false;
  return versions.every((version) => version !== undefined && version !== prometheus);
}
