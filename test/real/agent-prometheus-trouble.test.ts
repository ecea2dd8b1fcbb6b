/**
 * What the agent says where a real server cannot be asked, or cannot be reloaded; and that it recovers.
 */
import { chmod, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { PrometheusConfig } from "../../src/agent/config.ts";
import { openPrometheus } from "../../src/agent/prometheus/open-prometheus.ts";
import type { Expected, Proof, Reloaded } from "../../src/agent/prometheus/prometheus.ts";
import { describe, notRun } from "../describe.ts";
import { endsSoon, withEnoughTime } from "../stopwatch.ts";
import { ROOT, run, until, writeFiles } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { addresses, publish } from "./artifacts.ts";
import type { Host } from "./host.ts";
import { PASSWORD, prometheusConfig, swapIn, USER, withHost } from "./host.ts";
import { parallel } from "./parallel.ts";
import { installed } from "./prometheus.ts";
import { expected, groups, inTime, mtimeOf, read, serverOf, swapAndRead, text } from "./proofs.ts";

const together = parallel();
const [release] = await installed("what the agent finds out about servers in trouble");
if (release !== undefined) {
  /**
   * Asks for a proof of a file that is swapped in while the server is in this trouble, in not more than so many ms; and in
   * much more where waiting ends by itself, since people must help.
   */
  const troubled = async (
    host: Host,
    more: Partial<PrometheusConfig>,
    patience?: number,
  ): Promise<{ proof: Proof; file: Expected; seconds: number }> => {
    const { proof, file, seconds } = await swapAndRead(host, serverOf(host, more), text(groups(2)), 2, patience);
    assert.is(proof.verdict, "unconfirmed", proof.message);
    assert.is(proof.rung, 2);
    return { proof, file, seconds };
  };
  /** And, once the trouble is over, for another one. */
  const recovers = async (host: Host, file: Expected, more: Partial<PrometheusConfig> = {}): Promise<void> => {
    const { proof } = await read(host, serverOf(host, more), [file], undefined);
    assert.is(proof.verdict, "confirmed", proof.message);
  };

  describe(`the agent and a Prometheus in trouble (${release.name})`, (alone) => {
    const it = together(alone);

    it("waits for one that is down, and confirms when it is back", async () => {
      await withHost(release, { targets: text(groups(1)) }, async (host) => {
        await host.kill();
        const { file } = await withEnoughTime(1.5, async (seconds) => {
          const down = await troubled(host, {}, seconds * 1000);
          assert.match(down.proof.message ?? "", /nobody listens/);
          return down;
        });
        await host.restart();
        await recovers(host, file);
      });
    });

    it("is not held up by one that hangs, and confirms when it goes on", async () => {
      await withHost(release, { targets: text(groups(1)) }, async (host) => {
        await host.kill("SIGSTOP");
        const { proof, file, seconds } = await troubled(host, {}, 1500);
        assert.match(proof.message ?? "", /did not answer/);
        // One answer is waited for as long as ten seconds.
        assert.ok(seconds < 8, `${seconds} s`);
        const reloaded = await serverOf(host, { reloadTimeout: 0.5 }).reload(inTime());
        assert.is(reloaded.kind, "unknown");
        await host.kill("SIGCONT");
        await recovers(host, file);
      });
    });

    it("says that credentials are wanted, and shows nothing of those it has", async () => {
      await withHost(release, { targets: text(groups(1)), basicAuth: true }, async (host) => {
        const { proof, file } = await endsSoon(() => troubled(host, {}));
        assert.match(proof.help ?? "", /--prometheus-credentials/);
        const path = join(host.directory, "rotating");
        await writeFile(path, "promgen:wr0ng\n", { mode: 0o600 });
        const more = { credentials: { kind: "basic", path } } as const;
        const wrong = await troubled(host, more);
        assert.not.match(JSON.stringify(wrong.proof), /wr0ng/);
        assert.match(refusedBecause(await serverOf(host, more).reload(inTime())), / 401/);
        await writeFile(path, `${USER}:${PASSWORD}\r\n`);
        await recovers(host, wrong.file, more);
        assert.not.equal(wrong.file.mtime, file.mtime);
        assert.equal(await serverOf(host, more).reload(inTime()), { kind: "ok" });
      });
    });

    it("says that the file of the credentials is missing", async () => {
      await withHost(release, { targets: text(groups(1)), basicAuth: true }, async (host) => {
        const path = join(host.directory, "nowhere");
        const { proof } = await troubled(host, { credentials: { kind: "bearer", path } });
        assert.match(proof.message ?? "", new RegExp(path));
      });
    });

    it("says that the route prefix is missing, for proof and reload", async () => {
      await withHost(release, { targets: text(groups(1)), routePrefix: "/prometheus" }, async (host) => {
        const wrong = { urls: [`http://127.0.0.1:${host.port}`] };
        const server = openPrometheus(`http://127.0.0.1:${host.port}/`, prometheusConfig(host, wrong));
        const { proof, file } = await swapAndRead(host, server, text(groups(2)), 2);
        assert.is(proof.verdict, "unconfirmed");
        assert.match(proof.help ?? "", /route prefix/);
        assert.match(refusedBecause(await server.reload(inTime())), / 404/);
        await recovers(host, file);
        assert.equal(await serverOf(host).reload(inTime()), { kind: "ok" });
      });
    });

    it("trusts no certificate that nobody vouches for, and one that --prometheus-ca does", async () => {
      await withHost(release, { targets: text(groups(1)), tls: true }, async (host) => {
        const { proof, file } = await troubled(host, {});
        assert.match(proof.help ?? "", /--prometheus-ca/);
        const plain = openPrometheus(`http://127.0.0.1:${host.port}`, prometheusConfig(host));
        const spoken = await read(host, plain, [file], undefined);
        assert.match(spoken.proof.help ?? "", /https:/);
        await recovers(host, file, { tls: { ca: join(host.directory, "server.pem") } });
      });
    });

    it("tells servers of one host from each other", async () => {
      await withHost(release, { targets: text(groups(1)) }, async (ours) => {
        const reads = [ours.targetsPath];
        await withHost(release, { reads }, async (twin) => {
          await withHost(release, { targets: text(groups(1)) }, async (other) => {
            const { file, before } = await swapAndRead(ours, serverOf(ours), text(groups(2)), 2);
            for (const host of [ours, twin])
              assert.is((await read(ours, serverOf(host), [file], before)).proof.verdict, "confirmed");
            await withEnoughTime(3, async (seconds) => {
              const { proof } = await read(ours, serverOf(other), [file], before, seconds * 1000);
              assert.is(proof.verdict, "unconfirmed");
              assert.match(proof.message ?? "", /reads no /);
            });
          });
        });
      });
    });

    it("names the path by which a server knows the very file, and does not take it for ours by itself", async () => {
      await withHost(release, { targets: text(groups(1)), reads: ["seen/targets.json"] }, async (host) => {
        await symlink("promgen", join(host.directory, "seen"));
        await host.restart();
        const path = join(host.directory, "seen/targets.json");
        const { file } = await withEnoughTime(3, async (seconds) => {
          const seen = await troubled(host, {}, seconds * 1000);
          assert.match(seen.proof.help ?? "", `say --prometheus-path ${path}`);
          return seen;
        });
        await recovers(host, { ...file, path });
      });
    });

    it("blames a broken prometheus.yml, and not the targets, where the reload fails", async () => {
      await withHost(release, { targets: text(groups(1)) }, async (host) => {
        const server = serverOf(host);
        await writeFile(join(host.directory, "prometheus.yml"), "scrape_configs: [{ job_name: 1, nonsense: 2 }]");
        const { proof } = await swapAndRead(host, server, text(groups(2)), 2);
        assert.is(proof.verdict, "confirmed", proof.message);
        assert.match(refusedBecause(await server.reload(inTime())), /nothing to do with these targets/);
      });
    });

    it("says that the lifecycle API is off, and that a signal is a way", async () => {
      await withHost(release, { targets: text(groups(1)), lifecycle: false }, async (host) => {
        const off = await serverOf(host).reload(inTime());
        assert.match(refusedBecause(off), /lifecycle/);
        assert.match(("help" in off && off.help) || "", /--reload signal/);
        const pidFile = join(host.directory, "pid");
        const server = serverOf(host, { reload: "signal", signal: { pidFile }, reloadTimeout: 60 });
        await writeFile(pidFile, `${host.pid()}\n`);
        const sample = "prometheus_config_last_reload_success_timestamp_seconds";
        const before = await host.metric(sample);
        assert.equal(await server.reload(inTime()), { kind: "ok" });
        assert.not.equal(await host.metric(sample), before);

        await writeFile(join(host.directory, "prometheus.yml"), "nonsense: 1");
        assert.match(refusedBecause(await server.reload(inTime())), /its own configuration/);
        // In a container, Prometheus may well be process 1: that it is, is what counts.
        for (const other of [process.pid, 1]) {
          await writeFile(pidFile, `${other}`);
          assert.match(refusedBecause(await server.reload(inTime())), /not prometheus/);
        }
        await writeFile(pidFile, "-1");
        assert.match(refusedBecause(await server.reload(inTime())), /no process id/);
        await writeFile(pidFile, "4194305");
        assert.match(refusedBecause(await server.reload(inTime())), /does not exist/);
      });
    });

    it("lets systemd signal the unit, in words that old and new ones understand", async () => {
      await withHost(release, { targets: text(groups(1)), lifecycle: false }, async (host) => {
        const { ran, said } = await syncByUnit(host, `kill -HUP ${host.pid()}`);
        assert.is(ran.exit, 0, ran.stderr);
        assert.match(ran.stderr, / info reloaded /);
        assert.is(said, "kill -s HUP --kill-who=main -- prometheus.service\n");
      });
    });

    const failing: readonly (readonly [
      how: string,
      systemctl: string | undefined,
      log: RegExp,
      help: RegExp,
      isWaitedFor?: true,
    ])[] = [
      [
        "has no such unit",
        'echo "Failed to kill unit prometheus.service: Unit prometheus.service not loaded." >&2; exit 1',
        / warning .*systemctl kill -s HUP .*: Failed to kill unit prometheus\.service: Unit prometheus\.service not loaded/,
        /the unit exists/,
      ],
      [
        "does not let the agent's user",
        'echo "Failed to kill unit prometheus.service: Interactive authentication required." >&2; exit 4',
        / warning .*: Interactive authentication required/,
        /as root, or by a rule of polkit/,
      ],
      ["says nothing, and fails", "exit 3", / warning .*Command failed: systemctl kill/, /the unit exists/],
      ["is not installed", undefined, / warning .*systemctl is not installed here/, /--pid-file instead of --unit/],
      ["does not end", "exec sleep 60", / warning .*did not end within 5 s/, /see what it waits for/, true],
      ["signals somebody else", "exit 0", / warning .*SIGHUP is sent, and .* has not loaded anything since/, /^/, true],
    ];
    for (const [how, systemctl, log, help, isWaitedFor] of failing)
      it(`says so where systemd ${how}, and has the targets read all the same`, async () => {
        await withHost(release, { targets: text(groups(1)), lifecycle: false }, async (host) => {
          // It need not end within this; it must have been started.
          const patience = ["--reload-timeout", isWaitedFor ? "5s" : "60s"];
          const { ran, targets } = await endsSoon(() => syncByUnit(host, systemctl, patience));
          // The file is read, and that is what counts.
          assert.is(ran.exit, 0, ran.stderr);
          assert.match(ran.stderr, / info confirmed /);
          assert.is(await readFile(host.targetsPath, "utf8"), targets);
          const line = ran.stderr.split("\n").find((one) => one.includes("reload:")) ?? "";
          assert.match(line, log, ran.stderr);
          assert.match(line, help);
        });
      });

    it("does not take the error of another file in the directory for one with ours that it does not read", async () => {
      const custom = "promgen/custom.json";
      const options = { targets: text(groups(1)), reads: ["promgen/targets.json", custom] };
      await withHost(release, { ...options, files: { [custom]: text(groups(1)) } }, async (host) => {
        const server = serverOf(host);
        await until("the first file is read", async () => (await host.metric(mtimeOf(host))) !== undefined);
        const before = await server.baseline(inTime());
        await writeFile(join(host.directory, custom), '[{"targets":["x"');
        const file = expected(host, await swapIn(host.targetsPath, text(groups(2))), 2);
        const unread = { ...file, path: join(host.directory, "promgen/probes.json") };
        const { proof, nudges } = await read(host, server, [file, unread], before, 10_000);
        assert.is(proof.verdict, "unconfirmed", proof.message);
        assert.match(proof.message ?? "", "reads no /");
        assert.ok(nudges >= 2, `${nudges}`);
        assert.ok(((await host.metric("prometheus_sd_file_read_errors_total")) ?? 0) > 0);
      });
    });

    const rejected = "sees a file rejected that a later mode does not help, and confirms it once it is read again";
    if (process.getuid?.() !== 0) notRun(rejected, "only root can give up capabilities");
    else
      it(rejected, async () => {
        const rights = "-dac_override,-dac_read_search";
        const through = ["setpriv", `--bounding-set=${rights}`, `--inh-caps=${rights}`, "--"];
        await withHost(release, { targets: text(groups(1)), through }, async (host) => {
          const server = serverOf(host);
          await until("the first file is read", async () => (await host.metric(mtimeOf(host))) !== undefined);
          const before = await server.baseline(inTime());
          const file = expected(host, await swapIn(host.targetsPath, text(groups(2)), 0o200), 2);
          assert.is((await read(host, server, [file], before)).proof.verdict, "rejected");
          await chmod(host.targetsPath, 0o644);
          const { proof, nudges } = await read(host, server, [file], undefined);
          assert.is(proof.verdict, "confirmed", proof.message);
          assert.ok(nudges >= 1, `${nudges}`);
        });
      });
  });
}

/** Runs the agent with a systemctl that is this script; undefined: with none. Gives what it was told, too. */
async function syncByUnit(
  host: Host,
  systemctl: string | undefined,
  more: readonly string[] = [],
): Promise<{ readonly ran: Ran; readonly said: string; readonly targets: string }> {
  const bin = join(host.directory, "bin");
  const said = join(host.directory, "said");
  await mkdir(bin);
  if (systemctl === undefined) await symlink((await run("/", ["which", "flock"])).stdout.trim(), join(bin, "flock"));
  else {
    await writeFiles(bin, { systemctl: `#!/bin/sh\necho "$*" >${said}\n${systemctl}\n` });
    await chmod(join(bin, "systemctl"), 0o755);
  }
  const { targets } = await publish(join(host.directory, "site"), { generation: 7, targets: addresses(3) });
  const agent = [process.execPath, join(ROOT, "lib/promgen-agent.cjs"), "sync", "--shard", "tokyo-a"];
  const places = ["--targets", host.targetsPath, "--state", join(host.directory, "state")];
  const from = ["--source", `file://${host.directory}/site`, "--prometheus", host.url];
  const signal = ["--reload", "signal", "--unit", "prometheus.service"];
  const PATH = systemctl === undefined ? bin : `${bin}:${process.env["PATH"]}`;
  const ran = await run(host.directory, [...agent, ...places, ...from, ...signal, ...more], { PATH });
  return { ran, targets, said: await readFile(said, "utf8").catch(() => "") };
}

function refusedBecause(reloaded: Reloaded): string {
  if (reloaded.kind !== "failed") throw new Error(`not refused: ${JSON.stringify(reloaded)}`);
  return reloaded.message;
}
