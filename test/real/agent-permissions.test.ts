/**
 * Whose the files are, and who may read them: with a Prometheus of another user, what counts is that it has read them.
 */
import { chmod, chown, lstat, mkdir, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { AGENT_EXIT } from "../../src/agent/failure.ts";
import { readAgentState } from "../../src/agent/core/state-file.ts";
import { describe, notRun } from "../describe.ts";
import { ROOT, isInstalled, run, withDirectory } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { addresses, publish } from "./artifacts.ts";
import { withHost } from "./host.ts";
import type { Host } from "./host.ts";
import { parallel } from "./parallel.ts";
import { installed } from "./prometheus.ts";
import { active } from "./proofs.ts";

/** Of Prometheus. The agent is root. */
const USER = 54_321;
const AGENT = join(ROOT, "lib/promgen-agent.cjs");

interface Place {
  readonly prometheus: Host;
  /** Publishes a generation with so many targets: the bytes of both files. */
  readonly publish: (generation: number, count: number) => Promise<{ targets: string; urls: string }>;
  readonly sync: (options?: readonly string[], by?: readonly string[]) => Promise<Ran>;
  readonly doctor: () => Promise<Ran>;
  readonly inPlace: () => Promise<string>;
}

const trouble = process.getuid?.() === 0 ? undefined : "only root can start Prometheus as another user";
const [release] = trouble === undefined ? await installed("the agent beside a Prometheus of another user") : [];
if (trouble !== undefined) notRun("the agent beside a Prometheus of another user", trouble);
const hasAcl = (await isInstalled("setfacl")) && (await knowsAcl());
if (!hasAcl) notRun("the agent in a directory with access control lists", "setfacl, or a file system that knows them");

/** Whether the file system of temporary directories does. */
async function knowsAcl(): Promise<boolean> {
  return await withDirectory({}, async (directory) => {
    return (await run(directory, ["setfacl", "-m", `d:u:${USER}:r`, "."])).exit === 0;
  });
}

if (release !== undefined) {
  const server = release;
  /** A Prometheus of another user, and an agent for it. */
  const withOther = async (act: (place: Place) => Promise<void>): Promise<void> => {
    const other = `chmod 755 . && chown -R ${USER} data && exec setpriv --reuid=${USER} --regid=${USER} --clear-groups -- "$@"`;
    await withHost(server, { through: ["sh", "-c", other, "sh"] }, async (prometheus) => {
      const at = (path: string): string => join(prometheus.directory, path);
      await mkdir(at("site"));
      const places = ["--targets", prometheus.targetsPath, "--state", at("state")];
      const from = ["--source", `file://${at("site")}`, "--shard", "tokyo-a", "--prometheus", prometheus.url];
      const line = (verb: string): string[] => [process.execPath, AGENT, verb, ...places, ...from];
      const inPlace = async (): Promise<string> => await readFile(prometheus.targetsPath, "utf8").catch(() => "");
      await act({
        prometheus,
        publish: async (generation, count) =>
          await publish(at("site"), { generation, targets: addresses(count), repository: "https://git.example.com/x" }),
        sync: async (options = [], by = []) => {
          const ran = await run(prometheus.directory, [...by, ...line("sync"), ...options]);
          await assertWhole(prometheus);
          return ran;
        },
        doctor: async () => await run(prometheus.directory, line("doctor")),
        inPlace,
      });
    });
  };

  describe(`the agent beside a Prometheus ${server.name} of another user`, (alone) => {
    const it = parallel()(alone);

    it("makes what it may read, whatever the umask", async () => {
      await withOther(async ({ publish, sync, inPlace, prometheus }) => {
        const umask = ["sh", "-c", 'umask 077; exec "$@"', "sh"];
        for (const [generation, count] of [
          [7, 3],
          [8, 5],
        ] as const) {
          const { targets } = await publish(generation, count);
          const ran = await sync([], umask);
          assert.is(ran.exit, 0, ran.stderr);
          assert.is(await inPlace(), targets);
        }
        assert.is((await lstat(prometheus.targetsPath)).mode & 0o7777, 0o644);
      });
    });

    it("goes by the group of a directory with the setgid bit, and is read by it alone", async () => {
      await withOther(async ({ publish, sync, inPlace, prometheus }) => {
        const watched = join(prometheus.directory, "promgen");
        await chown(watched, 0, USER);
        await chmod(watched, 0o2750);
        for (const generation of [7, 8]) {
          const { targets } = await publish(generation, generation);
          const ran = await sync(["--mode", "0640"]);
          assert.is(ran.exit, 0, ran.stderr);
          assert.is(await inPlace(), targets);
          const { uid, gid, mode } = await lstat(prometheus.targetsPath);
          assert.equal([uid, gid, mode & 0o7777], [0, USER, 0o640]);
        }
      });
    });

    if (hasAcl)
      it("keeps to what the directory's list gives to Prometheus alone", async () => {
        await withOther(async ({ publish, sync, inPlace, prometheus }) => {
          const watched = join(prometheus.directory, "promgen");
          await chmod(watched, 0o750);
          const lists = ["-m", `u:${USER}:rx,d:u:${USER}:r`];
          assert.is((await run("/", ["setfacl", ...lists, watched])).exit, 0);
          for (const generation of [7, 8]) {
            const { targets } = await publish(generation, generation);
            const ran = await sync(["--mode", "0640"]);
            assert.is(ran.exit, 0, ran.stderr);
            assert.is(await inPlace(), targets);
          }
        });
      });

    it("leaves a file to the user whose it was", async () => {
      await withOther(async ({ publish, sync, prometheus }) => {
        await publish(7, 3);
        assert.is((await sync()).exit, 0);
        await chown(prometheus.targetsPath, USER, USER);
        await publish(8, 4);
        // Nobody else may read it now.
        const ran = await sync(["--mode", "0600"]);
        assert.is(ran.exit, 0, ran.stderr);
        const { uid, gid, mode } = await lstat(prometheus.targetsPath);
        assert.equal([uid, gid, mode & 0o7777], [USER, USER, 0o600]);
      });
    });

    it("says which option is wrong where Prometheus may not read the first file, and is well once that is put right", async () => {
      await withOther(async ({ publish, sync, inPlace }) => {
        const { targets } = await publish(7, 3);
        const ran = await sync(["--mode", "0600"]);
        assert.is(ran.exit, AGENT_EXIT.refused, ran.stderr);
        assert.match(ran.stderr, /help="see whether its user may read a file of mode 0600 \(--mode, --owner\)/);
        assert.is(await inPlace(), targets);
        const mended = await sync();
        assert.is(mended.exit, 0, mended.stderr);
        assert.is(await inPlace(), targets);
        await assertQuiet(sync);
      });
    });

    it("says so where it may not read the next file, keeps the old targets, and takes the new ones once that is put right", async () => {
      await withOther(async ({ publish, sync, inPlace, prometheus }) => {
        const old = await publish(7, 3);
        assert.is((await sync(["--wait", "active"])).exit, 0);
        const next = await publish(8, 5);
        const ran = await sync(["--mode", "0600"]);
        assert.is(ran.exit, AGENT_EXIT.refused, ran.stderr);
        assert.match(ran.stderr.trimEnd().split("\n").at(-1) ?? "", "(--mode, --owner)");
        assert.is(await inPlace(), old.targets);
        assert.is(await active(prometheus), 3);
        const mended = await sync();
        assert.is(mended.exit, 0, mended.stderr);
        assert.is(await inPlace(), next.targets);
        await assertQuiet(sync);
      });
    });

    it("says that a directory above is closed to Prometheus by what Prometheus says: it reads no such file", async () => {
      await withOther(async ({ publish, sync, doctor, prometheus }) => {
        await publish(7, 3);
        const watched = join(prometheus.directory, "promgen");
        await chmod(watched, 0o700);
        const ran = await sync(["--proof-timeout", "2s"]);
        assert.is(ran.exit, AGENT_EXIT.unconfirmed, ran.stderr);
        assert.match((await doctor()).stdout, `${watched} (owner 0:0, mode 0700)`);
        await chmod(watched, 0o755);
        await prometheus.restart();
        const mended = await sync();
        assert.is(mended.exit, 0, mended.stderr);
      });
    });
  });
}

/** Nothing new: one quiet run. */
async function assertQuiet(sync: Place["sync"]): Promise<void> {
  const { exit, stderr } = await sync();
  assert.equal([exit, stderr], [0, ""]);
}

/** What holds whatever happened. */
async function assertWhole({ directory }: Host): Promise<void> {
  const names = await readdir(join(directory, "promgen"));
  assert.equal(
    names.filter((name) => /\.(json|ya?ml)$/.test(name)),
    ["targets.json"],
  );
  assert.equal(
    (await readdir(join(directory, "promgen/.promgen-agent"))).filter((name) => !name.startsWith("SHA256SUMS")),
    [],
  );
  assert.is.not(readAgentState(await readFile(join(directory, "state/state.json"))), "damaged");
}
