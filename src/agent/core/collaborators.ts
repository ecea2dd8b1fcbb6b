/** What a run is given, and what it gives back. */
import type { Clock } from "../clock.ts";
import type { Disk } from "../disk/disk.ts";
import type { AgentExitCode, Reason } from "../failure.ts";
import type { Log } from "../log.ts";
import type { PrometheusServer } from "../prometheus/prometheus.ts";
import type { Source } from "../source/source.ts";
import type { Verifier } from "../trust/signature.ts";
import type { AgentState } from "./state.ts";

/** Everything outside of the core. Whoever made them closes the sources and releases the lock. */
export interface Collaborators {
  readonly clock: Clock;
  readonly log: Log;
  readonly disk: Disk;
  /** As configured, in order: the first fresh one wins. */
  readonly sources: readonly Source[];
  /** Configured means required; undefined where nothing has to be signed. */
  readonly verifier: Verifier | undefined;
  readonly servers: readonly PrometheusServer[];
  /** A digest of this program: what it has checked, it need not check again. Undefined where nobody has computed it. */
  readonly program?: string | undefined;
  /** Aborted where the process was asked to stop: waiting ends, what is begun on disk is finished. */
  readonly signal: AbortSignal;
}

/** How a run ended. */
export interface RunResult {
  readonly exit: AgentExitCode;
  /** Undefined where the exit code is 0. */
  readonly reason?: Reason;
  /** One sentence without secrets. */
  readonly message: string;
  /** What to do, imperative. */
  readonly help?: string;
  /** Seconds that a source asked to wait (`Retry-After`). */
  readonly retryAfter?: number;
  /** The generation that a source has and this host will not take, whatever comes. */
  readonly generation?: number;
  /** Exit code 0, and only what a source has can be new. */
  readonly isSettled?: true;
  /** It was no sync, and leaves alone how the last one ended. */
  readonly isQuiet?: true;
  /** As it was written; undefined where it was not. */
  readonly state: AgentState | undefined;
}
