/** The agent's disk on full disks and odd mounts. */
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe, notRun } from "../describe.ts";
import { run } from "../workplace.ts";
import { NEW, order, withOld } from "./disk-host.ts";
import type { Order, Outcome } from "./disk-deeds.ts";

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
