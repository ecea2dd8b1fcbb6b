/**
 * The disk fails at every single call by which promgen-agent changes a file, and in every way at each kind of call: the old
 * file stays as it is or the new one is whole, the run says which error it was and where, and the next one ends what was
 * begun.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { AGENT_EXIT } from "../../src/agent/failure.ts";
import type { Reason } from "../../src/agent/failure.ts";
import { groupBy } from "../../src/model/group-by.ts";
import { textfileName } from "../../src/agent/watch/textfile.ts";
import { describe, notRun } from "../describe.ts";
import type { Ran } from "../workplace.ts";
import { unfinished } from "./disk-host.ts";
import {
  assertWhole,
  boundaries,
  command,
  convergence,
  inThisProcess,
  killingTrouble,
  givenHosts,
} from "./killed-hosts.ts";
import type { Hosts } from "./killed-hosts.ts";
import { show } from "./calls.ts";
import type { Call } from "./calls.ts";
import { failAt, inPairs } from "./killing.ts";
import type { Subject } from "./killing.ts";
import { attachTrouble, withResident } from "./resident.ts";

/** What every call may fail with. Interrupted calls are made again. */
const ERRORS: Readonly<Record<string, Reason | undefined>> = {
  ENOSPC: "disk-full",
  EIO: "disk",
  EROFS: "permission",
  EINTR: undefined,
  EDQUOT: "disk-full",
  EMFILE: "disk",
  EACCES: "permission",
};
/** Of some calls alone. */
const MORE: Readonly<Record<string, Readonly<Record<string, Reason | undefined>>>> = {
  rename: { EXDEV: "disk", EPERM: "permission", EBUSY: "disk" },
  fchmod: { EPERM: "permission" },
  utimensat: { EPERM: "permission" },
  // What cannot have a second name is copied.
  link: Object.fromEntries([...Object.keys(ERRORS), "EXDEV", "EPERM", "EMLINK"].map((errno) => [errno, undefined])),
};

interface Case {
  readonly call: Call;
  readonly errno: string;
  readonly reason: Reason | undefined;
}

/** Every error of a call. */
function all(call: Call): Case[] {
  return Object.entries({ ...ERRORS, ...MORE[call.name] }).map(([errno, reason]) => ({ call, errno, reason }));
}

/** Of the calls of a name, each fails at least once, and with each error at least one. */
function everyWay(calls: readonly Call[]): Case[] {
  return [...groupBy(calls, ({ name }) => name).values()].flatMap((same) => {
    const length = Math.max(same.length, ...same.map((call) => all(call).length));
    return Array.from({ length }, (_, at) => same[at % same.length] as Call).flatMap((call, at) => {
      const cases = all(call);
      return cases.slice(at % cases.length, (at % cases.length) + 1);
    });
  });
}

/** An error at every call: the next one in turn, so that each is met. */
function inTurn(calls: readonly Call[]): Case[] {
  return calls.flatMap((call, index) => {
    const cases = all(call);
    return cases.slice(index % cases.length, (index % cases.length) + 1);
  });
}

/** Tidying up, and what was counted, which may be lost: whether it works does not matter to this run. */
function isTidying({ name, paths: [path = ""] }: Call): boolean {
  const isOld = (name === "unlink" || name === "rmdir") && path.includes("last-known-good.old");
  return isOld || /\.json\.counted(\.\d+\.new)?$/.test(path);
}

/** What is run where, and what is right afterwards. */
interface Subjects {
  readonly host: "empty" | "outdated" | "updated";
  readonly verb?: "sync" | "rollback";
  /** The generation in place where the run did it. */
  readonly puts: "old" | "new";
  /** What a sync after one that failed may end with (killed-hosts.ts). */
  readonly ends: readonly string[];
  /** Of the calls up to the first swap, and of those after it. */
  readonly choose: (before: readonly Call[], after: readonly Call[]) => readonly Case[];
  /** After a run that failed. */
  readonly look?: (directory: string, hosts: Hosts, when: string) => Promise<void>;
}

const trouble = await killingTrouble();
if (trouble === undefined) {
  describe("promgen-agent on a disk that fails", (it) => {
    it("until the first file is swapped in: the old ones stay as they are, it is said which error it was, and the next run ends it", async () => {
      const choose: Subjects["choose"] = (before, after) =>
        everyWay([...before, ...after]).filter(({ call }) => before.includes(call));
      await failEverywhere({ host: "outdated", puts: "new", ends: ["new 0 0"], choose, look: assertUntouched });
    });

    it("from then on: whole files are there, it is said which error it was, and the next run ends it", async () => {
      const choose: Subjects["choose"] = (before, after) =>
        everyWay([...before, ...after]).filter(({ call }) => after.includes(call));
      await failEverywhere({ host: "outdated", puts: "new", ends: ["new 0 0"], choose });
    });

    it("in a first installation: nothing or whole files are there, and the next run installs", async () => {
      const choose: Subjects["choose"] = (before, after) => inTurn([...before, ...after]);
      await failEverywhere({ host: "empty", puts: "old", ends: ["old 0 0"], choose });
    });

    it("in a rollback: whole files are there, and the next run has the generation before or the one after, and keeps to it", async () => {
      const choose: Subjects["choose"] = (before, after) => inTurn([...before, ...after]);
      // The run that ends a rollback does not ask for anything newer.
      const ends = ["new 0 0", `old 0 ${AGENT_EXIT.refused}`, `old ${AGENT_EXIT.refused} ${AGENT_EXIT.refused}`];
      await failEverywhere({ host: "updated", verb: "rollback", puts: "old", ends, choose });
    });
  });
} else notRun("errors of the disk under the agent", trouble);

/** Lets calls of a run fail, each in a run of its own. */
async function failEverywhere({ host, verb = "sync", puts, ends, choose, look }: Subjects): Promise<void> {
  const hosts = await givenHosts();
  const template = hosts[host];
  const subject: Subject = {
    template,
    command: (directory) => [...command(verb)(directory), ...(verb === "sync" ? textfile(directory) : [])],
  };
  const calls = await boundaries(subject);
  const swapped =
    1 + calls.findIndex(({ name, paths }) => name === "rename" && paths.at(-1) === "watched/targets.json");
  assert.ok(swapped > 10 && calls.length > swapped + 20, `${swapped} of ${calls.length} calls`);
  const cases = choose(calls.slice(0, swapped), calls.slice(swapped));
  const { known, ended } = convergence(hosts);
  const fail = async (where: Subject, at: Call, { call, errno, reason }: Case): Promise<void> => {
    const when = `${errno} at ${show(call)}`;
    await failAt(where, at, errno, async (directory, ran, after) => {
      const generations = assertWhole(directory, hosts, when);
      if (reason === undefined || isTidying(call)) {
        assert.is(ran.exit, 0, `${when}: ${ran.stderr}`);
        assert.equal(generations, [puts, puts], when);
      } else {
        assertSaid(ran, errno, reason, when);
        if (verb === "sync") await assertMeasured(directory, reason, when);
        await look?.(directory, hosts, when);
        if (call.name === "fsync") assertPoisoned(call, after, when);
        if (call.name === "rename") assertNotCopied(call, after, when);
      }
      // What was last known good until now is a whole one.
      const left = (await unfinished(directory)).filter((name) => !name.startsWith("state/last-known-good.old"));
      assert.equal(left, [], when);
      const end = await ended(directory, when, inThisProcess);
      assert.ok(ends.includes(end), `${end}, ${when}`);
    });
  };
  // Some by the program as it is installed; where one that stays does the same, it takes a fraction of the time.
  const canStay = (await attachTrouble()) === undefined;
  const isStarted = (_: Case, index: number): boolean => !canStay || index % 8 === 0;
  const started = inPairs(cases.filter(isStarted), async (one) => await fail(subject, one.call, one));
  const stayed = canStay
    ? withResident(async (resident) => {
        const staying: Subject = { ...subject, resident };
        // The first run loads what the others have.
        await boundaries(staying);
        const same = await boundaries(staying);
        const namesOf = (some: readonly Call[]): string[] =>
          some.map(({ name, paths }) => `${name} ${paths.join(" ")}`);
        assert.equal(namesOf(same), namesOf(calls));
        for (const [index, one] of cases.entries())
          if (!isStarted(one, index)) await fail(staying, same[calls.indexOf(one.call)] ?? one.call, one);
      })
    : undefined;
  await Promise.all([started, stayed]);
  process.stdout.write(
    `\n  ${cases.length} errors at ${new Set(cases.map(({ call }) => call)).size} calls, ${known.size} kinds of what they leave\n`,
  );
}

/** The last line says the same as the exit code, and what to do. */
function assertSaid(ran: Ran, errno: string, reason: Reason, when: string): void {
  assert.is(ran.exit, AGENT_EXIT.disk, `${when}: ${ran.stderr}`);
  const last = ran.stderr.trimEnd().split("\n").at(-1) ?? "";
  assert.match(last, new RegExp(` error ${reason} .*\\(?${errno}\\)?.* help=`), when);
}

function textfile(directory: string): readonly string[] {
  return ["--textfile", join(directory, "metrics")];
}

async function assertMeasured(directory: string, reason: Reason, when: string): Promise<void> {
  const metrics = await readFile(join(directory, "metrics", textfileName(join(directory, "state"))), "utf8");
  assert.match(metrics, /^promgen_agent_last_run_exit_code\{[^}]*\} 7$/m, when);
  assert.match(metrics, new RegExp(`^promgen_agent_last_run_reason\\{.*,reason="${reason}"\\} 1$`, "m"), when);
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
  // The last file of a run has the name of one before it: what comes after the deletion is of that one.
  const [next = "unlink"] = touched;
  assert.ok(next === "unlink" || next === "rmdir", `${when}, then ${touched.join(" ")}`);
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
