/** A run that finds nothing new is a glance: what it sees, what it does not gloss over, and what counts of it. */
import { spawn } from "node:child_process";
import {
  appendFile,
  chmod,
  chown,
  copyFile,
  cp,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { packNote, readNote } from "../../src/agent/glance/note.ts";
import type { Note } from "../../src/agent/glance/note.ts";
import type { Standing } from "../../src/agent/watch/standing.ts";
import { textfileName } from "../../src/agent/watch/textfile.ts";
import { describe } from "../describe.ts";
import { withEnoughTime } from "../stopwatch.ts";
import { environment, isInstalled, run, whileLocked } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { AGENTS, onHost } from "./agents.ts";
import type { AgentHost } from "./agents.ts";
import { addresses, makeKey, publish } from "./artifacts.ts";
import { parallel } from "./parallel.ts";
import { startAgentHere } from "./start-here.ts";

/** A glance waits for a twentieth of the time of an attempt, which is enough on a busy machine. */
const QUIET = ["--no-proof", "--reload", "never", "--timeout", "600s"];
/** Files that were replaced longer ago cannot have been changed unnoticed: milliseconds. */
const AGE_MS = 2_100;

interface Glanced {
  readonly ran: Ran;
  /** Whether the run was a glance. */
  readonly short: boolean;
}

interface Settled extends AgentHost {
  readonly state: string;
  /** How often `again` was called. */
  readonly runs: () => number;
  /** A run with the command line of before. */
  again(...more: readonly string[]): Promise<Glanced>;
  standing(): Promise<Standing>;
  /** Runs until the next run may be a glance. What is published was taken already, but for the very first run. */
  settle(): Promise<void>;
}

/** Runs a command in the process of the tests; there, nothing may be wrong with its arguments. */
async function here(directory: string, args: readonly string[]): Promise<Ran> {
  const ran = await startAgentHere(directory, args);
  if (ran === undefined) throw new Error(`wrong arguments: ${args.join(" ")}`);
  return ran;
}

/**
 * A host where the next run is a glance.
 *
 * @param how what `again` does: in the process of the tests, or the program, for what only that shows. Either goes by the
 * notes of the other.
 */
async function onSettledHost(
  options: readonly string[],
  act: (host: Settled) => Promise<void>,
  how: "here" | "program" = "here",
): Promise<void> {
  const [agent] = AGENTS;
  if (agent === undefined) throw new Error("there is no agent");
  await onHost(agent, async (host) => {
    await publish(host.files, { generation: 100, targets: addresses(20) });
    const state = join(host.directory, "state");
    const contact = async (): Promise<string> => await readFile(join(state, "contact.json"), "utf8").catch(() => "");
    let runs = 0;
    const syncHere = async (words: readonly string[]): Promise<Ran> =>
      await here(host.directory, host.line(words).slice(agent.command.length));
    const settled: Settled = {
      ...host,
      state,
      runs: () => runs,
      again: async (...more) => {
        runs++;
        const before = await contact();
        const words = [...QUIET, ...options, ...more];
        const ran = await (how === "here" ? syncHere(words) : host.sync(...words));
        return { ran, short: (await contact()) !== before };
      },
      standing: async () => {
        const places = host.line([]).slice(agent.command.length + 1);
        const command = ["status", "--json", "--no-proof", ...places, ...options];
        return JSON.parse((await here(host.directory, command)).stdout) as Standing;
      },
      settle: async () => {
        const rounds: Glanced[] = [];
        const runHere = async (): Promise<void> => {
          runs++;
          assert.is((await syncHere([...QUIET, ...options])).exit, 0);
        };
        // What lies there has to grow old before a run leaves a note.
        if (runs === 0) await runHere();
        await new Promise((resolve) => setTimeout(resolve, AGE_MS));
        await runHere();
        while (rounds.at(-1)?.short !== true) {
          rounds.push(await settled.again());
          assert.is(rounds.at(-1)?.ran.exit, 0);
          assert.ok(rounds.length < 5, "no run is a glance");
        }
      },
    };
    await settled.settle();
    await act(settled);
  });
}

/** How the next run ends, and whether it is a glance. */
async function outcome(host: Settled, ...more: readonly string[]): Promise<[number | undefined, "short" | "whole"]> {
  const { ran, short } = await host.again(...more);
  return [ran.exit, short ? "short" : "whole"];
}

/** What somebody may do to a host; nobody who glances may miss it. */
const DEEDS: readonly (readonly [what: string, act: (host: Settled) => Promise<unknown>])[] = [
  ["targets.json is changed", ({ targets }) => appendFile(targets, " ")],
  ["urls.json is removed", ({ urls }) => unlink(urls)],
  [
    "targets.json is replaced by a copy",
    async ({ directory, targets }) => {
      const copy = join(directory, "copy.json");
      await copyFile(targets, copy);
      await rename(copy, targets);
    },
  ],
  ["targets.json has another mode", ({ targets }) => chmod(targets, 0o600)],
  ["the pointer is removed", ({ directory }) => unlink(join(directory, "etc/.promgen-agent/SHA256SUMS"))],
  ["the state is removed", ({ state }) => unlink(join(state, "state.json"))],
  ["the state is damaged", ({ state }) => appendFile(join(state, "state.json"), " ")],
];

const together = parallel();

describe("a glance of the agent", (given) => {
  const it = together(given);
  it("changes nothing but its diary, which counts as a run", async () => {
    await onSettledHost(
      [],
      async (host) => {
        const [before, file] = [await host.standing(), await stat(join(host.state, "state.json"))];
        await new Promise((resolve) => setTimeout(resolve, 20));
        const { ran, short } = await host.again();
        assert.equal([ran.exit, ran.stdout, ran.stderr, short], [0, "", "", true]);
        const { etag: _, ...headers } = host.site.requests.at(-1)?.headers ?? {};
        assert.is(headers["user-agent"], "promgen-agent");
        const after = await host.standing();
        assert.is((await stat(join(host.state, "state.json"))).ino, file.ino);
        for (const name of ["lastContact", "lastSuccess"] as const)
          assert.ok((after[name] ?? 0) > (before[name] ?? 0), name);
        assert.is(after.lastRun?.at, after.lastContact);
        assert.is(after.lastRun?.exit, 0);
        assert.equal((await readdir(host.state)).sort(), [
          "contact.json",
          "glance.json",
          "lock",
          "state.json",
          "targets.json.counted",
        ]);

        // One that leaves metrics is a whole one.
        assert.equal(await outcome(host, "--textfile", host.directory), [0, "whole"]);
        const metrics = await readFile(join(host.directory, textfileName(host.state)), "utf8");
        const [, counted] = /^promgen_agent_runs_total\{shard="tokyo-a",state="[^"]+"\} (\d+)$/m.exec(metrics) ?? [];
        assert.is(Number(counted), host.runs());
      },
      "program",
    );
  });

  for (const [what, act] of DEEDS) {
    it(`leaves it to a whole run to repair where ${what}`, async () => {
      await onSettledHost([], async (host) => {
        const published = await host.inPlace();
        await act(host);
        assert.equal(await outcome(host), [0, "whole"]);
        assert.equal(await host.inPlace(), published);
        assert.is((await stat(host.targets)).mode & 0o777, 0o644);
        await host.settle();
      });
    });
  }

  it("leaves it to a whole run where everybody may write to a directory", async () => {
    await onSettledHost(
      [],
      async (host) => {
        await chmod(join(host.directory, "etc"), 0o777);
        assert.equal(await outcome(host), [7, "whole"]);
        await chmod(join(host.directory, "etc"), 0o755);
        assert.equal(await outcome(host), [0, "whole"]);
      },
      "program",
    );
  });

  it("is not enough where the source says anything but that nothing is new", async () => {
    await onSettledHost([], async (host) => {
      const { site } = host;
      for (const status of [200, 401, 404, 429, 500]) {
        site.answer = (_request, response) => {
          response.writeHead(status, { "content-length": 0 }).end();
          return true;
        };
        assert.equal(await outcome(host), [6, "whole"], String(status));
        assert.not.ok((await readdir(host.state)).includes("glance.json"), `${status}: no note after such a run`);
        site.answer = undefined;
        assert.equal(await outcome(host), [0, "whole"], `after ${status}`);
        assert.equal(await outcome(host), [0, "short"], `after ${status}`);
      }
      // Elsewhere it is the same.
      site.answer = (request, response) => {
        if (request.url?.startsWith("/moved/") === true) return false;
        response.writeHead(302, { location: `/moved${request.url}`, "content-length": 0 }).end();
        return true;
      };
      await publish(join(host.files, "moved"), { generation: 101, targets: addresses(21) });
      assert.equal(await outcome(host), [0, "whole"]);
      assert.is((await host.standing()).generation, 101);
    });
  });

  it("goes by no note of another time, of another version or of a directory that was moved", async () => {
    await onSettledHost([], async (host) => {
      const path = join(host.state, "glance.json");
      const now = Date.now() / 1000;
      const changes: readonly ((note: Note) => Note)[] = [
        (note) => ({ ...note, until: now - 1 }),
        // A clock that was set back.
        (note) => ({ ...note, from: now + 60 }),
        (note) => ({ ...note, key: note.key.replace(/[0-9a-f]{64}/, "0".repeat(64)) }),
        (note) => ({ ...note, looks: { ...note.looks, [host.state]: note.looks[host.directory] ?? "" } }),
      ];
      for (const change of changes) {
        const note = readNote(host.state);
        if (note === undefined) throw new Error("there is no note");
        await writeFile(path, packNote(note));
        assert.equal(await outcome(host), [0, "short"], String(change));
        await writeFile(path, packNote(change(note)));
        assert.equal(await outcome(host), [0, "whole"], String(change));
      }
      // A copy of the directory, as from a backup: the same bytes, other files.
      await cp(host.state, `${host.state}.copy`, { recursive: true, preserveTimestamps: true });
      await rename(host.state, `${host.state}.old`);
      await rename(`${host.state}.copy`, host.state);
      assert.equal(await outcome(host), [0, "whole"]);
    });
  });

  it("takes a newer generation at once", async () => {
    await onSettledHost([], async (host) => {
      const published = await publish(host.files, { generation: 101, targets: addresses(21) });
      assert.equal(await outcome(host), [0, "whole"]);
      assert.equal(await host.inPlace(), published);
    });
  });

  it("hands on what it has heard, and the connection", async () => {
    await onSettledHost(
      [],
      async (host) => {
        const published = await publish(host.files, { generation: 101, targets: addresses(21) });
        const before = host.site.requests.length;
        const ports = new Set<number | undefined>();
        host.site.answer = (request) => {
          ports.add(request.socket.remotePort);
          return false;
        };
        assert.equal(await outcome(host), [0, "whole"]);
        assert.equal(await host.inPlace(), published);
        assert.equal(
          host.site.requests.slice(before).map(({ path }) => path.replace(/^.*\/|\?.*$/g, "")),
          ["SHA256SUMS", "targets.json"],
        );
        assert.is(ports.size, 1);
      },
      "program",
    );
  });

  it("asks anew where another run went on while the answer was on its way", async () => {
    await onSettledHost([], async (host) => {
      await publish(host.files, { generation: 101, targets: addresses(21) });
      const old = await readFile(join(host.files, "shards/tokyo-a/SHA256SUMS"));
      const newest = await publish(host.files, { generation: 102, targets: addresses(22) });
      let other: Promise<Ran> | undefined;
      host.site.answer = (_request, response) => {
        if (other !== undefined) return false;
        other = host.sync(...QUIET, "--mode", "0644");
        void other.then(() => response.writeHead(200, { "content-length": old.length }).end(old));
        return true;
      };
      const { ran, short } = await host.again();
      assert.is((await other)?.exit, 0);
      assert.equal([ran.exit, ran.stderr, short], [0, "", false]);
      assert.equal(await host.inPlace(), newest);
      assert.is((await host.standing()).generation, 102);
    });
  });

  it("begins to take the lock, which another run may have", async () => {
    await onSettledHost(
      [],
      async (host) => {
        const published = await publish(host.files, { generation: 101, targets: addresses(21) });
        const lock = join(host.state, "lock");
        await whileLocked(lock, async () => {
          const { ran } = await host.again();
          assert.is(ran.exit, 75);
          assert.match(ran.stderr, "another run of promgen-agent is at work");
          assert.is((await host.again("--quiet-busy")).ran.exit, 0);
          assert.not.equal(await host.inPlace(), published);
        });
        // That is no file to take a lock on, whatever a glance thinks of it.
        await rename(lock, `${lock}.old`);
        await symlink(`${lock}.old`, lock);
        const { ran } = await host.again();
        assert.is(ran.exit, 7);
        assert.match(ran.stderr, lock);
        await rename(`${lock}.old`, lock);
        assert.equal(await outcome(host), [0, "whole"]);
        assert.equal(await host.inPlace(), published);
      },
      "program",
    );
  });

  it("does not gloss over what is held, waits for an operator, or was taken back", async () => {
    await onSettledHost([], async (host) => {
      const published = await host.inPlace();
      await publish(host.files, { generation: 101, targets: addresses(1) });
      assert.equal(await outcome(host), [4, "whole"]);
      assert.equal(await outcome(host), [4, "whole"]);
      assert.equal(await host.inPlace(), published);

      await publish(host.files, { generation: 102, targets: addresses(20) });
      assert.equal(await outcome(host), [0, "whole"]);
      await host.settle();
      const rest = host.line([]).slice(3);
      const command = async (verb: string): Promise<Ran> => await here(host.directory, [verb, ...rest, "--no-proof"]);
      assert.is((await command("hold")).exit, 0);
      assert.equal(
        [await outcome(host), await outcome(host)],
        [
          [0, "whole"],
          [0, "whole"],
        ],
      );
      assert.is((await command("release")).exit, 0);
      assert.equal(
        [await outcome(host), await outcome(host)],
        [
          [0, "whole"],
          [0, "short"],
        ],
      );
      await publish(host.files, { generation: 103, targets: addresses(22) });
      assert.equal(await outcome(host), [0, "whole"]);
      await host.settle();
      assert.is((await command("rollback")).exit, 0);
      assert.equal(
        [await outcome(host), await outcome(host)],
        [
          [5, "whole"],
          [5, "whole"],
        ],
      );
    });
  });

  it("never ends well what no Prometheus has confirmed", async () => {
    const [agent] = AGENTS;
    if (agent === undefined) throw new Error("there is no agent");
    await onHost(agent, async (host) => {
      await publish(host.files, { generation: 100 });
      const nobody = ["--prometheus", "http://127.0.0.1:1", "--proof-timeout", "1s", "--reload", "never"];
      for (let round = 0; round < 3; round++) {
        assert.is((await host.sync(...nobody)).exit, 3);
        await new Promise((resolve) => setTimeout(resolve, round === 0 ? AGE_MS : 0));
      }
      assert.not.ok((await readdir(join(host.directory, "state"))).includes("glance.json"));
    });
  });

  it("is for the very command line alone", async () => {
    await onSettledHost(
      [],
      async (host) => {
        assert.equal(await outcome(host, "--max-removed-percent", "40"), [0, "whole"]);
        // That has left a note of its own.
        assert.equal(await outcome(host), [0, "whole"]);
        assert.equal(await outcome(host), [0, "short"]);
        const command = host.line(QUIET);
        const behindProxy = await run(host.directory, command, { HTTPS_PROXY: "http://127.0.0.1:1" });
        assert.is(behindProxy.exit, 0);
        assert.not.ok((await readdir(host.state)).includes("glance.json"));
      },
      "program",
    );
  });

  it("asks a whole run who may sign, where a key was revoked", async () => {
    if (!(await isInstalled("ssh-keygen"))) return;
    await onSettledHost([], async (host) => {
      const key = join(host.directory, "key");
      const signers = join(host.directory, "allowed_signers");
      const revoked = join(host.directory, "revoked");
      const trust = ["--allowed-signers", signers, "--revoked-keys", revoked];
      await writeFile(signers, await makeKey(key, "ci@example.com"));
      await writeFile(revoked, "");
      await publish(host.files, { generation: 200, targets: addresses(20), key });
      assert.equal(await outcome(host, ...trust), [0, "whole"]);
      await new Promise((resolve) => setTimeout(resolve, AGE_MS));
      await host.again(...trust);
      assert.equal(await outcome(host, ...trust), [0, "short"]);
      await copyFile(`${key}.pub`, revoked);
      for (let round = 0; round < 2; round++) assert.equal(await outcome(host, ...trust), [5, "whole"]);
    });
  });

  it("leaves it to whole runs where links lead there: they may change anywhere on the way", async () => {
    await onSettledHost(["--allow-symlinks"], async (host) => {
      const watched = join(host.directory, "etc");
      await rename(watched, join(host.directory, "real"));
      await symlink("real", watched);
      for (let round = 0; round < 3; round++) assert.equal(await outcome(host), [0, "whole"]);
    });
  });

  it("leaves it to whole runs where root works in the state of somebody else", async () => {
    if (process.getuid?.() !== 0) return;
    await onSettledHost([], async (host) => {
      await chown(host.state, 65_534, 65_534);
      for (let round = 0; round < 3; round++) assert.equal(await outcome(host), [0, "whole"]);
    });
  });

  it("says what a whole run would say of the files that options name", async () => {
    await onSettledHost(
      [],
      async (host) => {
        const token = join(host.directory, "token");
        await writeFile(token, "sesame", { mode: 0o600 });
        const options = ["--credentials", `bearer:${token}`];
        assert.equal(await outcome(host, ...options), [0, "whole"]);
        assert.equal(await outcome(host, ...options), [0, "short"]);
        assert.is(host.site.requests.at(-1)?.headers.authorization, "Bearer sesame");
        assert.not.match(await readFile(join(host.state, "glance.json"), "utf8"), "sesame");

        await writeFile(token, "sesame-2", { mode: 0o600 });
        assert.equal(await outcome(host, ...options), [0, "whole"]);
        assert.is(host.site.requests.at(-1)?.headers.authorization, "Bearer sesame-2");
        await chmod(token, 0o644);
        for (let round = 0; round < 2; round++) {
          const { ran, short } = await host.again(...options);
          assert.equal([ran.exit, short], [0, false]);
          assert.match(ran.stderr, "source-warning");
        }
        await rm(token);
        assert.equal(await outcome(host, ...options), [2, "whole"]);
      },
      "program",
    );
  });

  it("keeps a host from being stale", async () => {
    await withEnoughTime(6, async (seconds) => {
      await onSettledHost(["--max-age", `${seconds}s`], async (host) => {
        const since = (await stat(join(host.state, "state.json"))).mtimeMs;
        await new Promise((resolve) => setTimeout(resolve, seconds * 667));
        assert.equal(await outcome(host), [0, "short"]);
        await new Promise((resolve) => setTimeout(resolve, since + seconds * 1083 - Date.now()));
        host.site.answer = (_request, response) => {
          response.destroy();
          return true;
        };
        assert.is((await host.standing()).stale, false);
        assert.equal(await outcome(host), [6, "whole"]);
        // A diary of another state, or one that is none, says nothing.
        for (const other of ['{"state":"0","at":9e9,"seconds":1,"runs":1}', '{"state":', "", "null"]) {
          await writeFile(join(host.state, "contact.json"), other);
          assert.is((await host.standing()).lastRun?.exit, 6, other);
        }
      });
    });
  });

  it("harms nobody where many glance at once, and one of them is killed", async () => {
    await onSettledHost(
      [],
      async (host) => {
        const [program = "", ...args] = host.line(QUIET);
        await Promise.all([
          ...Array.from({ length: 12 }, async (_, index) => {
            const { exit } = await run(
              host.directory,
              [program, ...args],
              index % 4 === 3 ? { PROMGEN_MODE: "0644" } : {},
            );
            assert.ok(exit === 0 || exit === 75, `ended with ${exit}`);
          }),
          ...Array.from({ length: 6 }, async (_, index) => {
            const child = spawn(program, args, { stdio: "ignore", env: environment(host.directory) });
            const ended = new Promise((resolve) => child.once("exit", resolve));
            await new Promise((resolve) => setTimeout(resolve, 20 * index));
            child.kill("SIGKILL");
            await ended;
          }),
        ]);
        await writeFile(join(host.state, "contact.json.4711.new"), "{");
        assert.is((await run(host.directory, [program, ...args, "--mode", "0644"])).exit, 0);
        assert.equal(
          (await readdir(host.state)).filter((name) => name.endsWith(".new")),
          [],
        );
        assert.is((await host.standing()).exit, 0);
      },
      "program",
    );
  });
});
