import { cp, readdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import * as assert from "uvu/assert";
import { build } from "../../src/commands/build.ts";
import { lockedStagingPath } from "../../src/publish/staging-place.ts";
import { describe, notRun } from "../describe.ts";
import { withEnoughTime } from "../stopwatch.ts";
import { CLI, inProcess, readFiles, run, until, withDirectory, writeFiles } from "../workplace.ts";
import { failAt, holdAt, killAt, recordCalls, straceTrouble } from "./strace.ts";
import type { Call } from "./strace.ts";

const ARGS = ["build"];
const STAGING = basename(lockedStagingPath("/dist"));
const OLD = ".dist.promgen-gen-old";

const inventory = (hosts: string): Record<string, string> => ({
  "promgen.yml": "artifacts: [all, services]\n",
  "targets/shards.yml": "shard: a\nservers: [p1]\n",
  "targets/services.yml": `service: s\nshard: a\nprojects:\n  - { name: p, hosts: ["${hosts}"], exporters: [{ job: node, port: 9100 }] }\n`,
});

interface Worked {
  /** An inventory whose dist is of an older one. */
  readonly template: string;
  readonly old: Readonly<Record<string, string>>;
  readonly next: Readonly<Record<string, string>>;
}

/** Makes an inventory that was built, and changes it. */
async function withOldDist<T>(act: (worked: Worked) => Promise<T>): Promise<T> {
  return await withDirectory(inventory("old[1-3].example.com"), async (template) => {
    await buildHere(template);
    const old = await readFiles(join(template, "dist"));
    await writeFiles(template, inventory("new[1-4].example.com"));
    const next = await withDirectory({}, async (directory) => {
      await cp(template, directory, { recursive: true });
      await buildHere(directory);
      return await readFiles(join(directory, "dist"));
    });
    return await act({ template, old, next });
  });
}

/** Does something in a copy of a directory. */
async function inCopy<T>(template: string, act: (directory: string) => Promise<T>): Promise<T> {
  return await withDirectory({}, async (directory) => {
    await cp(template, directory, { recursive: true });
    return await act(directory);
  });
}

async function buildHere(directory: string): Promise<void> {
  const ran = await inProcess(directory, (io) => build(io, { stdout: false, verbose: false }));
  if (ran.exit !== 0) throw new Error(`build ends with ${ran.exit}: ${ran.stderr}`);
}

/** Everything that a build touches, so that strace can look at that alone. */
function pathsOf(directory: string, files: Readonly<Record<string, string>>): string[] {
  const below = new Set([""]);
  for (const file of Object.keys(files))
    for (const [index, step] of [...file].entries()) if (step === "/") below.add(`/${file.slice(0, index)}`);
  for (const file of Object.keys(files)) below.add(`/${file}`);
  return ["dist", STAGING, OLD].flatMap((name) => [...below].map((path) => `${directory}/${name}${path}`));
}

type State = "old" | "new" | "absent";

/** Which generation lies in dist. Anything else than a whole one fails the test. */
async function stateOf(directory: string, worked: Worked, when: string): Promise<State> {
  if ((await readdir(directory)).includes("dist")) return await wholeGeneration(join(directory, "dist"), worked, when);
  // Only between two renames, and then what was there lies beside it.
  await wholeGeneration(join(directory, OLD), worked, when);
  return "absent";
}

async function wholeGeneration(path: string, { old, next }: Worked, when: string): Promise<"old" | "new"> {
  const files = await readFiles(path);
  const state = isEqual(files, old) ? "old" : isEqual(files, next) ? "new" : undefined;
  assert.ok(state, `neither old nor new ${when}: ${Object.keys(files).sort().join(" ")}`);
  return state ?? "old";
}

function isEqual(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(files: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
}

async function inParallel<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const work = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await act(item);
  };
  await Promise.all([work(), work(), work()]);
}

/** The calls of a build in a copy of a directory. */
async function callsIn(template: string, worked: Worked): Promise<Call[]> {
  return await inCopy(
    template,
    async (directory) => await recordCalls(directory, pathsOf(directory, worked.next), ARGS),
  );
}

async function kill(directory: string, worked: Worked, call: Call): Promise<void> {
  await killAt(directory, pathsOf(directory, worked.next), ARGS, call);
}

/** After a build that went well: the new generation, and nothing beside it. */
async function assertRecovers(directory: string, worked: Worked, when: string): Promise<void> {
  await buildHere(directory);
  assert.is(await stateOf(directory, worked, `built after ${when}`), "new");
  assert.equal((await readdir(directory)).sort(), ["dist", "promgen.yml", "targets"], `built after ${when}`);
}

const trouble = await straceTrouble();
if (trouble === undefined) {
  describe("a build that is killed", (it) => {
    it("leaves the old artifacts or the new ones, whatever it was about to do", async () => {
      await withOldDist(async (worked) => {
        const calls = await callsIn(worked.template, worked);
        const states: string[] = [];
        await inParallel(calls, async (call) => {
          await inCopy(worked.template, async (directory) => {
            await kill(directory, worked, call);
            states.push(await stateOf(directory, worked, `killed at ${call.text}`));
            await assertRecovers(directory, worked, `killed at ${call.text}`);
          });
        });
        const count = (state: State): number => states.filter((one) => one === state).length;
        assert.ok(
          calls.length > 40 && count("old") > 20 && count("new") > 10,
          `${calls.length} calls: ${states.join(" ")}`,
        );
        assert.is(count("absent"), 1);
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
        for (const before of first) {
          await inCopy(worked.template, async (damaged) => {
            await kill(damaged, worked, before);
            const changes = (await callsIn(damaged, worked)).filter(({ name }) =>
              /^(rename|rmdir|unlink|mkdir)/.test(name),
            );
            // Removals are many and alike.
            const chosen = changes.filter(({ name }, index) => name.startsWith("rename") || index % 4 === 0);
            await inParallel(chosen, async (call) => {
              await inCopy(damaged, async (directory) => {
                await kill(directory, worked, call);
                const when = `killed at ${before.text}, then at ${call.text}`;
                await stateOf(directory, worked, when);
                await assertRecovers(directory, worked, when);
              });
            });
          });
        }
      });
    });

    it("leaves nothing that is taken for artifacts when the new ones are thrown away", async () => {
      await withOldDist(async (worked) => {
        const calls = await callsIn(worked.template, worked);
        const removals = calls.filter(({ name }) => /unlink|rmdir/.test(name));
        await inParallel(
          removals.filter((_, index) => index % 3 === 1),
          async (call) => {
            await inCopy(worked.template, async (directory) => {
              await kill(directory, worked, call);
              await rm(join(directory, "dist"), { recursive: true });
              await assertRecovers(directory, worked, `killed at ${call.text} and dist removed`);
            });
          },
        );
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
