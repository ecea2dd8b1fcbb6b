import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { build } from "../../src/commands/build.ts";
import { describe, notRun } from "../describe.ts";
import { withEnoughTime } from "../stopwatch.ts";
import { inCopy, CLI, inProcess, run, until } from "../workplace.ts";
import {
  ARGS,
  STAGING,
  assertRecovers,
  callsIn,
  inParallel,
  kill,
  leftIn,
  pathsOf,
  stateOf,
  whenStopped,
  withOldDist,
} from "./killed-dist.ts";
import type { State } from "./killed-dist.ts";
import { failAt, holdAt, straceTrouble } from "./strace.ts";
import type { Call } from "./strace.ts";

const trouble = await straceTrouble();
if (trouble === undefined) {
  describe("a build that is killed", (it) => {
    it("leaves the old artifacts or the new ones, whatever it was about to do", async () => {
      await withOldDist(async (worked) => {
        await whenStopped(
          worked.template,
          worked,
          () => true,
          async ({ calls, left, states }, copies) => {
            const chosen = calls.filter(({ name }, index) => name.startsWith("rename") || index % 8 === 0);
            await inParallel(chosen, async (call) => {
              await inCopy(worked.template, async (directory) => {
                await kill(directory, worked, call);
                assert.is(leftIn(directory), left[calls.indexOf(call)], `killed at ${call.text}`);
                await stateOf(directory, worked, `killed at ${call.text}`);
                await assertRecovers(directory, worked, `killed at ${call.text}`);
              });
            });
            for (const { directory, when } of copies.values()) await assertRecovers(directory, worked, when);
            const count = (state: State): number => states.filter((one) => one === state).length;
            assert.ok(
              calls.length > 40 && count("old") > 20 && count("new") > 10,
              `${calls.length} calls: ${states.join(" ")}`,
            );
            assert.is(count("absent"), 1);
          },
        );
      });
    });

    it("is made good by the next one, even where that is killed, too", async () => {
      await withOldDist(async (worked) => {
        const calls = await callsIn(worked.template, worked);
        const renames = calls.filter(({ name }) => name.startsWith("rename"));
        const writes = calls.filter(({ name }) => /write/.test(name));
        const removals = calls.filter(({ name }) => /unlink/.test(name));
        const first = [renames[1], writes.at(-2), removals[1], removals.at(-2)].filter((call) => call !== undefined);
        assert.is(first.length, 4);
        const mended = new Set<string>();
        const isNew = (what: string): boolean => !mended.has(what);
        for (const before of first) {
          await inCopy(worked.template, async (damaged) => {
            await kill(damaged, worked, before);
            await whenStopped(damaged, worked, isNew, async ({ calls: again, left }, copies) => {
              const rename = again.find(({ name }) => name.startsWith("rename"));
              assert.ok(rename);
              await inCopy(damaged, async (directory) => {
                await kill(directory, worked, rename);
                assert.is(
                  leftIn(directory),
                  left[again.indexOf(rename)],
                  `killed at ${before.text}, then at ${rename.text}`,
                );
              });
              for (const [what, { directory, when }] of copies) {
                await assertRecovers(directory, worked, `killed at ${before.text}, then ${when}`);
                mended.add(what);
              }
            });
          });
        }
      });
    });

    it("leaves nothing that is taken for artifacts when the new ones are thrown away", async () => {
      await withOldDist(async (worked) => {
        const isLate = (_what: string, when: string): boolean => /unlink|rmdir/.test(when);
        await whenStopped(worked.template, worked, isLate, async (_stopped, copies) => {
          assert.ok(copies.size > 10, `${copies.size} kinds`);
          for (const { directory, when } of copies.values()) {
            await rm(join(directory, "dist"), { recursive: true });
            await assertRecovers(directory, worked, `${when} and dist removed`);
          }
        });
      });
    });
  });

  describe("a build on a disk that fails", (it) => {
    it("keeps the old artifacts, says why, and leaves nothing beside them", async () => {
      await withOldDist(async (worked) => {
        const calls = await callsIn(worked.template, worked);
        const swap = calls.findIndex(
          ({ name, text }) => name.startsWith("rename") && /-new-\w+", .*"\/dist"/.test(text),
        );
        const before = calls
          .slice(0, swap + 1)
          .filter(({ name, text }) => name !== "openat" || text.includes("O_CREAT"));
        const cases = before.flatMap((call, index) => {
          const errno = /write/.test(call.name)
            ? index % 2 === 0
              ? "ENOSPC"
              : "EIO"
            : index % 2 === 0
              ? "EACCES"
              : "ENOSPC";
          // `mkdir -p` asks first, and goes on where the answer is that it is there.
          return call.text.includes("EEXIST") ? [] : [{ call, errno }];
        });
        assert.ok(cases.length > 20, `${cases.length} cases`);
        await inParallel(cases, async ({ call, errno }) => {
          await inCopy(worked.template, async (directory) => {
            const ran = await failAt(directory, pathsOf(directory, worked.next), ARGS, call, errno);
            const when = `${errno} at ${call.text}`;
            assert.is(ran.exit, 2, `${when}: ${ran.stderr}`);
            assert.match(ran.stderr, errno, when);
            assert.is(await stateOf(directory, worked, when), "old", when);
            assert.equal((await readdir(directory)).sort(), ["dist", "promgen.yml", "targets"], when);
          });
        });
      });
    });

    it("has the new artifacts in place where only the old ones could not be removed, and cleans up next time", async () => {
      await withOldDist(async (worked) => {
        const calls = await callsIn(worked.template, worked);
        const removals = calls.filter(({ name }) => /^(unlink|rmdir)/.test(name));
        await inParallel(
          removals.filter((_, index) => index % 5 === 2),
          async (call) => {
            await inCopy(worked.template, async (directory) => {
              const ran = await failAt(directory, pathsOf(directory, worked.next), ARGS, call, "EACCES");
              const when = `EACCES at ${call.text}`;
              assert.is(await stateOf(directory, worked, when), "new", when);
              if (ran.exit !== 0) assert.match(ran.stderr, /EACCES/, when);
              await assertRecovers(directory, worked, when);
            });
          },
        );
      });
    });
  });

  describe("two builds at once", (it) => {
    it("the second is refused while the first is at work, and the first ends well", async () => {
      await withOldDist(async (worked) => {
        const calls = await callsIn(worked.template, worked);
        const write = calls.find(({ name }) => /write/.test(name));
        assert.ok(write);
        await withEnoughTime(2, async (seconds) => {
          await inCopy(worked.template, async (directory) => {
            const first = holdAt(directory, pathsOf(directory, worked.next), ARGS, write, seconds);
            await until("it is staged", async () => (await readdir(directory)).includes(STAGING));
            const second = await inProcess(directory, (io) => build(io, { stdout: false, verbose: false })).then(
              () => "went well",
              (error: unknown) => String(error),
            );
            assert.match(second, /another build is writing/);
            const ran = await first;
            assert.is(ran.exit, 0, ran.stderr);
            assert.is(await stateOf(directory, worked, "after both"), "new");
            await assertRecovers(directory, worked, "both");
          });
        });
      });
    });
  });

  if ((await run("/", ["unshare", "-rn", "true"]).catch(() => undefined))?.exit === 0)
    describe("two builds in two network namespaces, which do not see one another's locks", (it) => {
      it("one wins with all that it wrote, and the other says so, whenever the first was held up", async () => {
        await withOldDist(async (worked) => {
          const calls = await callsIn(worked.template, worked);
          const renames = calls.filter(({ name, text }) => name.startsWith("rename") && !text.includes("ENOENT"));
          const late = [calls.find(({ name }) => /write/.test(name)), ...renames.slice(0, 2)];
          assert.is(late.filter((call) => call !== undefined).length, 3);
          const replacedWhileHeld = async (call: Call, seconds: number): Promise<void> =>
            await inCopy(worked.template, async (directory) => {
              const first = holdAt(directory, pathsOf(directory, worked.next), ARGS, call, seconds);
              await until("staged", async () => (await readdir(directory)).includes(STAGING));
              // It is held in what it does next.
              await new Promise((done) => setTimeout(done, 500));
              const second = await run(directory, ["unshare", "-rn", process.execPath, CLI, ...ARGS]);
              assert.is(second.exit, 0, `${call.text}: ${second.stderr}`);
              const { ino } = await stat(join(directory, "dist"));
              const ran = await first;
              assert.is(ran.exit, 2, `${call.text}: ${ran.stderr}`);
              assert.match(ran.stderr, /(somebody else has replaced|cannot replace) .*\n.*run this again/);
              assert.is((await stat(join(directory, "dist"))).ino, ino, call.text);
              assert.is(await stateOf(directory, worked, call.text), "new");
              await assertRecovers(directory, worked, call.text);
            });
          await inParallel(late, async (call) => {
            if (call !== undefined) await withEnoughTime(2, async (seconds) => await replacedWhileHeld(call, seconds));
          });
        });
      });
    });
  else notRun("two builds in two network namespaces", "unshare -rn is not allowed here");
} else notRun("builds that are killed, that fail, two at once", trouble);
