/** What is shipped beside the programs: units, alerts, dashboard, cron line. Held to the tools that read them. */
import { chown, cp, mkdir, readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { configure } from "../src/agent/option-config.ts";
import { readCommandLine } from "../src/agent/options.ts";
import { renderMetrics } from "../src/agent/watch/metrics.ts";
import { describe, notRun } from "./describe.ts";
import { publish } from "./real/artifacts.ts";
import { installed } from "./real/prometheus.ts";
import { ROOT, isInstalled, run, withDirectory, writeFiles } from "./workplace.ts";

const UNITS = ["promgen-agent.service", "promgen-agent-run.service", "promgen-agent.timer"];
const SERVICES = UNITS.filter((name) => name.endsWith(".service"));
const deploy = (path: string): string => join(ROOT, "deploy", path);
const [release] = await installed("the alerts");

/** Every metric name that a text asks for. */
function metricsIn(text: string): string[] {
  return [...new Set(text.match(/\bpromgen_agent_[a-z_]+/g))].sort();
}

/** Every metric that an agent with a state in every condition shows. */
function metricsOfAgent(): Set<string> {
  const text = renderMetrics(
    {
      version: 1,
      validators: {},
      quarantine: [],
      lastContact: 1,
      lastRun: { at: 1, exit: 0, seconds: 1 },
      held: { generation: 2, reason: "removed", removed: 1, before: 1, since: 1 },
      applied: { generation: 1, at: 1, mtimes: {}, targets: { "targets.json": 1 }, distinct: {}, servers: {} },
      counters: { runs: 1, swaps: 1, rollbacks: 1, failures: { digest: 1 } },
    },
    { version: "1", shard: "a", now: 1, maxAge: 1, queue: { isConnected: true, messages: { confirmed: 1 } } },
  );
  return new Set(metricsIn(text));
}

if (await isInstalled("systemd-analyze")) {
  describe("deploy: systemd units", (it) => {
    it("are correct", async () => {
      await withDirectory({}, async (directory) => {
        // systemd looks whether what a unit starts is there.
        for (const name of UNITS) await cp(deploy(`systemd/${name}`), join(directory, name));
        for (const name of SERVICES) {
          const unit = (await readFile(join(directory, name), "utf8"))
            .replaceAll("/usr/bin/node", process.execPath)
            .replace("EnvironmentFile=/etc", "EnvironmentFile=-/etc");
          await writeFiles(directory, { [name]: unit });
        }
        const { exit, stderr } = await run(directory, [
          "systemd-analyze",
          "verify",
          ...UNITS.map((name) => join(directory, name)),
        ]);
        assert.is(
          stderr
            .split("\n")
            .filter((line) => line.includes("promgen"))
            .join("\n"),
          "",
        );
        assert.is(exit, 0, stderr);
      });
    });

    if (process.getuid?.() === 0) {
      it("find their user and directories, on a host as Debian makes it: node_exporter's directory lies in Prometheus' own", async () => {
        await withDirectory({}, async (root) => {
          for (const path of ["etc", "var/lib/prometheus/node-exporter"])
            await mkdir(join(root, path), { recursive: true });
          await chown(join(root, "var/lib/prometheus"), 64_000, 64_000);
          for (const [program, ...args] of [
            ["systemd-sysusers", deploy("systemd/promgen-agent.sysusers.conf")],
            ["systemd-tmpfiles", "--create", deploy("systemd/promgen-agent.tmpfiles.conf")],
          ] as const) {
            const { exit, stderr } = await run(root, [program, `--root=${root}`, ...args]);
            assert.is(exit, 0, stderr);
          }
          const [, user] = /^promgen-agent:x:(\d+):/m.exec(await readFile(join(root, "etc/passwd"), "utf8")) ?? [];
          const owners = ["etc/prometheus/promgen", "var/lib/promgen-agent", "etc/promgen-agent"].map(
            async (path) => (await stat(join(root, path))).uid,
          );
          assert.equal(await Promise.all(owners), [Number(user), Number(user), 0]);
        });
      });
    }

    for (const name of SERVICES) {
      it(`${name} exposes no more than 1.5`, async () => {
        const { stdout } = await run(ROOT, ["systemd-analyze", "security", "--offline=yes", deploy(`systemd/${name}`)]);
        const exposure = /exposure level for [^:]*: ([0-9.]+)/.exec(stdout)?.[1];
        assert.ok(Number(exposure) <= 1.5, stdout);
      });
    }
  });
} else {
  notRun("deploy: systemd units", "systemd-analyze is not installed");
}

if (release !== undefined) {
  describe("deploy: alerts", (it) => {
    it("are correct, and fire when they should", async () => {
      const checked = await run(deploy("prometheus"), [release.promtool, "check", "rules", "promgen-agent.rules.yml"]);
      assert.is(checked.exit, 0, checked.stderr);
      const tested = await run(deploy("prometheus"), [
        release.promtool,
        "test",
        "rules",
        "promgen-agent.rules.test.yml",
      ]);
      assert.is(tested.exit, 0, tested.stderr + tested.stdout);
    });

    it("have a test each", async () => {
      const rules = await readFile(deploy("prometheus/promgen-agent.rules.yml"), "utf8");
      const tests = await readFile(deploy("prometheus/promgen-agent.rules.test.yml"), "utf8");
      for (const [, alert = ""] of rules.matchAll(/alert: (\w+)/g))
        assert.match(tests, new RegExp(`alertname: ${alert}\\n[^]*?exp_alerts|alertname="${alert}"`), alert);
    });
  });
}

describe("deploy: what the alerts are made for", (it) => {
  const agent = [process.execPath, join(ROOT, "lib/promgen-agent.cjs")];

  it("a wrong option ends before there are metrics: those of the last good run stay, and grow old", async () => {
    await withDirectory({}, async (directory) => {
      const at = (name: string): string => join(directory, name);
      for (const name of ["site", "etc", "metrics"]) await mkdir(at(name));
      await publish(at("site"), { generation: 7 });
      const places = ["--targets", at("etc/targets.json"), "--state", at("state"), "--no-proof", "--reload", "never"];
      const options = ["--source", `file://${at("site")}`, "--shard", "tokyo-a", ...places];
      const sync = [...agent, "sync", ...options, "--textfile", at("metrics")];
      const good = await run(directory, sync);
      assert.is(good.exit, 0, good.stderr);
      const [name = ""] = await readdir(at("metrics"));
      const before = await readFile(at(`metrics/${name}`), "utf8");
      assert.match(before, /^promgen_agent_last_run_exit_code\S* 0$/m);
      const wrong = { PROMGEN_MAX_AGE: "banana" };
      assert.is((await run(directory, sync, wrong)).exit, 2);
      assert.is(await readFile(at(`metrics/${name}`), "utf8"), before);
      assert.is((await run(directory, [...agent, "run", ...options, "--listen", "127.0.0.1:0"], wrong)).exit, 2);
    });
  });

  it("credentials that cannot be used are 2 in the metrics", async () => {
    await withDirectory({ token: "" }, async (directory) => {
      const at = (name: string): string => join(directory, name);
      for (const name of ["etc", "metrics"]) await mkdir(at(name));
      const options = ["--source", "http://127.0.0.1:1/", "--shard", "tokyo-a", "--targets", at("etc/targets.json")];
      const more = ["--state", at("state"), "--credentials", `bearer:${at("token")}`, "--textfile", at("metrics")];
      assert.is((await run(directory, [...agent, "sync", ...options, ...more])).exit, 2);
      const [name = ""] = await readdir(at("metrics"));
      assert.match(await readFile(at(`metrics/${name}`), "utf8"), /^promgen_agent_last_run_exit_code\S* 2$/m);
    });
  });

  it("the page names each of them, and the job that they ask for", async () => {
    const page = await readFile(join(ROOT, "docs/agent.md"), "utf8");
    const rules = await readFile(deploy("prometheus/promgen-agent.rules.yml"), "utf8");
    const alerts = [...rules.matchAll(/alert: (\w+)/g)].map(([, alert = ""]) => alert);
    assert.equal([...page.matchAll(/^\| `(Prom\w+)`/gm)].map(([, alert = ""]) => alert).sort(), alerts.sort());
    assert.match(page, `job_name: ${/up\{job="([^"]+)"\}/.exec(rules)?.[1]}\n`);
  });
});

describe("deploy: metrics", (it) => {
  it("alerts and dashboard ask for those that the agent shows", async () => {
    const shown = metricsOfAgent();
    for (const path of ["prometheus/promgen-agent.rules.yml", "grafana/promgen-agent.json"]) {
      const asked = metricsIn(await readFile(deploy(path), "utf8"));
      assert.ok(asked.length > 5, path);
      assert.equal(
        asked.filter((name) => !shown.has(name)),
        [],
        path,
      );
    }
  });

  if (release !== undefined) {
    it("every query of the dashboard is one that Prometheus understands", async () => {
      const { panels } = JSON.parse(await readFile(deploy("grafana/promgen-agent.json"), "utf8")) as {
        panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
      };
      const queries = panels.flatMap(({ targets }) =>
        targets.map(({ expr }) => expr.replace("$__rate_interval", "5m")),
      );
      assert.ok(queries.length > 10);
      const rules = queries.map((expr, index) => ({ record: `query:${index}`, expr }));
      await withDirectory({ "rules.json": JSON.stringify({ groups: [{ name: "dashboard", rules }] }) }, async (at) => {
        const { exit, stderr, stdout } = await run(at, [release.promtool, "check", "rules", "rules.json"]);
        assert.is(exit, 0, stderr + stdout);
      });
    });
  }
});

describe("deploy: image", (it) => {
  it("has the agent where it is started, and all that the build put beside it: its code cache", async () => {
    const text = await readFile(deploy("docker/Dockerfile"), "utf8");
    const [, from = "", to = ""] = /^COPY (\S+) (\S+)$/m.exec(text) ?? [];
    const { stdout } = await run(ROOT, ["sh", "-c", `ls -d ${from}`]);
    const built = (await readdir(join(ROOT, "lib"))).filter((name) => name.startsWith("promgen-agent.cjs"));
    assert.equal(stdout.trim().split("\n").sort(), built.map((name) => `lib/${name}`).sort());
    assert.match(text, `ENTRYPOINT ["node", "${to}promgen-agent.cjs"]`);
  });
});

describe("deploy: options", (it) => {
  it("the example of an environment file names options that there are", async () => {
    const example = await readFile(deploy("systemd/environment.example"), "utf8");
    const { stdout } = await run(ROOT, [process.execPath, join(ROOT, "lib/promgen-agent.cjs"), "sync", "--help"]);
    const names = [...example.matchAll(/^PROMGEN_(\w+)=/gm)].map(([, name = ""]) =>
      name.toLowerCase().replaceAll("_", "-"),
    );
    assert.ok(names.length > 5);
    assert.equal(
      names.filter((name) => !stdout.includes(`--${name}`)),
      [],
    );
  });

  it("the daemon's unit has defaults, and the environment file wins over them as the page of pushes needs it", async () => {
    const unit = await readFile(deploy("systemd/promgen-agent-run.service"), "utf8");
    const example = await readFile(deploy("systemd/environment.example"), "utf8");
    const page = await readFile(join(ROOT, "docs/push.md"), "utf8");
    const [, start = ""] = /^ExecStart=.*?promgen-agent\.cjs (.*)$/m.exec(unit) ?? [];
    const own = [...unit.matchAll(/^Environment=(.*)$/gm)]
      .map(([, line = ""]) => line.replaceAll(" ", "\n"))
      .join("\n");
    const variablesIn = (text: string): string[][] =>
      [...text.matchAll(/^(PROMGEN_\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]);
    const started = (...texts: readonly string[]): (string | undefined)[] => {
      // systemd.exec(5): settings of EnvironmentFile= override those of Environment=.
      const variables = Object.fromEntries([own, ...texts].flatMap(variablesIn)) as Record<string, string>;
      const line = readCommandLine(start.split(" "), variables);
      if (line.kind !== "command") throw new Error(start);
      assert.equal([...line.mistakes, ...line.warnings], []);
      return (["interval", "listen", "webhook-secret", "queue"] as const).map(
        (name) => line.words.get(name)?.values[0],
      );
    };
    assert.equal(started(example), ["60s", "127.0.0.1:9914", undefined, undefined]);
    assert.equal(started(example, page), [
      "60s",
      "0.0.0.0:9914",
      "/etc/promgen-agent/webhook-secret",
      "promgen-gen.prometheus001.example.com",
    ]);
  });

  it("what cron, the timer and Docker start takes the options that it is given", async () => {
    for (const path of ["promgen-agent.cron", "systemd/promgen-agent.service", "docker/Dockerfile"]) {
      const text = (await readFile(deploy(path), "utf8")).replaceAll("\\\n#", "");
      const [, words = ""] = /promgen-agent(?:\.cjs)? ((?:sync|run) .*)/.exec(text) ?? [];
      const line = readCommandLine(words.split(/\s+/), {});
      if (line.kind !== "command") throw new Error(`${path}: ${words}`);
      assert.ok(line.words.size > 0, path);
      assert.equal(line.mistakes, [], path);
      const mistakes = configure(line.command, line.words, [], {}, "/").mistakes.map(({ message }) => message);
      // What else it needs is in the environment file.
      assert.equal(
        mistakes.filter((message) => !message.includes(" is missing: ")),
        [],
        path,
      );
    }
  });

  it("a shell can read it, as cron's line does", async () => {
    await withDirectory({}, async (directory) => {
      const script = `set -aeu; . ${deploy("systemd/environment.example")}; echo "$PROMGEN_SHARD"`;
      assert.is((await run(directory, ["sh", "-c", script])).stdout, "tokyo-a\n");
    });
  });

  it("holds nothing but what the documents name", async () => {
    assert.equal((await readdir(deploy("."))).sort(), [
      "ci",
      "docker",
      "grafana",
      "prometheus",
      "promgen-agent.cron",
      "promgen-agent.sh",
      "systemd",
    ]);
  });
});
