/**
 * What doctor says where something is wrong with a real Prometheus and the files that it should read.
 */
import { chmod, mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { AgentConfig, PlaceConfig, PrometheusConfig } from "../../src/agent/config.ts";
import { doctor } from "../../src/agent/commands/doctor.ts";
import { openDisk } from "../../src/agent/disk/open-disk.ts";
import { diagnose } from "../../src/agent/doctor/diagnose.ts";
import type { Row, RowId } from "../../src/agent/doctor/row.ts";
import { exitOf } from "../../src/agent/doctor/row.ts";
import type { Collaborators } from "../../src/agent/core/collaborators.ts";
import { openPrometheus } from "../../src/agent/prometheus/open-prometheus.ts";
import { SYSTEM_CLOCK } from "../../src/agent/system-clock.ts";
import { collaboratorsIn, configIn } from "../agent/doctor/configuration.ts";
import { describe, notRun } from "../describe.ts";
import { until } from "../workplace.ts";
import type { Host } from "./host.ts";
import { PASSWORD, prometheusConfig, swapIn, withHost } from "./host.ts";
import { networkTrouble } from "./network.ts";
import { parallel } from "./parallel.ts";
import { installed } from "./prometheus.ts";

const TARGETS = '[{"targets":["127.0.0.1:1","127.0.0.1:2"],"labels":{"job":"node"}}]';
const MORE = '[{"targets":["127.0.0.1:1"],"labels":{"job":"node"}},{"targets":["127.0.0.1:3"],"labels":{"job":"x"}}]';

interface Said {
  readonly rows: readonly Row[];
  readonly exit: number;
  /** The worst row about this. */
  readonly of: (id: RowId) => Row | undefined;
}

function configOf(
  host: Host,
  prometheus: Partial<PrometheusConfig> = {},
  place: Partial<PlaceConfig> = {},
): AgentConfig {
  const config = {
    targets: host.targetsPath,
    state: join(host.directory, "state"),
    mode: 0o644,
    allowSymlinks: false,
    ...place,
  };
  return configIn({ config }, { prometheus: prometheusConfig(host, prometheus) });
}

function collaboratorsOf(config: AgentConfig): Collaborators {
  const place = { clock: SYSTEM_CLOCK, disk: openDisk(config.place, SYSTEM_CLOCK) };
  return collaboratorsIn(place, {
    servers: config.prometheus.urls.map((url) => openPrometheus(url, config.prometheus)),
    signal: AbortSignal.timeout(100_000),
  });
}

async function ask(config: AgentConfig): Promise<Said> {
  const rows = await diagnose(config, collaboratorsOf(config));
  return {
    rows,
    exit: exitOf(rows),
    of: (id) => {
      const same = rows.filter((row) => row.id === id);
      return same.find(({ level }) => level === "trouble") ?? same.find(({ level }) => level === "warning") ?? same[0];
    },
  };
}

/** Waits until the server has read what is there. */
async function settled(host: Host, filename = host.targetsPath): Promise<void> {
  const sample = `prometheus_sd_file_mtime_seconds{filename="${filename}"}`;
  await until("the file is read", async () => (await host.metric(sample)) !== undefined);
}

const together = parallel();
const found = await installed("what doctor says of real servers");
const namespaces = await networkTrouble();
if (namespaces !== undefined) notRun("what doctor says of mounts and limits of inotify", namespaces);

for (const release of found) {
  describe(`doctor and Prometheus ${release.name}`, (alone) => {
    const it = together(alone);

    it("has nothing to complain of where all is well, and ends with 0", async () => {
      await withHost(release, { targets: TARGETS }, async (host) => {
        await until("both are scraped", async () => (await host.targets()).activeTargets.length === 2);
        const { rows, exit, of } = await ask(configOf(host));
        assert.equal(
          rows.filter(({ level }) => level === "trouble"),
          [],
        );
        assert.is(exit, 0);
        assert.equal([of("read")?.level, of("scraped")?.level, of("reload")?.level], ["ok", "ok", "ok"]);
      });
    });

    it("says that the directory was not there when Prometheus started", async () => {
      await withHost(release, { withoutDirectory: true }, async (host) => {
        // Whole hundredths of a second are all that a start time has.
        await new Promise((resolve) => setTimeout(resolve, 50));
        await mkdir(join(host.directory, "promgen"));
        await swapIn(host.targetsPath, TARGETS);
        const { of, exit } = await ask(configOf(host));
        assert.is(of("directory")?.level, "trouble");
        assert.match(of("directory")?.what ?? "", /after .* had started/);
        assert.is(exit, 3);
      });
    });

    it("says that Prometheus reads through a symbolic link that was changed", async () => {
      await withHost(release, { targets: TARGETS, reads: ["link/targets.json"] }, async (host) => {
        const link = join(host.directory, "link");
        await symlink("promgen", link);
        await host.restart();
        await settled(host, join(link, "targets.json"));
        await mkdir(join(host.directory, "next"));
        await new Promise((resolve) => setTimeout(resolve, 1100));
        await writeFile(join(host.directory, "next/targets.json"), MORE);
        await symlink("next", `${link}.new`);
        await rename(`${link}.new`, link);
        const { of, exit } = await ask(
          configOf(host, {}, { targets: join(link, "targets.json"), allowSymlinks: true }),
        );
        assert.is(of("symlink")?.level, "trouble");
        assert.match(of("symlink")?.what ?? "", /does not notice when the link changes/);
        assert.is(exit, 3);
        const refused = await ask(configOf(host, {}, { targets: join(link, "targets.json") }));
        assert.is(refused.of("symlink")?.reason, "unsafe-path");
        assert.is(refused.exit, 7);
      });
    });
  });
}

const [release] = found;
if (release !== undefined) {
  describe(`doctor and a Prometheus in trouble (${release.name})`, (alone) => {
    const it = together(alone);

    it("names the path by which the server knows the file", async () => {
      await withHost(release, { targets: TARGETS, reads: ["seen/targets.json"] }, async (host) => {
        await symlink("promgen", join(host.directory, "seen"));
        await host.restart();
        const path = join(host.directory, "seen/targets.json");
        await settled(host, path);
        const { of, exit } = await ask(configOf(host));
        assert.is(of("config")?.help, `say --prometheus-path ${path}`);
        assert.is(exit, 3);
        const told = await ask(configOf(host, { paths: { "targets.json": path } }));
        assert.is(told.of("read")?.level, "ok");
      });
    });

    it("tells another server from ours", async () => {
      await withHost(release, { targets: TARGETS }, async (ours) => {
        await withHost(release, { targets: TARGETS }, async (other) => {
          await settled(other);
          const { of, exit } = await ask(configOf(ours, { urls: [other.url] }));
          assert.is(of("config")?.level, "trouble");
          assert.match(of("config")?.what ?? "", new RegExp(`they have ${other.targetsPath}`));
          assert.is(exit, 3);
        });
      });
    });

    it("says what stands in the way of credentials, and keeps the password to itself", async () => {
      await withHost(release, { targets: TARGETS, basicAuth: true, lifecycle: false }, async (host) => {
        const without = await ask(configOf(host));
        assert.match(without.of("prometheus")?.help ?? "", /--prometheus-credentials/);
        assert.is(without.exit, 3);
        const config = configOf(host, { credentials: { kind: "basic", path: host.credentialsFile } });
        let text = "";
        const print = (more: string): void => {
          text += more;
        };
        assert.is(await doctor(config, collaboratorsOf(config), { json: true, print }), 0);
        const { rows } = JSON.parse(text) as { rows: Row[] };
        assert.is(rows.find(({ id }) => id === "reload")?.level, "warning");
        await doctor(config, collaboratorsOf(config), { json: false, print });
        assert.not.match(text, PASSWORD);
        assert.not.match(text, Buffer.from(PASSWORD).toString("base64"));
      });
    });

    it("names two file_sd configs on one file, and what a wildcard reads besides", async () => {
      const second = { job_name: "second", file_sd_configs: [{ files: ["promgen/*.json"] }] };
      await withHost(
        release,
        { targets: TARGETS, scrapeConfigs: [second], files: { "promgen/old.json": "[]", "promgen/urls.json": "[]" } },
        async (host) => {
          await settled(host);
          const { of, exit } = await ask(configOf(host));
          assert.match(of("config")?.what ?? "", /^2 file_sd configs .*: promgen, second$/);
          assert.is(of("neighbours")?.level, "warning");
          assert.match(of("neighbours")?.what ?? "", / old\.json, urls\.json /);
          assert.is(exit, 0);
          // Which files are ours, the configuration says, and not their names.
          const ours = await ask(configOf(host, {}, { urls: join(host.directory, "promgen/old.json") }));
          assert.match(ours.of("neighbours")?.what ?? "", / reads urls\.json /);
        },
      );
    });

    it("finds targets that are still scraped although the file does not have them", async () => {
      await withHost(release, { targets: TARGETS }, async (host) => {
        const count = async (): Promise<number> => (await host.targets()).activeTargets.length;
        // Where the change was passed on in the moment before the reload, all is well.
        for (let attempt = 0; attempt < 6; attempt++) {
          await swapIn(host.targetsPath, TARGETS);
          await until("both are scraped", async () => (await count()) === 2);
          await swapIn(host.targetsPath, "[]");
          await host.ask("/-/reload", "POST");
          await new Promise((resolve) => setTimeout(resolve, 12_500));
          if ((await count()) > 0) break;
        }
        const { rows } = await ask(configOf(host));
        const ghosts = rows.find(({ id }) => id === "scraped");
        assert.is(ghosts?.level, "trouble");
        assert.match(ghosts?.what ?? "", /scrapes 2 targets that .* does not have, and lacks 0/);
        assert.is(rows.find(({ id }) => id === "targets")?.reason, "invalid");
      });
    });

    it("says that the server is down", async () => {
      await withHost(release, { targets: TARGETS }, async (host) => {
        await host.kill();
        const { of, exit } = await ask(configOf(host));
        assert.match(of("prometheus")?.what ?? "", /nobody listens/);
        assert.is(exit, 3);
      });
    });

    if (process.getuid?.() === 0) {
      it("says that the user of Prometheus may not read the file", async () => {
        const rights = "-dac_override,-dac_read_search";
        const through = ["setpriv", `--bounding-set=${rights}`, `--inh-caps=${rights}`, "--"];
        await withHost(release, { targets: TARGETS, through }, async (host) => {
          await settled(host);
          await swapIn(host.targetsPath, MORE);
          await settled(host);
          await new Promise((resolve) => setTimeout(resolve, 300));
          await swapIn(host.targetsPath, TARGETS, 0o200);
          const { of, exit } = await ask(configOf(host));
          assert.is(of("access")?.level, "trouble");
          assert.match(of("access")?.what ?? "", /targets\.json \(owner 0:0, mode 0200\)/);
          assert.is(of("mode")?.level, "warning");
          assert.is(exit, 3);
          await chmod(host.targetsPath, 0o644);
        });
      });
    }

    if (namespaces === undefined) {
      it("says that the file is mounted by itself", async () => {
        const mount = 'mount --bind promgen/targets.json mounted/targets.json && exec "$@"';
        const options = {
          targets: TARGETS,
          reads: ["mounted/targets.json"],
          files: { "mounted/targets.json": "" },
          through: ["unshare", "-rm", "sh", "-c", mount, "sh"],
        };
        await withHost(release, options, async (host) => {
          const path = join(host.directory, "mounted/targets.json");
          await settled(host, path);
          await swapIn(host.targetsPath, MORE);
          const { of, exit } = await ask(configOf(host, { paths: { "targets.json": path } }));
          assert.is(of("bind-mount")?.level, "trouble");
          assert.match(of("bind-mount")?.help ?? "", /mount the directory/);
          assert.is(exit, 3);
        });
      });

      it("says that the limit of inotify keeps Prometheus from reading anything", async () => {
        const limit = 'echo 0 >/proc/sys/user/max_inotify_instances && exec "$@"';
        const through = ["unshare", "-r", "sh", "-c", limit, "sh"];
        await withHost(release, { targets: TARGETS, through }, async (host) => {
          await until(
            "it gave up",
            async () => Number(await host.metric("prometheus_sd_file_watcher_errors_total")) > 0,
          );
          const { of, exit } = await ask(configOf(host));
          assert.is(of("watch")?.level, "trouble");
          assert.match(of("watch")?.help ?? "", /max_user_instances/);
          assert.is(exit, 3);
        });
      });
    }
  });
}
