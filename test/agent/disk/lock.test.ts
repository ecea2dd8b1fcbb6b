import * as processes from "node:child_process";
import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { lstat, mkdir, readFile, rename, symlink } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { beginLock, startFlock } from "../../../src/agent/disk/flock.ts";
import { takeLock } from "../../../src/agent/disk/lock.ts";
import { describe } from "../../describe.ts";
import { run, withDirectory } from "../../workplace.ts";
import { reasonOf } from "./place.ts";

describe("the lock", (it) => {
  it("is had by one at a time, again when it was released, and makes its directory", async () => {
    await withDirectory({}, async (directory) => {
      const state = join(directory, "deep/state");
      const first = await takeLock(state);
      assert.is(await reasonOf(() => takeLock(state)), "busy");
      await first.release();
      await first.release();
      const second = await takeLock(state);
      assert.is(await reasonOf(() => takeLock(state)), "busy");
      await second.release();
    });
  });

  it("is the same one that shell scripts take with flock(1)", async () => {
    await withDirectory({}, async (directory) => {
      const held = await takeLock(directory);
      const script = 'exec 9<>"$0/lock"; flock -n 9';
      assert.is((await run("/", ["sh", "-c", script, directory])).exit, 1);
      await held.release();
      assert.is((await run("/", ["sh", "-c", script, directory])).exit, 0);
      const shell = spawn("flock", [join(directory, "lock"), "sh", "-c", "echo held; read _"]);
      try {
        await new Promise((resolve) => shell.stdout.once("data", resolve));
        assert.is(await reasonOf(() => takeLock(directory)), "busy");
      } finally {
        shell.stdin.end();
        await new Promise((resolve) => shell.once("close", resolve));
      }
      await (await takeLock(directory)).release();
    });
  });

  it("is not passed on to programs that are started meanwhile", async () => {
    await withDirectory({}, async (directory) => {
      const held = await takeLock(directory);
      const child = spawn("sleep", ["60"], { stdio: "ignore" });
      try {
        await held.release();
        await (await takeLock(directory)).release();
      } finally {
        child.kill("SIGKILL");
        await new Promise((resolve) => child.once("close", resolve));
      }
    });
  });

  it("can be begun beforehand, and is the same one then", async () => {
    await withDirectory({}, async (directory) => {
      const begin = () => beginLock(directory, () => processes);
      // Whoever comes first makes the file.
      assert.is(begin(), undefined);
      await (await takeLock(directory)).release();

      const early = begin();
      assert.is(await early?.exit, 0);
      assert.is(await reasonOf(() => takeLock(directory)), "busy");
      const held = await takeLock(directory, false, early);
      assert.is(await reasonOf(() => takeLock(directory, false, begin())), "busy");
      await held.release();
      // Nothing is left open that would keep it.
      await (await takeLock(directory, false, begin())).release();
      await (await takeLock(directory)).release();
    });
  });

  it("is not the one that was begun on another file", async () => {
    await withDirectory({ old: "" }, async (directory) => {
      const early = startFlock(processes, openSync(join(directory, "old"), "r+"));
      const held = await takeLock(directory, false, early);
      assert.is(await reasonOf(() => takeLock(directory)), "busy");
      assert.is((await run("/", ["flock", "-n", join(directory, "old"), "true"])).exit, 0);
      await held.release();
      const linked = startFlock(processes, openSync(join(directory, "lock"), "r+"));
      await symlink(directory, join(directory, "link"));
      assert.is(await reasonOf(() => takeLock(join(directory, "link"), false, linked)), "unsafe-path");
    });
  });

  it("says what is wrong where flock(1) could not be started beforehand", async () => {
    await withDirectory({ lock: "" }, async (directory) => {
      const broken = {
        spawn: () => {
          throw new Error("no more processes");
        },
      };
      const early = beginLock(directory, () => broken);
      assert.match(String(await early?.exit), "no more processes");
      // Once more, and it can be.
      await (await takeLock(directory, false, early)).release();
    });
  });

  it("is nobody's when a file is left of earlier days, whatever it holds", async () => {
    await withDirectory({ lock: "12345\n" }, async (directory) => {
      await (await takeLock(directory)).release();
      assert.is(await readFile(join(directory, "lock"), "utf8"), "12345\n");
    });
  });

  it("is not taken through a symbolic link, nor on something that is no file", async () => {
    await withDirectory({ victim: "precious" }, async (directory) => {
      const state = join(directory, "state");
      await mkdir(state);
      await symlink(join(directory, "victim"), join(state, "lock"));
      assert.is(await reasonOf(() => takeLock(state)), "unsafe-path");
      await rename(join(state, "lock"), join(state, "link"));
      await symlink(join(directory, "absent"), join(state, "lock"));
      assert.is(await reasonOf(() => takeLock(state)), "unsafe-path");
      assert.is(await lstat(join(directory, "absent")).then(String, () => "absent"), "absent");
      await rename(join(state, "lock"), join(state, "other-link"));
      assert.is((await run(state, ["mkfifo", "lock"])).exit, 0);
      assert.is(await reasonOf(() => takeLock(state)), "unsafe-path");
      await rename(join(state, "lock"), join(state, "pipe"));
      await mkdir(join(state, "lock"));
      assert.is(await reasonOf(() => takeLock(state)), "unsafe-path");
      await symlink(state, join(directory, "linked"));
      assert.is(await reasonOf(() => takeLock(join(directory, "linked"))), "unsafe-path");
      assert.is(await readFile(join(directory, "victim"), "utf8"), "precious");
    });
  });
});
