/** The agent's disk against real kernels: errors injected into every call that changes a file, full disks, odd mounts. */
import { join } from "node:path";
import * as assert from "uvu/assert";
import { AGENT_EXIT } from "../../src/agent/failure.ts";
import type { Reason } from "../../src/agent/failure.ts";
import { describe, notRun } from "../describe.ts";
import { run } from "../workplace.ts";
import { NEW, inPlace, install, order, outcomeOf, unfinished, withOld } from "./disk-host.ts";
import type { Order, Outcome } from "./disk-program.ts";
import { failAt, inPairs, record, show, straceTrouble } from "./killing.ts";
import type { Call, Subject } from "./killing.ts";

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
