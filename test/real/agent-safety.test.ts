/** How every agent holds back, whom it trusts, what it leaves when it is killed, and how it proves its work. */
import { mkdir, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe, notRun } from "../describe.ts";
import { ROOT, isInstalled, run, whileLocked } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { AGENTS, describeEach, onHost, SCRIPT, some, whole } from "./agents.ts";
import { addresses, makeKey, publish } from "./artifacts.ts";
import { withHost } from "./host.ts";
import { installed } from "./prometheus.ts";

const hasShellcheck = await isInstalled("shellcheck");
if (!hasShellcheck) notRun("shellcheck of promgen-agent.sh", "shellcheck is not installed");
const [oldest] = await installed("the agents against Prometheus");

const quiet = ["--no-proof", "--reload", "never"];

describeEach(
  (name) => `how ${name} holds back`,
  (agent, it, logic) => {
    logic("a file that would lose all its targets: 4, until it is accepted on the host", async () => {
      await onHost(agent, async (host) => {
        const before = await host.begin({ generation: 7 });
        const empty = await publish(host.files, { generation: 8, targets: [] });
        assert.is((await host.sync(...quiet)).exit, 4);
        assert.is((await host.sync(...quiet)).exit, 4);
        assert.equal(await host.inPlace(), before);
        assert.is((await host.sync("--accept", "8", ...quiet)).exit, 0);
        assert.equal(await host.inPlace(), empty);
      });
    });

    logic("and not what was accepted where it was published, or what is better again", async () => {
      await onHost(agent, async (host) => {
        await host.begin({ generation: 7 });
        await publish(host.files, { generation: 8, targets: [] });
        assert.is((await host.sync(...quiet)).exit, 4);
        await publish(host.files, { generation: 8, targets: [], accepts: 9 });
        assert.is((await host.sync(...quiet)).exit, 4, "of a generation that is still to come");
        await publish(host.files, { generation: 8, targets: [], accepts: 7 });
        assert.is((await host.sync(...quiet)).exit, 4, "of the one that is in place");
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
        await host.begin({ generation: 7 });
        const lock = join(host.directory, "state/lock");
        await whileLocked(lock, async () => assert.is((await host.sync(...quiet)).exit, 75));
        assert.is((await host.sync(...quiet)).exit, 0);
      });
    });
  },
);

describeEach(
  (name) => `whom ${name} trusts`,
  (agent, it, logic) => {
    it("only who is listed, once somebody is", async () => {
      await onHost(whole(agent), async (host) => {
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
        assert.is((await host.sync(...trust)).exit, 6, "changed after it was signed, or of two generations");
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

    logic("nobody any more who is not listed any more, though nothing is new", async () => {
      await onHost(agent, async (host) => {
        const signers = join(host.directory, "allowed_signers");
        const [line, other] = [
          await makeKey(join(host.directory, "key"), "ci@example.com"),
          await makeKey(join(host.directory, "other"), "ci@example.com"),
        ];
        await writeFile(signers, line + other);
        const trust = ["--allowed-signers", signers, "--identity", "ci@example.com", ...quiet];
        const signed = await publish(host.files, { generation: 7, key: join(host.directory, "key") });
        for (let round = 0; round < 2; round++) assert.is((await host.sync(...trust)).exit, 0);
        await writeFile(signers, other);
        for (let round = 0; round < 2; round++) assert.is((await host.sync(...trust)).exit, 5);
        assert.equal(await host.inPlace(), signed);
      });
    });

    it("nobody where the signature cannot be fetched: 6; only where the source has none: 5", async () => {
      await onHost(agent, async (host) => {
        const key = join(host.directory, "key");
        const signers = join(host.directory, "allowed_signers");
        await writeFile(signers, await makeKey(key, "ci@example.com"));
        const trust = ["--allowed-signers", signers, "--identity", "ci@example.com", ...quiet];
        await publish(host.files, { generation: 7, key });
        const all = [
          [500, 6],
          [503, 6],
          [undefined, 6],
          [404, 5],
          [410, 5],
        ] as const;
        for (const [status, exit] of some(agent, all, all.slice(2, 4))) {
          host.site.answer = (request, response) => {
            if (!(request.url ?? "").includes("SHA256SUMS.sig")) return false;
            if (status === undefined) request.socket.destroy();
            else response.writeHead(status).end();
            return true;
          };
          const ran = await host.sync(...trust);
          assert.is(ran.exit, exit, `${status}: ${ran.stderr}`);
        }
        host.site.answer = undefined;
        const ran = await host.sync(...trust);
        assert.is(ran.exit, 0, ran.stderr);
      });
      await onHost(agent, async (host) => {
        const signers = join(host.directory, "allowed_signers");
        await writeFile(signers, await makeKey(join(host.directory, "key"), "ci@example.com"));
        await publish(host.files, { generation: 7 });
        const from = ["--source", `file://${host.files}`, "--allowed-signers", signers, "--identity", "ci@example.com"];
        assert.is((await host.sync(...from, ...quiet)).exit, 5);
      });
    });
  },
);

describeEach(
  (name) => `what ${name} leaves when it is killed`,
  (agent, it, logic) => {
    logic("the old targets or the new ones, and a lock that is free", async () => {
      await onHost(whole(agent), async (host) => {
        const before = await host.begin({ generation: 7, urls: addresses(1) });
        const after = await publish(host.files, { generation: 8, targets: addresses(400), urls: addresses(2) });
        for (const milliseconds of [20, 60, 100, 140, 180, 220, 260, 300]) {
          const seconds = String(milliseconds / 1000);
          await run(host.directory, ["timeout", "-s", "KILL", seconds, ...host.line(quiet)]);
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
          ...host.line(["--source", `file://${host.files}`, ...quiet]),
        ]);
        if (ran.exit === 99) return assert.unreachable(`no tmpfs here: ${ran.stderr}`);
        assert.is(ran.exit, 7, ran.stderr);
        assert.not.match(ran.stderr, /targets\.json$/m);
      });
    });
  },
);

if (oldest !== undefined) {
  describeEach(
    (name) => `how ${name} proves it to Prometheus ${oldest.name}`,
    (agent, it) => {
      it("3 without a proof, 0 with it, and 3 for as long as the proof is owed", async () => {
        await onHost(agent, async (host) => {
          await publish(host.files, { generation: 7 });
          const absent = ["--prometheus", "http://127.0.0.1:1", "--proof-timeout", "1s"];
          const alone = await host.sync();
          assert.is(alone.exit, 3, "nobody to ask");
          assert.match(alone.stderr, "--prometheus");
          const unanswered = await host.sync(...absent);
          assert.is(unanswered.exit, 3, "nobody who answers");
          assert.match(unanswered.stderr.trimEnd().split("\n").at(-1) ?? "", "127.0.0.1");
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
                "100s",
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
    },
  );
}

describe("promgen-agent.sh", (it) => {
  for (const agent of AGENTS.slice(1)) {
    it(`ends with 7 where it cannot note that a proof is owed, and swaps nothing: ${agent.name}`, async () => {
      await onHost(agent, async (host) => {
        const published = await publish(host.files, { generation: 7 });
        assert.is((await host.sync("--no-proof")).exit, 0);
        await mkdir(join(host.directory, "etc/.promgen-agent/unconfirmed"));
        await publish(host.files, { generation: 8, targets: addresses(4) });
        assert.is((await host.sync("--no-proof")).exit, 7);
        assert.equal(await host.inPlace(), published);
      });
    });
  }

  it("has at most 150 lines", async () => {
    assert.ok((await readFile(SCRIPT, "utf8")).trimEnd().split("\n").length <= 150);
  });

  it("can be run as it is", async () => {
    assert.is((await stat(SCRIPT)).mode & 0o111, 0o111);
  });

  if (hasShellcheck) {
    it("is clean for shellcheck", async () => {
      const { exit, stdout } = await run(ROOT, ["shellcheck", "-s", "sh", SCRIPT]);
      assert.is(exit, 0, stdout);
    });
  }
});
