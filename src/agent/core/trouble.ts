/** What was thrown, as a value. */
import { Failure } from "../failure.ts";
import type { Log } from "../log.ts";
import { SignatureFailure } from "../trust/signature.ts";
import type { Trouble } from "./event.ts";

const STOPPED: Trouble = {
  reason: "unreachable",
  message: "the run was asked to stop before it was done",
  help: "the next one goes on from there",
};

/** Anything but a {@link Failure} is a bug of ours, unless it is only how something that was told to stop has stopped. */
export function troubleOf(error: unknown, signal?: AbortSignal): Trouble {
  if (error instanceof Failure) return ofFailure(error);
  if (signal?.aborted === true) return signal.reason instanceof Failure ? ofFailure(signal.reason) : STOPPED;
  return {
    reason: "bug",
    message: `a bug of promgen-agent: ${error instanceof Error ? error.message : String(error)}`,
    help: "report it with the lines of the log before this one",
  };
}

function ofFailure(failure: Failure): Trouble {
  const { reason, message, help, retryAfter } = failure;
  const mayHeal =
    reason === "digest" ||
    reason === "inconsistent" ||
    (failure instanceof SignatureFailure && failure.trouble === "mismatch");
  return {
    reason,
    message,
    ...(help === undefined ? {} : { help }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(mayHeal ? { mayHeal } : {}),
  };
}

/** The stack of what is our bug, for the report; people do not see it at the usual level. */
export function logBug(log: Log, error: unknown): void {
  if (error instanceof Failure) return;
  log.write("debug", "bug", error instanceof Error ? (error.stack ?? error.message) : String(error));
}
