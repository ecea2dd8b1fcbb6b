/** One run at a time on one host, whoever starts it. */
import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { resolve } from "node:path";
import { Failure } from "../failure.ts";
import type { Lock } from "./disk.ts";
import type { Directory } from "./directory.ts";
import { giveToOwner, inside, makeDirectory, within } from "./directory.ts";
import { attempt } from "./errno.ts";
import { LOCK, LOCK_FLAGS, startFlock } from "./flock.ts";
import type { BegunLock } from "./flock.ts";

/**
 * Takes the lock of a state directory, or says at once that another run has it.
 *
 * The lock is flock(2) on `<state>/lock`. Node cannot call that, but flock(1) can, on a file that we opened: the lock
 * belongs to the open file, so it stays when flock(1) has ended, and is gone when we have, however we end. The file
 * itself means nothing and stays. Shell scripts take the same lock with `flock -n 9` and `9<>lock`.
 *
 * @param state path of the state directory; created where it is missing
 * @param begun is taken over where it is the lock of that directory
 * @throws {Failure} `busy` where another run has it; `configuration` where flock(1) is not installed
 */
export async function takeLock(state: string, allowSymlinks = false, begun?: BegunLock): Promise<Lock> {
  const stateDirectory = resolve(state);
  makeDirectory(stateDirectory);
  const opened = within(stateDirectory, allowSymlinks, openLock);
  const isBegun = begun !== undefined && isSameFile(begun.fd, opened);
  const fd = isBegun ? begun.fd : opened;
  if (begun !== undefined) closeSync(isBegun ? opened : begun.fd);
  try {
    // Loaded here, because most commands that only look need neither lock nor processes.
    const { exit } = isBegun ? begun : startFlock(await import("node:child_process"), fd);
    // Whoever waits has other things to do meanwhile.
    if ((await exit) !== 0) await insist(fd, `${stateDirectory}/${LOCK}`);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  let isHeld = true;
  return {
    async release() {
      if (isHeld) closeSync(fd);
      isHeld = false;
    },
  };
}

function isSameFile(left: number, right: number): boolean {
  const [{ dev, ino }, other] = [fstatSync(left), fstatSync(right)];
  return dev === other.dev && ino === other.ino;
}

function openLock(state: Directory): number {
  const path = `${state.path}/${LOCK}`;
  return attempt(`open ${path}`, () => {
    const fd = openSync(inside(state, LOCK), LOCK_FLAGS | constants.O_CREAT, 0o600);
    try {
      if (!fstatSync(fd).isFile())
        throw new Failure("unsafe-path", `${path} is not a file`, { help: "move it away: the next run creates it" });
      giveToOwner(state, path, fd);
      return fd;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  });
}

/** Once more, for what it has to say. */
async function insist(fd: number, path: string): Promise<void> {
  const { spawnSync } = await import("node:child_process");
  const { status, stderr, error } = spawnSync("flock", ["-n", "3"], {
    stdio: ["ignore", "ignore", "pipe", fd],
    encoding: "utf8",
  });
  if (status === 0) return;
  if (error !== undefined && "code" in error && error.code === "ENOENT")
    throw new Failure("configuration", "flock is not installed", {
      help: "install util-linux (or busybox), which has it: without a lock, two runs at once would get in each other's way",
    });
  // Both flock of util-linux and that of busybox say nothing where the lock is taken, and why where it cannot be taken.
  if (status === 1 && stderr === "")
    throw new Failure("busy", "another run of promgen-agent is at work", {
      help: `wait for it to end; it holds ${path}`,
    });
  const [reason = ""] = (stderr ?? "").trim().split("\n");
  throw new Failure("disk", `cannot lock ${path}: ${reason || error?.message || "flock failed"}`, {
    help: "put --state on a file system that knows locks",
  });
}
