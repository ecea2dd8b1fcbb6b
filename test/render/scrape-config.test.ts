import * as assert from "uvu/assert";
import { parse } from "yaml";
import { describe } from "../describe.ts";
import { render } from "./rendered.ts";

interface Job {
  readonly job_name: string;
  readonly file_sd_configs: readonly { readonly files: readonly string[] }[];
  readonly relabel_configs: readonly Readonly<Record<string, unknown>>[];
}

/** The jobs of the one shard of an inventory. */
async function jobsOf(shard: string, config = "{}\n"): Promise<readonly Job[]> {
  const files = await render({ "promgen.yml": config, "targets/a.yml": shard });
  const path = Object.keys(files).find((name) => name.endsWith("/scrape-config.yml")) ?? "";
  return (parse(files[path] ?? "") as { scrape_configs: Job[] }).scrape_configs;
}

/** Whether the keep rule keeps a shard, by Prometheus' rules: the whole value must match. */
const keeps = ({ relabel_configs: [rule] }: Job, name: string): boolean =>
  new RegExp(`^(?:${String(rule?.["regex"])})$`, "u").test(name);

describe("scrape-config.yml", (it) => {
  it("reads the files where the shard has them, or promgen.yml, or where they lie by default", async () => {
    const filesOf = async (shard: string, config?: string): Promise<unknown> =>
      (await jobsOf(shard, config)).map(({ file_sd_configs: [discovery] }) => discovery?.files);
    assert.equal(await filesOf("shard: a\n"), [
      ["/etc/prometheus/promgen/targets.json"],
      ["/etc/prometheus/promgen/urls.json"],
    ]);
    const config = "prometheus: { targets: /srv/t.json, urls: '/srv/a b #1: \"x\".json' }\n";
    assert.equal(await filesOf("shard: a\n", config), [["/srv/t.json"], ['/srv/a b #1: "x".json']]);
    assert.equal(await filesOf("shard: a\nprometheus: { targets: /own/t.json }\n", config), [
      ["/own/t.json"],
      ['/srv/a b #1: "x".json'],
    ]);
  });

  it("keeps its own shard and no other, whatever the name means to a regular expression", async () => {
    for (const [name, others] of [
      ["a.b", ["axb", "a.b.c", "a", "xa.b", "a.b\n"]],
      ["2024.10", ["2024x10", "2024.100"]],
      ["東京 第1", ["東京 第10", "東京 第"]],
      ["a-b_c d", ["a-b_c", "a-b_c d "]],
    ] as const) {
      const jobs = await jobsOf(`shard: "${name}"\n`);
      assert.is(jobs.length, 2);
      for (const job of jobs) {
        assert.equal(job.relabel_configs[0], {
          source_labels: ["__shard"],
          regex: name.replaceAll(".", "\\."),
          action: "keep",
        });
        assert.ok(keeps(job, name), name);
        for (const other of others) assert.not.ok(keeps(job, other), `${name} keeps ${other}`);
      }
    }
  });

  it("keeps the shard of a name that Prometheus' YAML takes for nothing", async () => {
    for (const job of await jobsOf(`shard: "null"\n`)) {
      assert.is(job.relabel_configs[0]?.["regex"], "(?:null)");
      assert.ok(keeps(job, "null") && !keeps(job, "") && !keeps(job, "nulls"));
    }
  });

  it("sends probes to blackbox_exporter with the target as parameter and instance", async () => {
    const [, probes] = await jobsOf("shard: a\nprometheus: { blackbox: 'black$1.example.com:9115' }\n");
    assert.is(probes?.job_name, "promgen-blackbox");
    assert.equal(probes?.relabel_configs.slice(1), [
      { source_labels: ["__address__"], target_label: "__param_target" },
      { source_labels: ["__param_target"], target_label: "instance" },
      // A dollar would begin a reference to a part of the match.
      { target_label: "__address__", replacement: "black$$1.example.com:9115" },
    ]);
  });
});
