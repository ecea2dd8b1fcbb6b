/** flock(2) by flock(1), which a run may begin before it knows all that it needs the lock for. */
import { constants, openSync } from "node:fs";

/** The file of the lock, below the state directory. */
export const LOCK = "lock";

/** For writing, too: NFS gives exclusive locks on nothing else. */
export const LOCK_FLAGS = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A lock that somebody is about to take. */
export interface BegunLock {
  readonly fd: number;
  /** Exit code of flock(1), or why there is none. */
  readonly exit: Promise<unknown>;
}

/** node:child_process, which takes milliseconds to load. */
type Processes = Pick<typeof import("node:child_process"), "spawn">;
export type LoadProcesses = () => Processes;

/** Takes the lock on a file that is open, unless somebody has it. */
export function startFlock({ spawn }: Processes, fd: number): BegunLock {
  const exit = new Promise((resolve) =>
    spawn("flock", ["-n", "3"], { stdio: ["ignore", "ignore", "ignore", fd] })
      .on("error", resolve)
      .on("exit", resolve),
  );
  return { fd, exit: exit.catch((error: unknown) => error) };
}

/**
 * Begins to take the lock of a state directory that is as the last run left it. Undefined where that cannot be: takeLock of
 * lock.ts has the words for it, and looks whether it is the right file.
 */
export function beginLock(state: string, load: LoadProcesses): BegunLock | undefined {
  try {
    return startFlock(load(), openSync(`${state}/${LOCK}`, LOCK_FLAGS));
  } catch {
    return undefined;
  }
}
