/** One run at a time on one host, whoever starts it. */
import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { resolve } from "node:path";
import { Failure } from "../failure.ts";
import type { Lock } from "./disk.ts";
import type { Directory } from "./directory.ts";
import { giveToOwner, inside, makeDirectory, within } from "./directory.ts";
import { attempt } from "./errno.ts";

const NAME = "lock";

/**
 * Takes the lock of a state directory, or says at once that another run has it.
 *
 * The lock is flock(2) on `<state>/lock`. Node cannot call that, but flock(1) can, on a file that we opened: the lock
 * belongs to the open file, so it stays when flock(1) has ended, and is gone when we have, however we end. The file
 * itself means nothing and stays. Shell scripts take the same lock with `flock -n 9` and `9<>lock`.
 *
 * @param state path of the state directory; created where it is missing
 * @throws {Failure} `busy` where another run has it; `configuration` where flock(1) is not installed
 */
export async function takeLock(state: string, allowSymlinks = false): Promise<Lock> {
  const stateDirectory = resolve(state);
  makeDirectory(stateDirectory);
  const fd = within(stateDirectory, allowSymlinks, openLock);
  try {
    await flock(fd, `${stateDirectory}/${NAME}`);
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

function openLock(state: Directory): number {
  const path = `${state.path}/${NAME}`;
  return attempt(`open ${path}`, () => {
    // For writing, too: NFS gives exclusive locks on nothing else.
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const fd = openSync(inside(state, NAME), flags, 0o600);
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

async function flock(fd: number, path: string): Promise<void> {
  // Loaded here, because most commands that only look need neither lock nor processes.
  const { spawn, spawnSync } = await import("node:child_process");
  // Whoever waits has other things to do meanwhile.
  const exit = await new Promise((resolve) =>
    spawn("flock", ["-n", "3"], { stdio: ["ignore", "ignore", "ignore", fd] })
      .on("error", resolve)
      .on("exit", resolve),
  );
  if (exit === 0) return;
  // Once more, for what it has to say.
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
