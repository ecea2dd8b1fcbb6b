/**
 * When a glance last found all well: the diary of state.json from then on, in a file of its own, which is written without
 * the lock.
 *
 * It protects nothing, so what two writers at once, a crash or a power cut do to it costs at most the time of a contact, or
 * a run in the count: each replaces it as a whole, and it counts only beside the very state.json that it goes on from. A
 * later run with the lock takes what it says into its own state.json.
 */
import type { AgentState } from "../core/state.ts";

export interface Contact {
  /** Checksum of that state.json. */
  readonly state: string;
  /** Seconds since 1970. */
  readonly at: number;
  /** How long the glance took. */
  readonly seconds: number;
  /** All runs so far. */
  readonly runs: number;
}

/** Below the state directory. */
export const CONTACT = "contact.json";

/** A state with what came after it. */
export function withContact(state: AgentState, { at, seconds, runs }: Contact): AgentState {
  return {
    ...state,
    lastContact: at,
    lastSuccess: at,
    lastRun: { at, exit: 0, message: "nothing new", seconds },
    counters: { ...state.counters, runs },
  };
}
