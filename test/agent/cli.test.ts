import { spawn } from "node:child_process";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { identityOf } from "../../src/agent/watch/identity.ts";
import { phaseOf } from "../../src/agent/watch/schedule.ts";
import { textfileName } from "../../src/agent/watch/textfile.ts";
import { describe } from "../describe.ts";
import { runAgentHere } from "../real/agent-here.ts";
import { addresses, publish, withSite } from "../real/artifacts.ts";
import { endsSoon } from "../stopwatch.ts";
import { environment, readFiles, ROOT, run, withDirectory } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { withGitHub } from "./source/github-stand-in.ts";

const AGENT = join(ROOT, "lib/promgen-agent.cjs");
const CANARY = "c4n4ry-0123456789abcdef";

interface Place {
  readonly directory: string;
  readonly options: readonly string[];
  readonly agent: (...args: readonly string[]) => Promise<Ran>;
  /** The same in the process of the tests, for what does not come to the process. */
  readonly here: (...args: readonly string[]) => Promise<Ran>;
}

/** A directory with a generation to fetch, and the options for it. */
async function withPlace(act: (place: Place) => Promise<void>): Promise<void> {
  await withDirectory({}, async (directory) => {
    await publish(join(directory, "site"), { generation: 7 });
    const places = ["--targets", "etc/targets.json", "--state", "state", "--no-proof"];
    await act({
      directory,
      options: ["--source", `file://${directory}/site`, "--shard", "tokyo-a", ...places],
      agent: async (...args) => await run(directory, [process.execPath, AGENT, ...args]),
      here: async (...args) => {
        const ran = await runAgentHere(directory, args);
        if (ran === undefined) throw new Error(`wrong arguments: ${args.join(" ")}`);
        return ran;
      },
    });
  });
}

describe("agent command line", (it) => {
  it("explains itself on stdout", async () => {
    await withPlace(async ({ agent }) => {
      for (const args of [["--help"], ["help"], ["sync", "-h"], ["help", "run"], ["--version"]]) {
        const { exit, stdout, stderr } = await agent(...args);
        assert.equal([exit, stderr], [0, ""]);
        assert.match(stdout, args[0] === "--version" ? /^\d+\.\d+\.\d+\n$/ : "promgen-agent");
      }
    });
  });

  it("says what is wrong on stderr, ends with 2 and touches nothing", async () => {
    await withPlace(async ({ agent, directory, options }) => {
      for (const args of [[], ["snyc"], ["sync"], ["sync", ...options, "--nonsense"], ["help", "nonsense"]]) {
        const { exit, stdout, stderr } = await agent(...args);
        assert.equal([exit, stdout], [2, ""]);
        assert.match(stderr, /^promgen-agent: /);
        assert.not.match(stderr, /\n\s+at /);
      }
      assert.equal(
        Object.keys(await readFiles(directory)).filter((name) => !name.startsWith("site/")),
        [],
      );
    });
  });

  it("brings a generation, then has nothing to say", async () => {
    await withPlace(async ({ agent, directory, options }) => {
      const first = await agent("sync", ...options);
      assert.equal([first.exit, first.stdout], [0, ""]);
      assert.match(first.stderr, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ info swapped .*generation=7/m);
      const place = join(directory, "etc/targets.json");
      assert.is(
        await readFile(place, "utf8"),
        await readFile(join(directory, "site/shards/tokyo-a/targets.json"), "utf8"),
      );
      const { mtimeMs } = await stat(place);
      assert.equal(await agent("sync", ...options), { exit: 0, signal: undefined, stdout: "", stderr: "" });
      assert.is((await stat(place)).mtimeMs, mtimeMs);
    });
  });

  it("brings a generation from GitHub, with what its file has of octokit, then says nothing new or what is wrong", async () => {
    await withPlace(async ({ agent, directory, options }) => {
      await withGitHub(await readFiles(join(directory, "site")), async (hub) => {
        await writeFile(join(directory, "token"), CANARY, { mode: 0o600 });
        hub.authorization = `Bearer ${CANARY}`;
        const args = [
          "sync",
          "--source",
          "github:acme/targets#artifacts",
          "--github-api",
          hub.api,
          ...options.slice(2),
        ];
        const credentials = ["--credentials", "bearer:token"];
        assert.match((await agent(...args, ...credentials)).stderr, /info swapped .*generation=7/);
        assert.equal(await agent(...args, ...credentials), { exit: 0, signal: undefined, stdout: "", stderr: "" });
        assert.is(hub.asked.at(-1)?.status, 304);
        const { exit, stderr } = await agent(...args);
        assert.equal([exit, /error unreachable .*\(404\)/.test(stderr)], [6, true], stderr);
      });
    });
  });

  it("tells where it stands, holds, releases and rolls back", async () => {
    await withPlace(async ({ agent, here, directory, options }) => {
      assert.is((await here("status", ...options)).exit, 8);
      await here("sync", ...options);
      const { exit, stdout } = await agent("status", ...options, "--json");
      assert.is(exit, 0);
      const { version, generation, files } = JSON.parse(stdout) as {
        version: number;
        generation: number;
        files: { condition: string }[];
      };
      assert.equal([version, generation, files.map(({ condition }) => condition)], [1, 7, ["in place"]]);
      const held = await agent("hold", ...options, "--for", "1h", "--reason", "why not");
      assert.is(held.exit, 0);
      assert.not.match(held.stdout, /^$/);
      await publish(join(directory, "site"), { generation: 8, targets: addresses(4) });
      assert.is((await here("sync", ...options)).exit, 4);
      assert.match((await here("status", ...options)).stdout, "why not");
      assert.is((await agent("release", ...options)).exit, 0);
      assert.is((await here("sync", ...options)).exit, 0);
      assert.is((await agent("rollback", ...options)).exit, 0);
      assert.match((await agent("status", ...options)).stdout, /^generation +7 /m);
    });
  });

  it("logs JSON, one object a line, and no secret, not even one that is quoted by a server", async () => {
    await withPlace(async ({ agent, directory, options }) => {
      await run(directory, ["sh", "-c", `umask 077; echo ${CANARY} > token`]);
      const args = ["--credentials", "bearer:token", "--log", "json", "--log-level", "debug"];
      for (const source of [`file://${directory}/${CANARY}`, `file://${directory}/site`]) {
        const ran = await agent("sync", ...options.with(1, source), ...args);
        const lines = ran.stderr.trim().split("\n");
        for (const line of lines) assert.type((JSON.parse(line) as { event: string }).event, "string");
        assert.not.match(ran.stderr + ran.stdout, CANARY);
      }
    });
  });

  it("writes what journald reads where stderr is its socket", async () => {
    await withPlace(async ({ directory, options }) => {
      const command = `JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$@"`;
      const ran = await run(directory, ["sh", "-c", command, "sh", process.execPath, AGENT, "sync", ...options]);
      assert.match(ran.stderr, /^<6>swapped /m);
    });
  });

  it("does its work though nobody reads what it says", async () => {
    await withPlace(async ({ directory, options }) => {
      const command = `{ "$@" 2>&1; echo $? > exit; } | true`;
      await run(directory, ["sh", "-c", command, "sh", process.execPath, AGENT, "sync", ...options]);
      assert.is(await readFile(join(directory, "exit"), "utf8"), "0\n");
      await run(directory, ["sh", "-c", command, "sh", process.execPath, AGENT, "sync", "--help"]);
      assert.is(await readFile(join(directory, "exit"), "utf8"), "0\n");
      await run(directory, [
        "sh",
        "-c",
        `"$@" >&- 2>&-; echo $? > exit`,
        "sh",
        process.execPath,
        AGENT,
        "sync",
        "--no",
      ]);
      assert.is(await readFile(join(directory, "exit"), "utf8"), "2\n");
    });
  });

  it("warns of a token that everybody can read, whether the source answers or not", async () => {
    await withPlace(async ({ agent, directory, options }) => {
      await withSite(join(directory, "site"), async (site) => {
        await writeFile(join(directory, "token"), CANARY, { mode: 0o644 });
        for (const [url, exit] of [
          [site.url, 0],
          ["http://127.0.0.1:1/", 6],
        ] as const) {
          const credentials = ["--source", url, "--credentials", "bearer:token"];
          const ran = await agent("sync", ...options.slice(2), ...credentials);
          assert.is(ran.exit, exit, ran.stderr);
          assert.is(ran.stderr.match(/ warning source-warning .*chmod/g)?.length, 1, ran.stderr);
          assert.not.match(ran.stderr, CANARY);
        }
      });
    });
  });

  it("waits the part of the splay that is this host's", async () => {
    await withPlace(async ({ agent, here, options }) => {
      await here("sync", ...options);
      const start = performance.now();
      assert.is((await endsSoon(() => agent("sync", ...options, "--splay", "1s"))).exit, 0);
      const seconds = (performance.now() - start) / 1000;
      const own = phaseOf(identityOf("tokyo-a"), 1);
      assert.ok(seconds >= own, `${seconds} s, ${own} s of them wanted`);
    });
  });

  it("ends at SIGTERM and SIGINT while a source does not answer, and leaves what is in place", async () => {
    await withPlace(async ({ here, directory, options }) => {
      await here("sync", ...options);
      const before = await readFiles(join(directory, "etc"));
      for (const [signal, exit] of [
        ["SIGTERM", 143],
        ["SIGINT", 130],
      ] as const) {
        assert.is(await stopWhileFetching(directory, options, signal), exit);
        assert.equal(await readFiles(join(directory, "etc")), before);
      }
      assert.is((await here("sync", ...options)).exit, 0);
    });
  });

  it("does not end with 0 where it ends in the middle of its work", async () => {
    await withPlace(async ({ directory, options }) => {
      await writeFile(join(directory, "no-timers.cjs"), "globalThis.setTimeout = () => ({ unref() {} });\n");
      const environment = { NODE_OPTIONS: "--require ./no-timers.cjs" };
      assert.is((await run(directory, [process.execPath, AGENT, "run", ...options], environment)).exit, 70);
    });
  });

  it("tells what a run will do where the state is lost: make it anew, or ask for --bootstrap", async () => {
    await withPlace(async ({ here, directory, options }) => {
      const at = (path: string): string => join(directory, path);
      assert.is((await here("sync", ...options)).exit, 0);
      await publish(at("site"), { generation: 8, targets: addresses(4) });
      assert.is((await here("sync", ...options)).exit, 0);
      for (const lose of [
        async () => await rm(at("state/state.json")),
        async () => await writeFile(at("state/state.json"), "{}"),
      ]) {
        await lose();
        const before = await readFiles(directory);
        const remade = await here("status", ...options);
        assert.is(remade.exit, 8);
        assert.match(remade.stdout, "made anew");
        assert.equal(await readFiles(directory), before);
      }
      await writeFile(at("signers"), "");
      for (const [lose, signers] of [
        // The key that it was signed with does not count any more.
        [async () => {}, ["--allowed-signers", "signers"]],
        // Last-known-good alone shows that there was a state.
        [async () => await rm(at("etc/.promgen-agent"), { recursive: true }), []],
      ] as const) {
        await lose();
        const needed = await here("status", ...options, ...signers);
        assert.is(needed.exit, 5, needed.stdout);
        assert.match(needed.stdout, "--bootstrap");
        assert.is((await here("sync", ...options, ...signers)).exit, 5);
      }
    });
  });

  it("holds and releases by the state alone, as its help says", async () => {
    await withPlace(async ({ here, options }) => {
      assert.is((await here("sync", ...options)).exit, 0);
      const places = ["--state", "state", "--targets", "etc/targets.json"];
      assert.is((await here("hold", ...places)).exit, 0);
      assert.is((await here("release", ...places)).exit, 0);
      const wrong = await here("hold", ...places, "--shard", "osaka-a");
      assert.is(wrong.exit, 5);
      assert.match(wrong.stderr, / wrong-shard /);
    });
  });

  it("takes targets though the directory for metrics is gone, and says so and what to do", async () => {
    await withPlace(async ({ here, directory, options }) => {
      const ran = await here("sync", ...options, "--textfile", "text");
      assert.is(ran.exit, 0, ran.stderr);
      assert.match(ran.stderr, new RegExp(`warning textfile-failed .*${directory}/text .*ENOENT.* help=.*--textfile`));
      assert.is((await stat(join(directory, "etc/targets.json"))).isFile(), true);
      await mkdir(join(directory, "text"));
      assert.is((await here("sync", ...options, "--textfile", "text")).exit, 0);
      assert.match(
        await readFile(join(directory, "text", textfileName(join(directory, "state"))), "utf8"),
        /^promgen_agent_generation\{shard="tokyo-a",state="[^"]+"\} 7$/m,
      );
    });
  });
});

/** Sends a signal once the agent asks a source that accepts and never answers. */
async function stopWhileFetching(
  directory: string,
  options: readonly string[],
  signal: NodeJS.Signals,
): Promise<number | null> {
  const silent = createServer(() => asked?.());
  let asked: (() => void) | undefined;
  const connected = new Promise<void>((resolve) => {
    asked = resolve;
  });
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const source = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
  const child = spawn(process.execPath, [AGENT, "sync", ...options.with(1, source)], {
    cwd: directory,
    env: environment(directory),
    stdio: "ignore",
  });
  try {
    const ended = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
    await connected;
    child.kill(signal);
    // The source has a minute.
    return await endsSoon(() => ended);
  } finally {
    child.kill("SIGKILL");
    silent.close();
  }
}
