import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { groupsIn, render } from "./rendered.ts";
import type { ReadGroup, Yaml } from "./rendered.ts";

/** Each level that can give labels, nearest first, as design has it for exporters and for probes. */
const LEVELS = ["host", "exporter", "preset", "project", "farm", "service", "shard", "config"] as const;
type Level = (typeof LEVELS)[number];

/** An inventory in which these levels give the label `at` their own name. */
function inventory(levels: readonly Level[]): Yaml {
  const at = (level: Level): string =>
    levels.includes(level) ? `labels: { at: ${level}, from_${level}: "yes" }` : "labels: {}";
  return {
    "promgen.yml": `${at("config")}\nexporters: { node: { port: 9100, ${at("preset")} } }\n`,
    "targets/shards.yml": `shard: a\nservers: [p1]\n${at("shard")}\n`,
    "targets/farm.yml": `farm: f\n${at("farm")}\nhosts: [{ host: h, ${at("host")} }]\n`,
    "targets/s.yml": `
service: s
shard: a
${at("service")}
projects:
  - name: p
    farm: f
    ${at("project")}
    exporters: [{ job: node, ${at("exporter")} }]
    probes: [{ module: icmp, hosts: true, ${at("exporter")} }]
`,
  };
}

async function only(files: Yaml, name: "targets.json" | "urls.json"): Promise<ReadGroup> {
  const [group, ...more] = groupsIn((await render(files))[`shards/a/${name}`]);
  if (group === undefined || more.length > 0) throw new Error(`${more.length + 1} groups`);
  return group;
}

describe("a label that several levels give", (it) => {
  for (const [index, level] of LEVELS.entries()) {
    it(`has the value of the ${level} where nothing nearer gives it`, async () => {
      const { labels = {} } = await only(inventory(LEVELS.slice(index)), "targets.json");
      assert.is(labels["at"], level);
      // All others of each level are there as well.
      assert.equal(
        LEVELS.filter((name) => labels[`from_${name}`] === "yes"),
        LEVELS.slice(index),
      );
    });
  }

  it("has the same value on probes, which know no preset", async () => {
    const levels = LEVELS.filter((level) => level !== "preset");
    for (const [index, level] of levels.entries()) {
      const { labels = {} } = await only(inventory(levels.slice(index)), "urls.json");
      assert.is(labels["at"], level);
      assert.equal(
        levels.filter((name) => labels[`from_${name}`] === "yes"),
        levels.slice(index),
      );
    }
  });

  it("has the value of the project even where the farm's hosts come first in the file", async () => {
    const { labels = {} } = await only(inventory(["project", "farm", "shard"]), "targets.json");
    assert.is(labels["at"], "project");
  });
});

describe("the labels that we render", (it) => {
  const files = (exporter: string, more = ""): Yaml => ({
    "targets/a.yml": `shard: a\nservers: [p1]\n${more}`,
    "targets/s.yml": `service: s\nshard: a\nprojects:\n  - { name: p, hosts: [h], exporters: [{ job: node, port: 9100, ${exporter} }] }\n`,
  });
  const labelsOf = async (exporter: string, more?: string): Promise<Readonly<Record<string, string>>> =>
    (await only(files(exporter, more), "targets.json")).labels ?? {};

  it("have their names in the order of bytes, the text without spaces", async () => {
    const yaml = files(
      'path: "/m?b=2&B=1", params: { a: x }, interval: 5s, scheme: https, labels: { Zone: z, zone: y, _x: x, __tmp_y: t }',
    );
    const text = (await render(yaml))["shards/a/targets.json"] ?? "";
    assert.is(
      text,
      '[\n{"labels":{"Zone":"z","__farm_source":"promgen","__metrics_path__":"/m","__param_B":"1","__param_a":"x","__param_b":"2","__scheme__":"https","__scrape_interval__":"5s","__scrape_timeout__":"5s","__shard":"a","__tmp_y":"t","_x":"x","farm":"p","job":"node","project":"p","service":"s","zone":"y"},"targets":["h:9100"]}\n]\n',
    );
  });

  it("have their values as JSON writes them, with no escape that it does not require", async () => {
    const value = "quote \" backslash \\ slash / tab\\t é 日 🚀 </script> '";
    const text = (await render(files(`labels: { a: ${JSON.stringify(value)} }`)))["shards/a/targets.json"] ?? "";
    assert.ok(text.includes(`"a":${JSON.stringify(value)},`), text);
    assert.not.match(text, /\\u/);
    assert.is(groupsIn(text)[0]?.labels?.["a"], value);
  });

  it("have the text of a value, not what YAML makes of it", async () => {
    const labels = await labelsOf(
      "labels: { a: 1.10, b: 007, c: 1e3, d: true, e: 2024-01-01, f: 0x1F, g: ~x }, params: { p: 010 }",
    );
    assert.equal(
      ["a", "b", "c", "d", "e", "f", "g", "__param_p"].map((name) => labels[name]),
      ["1.10", "007", "1e3", "true", "2024-01-01", "0x1F", "~x", "010"],
    );
  });

  it("hold a key of params and of the query, the former beside the latter", async () => {
    const labels = await labelsOf('path: "/m?a=1", params: { b: "2", c: "3 4&5" }');
    assert.equal(
      Object.entries(labels).filter(([name]) => name.startsWith("__param_")),
      [
        ["__param_a", "1"],
        ["__param_b", "2"],
        ["__param_c", "3 4&5"],
      ],
    );
  });

  it("hold an interval and a timeout where they are given, and a timeout where the interval is below the server's default", async () => {
    const times = async (exporter: string, more?: string): Promise<(string | undefined)[]> => {
      const labels = await labelsOf(exporter, more);
      return [labels["__scrape_interval__"], labels["__scrape_timeout__"]];
    };
    assert.equal(await times("labels: {}"), [undefined, undefined]);
    assert.equal(await times("interval: 30s"), ["30s", undefined]);
    assert.equal(await times("timeout: 5s"), [undefined, "5s"]);
    assert.equal(await times("interval: 30s, timeout: 20s"), ["30s", "20s"]);
    assert.equal(await times("interval: 10s"), ["10s", undefined]);
    assert.equal(await times("interval: 9999ms"), ["9999ms", "9999ms"]);
    assert.equal(await times("interval: 0m5s"), ["0m5s", "0m5s"]);
    assert.equal(await times("interval: 5s, timeout: 3s"), ["5s", "3s"]);
    // The shard's own default counts, and in each shard its own.
    assert.equal(await times("interval: 30s", "prometheus: { scrape_timeout: 40s }\n"), ["30s", "30s"]);
    assert.equal(await times("interval: 5s", "prometheus: { scrape_timeout: 5s }\n"), ["5s", undefined]);
  });

  it("differ between the shards of a project where their servers' defaults do, also for a preset", async () => {
    const made = await render({
      "promgen.yml": "exporters: { quick: { port: 1, interval: 20s } }\n",
      "targets/shards.yml":
        "shard: a\nservers: [p1]\n---\nshard: b\nservers: [p2]\nprometheus: { scrape_timeout: 30s }\n",
      "targets/s.yml":
        "service: s\nshard: [a, b]\nprojects:\n  - { name: p, hosts: [h], exporters: [quick] }\n  - { name: q, hosts: [i], exporters: [quick] }\n",
    });
    for (const [shard, timeout] of [
      ["a", undefined],
      ["b", "20s"],
    ] as const) {
      const groups = groupsIn(made[`shards/${shard}/targets.json`]);
      assert.is(groups.length, 2);
      for (const { labels } of groups) assert.is(labels?.["__scrape_timeout__"], timeout, shard);
    }
  });

  it("name a farm document and its source, or what the project says, or the project", async () => {
    const made = await render({
      "targets/shards.yml": "shard: a\nservers: [p1]\n",
      "targets/farm.yml": "farm: shared\nsource: cmdb\nhosts: [h1]\n",
      "targets/s.yml": `
service: s
shard: a
projects:
  - { name: p1, farm: shared, exporters: [{ job: j, port: 1 }] }
  - { name: p2, farm: own-name, hosts: [h2], exporters: [{ job: j, port: 1 }] }
  - { name: p3, hosts: [h3], exporters: [{ job: j, port: 1 }] }
`,
    });
    const farms = groupsIn(made["targets.json"]).map(({ labels }) =>
      ["project", "farm", "__farm_source"].map((name) => labels?.[name]).join(" "),
    );
    assert.equal(farms.sort(), ["p1 shared cmdb", "p2 own-name promgen", "p3 p3 promgen"]);
  });

  it("come from all files of a service, whichever of them is read first", async () => {
    const one =
      "service: s\nshard: a\nlabels: { tier: gold }\nprojects:\n  - { name: p, hosts: [h], exporters: [{ job: j, port: 1 }] }\n";
    const two = "service: s\nprojects:\n  - { name: q, hosts: [i], exporters: [{ job: j, port: 1 }] }\n";
    const shard = { "targets/a.yml": "shard: a\nservers: [p1]\n" };
    const made = await render({ ...shard, "targets/b.yml": one, "targets/c.yml": two });
    assert.equal(
      groupsIn(made["targets.json"]).map(({ labels }) => labels?.["tier"]),
      ["gold", "gold"],
    );
    assert.equal(await render({ "targets/b.yml": two, "targets/c.yml": one, ...shard }), made);
  });
});
