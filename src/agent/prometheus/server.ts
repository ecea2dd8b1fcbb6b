/** What proofs, reloads and comparisons of one server share. */
import type { Clock } from "../clock.ts";
import type { PrometheusConfig } from "../config.ts";
import type { Inquiry, Look } from "./inquiry.ts";
import { NoAnswer } from "./no-answer.ts";
import type { Pace } from "./pace.ts";
import type { Baseline, Expected, Proof } from "./prometheus.ts";
import { isSamePath } from "./seen-path.ts";

export interface Server {
  readonly inquiry: Inquiry;
  readonly config: PrometheusConfig;
  readonly clock: Clock;
  readonly pace: Pace;
}

/** As often as a trouble that only people can end must be seen before the waiting ends. */
const LASTING_TIMES = 3;

/**
 * Looks at a server again and again, until `judge` has a proof, the signal ends it, or there is a trouble that waiting does
 * not end. `judge` can ask for a quick next look by calling `hurry`.
 *
 * @param otherwise why there is no proof, by what was last seen
 */
export async function watch(
  { inquiry, clock, pace }: Server,
  signal: AbortSignal,
  judge: (look: Look, hurry: () => void) => Promise<Proof | undefined>,
  otherwise: () => Proof,
): Promise<Proof> {
  let trouble: NoAnswer | undefined;
  let lasting = 0;
  let isSeen = false;
  let wait = pace.shortest;
  while (!signal.aborted) {
    try {
      const proof = await judge(await inquiry.look(signal), () => (wait = pace.shortest));
      if (proof !== undefined) return proof;
      trouble = undefined;
      isSeen = true;
      lasting = 0;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      // A request that the signal broke off says nothing about the server, unless that is all we have.
      if (!signal.aborted || (trouble === undefined && !isSeen)) trouble = error;
      lasting = error.isLasting ? lasting + 1 : 0;
      if (lasting === LASTING_TIMES) break;
    }
    await clock.sleep(wait, signal);
    wait = Math.min(wait * 2, pace.longest);
  }
  if (trouble === undefined) return otherwise();
  return unconfirmed(trouble.message, trouble.help);
}

export function unconfirmed(message: string, help?: string, version?: string): Proof {
  return {
    verdict: "unconfirmed",
    rung: 2,
    message,
    ...(help === undefined ? {} : { help }),
    ...(version === undefined ? {} : { version }),
  };
}

/** Whether the counters of the baseline still run. Start times have a hundredth of a second. */
export function isSameProcess(before: Pick<Baseline, "startTime"> | undefined, look: Look): boolean {
  return before?.startTime !== undefined && before.startTime === look.startTime;
}

/** How a server calls files. It is asked for its working directory only where it uses relative paths. */
export class Names {
  readonly #inquiry: Inquiry;
  #cwd: { readonly startTime: number | undefined; readonly path: string | undefined } | undefined;

  constructor(inquiry: Inquiry) {
    this.#inquiry = inquiry;
  }

  /** Learns what is needed to understand these names. */
  async learn(names: Iterable<string>, startTime: number | undefined, signal: AbortSignal): Promise<void> {
    if (this.#cwd !== undefined && this.#cwd.startTime === startTime) return;
    if ([...names].every((name) => name.startsWith("/"))) return;
    this.#cwd = { startTime, path: await this.#inquiry.workingDirectory(signal) };
  }

  get cwd(): string | undefined {
    return this.#cwd?.path;
  }

  /** The mtime that a server has of a file; undefined where it has none. */
  mtime(look: Look, { path }: Expected): number | undefined {
    const direct = look.mtimes.get(path);
    if (direct !== undefined) return direct;
    for (const [name, mtime] of look.mtimes) if (isSamePath(name, path, this.cwd)) return mtime;
    return undefined;
  }
}
