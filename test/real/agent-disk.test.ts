/**
 * The agent's disk against real kernels: errors injected into every call that changes a file, disks that are full, other
 * users, mounts, races and locks.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { chmod, chown, cp, lstat, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import * as assert from "uvu/assert";
import type { PlaceConfig } from "../../src/agent/config.ts";
import { takeLock } from "../../src/agent/disk/lock.ts";
import { AGENT_EXIT } from "../../src/agent/failure.ts";
import type { Reason } from "../../src/agent/failure.ts";
import { describe, notRun } from "../describe.ts";
import { readFiles, ROOT, run, withDirectory } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import type { Order, Outcome } from "./disk-program.ts";
import { failAt, inPairs, record, show, straceTrouble } from "./killing.ts";
import type { Call, Subject } from "./killing.ts";

const OLD = { targets: "old targets", urls: "old urls" };
const NEW = { targets: "new targets, more of them", urls: "new urls" };

/** The directories of a place below one directory, and the program at work there. */
function order(directory: string, rest: Partial<Order> = {}, place: Partial<PlaceConfig> = {}): Order {
  const paths = { targets: join(directory, "watched/targets.json"), urls: join(directory, "watched/urls.json") };
  const whole = { ...paths, state: join(directory, "state"), mode: 0o644, allowSymlinks: false, ...place };
  return { place: whole, deed: "install", ...rest };
}

/** Bundles the program that does on disk what a run does, and removes it afterwards. */
async function withProgram<T>(act: (program: string) => Promise<T>): Promise<T> {
  return await withDirectory({}, async (directory) => {
    const program = join(directory, "program.cjs");
    const entryPoints = [join(ROOT, "test/real/disk-program.ts")];
    await build({ entryPoints, bundle: true, platform: "node", format: "cjs", outfile: program, logLevel: "silent" });
    // Other users run it, too.
    await chmod(directory, 0o755);
    return await act(program);
  });
}

/** The program and a place where the old generation is installed. */
async function withOld<T>(act: (directory: string, program: string) => Promise<T>): Promise<T> {
  return await withProgram(async (program) => {
    return await withDirectory({}, async (directory) => {
      await install(program, order(directory, OLD));
      return await act(directory, program);
    });
  });
}

async function install(program: string, what: Order): Promise<void> {
  const ran = await obey(program, what);
  if (ran.exit !== 0) throw new Error(`${ran.exit}: ${ran.stdout} ${ran.stderr}`);
}

/** Runs the program, if need be by way of another one. */
async function obey(program: string, what: Order, by: readonly string[] = []): Promise<Ran> {
  return await run("/", [...by, process.execPath, program, JSON.stringify(what)]);
}

function outcomeOf(ran: Ran, when = ""): Outcome {
  assert.ok(ran.stdout.startsWith("{"), `${when}: ${ran.exit} ${ran.signal} ${ran.stderr}`);
  return JSON.parse(ran.stdout) as Outcome;
}

/** What lies in place, by the names of the generations. */
async function inPlace(directory: string): Promise<string[]> {
  const texts = ["targets", "urls"].map(async (name) => {
    const text = await readFile(join(directory, `watched/${name}.json`), "utf8").catch(() => "absent");
    return text.replace(/ .*/, "");
  });
  return await Promise.all(texts);
}

/** Names of unfinished files and directories. */
async function unfinished(directory: string): Promise<string[]> {
  return (await readdir(directory, { recursive: true })).filter((name) => /\.new(\/|$)|\.old(\/|$)/.test(name));
}

/** What may go wrong with a call, and how the run ends then. */
const ERRORS: Readonly<Record<string, Readonly<Record<string, Reason>>>> = {
  openat: {
    EACCES: "permission",
    EROFS: "permission",
    EMFILE: "disk",
    ENOSPC: "disk-full",
    EDQUOT: "disk-full",
    EIO: "disk",
  },
  mkdir: { EROFS: "permission", ENOSPC: "disk-full", EACCES: "permission" },
  write: { ENOSPC: "disk-full", EIO: "disk", EDQUOT: "disk-full" },
  fchmod: { EPERM: "permission", EROFS: "permission" },
  utimensat: { EPERM: "permission", EROFS: "permission" },
  fsync: { EIO: "disk", ENOSPC: "disk-full", EDQUOT: "disk-full" },
  rename: { EXDEV: "disk", EROFS: "permission", ENOSPC: "disk-full", EACCES: "permission", EIO: "disk" },
  unlink: { EACCES: "permission", EIO: "disk" },
  rmdir: { EACCES: "permission" },
};

/** Tidying up: whether it works does not matter to this run, and the next one tries again. */
function isTidying({ name, paths: [path = ""] }: Call): boolean {
  return (name === "unlink" || name === "rmdir") && path.includes("last-known-good.old");
}

const trouble = await straceTrouble();
if (trouble === undefined) {
  describe("an update on a disk that fails", (it) => {
    it("ends with the reason at whatever call it happens, whole files in place, nothing left, and the next run is well", async () => {
      await withOld(async (template, program) => {
        const subject: Subject = {
          template,
          command: (directory) => [process.execPath, program, JSON.stringify(order(directory, NEW))],
        };
        const calls = (await record(subject)).filter(({ paths }) => paths[0] !== "state/lock");
        const firstSwap = calls.findIndex(({ paths }) => paths.at(-1) === "watched/targets.json");
        assert.ok(firstSwap > 0);
        const met = new Map<string, number>();
        const cases = calls.flatMap((call, index) => {
          const all = Object.entries(ERRORS[call.name] ?? {});
          // Each call fails once, with the next error in turn; so each error is met with calls of its kind.
          const turn = met.get(call.name) ?? 0;
          met.set(call.name, turn + 1);
          return all
            .slice(turn % all.length, (turn % all.length) + 1)
            .map(([errno, reason]) => ({ call, index, errno, reason }));
        });
        assert.is(cases.length, calls.length, "a call that no error was thought of for");
        await inPairs(cases, async ({ call, index, errno, reason }) => {
          const when = `${errno} at ${show(call)}`;
          await failAt(subject, call, errno, async (directory, ran, after) => {
            const outcome = outcomeOf(ran, when);
            if (isTidying(call)) assert.is(ran.exit, 0, `${when}: ${outcome.message}`);
            else {
              assert.is(outcome.reason, reason, `${when}: ${outcome.message}`);
              assert.is(ran.exit, AGENT_EXIT.disk, when);
              assert.match(outcome.message ?? "", `(${errno})`, when);
              assert.ok(outcome.help, when);
            }
            const lying = await inPlace(directory);
            for (const text of lying) assert.match(text, /^(old|new)$/, when);
            if (index < firstSwap) assert.equal(lying, ["old", "old"], when);
            if (!isTidying(call)) assert.equal(await unfinished(directory), [], when);
            if (call.name === "fsync" && errno === "EIO" && call.paths[0]?.endsWith(".new") === true)
              assertPoisoned(call.paths[0], after, when);
            await install(program, order(directory, NEW));
            assert.equal(await inPlace(directory), ["new", "new"], when);
            assert.equal(await unfinished(directory), [], when);
          });
        });
      });
    });

    it("goes on where a call was only interrupted", async () => {
      await withOld(async (template, program) => {
        const command = (directory: string): string[] => [
          process.execPath,
          program,
          JSON.stringify(order(directory, NEW)),
        ];
        const subject: Subject = { template, command };
        const calls = await record(subject);
        const firsts = ["openat", "write", "fsync", "rename", "mkdir"].map((name) =>
          calls.find((call) => call.name === name && call.paths[0] !== "state/lock"),
        );
        await inPairs(firsts, async (call) => {
          assert.ok(call);
          await failAt(subject, call, "EINTR", async (directory, ran) => {
            assert.is(ran.exit, 0, `${show(call)}: ${ran.stdout}`);
            assert.equal(await inPlace(directory), ["new", "new"], show(call));
          });
        });
      });
    });
  });
} else notRun("errors of the disk under the agent", trouble);

/** A file that could not be synced is deleted, and nothing else is done with it. */
function assertPoisoned(path: string, after: readonly Call[], when: string): void {
  // A file in a directory that is thrown away goes with it.
  const touched = after.filter(({ paths }) => paths.includes(path)).map(({ name }) => name);
  assert.ok(
    touched.every((name) => name === "unlink" || name === "rmdir"),
    `${when}, then ${touched.join(" ")}`,
  );
}

const mountTrouble =
  (await run("/", ["unshare", "-rm", "true"]).catch(() => undefined))?.exit === 0
    ? undefined
    : "unshare is not allowed here";
if (mountTrouble === undefined) {
  /** Mounts something, runs the program and then a look at what it left; all in a world of its own. */
  const mounted = async (
    mount: string,
    program: string,
    what: Order,
    look: string,
  ): Promise<{ outcome: Outcome; seen: string }> => {
    const script = `${mount}\n"$@" || true\necho\n${look}`;
    const ran = await run("/", [
      "unshare",
      "-rm",
      "sh",
      "-ec",
      script,
      "sh",
      process.execPath,
      program,
      JSON.stringify(what),
    ]);
    const [first = "", ...seen] = ran.stdout.split("\n");
    assert.ok(first.startsWith("{"), `${ran.stdout} ${ran.stderr}`);
    return { outcome: JSON.parse(first) as Outcome, seen: seen.join("\n").trim() };
  };

  describe("the mounts of a host", (it) => {
    for (const full of ["watched", "state"]) {
      it(`a ${full} directory on a disk of 16 KiB is full: the old targets stay, and it is said`, async () => {
        await withOld(async (directory, program) => {
          const at = join(directory, full);
          const size = "x".repeat(20_000);
          const mount = `cp -a ${at} ${at}.copy; mount -t tmpfs -o size=16k,mode=755 none ${at}; cp -a ${at}.copy/. ${at}`;
          const look = `cat ${directory}/watched/targets.json; ls -A ${directory}/watched/.promgen-agent ${directory}/state`;
          const big = order(directory, { targets: size, urls: size });
          const { outcome, seen } = await mounted(mount, program, big, look);
          assert.is(outcome.reason, "disk-full", outcome.message);
          assert.match(seen, /^old targets/);
          assert.not.match(seen, /\.new$/m);
          // The next run says so before it fetches anything.
          const asked = await mounted(mount.replace(/^.*?; /, ""), program, { ...big, reserve: 40_000 }, look);
          assert.is(asked.outcome.reason, "disk-full");
          assert.match(asked.outcome.message ?? "", /bytes are free/);
        });
      });
    }

    it("a read-only one is said to be that", async () => {
      await withOld(async (directory, program) => {
        const at = join(directory, "watched");
        const mount = `mount --bind ${at} ${at}; mount -o remount,bind,ro ${at}`;
        const { outcome, seen } = await mounted(mount, program, order(directory, NEW), `cat ${at}/targets.json`);
        assert.is(outcome.reason, "permission");
        assert.match(outcome.help ?? "", "ReadWritePaths=");
        assert.is(seen, "old targets");
      });
    });

    it("a targets.json that is a mount of its own cannot be replaced, and is not written to", async () => {
      await withOld(async (directory, program) => {
        const at = join(directory, "watched/targets.json");
        const { outcome, seen } = await mounted(
          `mount --bind ${at} ${at}`,
          program,
          order(directory, NEW),
          `cat ${at}`,
        );
        assert.is(outcome.reason, "disk");
        assert.match(outcome.help ?? "", "mount its directory");
        assert.is(seen, "old targets");
      });
    });

    it("staging on another file system is never made up for by copying", async () => {
      await withOld(async (directory, program) => {
        const at = join(directory, "watched/.promgen-agent");
        const mount = `mount -t tmpfs -o mode=700 none ${at}`;
        const look = `cat ${directory}/watched/targets.json; ls -A ${at}`;
        const { outcome, seen } = await mounted(mount, program, order(directory, NEW), look);
        assert.is(outcome.reason, "disk");
        assert.match(outcome.message ?? "", "(EXDEV)");
        assert.is(seen, "old targets");
      });
    });
  });
} else notRun("the agent on full and odd mounts", mountTrouble);

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
        await install(program, order(directory, NEW));
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

  describe("a file that is immutable", (it) => {
    it("stays, and how to find that out is said", async () => {
      await withOld(async (directory, program) => {
        const targets = join(directory, "watched/targets.json");
        // tmpfs does not know it in older kernels: then there is nothing to fear either.
        if ((await run("/", ["chattr", "+i", targets])).exit !== 0) return;
        try {
          const outcome = outcomeOf(await obey(program, order(directory, NEW)));
          assert.is(outcome.reason, "permission");
          assert.match(outcome.help ?? "", "lsattr");
          assert.equal(await inPlace(directory), ["old", "old"]);
        } finally {
          await run("/", ["chattr", "-i", targets]);
        }
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

/** Swaps a path and a symbolic link to the victim as fast as it can, until it is killed. */
const SWAPPER = `
const { renameSync, symlinkSync, unlinkSync } = require("node:fs");
const [, path, victim] = process.argv;
const attempt = (act) => { try { act(); } catch {} };
process.stdout.write("swapping");
for (let turn = 0; ; turn++) {
  // Names of their own each time: the agent may have made, moved or removed anything meanwhile.
  const [real, link] = [path + ".real" + turn, path + ".link" + turn];
  attempt(() => symlinkSync(victim, link));
  attempt(() => renameSync(path, real));
  attempt(() => renameSync(link, path));
  attempt(() => unlinkSync(path));
  attempt(() => renameSync(real, path));
}`;

describe("symbolic links that come and go while the agent works", (it) => {
  for (const path of ["watched", "watched/.promgen-agent", "watched/targets.json", "state", "state/last-known-good"]) {
    it(`in the place of ${path} never lead it to write, create or delete anything elsewhere`, async () => {
      await withProgram(async (program) => {
        // In memory: the more tries in a second, the better.
        const directory = await mkdtemp("/dev/shm/promgen-gen-test-");
        try {
          await install(program, order(directory, OLD));
          await install(program, order(directory, OLD));
          const victim = join(directory, "victim");
          await makeVictim(directory, victim);
          const before = await snapshot(victim);
          const to = path.endsWith(".json") ? join(victim, "targets.json") : victim;
          const swapper = spawn(process.execPath, ["-e", SWAPPER, join(directory, path), to], {
            stdio: ["ignore", "pipe", "ignore"],
          });
          try {
            await new Promise((resolve) => swapper.stdout.once("data", resolve));
            const ran = await obey(program, order(directory, { ...NEW, deed: "race", seconds: 0.6 }));
            const { ends = {} } = outcomeOf(ran, path);
            const tries = Object.values(ends).reduce((sum, count) => sum + count, 0);
            const known = ["installed", "unsafe-path", "disk", "permission"];
            assert.ok(tries > 20, JSON.stringify(ends));
            assert.equal(
              Object.keys(ends).filter((how) => !known.includes(how)),
              [],
              JSON.stringify(ends),
            );
            assert.ok((ends["unsafe-path"] ?? 0) > 0, `the race never met the link: ${JSON.stringify(ends)}`);
          } finally {
            swapper.kill("SIGKILL");
          }
          assert.equal(await snapshot(victim), before);
        } finally {
          await rm(directory, { recursive: true, force: true });
        }
      });
    });
  }
});

/** A directory with files of every name that the agent uses, all of them somebody else's. */
async function makeVictim(directory: string, victim: string): Promise<void> {
  await cp(join(directory, "state"), victim, { recursive: true });
  for (const name of ["watched", "watched/.promgen-agent", "state/last-known-good"])
    for (const file of await readdir(join(directory, name), { withFileTypes: true }))
      if (file.isFile()) await cp(join(directory, name, file.name), join(victim, file.name));
  for (const name of ["targets.1.new", "state.json.1.new", "SHA256SUMS.1.new", ".promgen-agent-nudge.1.new"])
    await writeFile(join(victim, name), "precious");
}

/** Everything below a directory with content, mode and times. */
async function snapshot(directory: string): Promise<unknown> {
  const files = await readFiles(directory);
  const names = (await readdir(directory, { recursive: true })).sort();
  const facts = names.map(async (name) => {
    const { mode, uid, mtimeMs, ino } = await lstat(join(directory, name));
    return [name, mode, uid, mtimeMs, ino];
  });
  return { files, facts: await Promise.all(facts) };
}
