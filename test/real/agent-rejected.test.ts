/**
 * A real Prometheus that cannot read a file. There is none that passes the strict check and that some Prometheus refuses
 * (agent-check.test.ts looks for one), so its own read fails: strace lets it, as a disk or a security module might.
 */
import { spawn } from "node:child_process";
import { mkdir, readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { readAgentState } from "../../src/agent/core/state-file.ts";
import type { AgentState } from "../../src/agent/core/state.ts";
import { AGENT_EXIT } from "../../src/agent/failure.ts";
import { textfileName } from "../../src/agent/watch/textfile.ts";
import { describe, notRun } from "../describe.ts";
import { environment, ROOT, until } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { runAgentHere } from "./agent-here.ts";
import { addresses, publish } from "./artifacts.ts";
import { withHost } from "./host.ts";
import type { Host } from "./host.ts";
import { straceTrouble } from "./killing.ts";
import { parallel } from "./parallel.ts";
import { installed } from "./prometheus.ts";
import type { Release } from "./prometheus.ts";
import { active } from "./proofs.ts";

const AGENT = join(ROOT, "lib/promgen-agent.cjs");

/** Lets every read of a file by a process fail, until the function that is returned is called. */
async function failReads(pid: number, path: string): Promise<() => void> {
  const inject = ["-P", path, "-e", "trace=read", "-e", "inject=read:error=EIO"];
  const strace = spawn("strace", ["-f", ...inject, "-o", "/dev/null", "-p", String(pid)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  strace.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const end = (): void => void strace.kill("SIGTERM");
  try {
    await until("strace has begun", () => said.includes("attached"));
    return end;
  } catch (error) {
    end();
    throw new Error(`strace says: ${said}`, { cause: error });
  }
}

/** Runs the agent in the process of the tests; where somebody is to `hear` each line of its log as it comes, the program. */
async function sync(
  { directory, targetsPath, url }: Host,
  { hear, asks = url }: { readonly hear?: (line: string) => void; readonly asks?: string } = {},
): Promise<Ran> {
  const places = ["--targets", targetsPath, "--state", join(directory, "state"), "--textfile", directory];
  const from = [
    "--source",
    `file://${join(directory, "site")}`,
    "--shard",
    "tokyo-a",
    "--prometheus",
    asks,
    "--proof-timeout",
    "200s",
  ];
  const words = ["sync", ...places, ...from];
  if (hear === undefined) {
    const ran = await runAgentHere(directory, words);
    if (ran === undefined) throw new Error(`wrong arguments: ${words.join(" ")}`);
    return ran;
  }
  const child = spawn(process.execPath, [AGENT, ...words], {
    env: environment(directory),
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    for (const line of text.split("\n")) hear(line);
  });
  return await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) =>
      resolve({ exit: code ?? undefined, signal: signal ?? undefined, stdout: "", stderr }),
    );
  });
}

/** Runs the agent while its Prometheus cannot read the file, until it has noticed: what is put back is read again. */
async function syncRejected(host: Host): Promise<Ran> {
  const goOn = await failReads(host.pid(), host.targetsPath);
  try {
    const ran = await sync(host, {
      hear: (line) => {
        if (line.includes(" rejected ")) goOn();
      },
    });
    assert.is(ran.exit, AGENT_EXIT.refused, ran.stderr);
    if (ran.stderr.includes("either, which was in place before")) throw new BothRejected(ran.stderr);
    return ran;
  } finally {
    goOn();
  }
}

/** This machine was so busy that what was put back met the failing reads, too, which speaks against the server. */
class BothRejected extends Error {}

/** A host, and another one from the start for a test that ends with BothRejected. */
async function onHost(release: Release, act: (host: Host) => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await withHost(release, {}, act);
    } catch (error) {
      if (!(error instanceof BothRejected) || tries === 5) throw error;
    }
  }
}

async function stateOf({ directory }: Host): Promise<AgentState> {
  const state = readAgentState(await readFile(join(directory, "state/state.json")));
  if (state === "damaged") throw new Error("the state is damaged");
  return state;
}

const together = parallel();
const trouble = await straceTrouble();
if (trouble !== undefined) notRun("promgen-agent and a Prometheus that cannot read the file", trouble);
const releases = trouble === undefined ? await installed("promgen-agent and a Prometheus that rejects") : [];
for (const release of releases) {
  describe(`promgen-agent and a Prometheus ${release.name} that cannot read the new file`, (alone) => {
    const it = together(alone);

    it("puts back the old one within the deadline, which is confirmed, takes that generation no more, and the next one at once", async () => {
      await onHost(release, async (host) => {
        const site = join(host.directory, "site");
        await mkdir(site);
        const { targets: old } = await publish(site, { generation: 7, targets: addresses(3) });
        assert.is((await sync(host)).exit, 0);
        await until("it scrapes them", async () => (await active(host)) === 3);

        await publish(site, { generation: 8, targets: addresses(5) });
        const start = performance.now();
        const ran = await syncRejected(host);
        assert.ok(performance.now() - start < 100_000);
        assert.match(ran.stderr.trimEnd().split("\n").at(-1) ?? "", / error rejected .*rejects generation 8/);
        assert.match(ran.stderr, /info confirmed /);
        assert.is(await readFile(host.targetsPath, "utf8"), old);
        const state = await stateOf(host);
        assert.equal([state.applied?.generation, state.floor?.generation], [7, 8]);
        assert.equal(
          state.quarantine.map(({ generation, reason, prometheus }) => [generation, reason, prometheus?.slice(0, 4)]),
          [[8, "rejected", release.name.padEnd(4, ".").slice(0, 4)]],
        );
        const metrics = await readFile(join(host.directory, textfileName(join(host.directory, "state"))), "utf8");
        assert.match(metrics, /last_run_reason\{[^}]*reason="rejected"\} 1/);
        assert.match(metrics, /rollbacks_total\{[^}]*\} 1/);

        // No flapping: it lies still, however often it is asked.
        const { ino } = await stat(host.targetsPath);
        for (let count = 0; count < 3; count++) {
          const again = await sync(host);
          assert.is(again.exit, AGENT_EXIT.refused);
          assert.match(again.stderr, / quarantined /);
        }
        assert.is((await stat(host.targetsPath)).ino, ino);
        assert.is(await active(host), 3);

        const { targets: next } = await publish(site, { generation: 9, targets: addresses(6) });
        const taken = await sync(host);
        assert.is(taken.exit, 0, taken.stderr);
        assert.is(await readFile(host.targetsPath, "utf8"), next);
        const names = await readdir(join(host.directory, "promgen"));
        assert.equal(names.sort(), [".promgen-agent", "targets.json"]);
        const quiet = await sync(host);
        assert.equal([quiet.exit, quiet.stderr], [0, ""]);

        // Nor are its bytes by another number, whatever was taken since.
        await publish(site, { generation: 10, targets: addresses(5) });
        assert.match((await sync(host)).stderr, / quarantined /);
        assert.is(await readFile(host.targetsPath, "utf8"), next);
      });
    });
  });
}

const [older, newer] = releases;
if (older !== undefined && newer !== undefined)
  describe(`promgen-agent, a Prometheus ${older.name} that could not read a file, and ${newer.name}`, (alone) => {
    const it = together(alone);

    it("has that generation tried again by the other version, which may take it", async () => {
      await onHost(older, async (host) => {
        const site = join(host.directory, "site");
        await mkdir(site);
        await publish(site, { generation: 7, targets: addresses(3) });
        assert.is((await sync(host)).exit, 0);
        const { targets } = await publish(site, { generation: 8, targets: addresses(5) });
        await syncRejected(host);
        assert.match((await sync(host)).stderr, / quarantined /);
        await host.kill("SIGTERM");
        await withHost(newer, { reads: [host.targetsPath] }, async ({ url }) => {
          const ran = await sync(host, { asks: url });
          assert.is(ran.exit, 0, ran.stderr);
          assert.match(ran.stderr, / quarantine-left /);
          assert.is(await readFile(host.targetsPath, "utf8"), targets);
          assert.equal((await stateOf(host)).quarantine, []);
        });
      });
    });
  });
else notRun("promgen-agent and another version of Prometheus after one that rejects", "only one is installed");
