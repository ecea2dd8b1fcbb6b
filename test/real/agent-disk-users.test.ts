/** The agent's disk where it belongs to several users, and many runs at once. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { chmod, chown, lstat, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { takeLock } from "../../src/agent/disk/lock.ts";
import { AGENT_EXIT } from "../../src/agent/failure.ts";
import { describe, notRun } from "../describe.ts";
import { run, withDirectory } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { NEW, OLD, inPlace, install, obey, order, outcomeOf, unfinished, withOld, withProgram } from "./disk-host.ts";
import type { Order } from "./disk-deeds.ts";

const USER = 54_321;
const GROUP = 54_322;
const SHARED = 54_323;

if (process.getuid?.() === 0) {
  /** Runs the program as somebody who is not root. */
  const asUser = async (program: string, what: Order): Promise<Ran> =>
    await obey(program, what, ["setpriv", `--reuid=${USER}`, `--regid=${GROUP}`, `--groups=${SHARED}`, "--"]);

  /** A place that belongs to that user, with the old generation. */
  const withUser = async (act: (directory: string, program: string) => Promise<void>): Promise<void> => {
    await withProgram(async (program) => {
      await withDirectory({}, async (directory) => {
        await chmod(directory, 0o755);
        for (const name of ["watched", "state"]) {
          await mkdir(join(directory, name));
          await chown(join(directory, name), USER, GROUP);
        }
        assert.is((await asUser(program, order(directory, OLD))).exit, 0);
        await act(directory, program);
      });
    });
  };

  describe("an agent that is not root", (it) => {
    it("takes over from root, who ran it once by hand", async () => {
      await withUser(async (directory, program) => {
        await rm(join(directory, "state/lock"));
        await rm(join(directory, "state/last-known-good"), { recursive: true, force: true });
        await install(order(directory, NEW));
        assert.is((await asUser(program, order(directory, OLD))).exit, 0);
        assert.equal(await inPlace(directory), ["old", "old"]);
        assert.is((await lstat(join(directory, "watched/targets.json"))).uid, USER);
      });
    });

    for (const name of ["watched", "watched/.promgen-agent", "state"]) {
      it(`may not write to ${name}: the old targets stay, and it is said where`, async () => {
        await withUser(async (directory, program) => {
          await chown(join(directory, name), 0, 0);
          await chmod(join(directory, name), 0o755);
          if (name === "watched") await rm(join(directory, "watched/.promgen-agent"), { recursive: true });
          const outcome = outcomeOf(await asUser(program, order(directory, NEW)));
          assert.is(outcome.reason, "permission", outcome.message);
          assert.match(outcome.message ?? "", join(directory, name));
          assert.equal(await inPlace(directory), ["old", "old"]);
        });
      });
    }

    it("leaves a file that is root's to everybody who may read it", async () => {
      await withUser(async (directory, program) => {
        await chown(join(directory, "watched/targets.json"), 0, 0);
        assert.is((await asUser(program, order(directory, NEW))).exit, 0);
        const { uid, mode } = await lstat(join(directory, "watched/targets.json"));
        assert.equal([uid, mode & 0o7777], [USER, 0o644]);
      });
    });

    it("leaves a file that only a group may read to that group, or does not replace it", async () => {
      await withUser(async (directory, program) => {
        const targets = join(directory, "watched/targets.json");
        await chown(targets, 0, SHARED);
        assert.is((await asUser(program, order(directory, NEW, { mode: 0o640 }))).exit, 0);
        const { uid, gid, mode } = await lstat(targets);
        assert.equal([uid, gid, mode & 0o7777], [USER, SHARED, 0o640]);
        await chown(targets, 0, 0);
        await chmod(targets, 0o644);
        const outcome = outcomeOf(await asUser(program, order(directory, OLD, { mode: 0o640 })));
        assert.is(outcome.reason, "permission");
        assert.match(outcome.help ?? "", "--owner");
        assert.equal(await inPlace(directory), ["new", "new"]);
        assert.equal(await unfinished(directory), []);
      });
    });

    it("does not replace the file where it may not give it to the owner that was asked for", async () => {
      await withUser(async (directory, program) => {
        const owner = { owner: { uid: 1234, gid: 1234 } };
        const outcome = outcomeOf(await asUser(program, order(directory, NEW, owner)));
        assert.is(outcome.reason, "permission");
        assert.equal(await inPlace(directory), ["old", "old"]);
      });
    });
  });

  const immutable = await withDirectory({ file: "" }, async (directory) => {
    // tmpfs does not know it in older kernels, and a container may lack the capability.
    const ran = await run(directory, ["sh", "-c", "chattr +i file && chattr -i file"]);
    return ran.exit === 0 ? undefined : ran.stderr.trim();
  });
  if (immutable !== undefined) notRun("the agent and files that are immutable", immutable);
  else
    describe("what is immutable", (it) => {
      for (const path of ["watched/targets.json", "watched", "watched/.promgen-agent", "state"])
        it(`stays, and how to find that out is said; once it is not, the next run is well: ${path}`, async () => {
          await withOld(async (directory, program) => {
            const at = join(directory, path);
            assert.is((await run("/", ["chattr", "+i", at])).exit, 0);
            try {
              const ran = await obey(program, order(directory, NEW));
              const outcome = outcomeOf(ran);
              assert.is(ran.exit, AGENT_EXIT.disk);
              assert.is(outcome.reason, "permission", outcome.message);
              assert.match(outcome.message ?? "", at);
              assert.match(outcome.help ?? "", "lsattr");
              assert.equal(await inPlace(directory), ["old", "old"]);
            } finally {
              await run("/", ["chattr", "-i", at]);
            }
            await install(order(directory, NEW));
            assert.equal(await inPlace(directory), ["new", "new"]);
            assert.equal(await unfinished(directory), []);
          });
        });
    });
} else notRun("the agent as another user", "only root can become one");

describe("many runs at once", (it) => {
  it("one of twenty works, nineteen say that they are busy, and the lock is free right after a kill", async () => {
    await withProgram(async (program) => {
      await withDirectory({}, async (directory) => {
        const runs = Array.from({ length: 20 }, () => start(program, order(directory, { deed: "lock", seconds: 60 })));
        try {
          const ends = runs.map(async (one) => await ended(one));
          await Promise.race([Promise.all(ends), allBut(ends, 19)]);
          const alive = runs.filter(({ exitCode }) => exitCode === null);
          assert.is(alive.length, 1);
          const codes = runs.filter((one) => !alive.includes(one)).map(({ exitCode }) => exitCode);
          assert.ok(
            codes.every((code) => code === AGENT_EXIT.busy),
            codes.join(" "),
          );
          alive[0]?.kill("SIGKILL");
          await Promise.all(ends);
          await (await takeLock(join(directory, "state"))).release();
        } finally {
          for (const one of runs) one.kill("SIGKILL");
        }
      });
    });
  });
});

function start(program: string, what: Order): ChildProcess {
  return spawn(process.execPath, [program, JSON.stringify(what)], { stdio: "ignore" });
}

async function ended(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve) => child.once("exit", () => resolve()));
}

/** Resolves when so many of these have. */
async function allBut(all: readonly Promise<void>[], count: number): Promise<void> {
  await new Promise<void>((resolve) => {
    let done = 0;
    for (const one of all)
      void one.then(() => {
        if (++done === count) resolve();
      });
  });
}
