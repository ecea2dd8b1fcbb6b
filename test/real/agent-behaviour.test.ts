/**
 * What every agent does, whichever it is: the one in Node, and the script in each shell that hosts have. The names of
 * the tests are the contract.
 */
import { mkdir, readFile, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe, notRun } from "../describe.ts";
import { ROOT, isInstalled, run, withDirectory } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { addresses, groupOf, makeKey, publish, sha256, withSite } from "./artifacts.ts";
import type { Site } from "./artifacts.ts";
import { withHost } from "./host.ts";
import { installed } from "./prometheus.ts";

interface Agent {
  readonly name: string;
  readonly command: readonly string[];
}

const SCRIPT = join(ROOT, "deploy/promgen-agent.sh");
const AGENTS: Agent[] = [{ name: "promgen-agent", command: [process.execPath, join(ROOT, "lib/promgen-agent.cjs")] }];
for (const [name, shell] of [
  ["dash", ["dash"]],
  ["busybox ash", ["busybox", "ash"]],
] as const) {
  if (await isInstalled(shell[0])) AGENTS.push({ name: `promgen-agent.sh in ${name}`, command: [...shell, SCRIPT] });
  else notRun(`promgen-agent.sh in ${name}`, "not installed");
}
const [oldest] = await installed("the agents against Prometheus");

/** One host: a directory that Prometheus watches, a state directory, a site to pull from. */
interface Host {
  readonly directory: string;
  readonly targets: string;
  readonly urls: string;
  readonly site: Site;
  readonly files: string;
  sync(...options: readonly string[]): Promise<Ran>;
  /** What is in place. */
  inPlace(): Promise<{ targets: string; urls: string }>;
}

async function onHost(agent: Agent, act: (host: Host) => Promise<void>): Promise<void> {
  await withDirectory({}, async (directory) => {
    const files = join(directory, "site");
    const watched = join(directory, "etc");
    await mkdir(files);
    await mkdir(watched);
    await withSite(files, async (site) => {
      const targets = join(watched, "targets.json");
      const urls = join(watched, "urls.json");
      const places = ["--targets", targets, "--urls", urls, "--state", join(directory, "state")];
      await act({
        directory,
        targets,
        urls,
        site,
        files,
        sync: async (...options) => {
          const source = options.includes("--source") ? [] : ["--source", site.url];
          const shard = options.includes("--all-shards") ? [] : ["--shard", "tokyo-a"];
          return await run(directory, [...agent.command, "sync", ...source, ...shard, ...places, ...options]);
        },
        inPlace: async () => ({ targets: await readFile(targets, "utf8"), urls: await readFile(urls, "utf8") }),
      });
      // Whatever happened: nothing that Prometheus would take for targets, and no debris.
      const names = await readdir(watched).catch(() => [] as string[]);
      assert.equal(
        names.filter((name) => /\.(json|ya?ml)$/.test(name) && name !== "targets.json" && name !== "urls.json"),
        [],
      );
    });
  });
}

for (const agent of AGENTS) {
  const quiet = ["--no-proof", "--reload", "never"];

  describe(`what ${agent.name} brings`, (it) => {
    it("brings both files of the shard, readable for Prometheus", async () => {
      await onHost(agent, async (host) => {
        const published = await publish(host.files, { generation: 100, urls: ["https://a.example.com/"] });
        const ran = await host.sync(...quiet);
        assert.is(ran.exit, 0, ran.stderr);
        assert.equal(await host.inPlace(), published);
        assert.is((await stat(host.targets)).mode & 0o777, 0o644);
      });
    });

    it("brings a newer generation, and leaves the files alone where nothing is new", async () => {
      await onHost(agent, async (host) => {
        await publish(host.files, { generation: 100 });
        assert.is((await host.sync(...quiet)).exit, 0);
        const { ino } = await stat(host.targets);
        assert.is((await host.sync(...quiet)).exit, 0);
        assert.is((await stat(host.targets)).ino, ino);
        const published = await publish(host.files, { generation: 101, targets: addresses(4) });
        assert.is((await host.sync(...quiet)).exit, 0);
        assert.equal(await host.inPlace(), published);
      });
    });

    it("brings the whole inventory, and names that need encoding", async () => {
      await onHost(agent, async (host) => {
        const whole = await publish(host.files, { shard: "*", generation: 5, targets: addresses(5) });
        assert.is((await host.sync("--all-shards", ...quiet)).exit, 0);
        assert.equal(await host.inPlace(), whole);
      });
      await onHost(agent, async (host) => {
        const shard = await publish(host.files, { shard: "東京 a", generation: 5, targets: addresses(6) });
        const ran = await host.sync("--shard", "東京 a", ...quiet);
        assert.is(ran.exit, 0, ran.stderr);
        assert.equal(await host.inPlace(), shard);
      });
    });

    it("reads a directory of this host", async () => {
      await onHost(agent, async (host) => {
        const published = await publish(host.files, { generation: 7 });
        assert.is((await host.sync("--source", `file://${host.files}`, ...quiet)).exit, 0);
        assert.equal(await host.inPlace(), published);
        assert.equal(host.site.requests, []);
      });
    });

    it("puts back a file that somebody edited or deleted", async () => {
      await onHost(agent, async (host) => {
        const published = await publish(host.files, { generation: 7 });
        assert.is((await host.sync(...quiet)).exit, 0);
        await writeFile(host.targets, groupOf("node", addresses(1)));
        await rm(host.urls);
        assert.is((await host.sync(...quiet)).exit, 0);
        assert.equal(await host.inPlace(), published);
      });
    });

    it("sends the credentials, which no process list shows", async () => {
      await onHost(agent, async (host) => {
        await publish(host.files, { generation: 7 });
        const token = join(host.directory, "token");
        await writeFile(token, "c4n4ry\r\n", { mode: 0o600 });
        const seen = new Set<string | undefined>();
        const lines: string[] = [];
        host.site.answer = (request) => {
          seen.add(request.headers.authorization);
          lines.push(request.rawHeaders.join(" "));
          return false;
        };
        const watching = run(host.directory, [
          "sh",
          "-c",
          'for i in 1 2 3 4 5 6 7 8; do cat /proc/[0-9]*/cmdline; sleep 0.05; done 2>/dev/null | tr "\\0" " "',
        ]);
        const ran = await host.sync("--credentials", `bearer:${token}`, ...quiet);
        assert.is(ran.exit, 0, ran.stderr);
        assert.equal([...seen], ["Bearer c4n4ry"]);
        const { stdout } = await watching;
        assert.not.ok((stdout + ran.stdout + ran.stderr).includes("c4n4ry"));
      });
    });
  });

  describe(`what ${agent.name} refuses`, (it) => {
    it("a source that does not answer: 6, and the targets stay", async () => {
      await onHost(agent, async (host) => {
        const published = await publish(host.files, { generation: 7 });
        assert.is((await host.sync(...quiet)).exit, 0);
        assert.is((await host.sync("--source", "http://127.0.0.1:1/", ...quiet)).exit, 6);
        assert.equal(await host.inPlace(), published);
      });
    });

    it("a shard that the source does not have: 5, and the targets stay", async () => {
      await onHost(agent, async (host) => {
        const published = await publish(host.files, { generation: 7 });
        assert.is((await host.sync(...quiet)).exit, 0);
        await rm(join(host.files, "shards/tokyo-a"), { recursive: true });
        assert.is((await host.sync(...quiet)).exit, 5);
        assert.equal(await host.inPlace(), published);
      });
    });

    it("plain http to another host, unless it is told: 2", async () => {
      await onHost(agent, async (host) => {
        assert.is((await host.sync("--source", "http://targets.example.com/", ...quiet)).exit, 2);
      });
    });

    it("wrong usage: 2", async () => {
      await onHost(agent, async (host) => {
        assert.is((await host.sync("--reload", "sometimes")).exit, 2);
        assert.is((await host.sync("--no-such-option", "x")).exit, 2);
        assert.equal(host.site.requests, []);
      });
    });

    it("bytes that do not fit their digest: 6, asked for again without caches, and the targets stay", async () => {
      await onHost(agent, async (host) => {
        const published = await publish(host.files, { generation: 7 });
        assert.is((await host.sync(...quiet)).exit, 0);
        await publish(host.files, { generation: 8, targets: addresses(4) });
        await writeFile(join(host.files, "shards/tokyo-a/targets.json"), published.targets);
        assert.is((await host.sync(...quiet)).exit, 6);
        assert.equal(await host.inPlace(), published);
        const asked = host.site.requests.filter(({ path }) => path.includes("targets.json?")).slice(1);
        assert.is(asked[0]?.path.includes(sha256(groupOf("node", addresses(4)))), true);
        assert.is(asked.at(-1)?.headers["cache-control"], "no-cache");
      });
    });

    it("an older generation, and the same with other bytes: 5, and the targets stay", async () => {
      await onHost(agent, async (host) => {
        const published = await publish(host.files, { generation: 7 });
        assert.is((await host.sync(...quiet)).exit, 0);
        await publish(host.files, { generation: 6, targets: addresses(4) });
        assert.is((await host.sync(...quiet)).exit, 5);
        await publish(host.files, { generation: 7, targets: addresses(4) });
        assert.is((await host.sync(...quiet)).exit, 5);
        assert.equal(await host.inPlace(), published);
      });
    });

    it("another shard, another repository: 5", async () => {
      await onHost(agent, async (host) => {
        const published = await publish(host.files, { generation: 7, repository: "https://git.example.com/a" });
        assert.is((await host.sync(...quiet)).exit, 0);
        await publish(host.files, { generation: 8, repository: "https://git.example.com/b", targets: addresses(4) });
        assert.is((await host.sync(...quiet)).exit, 5);
        await publish(host.files, { generation: 8, repository: "https://git.example.com/a", targets: addresses(4) });
        const sums = join(host.files, "shards/tokyo-a/SHA256SUMS");
        await writeFile(sums, (await readFile(sums, "utf8")).replace("tokyo-a", "osaka-a"));
        assert.is((await host.sync(...quiet)).exit, 5);
        assert.equal(await host.inPlace(), published);
      });
    });

    it("numbers that are none, and formats that come later: 5", async () => {
      for (const generation of ["-1", "007", "1e3", "9007199254740993", "", "7x"]) {
        await onHost(agent, async (host) => {
          await publish(host.files, { generation: 7 });
          const sums = join(host.files, "shards/tokyo-a/SHA256SUMS");
          await writeFile(sums, (await readFile(sums, "utf8")).replace("generation=7", `generation=${generation}`));
          assert.is((await host.sync(...quiet)).exit, 5, generation);
        });
      }
      await onHost(agent, async (host) => {
        await publish(host.files, { generation: 7 });
        const sums = join(host.files, "shards/tokyo-a/SHA256SUMS");
        await writeFile(sums, (await readFile(sums, "utf8")).replace("promgen-gen 1", "promgen-gen 2"));
        assert.is((await host.sync(...quiet)).exit, 5);
      });
    });

    it("a file that is no list of target groups, with the right digest: 5", async () => {
      for (const targets of ["", "null", "[]", "[]\n", "{}", "<html></html>"]) {
        await onHost(agent, async (host) => {
          const published = await publish(host.files, { generation: 7 });
          assert.is((await host.sync(...quiet)).exit, 0);
          await publish(host.files, { generation: 8, targets });
          assert.is((await host.sync(...quiet)).exit, 5, targets);
          assert.equal(await host.inPlace(), published);
        });
      }
    });

    it("a symbolic link where the targets should be: 7, and what it leads to stays", async () => {
      await onHost(agent, async (host) => {
        await publish(host.files, { generation: 7 });
        const victim = join(host.directory, "victim");
        await writeFile(victim, "mine");
        await symlink(victim, host.targets);
        assert.is((await host.sync(...quiet)).exit, 7);
        assert.is(await readFile(victim, "utf8"), "mine");
      });
    });

    it("a directory that is not there, before anything is fetched: 7", async () => {
      await onHost(agent, async (host) => {
        await publish(host.files, { generation: 7 });
        await rm(join(host.directory, "etc"), { recursive: true });
        assert.is((await host.sync(...quiet)).exit, 7);
      });
    });
  });

  describe(`how ${agent.name} holds back`, (it) => {
    it("a file that would lose all its targets: 4, until it is accepted on the host", async () => {
      await onHost(agent, async (host) => {
        const before = await publish(host.files, { generation: 7 });
        assert.is((await host.sync(...quiet)).exit, 0);
        const empty = await publish(host.files, { generation: 8, targets: [] });
        assert.is((await host.sync(...quiet)).exit, 4);
        assert.is((await host.sync(...quiet)).exit, 4);
        assert.equal(await host.inPlace(), before);
        assert.is((await host.sync("--accept", "8", ...quiet)).exit, 0);
        assert.equal(await host.inPlace(), empty);
      });
    });

    it("and not what was accepted where it was published, or what is better again", async () => {
      await onHost(agent, async (host) => {
        await publish(host.files, { generation: 7 });
        assert.is((await host.sync(...quiet)).exit, 0);
        await publish(host.files, { generation: 8, targets: [] });
        assert.is((await host.sync(...quiet)).exit, 4);
        const better = await publish(host.files, { generation: 9, targets: addresses(2) });
        assert.is((await host.sync(...quiet)).exit, 0);
        assert.equal(await host.inPlace(), better);
        const empty = await publish(host.files, { generation: 10, targets: [], accepts: 10 });
        assert.is((await host.sync(...quiet)).exit, 0);
        assert.equal(await host.inPlace(), empty);
      });
    });

    it("another run while one is at work: 75", async () => {
      await onHost(agent, async (host) => {
        await publish(host.files, { generation: 7 });
        assert.is((await host.sync(...quiet)).exit, 0);
        const lock = join(host.directory, "state/lock");
        const held = run(host.directory, ["flock", lock, "sleep", "2"]);
        await new Promise((resolve) => setTimeout(resolve, 300));
        assert.is((await host.sync(...quiet)).exit, 75);
        await held;
        assert.is((await host.sync(...quiet)).exit, 0);
      });
    });
  });

  describe(`whom ${agent.name} trusts`, (it) => {
    it("only who is listed, once somebody is", async () => {
      await onHost(agent, async (host) => {
        const key = join(host.directory, "key");
        const other = join(host.directory, "other");
        const signers = join(host.directory, "allowed_signers");
        await writeFile(signers, await makeKey(key, "ci@example.com"));
        const otherLine = await makeKey(other, "ci@example.com");
        const trust = ["--allowed-signers", signers, "--identity", "ci@example.com", ...quiet];

        const signed = await publish(host.files, { generation: 7, key });
        const ran = await host.sync(...trust);
        assert.is(ran.exit, 0, ran.stderr);

        await publish(host.files, { generation: 8, targets: addresses(4), key: other });
        assert.is((await host.sync(...trust)).exit, 5, "another key");
        await publish(host.files, { generation: 8, targets: addresses(4), key, namespace: "git" });
        assert.is((await host.sync(...trust)).exit, 5, "another namespace");
        await publish(host.files, { generation: 8, targets: addresses(4), key });
        const sums = join(host.files, "shards/tokyo-a/SHA256SUMS");
        await writeFile(sums, (await readFile(sums, "utf8")).replace("generation=8", "generation=9"));
        assert.is((await host.sync(...trust)).exit, 5, "changed after it was signed");
        await writeFile(`${sums}.sig`, "");
        assert.is((await host.sync(...trust)).exit, 5, "an empty signature");
        await rm(`${sums}.sig`);
        assert.is((await host.sync(...trust)).exit, 5, "no signature");
        assert.equal(await host.inPlace(), signed);

        await writeFile(signers, (await readFile(signers, "utf8")) + otherLine);
        const rotated = await publish(host.files, { generation: 10, targets: addresses(4), key: other });
        assert.is((await host.sync(...trust)).exit, 0, "a second line in the file");
        assert.equal(await host.inPlace(), rotated);
      });
    });
  });

  describe(`what ${agent.name} leaves when it is killed`, (it) => {
    it("the old targets or the new ones, and a lock that is free", async () => {
      await onHost(agent, async (host) => {
        const before = await publish(host.files, { generation: 7, urls: addresses(1) });
        assert.is((await host.sync(...quiet)).exit, 0);
        const after = await publish(host.files, { generation: 8, targets: addresses(400), urls: addresses(2) });
        for (const milliseconds of [20, 60, 100, 140, 180, 220, 260, 300]) {
          const seconds = String(milliseconds / 1000);
          await run(host.directory, [
            "timeout",
            "-s",
            "KILL",
            seconds,
            ...agent.command,
            "sync",
            "--source",
            host.site.url,
            "--shard",
            "tokyo-a",
            "--targets",
            host.targets,
            "--urls",
            host.urls,
            "--state",
            join(host.directory, "state"),
            ...quiet,
          ]);
          const now = await host.inPlace();
          assert.ok([before.targets, after.targets].includes(now.targets), `targets.json after ${seconds} s`);
          assert.ok([before.urls, after.urls].includes(now.urls), `urls.json after ${seconds} s`);
        }
        assert.is((await host.sync(...quiet)).exit, 0);
        assert.equal(await host.inPlace(), after);
        const staging = await readdir(join(host.directory, "etc/.promgen-agent"));
        assert.equal(
          staging.filter((name) => !name.startsWith("SHA256SUMS")),
          [],
        );
      });
    });

    it("a disk that is full: 7, the old targets, no debris", async () => {
      await onHost(agent, async (host) => {
        await publish(host.files, { generation: 7 });
        await publish(host.files, { generation: 7, targets: addresses(3000) });
        const script = [
          'mount -t tmpfs -o size=24k none "$1/etc" || exit 99',
          "shift",
          '"$@"',
          "code=$?",
          'ls -A "$0" "$0/.promgen-agent" >&2',
          "exit $code",
        ].join("\n");
        const ran = await run(host.directory, [
          "unshare",
          "-rm",
          "sh",
          "-c",
          script,
          join(host.directory, "etc"),
          host.directory,
          ...agent.command,
          "sync",
          "--source",
          `file://${host.files}`,
          "--shard",
          "tokyo-a",
          "--targets",
          host.targets,
          "--urls",
          host.urls,
          "--state",
          join(host.directory, "state"),
          ...quiet,
        ]);
        if (ran.exit === 99) return assert.unreachable(`no tmpfs here: ${ran.stderr}`);
        assert.is(ran.exit, 7, ran.stderr);
        assert.not.match(ran.stderr, /targets\.json$/m);
      });
    });
  });

  if (oldest !== undefined) {
    describe(`how ${agent.name} proves it to Prometheus ${oldest.name}`, (it) => {
      it("3 without a proof, 0 with it, and 3 for as long as the proof is owed", async () => {
        await onHost(agent, async (host) => {
          await publish(host.files, { generation: 7 });
          const absent = ["--prometheus", "http://127.0.0.1:1", "--proof-timeout", "1s"];
          assert.is((await host.sync()).exit, 3, "nobody to ask");
          assert.is((await host.sync(...absent)).exit, 3, "nobody who answers");
          assert.is((await host.sync(...quiet)).exit, 0, "nobody wants one");
        });
      });

      it("0 once Prometheus has read it, which was told to reload", async () => {
        await withHost(oldest, {}, async (prometheus) => {
          await onHost(agent, async (host) => {
            const targets = join(prometheus.directory, "promgen/targets.json");
            const command = [...agent.command, "sync", "--source", host.site.url, "--shard", "tokyo-a"];
            const places = ["--targets", targets, "--state", join(host.directory, "state")];
            const sync = async (): Promise<Ran> =>
              await run(host.directory, [
                ...command,
                ...places,
                "--prometheus",
                prometheus.url,
                "--proof-timeout",
                "20s",
              ]);
            const reloaded = async (): Promise<number | undefined> =>
              await prometheus.metric("prometheus_config_last_reload_success_timestamp_seconds");
            const before = await reloaded();
            for (const count of [3, 5]) {
              const published = await publish(host.files, { generation: count, targets: addresses(count) });
              const ran = await sync();
              assert.is(ran.exit, 0, ran.stderr);
              assert.is(await readFile(targets, "utf8"), published.targets);
            }
            assert.is.not(await reloaded(), before);
            assert.is((await sync()).exit, 0);
          });
        });
      });
    });
  }
}

describe("promgen-agent.sh", (it) => {
  it("has at most 150 lines, and shellcheck finds nothing", async () => {
    assert.ok((await readFile(SCRIPT, "utf8")).trimEnd().split("\n").length <= 150);
    if (!(await isInstalled("shellcheck")))
      return notRun("shellcheck of promgen-agent.sh", "shellcheck is not installed");
    const { exit, stdout } = await run(ROOT, ["shellcheck", "-s", "sh", SCRIPT]);
    assert.is(exit, 0, stdout);
  });

  it("can be run as it is", async () => {
    assert.is((await stat(SCRIPT)).mode & 0o111, 0o111);
  });
});
