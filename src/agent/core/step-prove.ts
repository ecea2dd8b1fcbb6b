/** The proof: what each Prometheus server says of what is in place, and what follows from it. */
import type { Expected, Proof } from "../prometheus/prometheus.ts";
import type { Event, Note, Trouble } from "./event.ts";
import { enter } from "./quarantine.ts";
import type { Move, Phase, Policy, Run, Step } from "./run.ts";
import { isWayBack, isEnough, wantsProof } from "./in-place.ts";
import { ending, go, noting, save, turn } from "./run.ts";
import type { AgentState } from "./state.ts";

/** Proves what is in place; the state on disk says first what that is. */
export function proveInPlace(before: Run): Move {
  const run = unconfirmedYet(before);
  if (!wantsProof(run.policy)) return turn(ending(run, nobodyToAsk(run)), { to: "end" });
  if (run.state !== run.saved) return save(run, run.state, { at: "save" });
  return base(run);
}

/** It was confirmed, and now somebody else is asked, or for more. */
function unconfirmedYet(run: Run): Run {
  if (run.state.applied?.confirmedAt === undefined) return run;
  const { confirmedAt: _, ...applied } = run.state.applied;
  return { ...run, state: { ...run.state, applied } };
}

function inPlaceWords({ applied }: AgentState): string {
  return applied === undefined ? "what was there before the agent" : `generation ${applied.generation}`;
}

function nobodyToAsk({ state }: Run): Trouble {
  return {
    reason: "unconfirmed",
    message: `${inPlaceWords(state)} is in place, and no Prometheus is known that could confirm it`,
    help: "name it with --prometheus URL, or say with --no-proof that nobody wants a proof",
  };
}

export function whenSaved(run: Run, event: Event): Step | undefined {
  return event.kind === "saved" ? base(run) : undefined;
}

function base(run: Run): Step {
  return run.baselines === undefined ? go(run, { at: "base-again" }, { kind: "base" }) : prove(run);
}

export function whenBasedAgain(run: Run, event: Event): Step | undefined {
  return event.kind === "based" ? prove({ ...run, baselines: event.baselines }) : undefined;
}

function prove(run: Run): Step {
  const { changed, baselines } = run;
  return go(run, { at: "prove" }, { kind: "prove", files: expectedFiles(run), baselines: baselines ?? [], changed });
}

function expectedFiles({ policy, place, state: { applied } }: Run): readonly Expected[] {
  return policy.names.map((name) => ({
    name,
    path: policy.paths[name] ?? name,
    mtime: (applied === undefined ? place[name]?.mtime : applied.mtimes[name]) ?? 0,
    targets: applied?.targets[name] ?? 0,
    distinct: applied?.distinct[name] ?? 0,
  }));
}

export function whenProved(before: Run, event: Event): Move | undefined {
  if (event.kind !== "proved") return undefined;
  const { proofs } = event;
  const run = withVerdicts(before, proofs);
  const { wait, servers } = run.policy;
  const notes = proofs.map((proof, index) => proofNote(proof, servers[index] ?? "", wait));
  const rejecting = proofs.find(({ verdict }) => verdict === "rejected");
  if (rejecting !== undefined) return noting(rejected(run, rejecting), ...notes);
  const open = proofs.findIndex(({ verdict }) => !isEnough(verdict, wait));
  if (open === -1) return turn(confirmed(run), { to: "end" }, ...notes);
  return turn(ending(run, unconfirmed(run, servers[open] ?? "", proofs[open])), { to: "end" }, ...notes);
}

function withVerdicts(run: Run, proofs: readonly Proof[]): Run {
  const { state, policy, now } = run;
  if (state.applied === undefined) return run;
  const servers = Object.fromEntries(
    proofs.map(({ verdict, message }, index) => [
      policy.servers[index] ?? "",
      { verdict, ...(message === undefined ? {} : { message }), at: now },
    ]),
  );
  return { ...run, state: { ...state, applied: { ...state.applied, servers } } };
}

function confirmed(run: Run): Run {
  const { state, now, restored, summary } = run;
  if (state.applied === undefined) return { ...run, summary: `${summary}, confirmed by Prometheus` };
  const words =
    restored === undefined && summary === "nothing new" ? `generation ${state.applied.generation}` : summary;
  return {
    ...run,
    state: { ...state, applied: { ...state.applied, confirmedAt: now } },
    summary: `${words}, confirmed by Prometheus`,
  };
}

function unconfirmed({ state }: Run, server: string, proof: Proof | undefined): Trouble {
  return {
    reason: "unconfirmed",
    message: `${inPlaceWords(state)} is in place, but ${server} has not confirmed it: ${proof?.message ?? "no answer"}`,
    ...(proof?.help === undefined ? {} : { help: proof.help }),
  };
}

function proofNote({ verdict, rung, message, help, version }: Proof, server: string, wait: Policy["wait"]): Note {
  const level = isEnough(verdict, wait) ? "info" : verdict === "rejected" ? "error" : "warning";
  return {
    level,
    event: verdict,
    message: message ?? `${server} has it`,
    fields: { prometheus: server, rung, version, help },
  };
}

/** Only what a server says about the file itself counts: then what was there before goes back in, once. */
function rejected(run: Run, { message, version }: Proof): Move {
  const what = inPlaceWords(run.state);
  const why = message ?? "it cannot read it";
  if (run.restored === "rejected") return turn(rejectedBoth(run, what, why, version), { to: "end" });
  const next = ending(run, {
    reason: "rejected",
    message: `Prometheus rejects ${what}: ${why}`,
    help: `${maybeUnreadable(run.policy)}publish a generation that this version of Prometheus takes; \`promgen-agent doctor\` says more`,
  });
  return go(next, { at: "revert", prometheus: version }, { kind: "look-last-known-good" });
}

const OTHERS_READ = 0o004;

/** A file that it may not read and one that it cannot read are the same to it. */
function maybeUnreadable({ mode }: Policy): string {
  if ((mode & OTHERS_READ) !== 0) return "";
  return `see whether its user may read a file of mode ${mode.toString(8).padStart(4, "0")} (--mode, --owner); if so, `;
}

/**
 * It is not the content, most likely, and what was rejected first may come again when that is mended. Then it stays: this
 * one is no way back, or they would take turns for ever. Its files may come again with another number.
 */
function rejectedBoth(run: Run, what: string, why: string, version: string | undefined): Run {
  const { kept, now, state } = run;
  const others = state.quarantine.filter((entry) => entry.generation !== state.floor?.generation);
  const next = { ...state, quarantine: others };
  const entry = { reason: "rejected", at: now, ...(version === undefined ? {} : { prometheus: version }) } as const;
  return {
    ...run,
    state: kept === undefined ? next : enter(next, { ...entry, sums: kept.sums, generation: kept.pointer.generation }),
    outcomes: [
      {
        reason: "rejected",
        message: `Prometheus cannot read ${what} either, which was in place before: ${why}`,
        help: "see whether Prometheus may read the file (--mode, --owner), and what `promgen-agent doctor` says",
      },
    ],
  };
}

export function whenReverting(run: Run, { prometheus }: Phase & { at: "revert" }, event: Event): Move | undefined {
  if (event.kind !== "last-known-good") return undefined;
  const { lastKnownGood } = event;
  if (isWayBack(run, lastKnownGood)) return turn(run, { to: "restore", lastKnownGood, why: "rejected", prometheus });
  return turn(
    run,
    { to: "end" },
    {
      level: "error",
      event: "no-last-known-good",
      message: "there is nothing to go back to; Prometheus goes on with what it has in memory until it is restarted",
    },
  );
}
