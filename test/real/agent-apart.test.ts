/** Every agent where targets and URLs lie in directories of their own: each is staged and nudged where it belongs. */
import { mkdir, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { run } from "../workplace.ts";
import { AGENTS, onHost } from "./agents.ts";
import { addresses, groupOf, publish } from "./artifacts.ts";
import { withHost } from "./host.ts";
import { installed } from "./prometheus.ts";

const quiet = ["--no-proof", "--reload", "never"];
const [oldest] = await installed("the agents and a Prometheus that reads two directories");

/** As many groups of one target each. */
function groups(count: number): string {
  const labels = { __param_module: "http_2xx" };
  const lines = Array.from({ length: count }, (_, at) => groupOf(`job${at}`, addresses(1, at), labels).split("\n")[1]);
  return `[\n${lines.join(",\n")}\n]\n`;
}

for (const agent of AGENTS) {
  describe(`${agent.name} and files that lie apart`, (it) => {
    it("makes both directories, readable for Prometheus, and leaves no debris in them", async () => {
      await onHost(agent, async (host) => {
        const published = await publish(host.files, { generation: 7, urls: ["https://a.example.com/"] });
        const urls = join(host.directory, "probes/urls.json");
        const ran = await host.sync("--urls", urls, ...quiet);
        assert.is(ran.exit, 0, ran.stderr);
        assert.is(await readFile(urls, "utf8"), published.urls);
        assert.is(await readFile(host.targets, "utf8"), published.targets);
        const { stdout } = await run(host.directory, ["stat", "-c", "%a", "probes", "probes/urls.json"]);
        assert.equal(stdout, "755\n644\n");
        assert.equal(await readdir(join(host.directory, "probes/.promgen-agent")), []);
      });
    });

    it("keeps both files as they are, whole, where the disk of one is full: 7", async () => {
      await onHost(agent, async (host) => {
        const urls = join(host.directory, "probes/urls.json");
        const [before, after] = [join(host.directory, "before"), join(host.directory, "after")];
        const published = await publish(before, { generation: 7, urls: addresses(1) });
        await publish(after, { generation: 8, targets: addresses(4), urls: addresses(20_000) });
        await mkdir(join(host.directory, "probes"));
        const line = (source: string): string =>
          host
            .line(["--source", `file://${source}`, "--urls", urls, ...quiet])
            .map((word) => `'${word}'`)
            .join(" ");
        const script = [
          "mount -t tmpfs -o size=128k,mode=755 none probes || exit 99",
          line(before),
          "first=$?",
          line(after),
          "second=$?",
          "cat etc/targets.json probes/urls.json",
          "stat -c %a probes/urls.json",
          "ls -A probes/.promgen-agent",
          "echo $first $second",
        ].join("\n");
        const ran = await run(host.directory, ["unshare", "-rm", "sh", "-c", script]);
        if (ran.exit === 99) return assert.unreachable(`no tmpfs here: ${ran.stderr}`);
        assert.is(ran.stdout, `${published.targets}${published.urls}644\n0 7\n`, ran.stderr);
        assert.match(ran.stderr, join(host.directory, "probes"));
      });
    });

    if (oldest !== undefined)
      it(`has Prometheus ${oldest.name} prove that it has read both after each has lost groups`, async () => {
        const job = { job_name: "apart", file_sd_configs: [{ files: ["probes/urls.json"] }] };
        const options = { scrapeConfigs: [job], files: { "probes/README": "" } };
        await withHost(oldest, options, async (prometheus) => {
          await onHost(agent, async (host) => {
            const places = [
              "--targets",
              prometheus.targetsPath,
              "--urls",
              join(prometheus.directory, "probes/urls.json"),
            ];
            const asks = ["--prometheus", prometheus.url, "--proof-timeout", "100s", "--reload", "never"];
            for (const [generation, count] of [
              [7, 3],
              [8, 2],
            ] as const) {
              await publish(host.files, { generation, targets: groups(count), urls: groups(count) });
              const ran = await host.sync(...places, ...asks);
              assert.is(ran.exit, 0, ran.stderr);
            }
          });
        });
      });
  });
}
