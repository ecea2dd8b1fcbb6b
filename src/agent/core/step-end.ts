/** The end of a run: which of its troubles it ends with, and what is remembered of it. */
import { REASONS, worst } from "../failure.ts";
import type { AgentExitCode, Reason } from "../failure.ts";
import type { RunResult } from "./collaborators.ts";
import type { Event, Trouble } from "./event.ts";
import type { Run, Step } from "./run.ts";
import { isProven, isSettled, isWhole } from "./in-place.ts";
import { onlyThose, stillOffered } from "./not-taken.ts";
import { ending, go } from "./run.ts";
import { isOutdone } from "./source-trouble.ts";
import type { AgentState, HeldOffer, RefusedOffer } from "./state.ts";

/** Ends the run: writes what is to be remembered, then gives the result. */
export function conclude(run: Run): Step {
  const ended = withoutThePast(withContact(withSetAside(run)));
  const worstTrouble = worstOf(ended.outcomes);
  const exit = worstTrouble === undefined ? 0 : REASONS[worstTrouble.reason];
  const state = stateAtEnd(ended, exit, worstTrouble);
  const result = resultOf(ended, exit, worstTrouble, ended.mayWrite ? state : undefined);
  if (!ended.mayWrite) return end(ended, result);
  const isDiary = isOnlyDiary(ended, state);
  return go({ ...ended, state }, { at: "save-last", result }, { kind: "save", state, ...(isDiary ? { isDiary } : {}) });
}

/** What a run writes whatever it finds. The one before is as good after a power cut. */
export const DIARY: readonly (keyof AgentState)[] = ["hashed", "lastContact", "lastSuccess", "lastRun", "counters"];

function isOnlyDiary({ loaded, saved }: Run, state: AgentState): boolean {
  if (loaded === undefined || saved !== undefined) return false;
  const names = new Set([...Object.keys(loaded), ...Object.keys(state)]) as Set<keyof AgentState>;
  return [...names].every((name) => DIARY.includes(name) || loaded[name] === state[name]);
}

/** Ends a run that is no sync: it leaves the memory of the last one alone. Where it could not do its deed, all of it. */
export function finishQuietly(run: Run, trouble?: Trouble): Step {
  const exit = trouble === undefined ? 0 : REASONS[trouble.reason];
  const result: RunResult = { ...resultOf(run, exit, trouble, run.state), isQuiet: true };
  if (trouble !== undefined) return end(run, result);
  return go(run, { at: "save-last", result }, { kind: "save", state: run.state });
}

/** The last write is done, or failed: that must not hide what the run ends with, where that is worse. */
export function whenSavedLast(run: Run, { result }: { readonly result: RunResult }, event: Event): Step | undefined {
  if (event.kind === "saved") return end(run, result);
  if (event.kind !== "failed") return undefined;
  const all = ending(run, event.trouble);
  const worstTrouble = worstOf(all.outcomes) ?? event.trouble;
  return end(all, resultOf(all, REASONS[worstTrouble.reason], worstTrouble, result.state));
}

/** Ends a run whose last write cannot be tried again. */
function end(run: Run, result: RunResult): Step {
  return go(run, { at: "end" }, { kind: "end", result });
}

function worstOf(troubles: readonly Trouble[]): Trouble | undefined {
  const code = worst(troubles.map(({ reason }) => REASONS[reason]));
  return troubles.find(({ reason }) => REASONS[reason] === code);
}

/** Of what was not taken, the first counts, unless another source had what goes on from there. */
function withSetAside(run: Run): Run {
  const first = run.setAside.find((aside) => !isOutdone(run, aside));
  return first === undefined ? run : ending(run, first.trouble);
}

/** Forgets what was held or refused and is in place by now, or is not offered any more by the sources that answered. */
function withoutThePast(run: Run): Run {
  const { judged, kept, state } = run;
  if (judged.length === 0) return run;
  // A file that is new in the options may keep from its place what else is there.
  const inPlace = isWhole(run) ? kept?.sums : undefined;
  const offered = judged.filter((sums) => sums !== inPlace);
  const isWaiting = (one: HeldOffer): HeldOffer | undefined => (isOutdone(run, one) ? undefined : one);
  const held = onlyThose<HeldOffer>(stillOffered<HeldOffer>(state.held, offered), isWaiting);
  const refused = stillOffered<RefusedOffer>(state.refused, offered);
  if (held === state.held && refused === state.refused) return run;
  const { held: _, refused: __, ...rest } = state;
  return {
    ...run,
    state: { ...rest, ...(held === undefined ? {} : { held }), ...(refused === undefined ? {} : { refused }) },
  };
}

/** Where no source was right, the run ends with what they did wrong, and with `stale` where that lasts. */
function withContact(run: Run): Run {
  if (run.contact || run.sourceTroubles.length === 0) return run;
  const all = run.sourceTroubles.reduce(ending, run);
  const { lastContact } = run.state;
  if (lastContact === undefined || run.now - lastContact <= run.policy.maxAge) return all;
  return ending(all, {
    reason: "stale",
    message: `no source was right for ${hours(run.now - lastContact)}; the old targets stay in place: ${worstOf(run.sourceTroubles)?.message ?? ""}`,
    help: worstOf(run.sourceTroubles)?.help ?? "see whether the source can be reached from here",
  });
}

function hours(seconds: number): string {
  return seconds < 7200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`;
}

function stateAtEnd(run: Run, exit: AgentExitCode, trouble: Trouble | undefined): AgentState {
  const { hashed: _, ...state } = run.state;
  const { now } = run;
  const isFine = exit === 0;
  return {
    ...state,
    ...(run.contact ? { lastContact: now } : agedFrom("lastContact", state, now)),
    ...(isFine ? { lastSuccess: now } : agedFrom("lastSuccess", state, now)),
    ...keptValidators(run),
    ...hashedOf(run),
    lastRun: {
      at: now,
      exit,
      ...(trouble === undefined ? {} : { reason: trouble.reason }),
      message: trouble?.message ?? run.summary,
      seconds: Math.round(run.elapsed * 1000) / 1000,
    },
    counters: {
      ...state.counters,
      runs: state.counters.runs + 1,
      failures: counted(state.counters.failures, [
        ...run.outcomes,
        ...run.setAside.map(({ trouble: one }) => one),
        ...(run.contact ? run.sourceTroubles : []),
      ]),
    },
  };
}

/** A clock that was set back starts the time anew: what lies ahead of it would hide until then that nothing works. */
function agedFrom<Name extends "lastContact" | "lastSuccess">(
  name: Name,
  state: AgentState,
  now: number,
): Partial<Record<Name, number>> {
  const at = state[name];
  return at === undefined ? {} : ({ [name]: Math.min(at, now) } as Record<Name, number>);
}

/** A source may say "unchanged" about what is in place only once Prometheus has it: else nobody would look again. */
function keptValidators(run: Run): Partial<AgentState> {
  const { validator, state } = run;
  if (validator === undefined || !isProven(run)) return {};
  return { validators: { ...state.validators, [validator.source]: validator.value } };
}

function hashedOf({ place, policy }: Run): Pick<AgentState, "hashed"> {
  const known = policy.names.flatMap((name) => {
    const one = place[name]?.known;
    return one === undefined ? [] : [[name, one] as const];
  });
  return known.length === 0 ? {} : { hashed: Object.fromEntries(known) };
}

function counted(
  before: AgentState["counters"]["failures"],
  troubles: readonly Trouble[],
): AgentState["counters"]["failures"] {
  const after: Partial<Record<Reason, number>> = { ...before };
  for (const reason of new Set(troubles.map(({ reason }) => reason))) after[reason] = (after[reason] ?? 0) + 1;
  return after;
}

function resultOf(
  run: Run,
  exit: AgentExitCode,
  trouble: Trouble | undefined,
  state: AgentState | undefined,
): RunResult {
  const waits = [...run.outcomes, ...run.sourceTroubles].flatMap(({ retryAfter }) => retryAfter ?? []);
  return {
    exit,
    ...(trouble === undefined ? {} : { reason: trouble.reason }),
    message: trouble?.message ?? run.summary,
    ...(trouble?.help === undefined ? {} : { help: trouble.help }),
    ...(trouble?.generation === undefined ? {} : { generation: trouble.generation }),
    ...(waits.length === 0 ? {} : { retryAfter: Math.max(...waits) }),
    ...(exit === 0 && state !== undefined && isSettled({ ...run, state }) ? { isSettled: true } : {}),
    state,
  };
}
