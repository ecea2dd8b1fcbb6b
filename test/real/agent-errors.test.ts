/**
 * Every error that a disk can answer with, at every single call by which promgen-agent changes a file: the old file stays as
 * it is or the new one is whole, the run says which error it was and where, and the next one ends what was begun.
 */
import { lstat, mkdir, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { AgentState } from "../../src/agent/core/state.ts";
import { AGENT_EXIT } from "../../src/agent/failure.ts";
import type { Reason } from "../../src/agent/failure.ts";
import { describe, notRun } from "../describe.ts";
import { readFiles } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { unfinished } from "./disk-host.ts";
import { assertConverged, assertWhole, boundaries, command, killingTrouble, withHosts } from "./killed-hosts.ts";
import type { Hosts } from "./killed-hosts.ts";
import { failAt, inPairs, show } from "./killing.ts";
import type { Call, Subject } from "./killing.ts";

/** What a call may fail with, and how the run ends then. Interrupted calls are made again. */
const ERRORS: Readonly<Record<string, Reason | undefined>> = {
  ENOSPC: "disk-full",
  EDQUOT: "disk-full",
  EIO: "disk",
  EMFILE: "disk",
  EROFS: "permission",
  EACCES: "permission",
  EINTR: undefined,
};
/** Of some calls alone. */
const MORE: Readonly<Record<string, Readonly<Record<string, Reason>>>> = {
  rename: { EXDEV: "disk", EPERM: "permission", EBUSY: "disk" },
  fchmod: { EPERM: "permission" },
  utimensat: { EPERM: "permission" },
};

/** Every error at every call. */
function casesOf(calls: readonly Call[]): readonly { call: Call; errno: string; reason: Reason | undefined }[] {
  return calls.flatMap((call) =>
    Object.entries({ ...ERRORS, ...MORE[call.name] }).map(([errno, reason]) => ({ call, errno, reason })),
  );
}

/** Tidying up: whether it works does not matter to this run, and the next one tries again. */
function isTidying({ name, paths: [path = ""] }: Call): boolean {
  return (name === "unlink" || name === "rmdir") && path.includes("last-known-good.old");
}

function withMetrics(directory: string): readonly string[] {
  return [...command("sync")(directory), "--textfile", join(directory, "metrics")];
}

const trouble = await killingTrouble();
if (trouble === undefined) {
  describe("promgen-agent on a disk that fails", (it) => {
    it("until the first file is swapped in: the old ones stay as they are, it is said which error it was, and the next run ends it", async () => {
      await failEverywhere("before", async (directory, hosts, when) => await assertUntouched(directory, hosts, when));
    });

    it("from then on: whole files are there, it is said which error it was, and the next run ends it", async () => {
      await failEverywhere("after", async () => {});
    });
  });
} else notRun("errors of the disk under the agent", trouble);

/** Lets every call of one half of an update fail in every way. */
async function failEverywhere(
  half: "before" | "after",
  look: (directory: string, hosts: Hosts, when: string) => Promise<void>,
): Promise<void> {
  await withHosts(async (hosts) => {
    await mkdir(join(hosts.outdated, "metrics"));
    const subject: Subject = { template: hosts.outdated, command: withMetrics };
    const all = await boundaries(subject);
    const swapped = 1 + all.findIndex(({ paths }) => paths.at(-1) === "watched/targets.json");
    const calls = half === "before" ? all.slice(0, swapped) : all.slice(swapped);
    assert.ok(calls.length > 20, `${calls.length} calls`);
    const cases = casesOf(calls);
    const converged = new Set<string>();
    await inPairs(cases, async ({ call, errno, reason }) => {
      const when = `${errno} at ${show(call)}`;
      await failAt(subject, call, errno, async (directory, ran, after) => {
        const generations = await assertWhole(directory, hosts, when);
        if (reason === undefined || isTidying(call)) {
          assert.is(ran.exit, 0, `${when}: ${ran.stderr}`);
          assert.equal(generations, ["new", "new"], when);
        } else {
          await assertSaid(directory, ran, errno, reason, when);
          await look(directory, hosts, when);
          if (call.name === "fsync") assertPoisoned(call, after, when);
          if (call.name === "rename") assertNotCopied(call, after, when);
        }
        // What was last known good until now is a whole one.
        const left = (await unfinished(directory)).filter((name) => !name.startsWith("state/last-known-good.old"));
        assert.equal(left, [], when);
        // What is left the same way is mended the same way.
        const kind = await leftIn(directory);
        if (converged.has(kind)) return;
        converged.add(kind);
        assert.is(await assertConverged(directory, hosts, when), "new 0 0", when);
      });
    });
    process.stdout.write(
      `\n  ${cases.length} errors at ${calls.length} calls, ${converged.size} kinds of what they leave\n`,
    );
  });
}

/** The last line, the exit code and the metrics say the same, and what to do. */
async function assertSaid(directory: string, ran: Ran, errno: string, reason: Reason, when: string): Promise<void> {
  assert.is(ran.exit, AGENT_EXIT.disk, `${when}: ${ran.stderr}`);
  const last = ran.stderr.trimEnd().split("\n").at(-1) ?? "";
  assert.match(last, new RegExp(` error ${reason} .*\\(?${errno}\\)?.* help=`), when);
  const metrics = await readFile(join(directory, "metrics/promgen-agent-tokyo-a.prom"), "utf8");
  assert.match(metrics, /^promgen_agent_last_run_exit_code\{[^}]*\} 7$/m, when);
  assert.match(metrics, `promgen_agent_last_run_reason{shard="tokyo-a",reason="${reason}"} 1\n`, when);
}

/** The very files that were there. */
async function assertUntouched(directory: string, { old }: Hosts, when: string): Promise<void> {
  for (const name of ["targets.json", "urls.json"])
    assert.is(await readFile(join(directory, "watched", name), "utf8"), old[name], when);
}

/** A file that could not be synced is deleted, and nothing else is done with it. */
function assertPoisoned({ paths: [path = ""] }: Call, after: readonly Call[], when: string): void {
  if (!path.includes(".new")) return;
  const touched = after.filter(({ paths }) => paths.includes(path)).map(({ name }) => name);
  // The last file of a run has the name of one before it.
  const used = touched.slice(0, touched.findIndex((name) => name === "openat") >>> 0);
  assert.ok(
    used.every((name) => name === "unlink" || name === "rmdir"),
    `${when}, then ${touched.join(" ")}`,
  );
}

/** What cannot be renamed is never written to its place instead. */
function assertNotCopied({ paths }: Call, after: readonly Call[], when: string): void {
  const to = paths.at(-1) ?? "";
  const written = after.filter(({ name, paths: [path] }) => path === to && name !== "rename");
  assert.equal(
    written.map(({ name }) => name),
    [],
    when,
  );
}

/** Names, what is in them, and what the state says but for the times of runs. */
async function leftIn(directory: string): Promise<string> {
  const names = (await readdir(directory, { recursive: true })).sort();
  const { "state/state.json": state = "", ...files } = await readFiles(directory);
  const kept = Object.fromEntries(Object.entries(files).filter(([path]) => /^(watched|state)\//.test(path)));
  const { mode } = await lstat(join(directory, "watched/targets.json"));
  const { floor, applied, held, quarantine, inconsistent } = JSON.parse(state) as AgentState;
  return JSON.stringify([names, kept, mode, floor, applied?.generation, held, quarantine, inconsistent]);
}
