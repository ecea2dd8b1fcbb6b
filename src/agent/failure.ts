/** Why a run of the agent could not do what was asked: a closed list, which logs, metrics and exit codes share. */

/** Exit codes of promgen-agent. They are part of the contract with cron, systemd and scripts. */
export const AGENT_EXIT = {
  /** Confirmed by Prometheus, or nothing new. */
  ok: 0,
  /** Wrong usage or configuration. */
  usage: 2,
  /** In place, but no Prometheus has proven that it was loaded. */
  unconfirmed: 3,
  /** Not swapped: too much would vanish, or an operator holds it. */
  held: 4,
  /** Not swapped: signature, digest, replay, unknown or wrong shard, not valid, rejected by Prometheus. */
  refused: 5,
  /** No source answered, or a cache in between mixes generations. The old targets stay in place. */
  unreachable: 6,
  /** The local disk or its permissions. */
  disk: 7,
  /** No source was reached for `--max-age`. The old targets stay in place. */
  stale: 8,
  /** A bug of ours. */
  bug: 70,
  /** Another run is at work. */
  busy: 75,
} as const;

export type AgentExitCode = (typeof AGENT_EXIT)[keyof typeof AGENT_EXIT];

/** Each reason and the exit code that it ends a run with. */
export const REASONS = {
  configuration: AGENT_EXIT.usage,
  /** No proof in time: Prometheus down, starting, hanging, refusing credentials, or another instance. */
  unconfirmed: AGENT_EXIT.unconfirmed,
  /** The guard: more would vanish than `--max-removed-percent`, or all of it. */
  removed: AGENT_EXIT.held,
  /** `hold` is in force and something newer waits. */
  hold: AGENT_EXIT.held,
  signature: AGENT_EXIT.refused,
  /** Bytes that do not fit the SHA256SUMS, for longer than caches may take. */
  digest: AGENT_EXIT.refused,
  /** A SHA256SUMS that cannot be read as one. */
  pointer: AGENT_EXIT.refused,
  /** A format newer than this agent: upgrade. */
  format: AGENT_EXIT.refused,
  /** An older generation than the one in place. */
  replay: AGENT_EXIT.refused,
  /** The generation in place, with other bytes. */
  equivocation: AGENT_EXIT.refused,
  "unknown-shard": AGENT_EXIT.refused,
  "wrong-shard": AGENT_EXIT.refused,
  "wrong-repository": AGENT_EXIT.refused,
  /** Prometheus would not load it, or would drop some of it. */
  invalid: AGENT_EXIT.refused,
  "too-large": AGENT_EXIT.refused,
  /** Prometheus rejected this file; the last known good one is back in place. */
  rejected: AGENT_EXIT.refused,
  /** Rejected or rolled back earlier. */
  quarantined: AGENT_EXIT.refused,
  /** The state is lost and cannot be rebuilt: `--bootstrap` is asked for. */
  bootstrap: AGENT_EXIT.refused,
  /** A redirect that must not be followed. */
  redirect: AGENT_EXIT.refused,
  unreachable: AGENT_EXIT.unreachable,
  /** The source refuses the credentials. */
  unauthorized: AGENT_EXIT.unreachable,
  /** 429, or a rate limit of GitHub. */
  throttled: AGENT_EXIT.unreachable,
  /** SHA256SUMS and files of different generations. */
  inconsistent: AGENT_EXIT.unreachable,
  "disk-full": AGENT_EXIT.disk,
  permission: AGENT_EXIT.disk,
  /** A symbolic link, a directory that others may write, a device: not a safe place for targets. */
  "unsafe-path": AGENT_EXIT.disk,
  disk: AGENT_EXIT.disk,
  stale: AGENT_EXIT.stale,
  bug: AGENT_EXIT.bug,
  busy: AGENT_EXIT.busy,
} as const satisfies Readonly<Record<string, AgentExitCode>>;

export type Reason = keyof typeof REASONS;

/** Thrown by what touches the world; becomes an event of the run, a log line, a metric and an exit code. */
export class Failure extends Error {
  readonly reason: Reason;
  /** What to do, imperative. */
  readonly help: string | undefined;
  /** Seconds that the other side asks us to wait, where it does (`Retry-After`). */
  readonly retryAfter: number | undefined;

  /** @param message one sentence without secrets: credentials and the user part of URLs are left out by who throws */
  constructor(reason: Reason, message: string, more: { help?: string; retryAfter?: number; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "Failure";
    this.reason = reason;
    this.help = more.help;
    this.retryAfter = more.retryAfter;
  }
}

/** Which of several exit codes a run ends with: the one that an operator must see first. */
const PRECEDENCE: readonly AgentExitCode[] = [70, 2, 7, 5, 8, 6, 4, 3, 75, 0];

/** The exit code that wins. An empty list is 0. */
export function worst(codes: readonly AgentExitCode[]): AgentExitCode {
  return PRECEDENCE.find((code) => codes.includes(code)) ?? AGENT_EXIT.ok;
}
