/** A directory for what nobody else may see, and for what nobody needs afterwards. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Io } from "../io.ts";
import { attempt } from "./attempt.ts";

/** Git makes a handful of files there. */
const MOST_TRIES = 100;

/**
 * Makes a directory that only this user can enter, and removes it: also where a signal ends the process, SIGKILL aside.
 *
 * Throws EnvironmentError where it cannot be made.
 */
export async function withPrivateDirectory<T>(io: Io, act: (directory: string) => Promise<T>): Promise<T> {
  // Git is started somewhere else than this program.
  const parent = resolve(tmpdir());
  const directory = attempt(
    `make a temporary directory in ${parent}`,
    () => mkdtempSync(join(parent, "promgen-gen-")),
    { ENOENT: "name a directory that is there in TMPDIR" },
  );
  const remove = (): void => removeBusy(directory);
  const takeBack = io.beforeEnd?.(remove);
  try {
    return await act(directory);
  } finally {
    remove();
    takeBack?.();
  }
}

/** A git that is at work may put something into a directory whose content was just removed; into one that is gone it cannot. */
function removeBusy(directory: string): void {
  for (let tries = 1; ; tries++) {
    try {
      return rmSync(directory, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOTEMPTY" || tries === MOST_TRIES) throw error;
    }
  }
}
