/** A publisher that dies: the branch is where it was, or at the whole new generation. */
import { chmod, mkdir, readdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import * as assert from "uvu/assert";
import { verify } from "../../src/commands/verify.ts";
import { describe } from "../describe.ts";
import { commit, countGenerations, publishFrom, SHOP, web, withInventory } from "../publish/inventory-repository.ts";
import { environment, git, inProcess, runCli, writeFiles } from "../workplace.ts";

const REBUILD = { allowedSigners: undefined, identity: undefined, rebuild: true };

/** Where a publisher dies: the command of git that it has just done, or is about to do. */
const MOMENTS = [
  ["after", "hash-object"],
  ["after", "write-tree"],
  ["after", "commit-tree"],
  ["before", "update-ref"],
  ["after", "update-ref"],
] as const;

/** A git that kills who called it, before it does what it was asked for or, by these words, after it. */
const killing = (after: string): string => `#!/bin/sh
PATH=\${PATH#*:}
[ "$KILL_WHEN" = before ] && case " $* " in *" $KILL_AT "*) kill -KILL $PPID; exit 1 ;; esac
git "$@"
code=$?
[ "$KILL_WHEN" = after ] && case " $* " in *" $KILL_AT "*) ${after} ;; esac
exit $code
`;
const KILLER = killing("kill -KILL $PPID");
/** The caller sleeps until the signal and the end of this git both wait for it. */
const TOGETHER = killing(
  "kill -STOP $PPID; kill -KILL $PPID; (sleep 0.3; kill -CONT $PPID) </dev/null >/dev/null 2>&1 &",
);

const SIGNAL_AT_REMOVAL = `
const fs = require("node:fs");
const { rmSync } = fs;
fs.rmSync = (path, options) => {
  rmSync(path, options);
  if (/promgen-gen-[^/]*$/.test(path)) process.kill(process.pid, "SIGTERM");
};
`;

describe("a publisher that is killed", (it) => {
  it("leaves the old generation or the new one, and the next one goes on", async () => {
    await withInventory(SHOP, async (repository) => {
      const tools = join(repository, "../tools");
      await writeFiles(tools, { git: KILLER });
      await chmod(join(tools, "git"), 0o755);
      const temporary = join(repository, "../tmp");
      await mkdir(temporary);
      const env = { TMPDIR: temporary, PATH: [tools, environment(repository)["PATH"]].join(delimiter) };
      assert.is((await runCli(repository, ["publish"], env)).exit, 0);
      let hosts = 20;
      for (const [KILL_WHEN, KILL_AT] of MOMENTS) {
        await commit(repository, { "targets/web.yml": web(++hosts) });
        const before = await git(repository, "rev-parse", "artifacts");
        const count = await countGenerations(repository);
        const killed = await runCli(repository, ["publish"], { ...env, KILL_AT, KILL_WHEN });
        assert.is(killed.signal, "SIGKILL", `${KILL_WHEN} ${KILL_AT}: ${killed.exit} ${killed.stderr}`);
        const isDone = KILL_AT === "update-ref" && KILL_WHEN === "after";
        assert.is(await countGenerations(repository), isDone ? count + 1 : count);
        if (!isDone) assert.is(await git(repository, "rev-parse", "artifacts"), before);
        assert.is(await git(repository, "fsck", "--strict", "--no-dangling"), "");
        assert.is(await git(repository, "status", "--porcelain"), "");
        const verified = await inProcess(
          repository,
          async (io) => await verify({ ...io, env: environment(repository) }, "artifacts", REBUILD),
        );
        assert.is(verified.exit, 0, verified.stdout);
        const next = await publishFrom(repository, {}, { now: 3600 });
        assert.is(next.exit, 0, next.stderr);
        assert.match(next.stdout, isDone ? "nothing changed" : "1 of 2 shards changed");
        assert.is(await countGenerations(repository), count + 1);
      }
    });
  });

  for (const [when, killer] of Object.entries({ "": KILLER, ", also together with the end of a git": TOGETHER }))
    it(`takes its temporary files along where a signal asks it to end${when}`, async () => {
      await withInventory(SHOP, async (repository) => {
        const tools = join(repository, "../tools");
        await writeFiles(tools, { git: killer.replaceAll("-KILL", "-$SIGNAL") });
        await chmod(join(tools, "git"), 0o755);
        const temporary = join(repository, "../tmp");
        await mkdir(temporary);
        const env = {
          TMPDIR: temporary,
          PATH: [tools, environment(repository)["PATH"]].join(delimiter),
          KILL_WHEN: "after",
        };
        // What is done about a signal is the same for each, whatever else happens then.
        const ends = (killer === KILLER ? ["TERM", "INT", "HUP"] : ["TERM"]).flatMap((SIGNAL) =>
          // After the last of these, nothing temporary is needed any more.
          ["hash-object", "commit-tree"].map((KILL_AT) => ({ SIGNAL, KILL_AT })),
        );
        for (const [index, { SIGNAL, KILL_AT }] of ends.entries()) {
          await commit(repository, { "targets/web.yml": web(20 + index) });
          const count = await countGenerations(repository);
          const ran = await runCli(repository, ["publish"], { ...env, SIGNAL, KILL_AT });
          assert.equal(await readdir(temporary), []);
          // What moves the branch may be at work already when we hear of the signal, and ends what it does.
          const isDone = KILL_AT === "commit-tree" && (await countGenerations(repository)) > count;
          // After a stop, the kernel may tell any thread; on a busy machine, that one may get to it after all is done.
          const isLate = killer === TOGETHER && isDone && ran.exit === 0;
          const isEnded = ran.signal === `SIG${SIGNAL}`;
          assert.ok(isEnded || isLate, `SIG${SIGNAL} after ${KILL_AT}: ${ran.exit} ${ran.stderr}`);
          assert.is(await countGenerations(repository), isDone ? count + 1 : count);
        }
      });
    });

  it("hears of a signal that comes while it removes the last of its temporary files", async () => {
    await withInventory(SHOP, async (repository) => {
      const files = join(repository, "..");
      await writeFiles(files, { "signal.cjs": SIGNAL_AT_REMOVAL });
      const ran = await runCli(repository, ["publish"], { NODE_OPTIONS: `--require ${join(files, "signal.cjs")}` });
      assert.is(ran.signal, "SIGTERM", `${ran.exit} ${ran.stderr}`);
      assert.is(await countGenerations(repository), 1);
    });
  });
});
