import * as assert from "uvu/assert";
import { objectsAt } from "../../../src/agent/prometheus/json-objects.ts";
import type { Difference } from "../../../src/agent/prometheus/live-targets.ts";
import { readLiveTargets, TargetList } from "../../../src/agent/prometheus/live-targets.ts";
import { describe } from "../../describe.ts";
import { inChunks } from "./chunks.ts";

type Texts = Readonly<Record<string, string>>;

const FILE = "/etc/p/targets.json";

function active(labels: Texts, file = FILE): object {
  const discoveredLabels = { __scheme__: "http", __metrics_path__: "/metrics", __meta_filepath: file, ...labels };
  return { discoveredLabels, labels: { job: "x" }, scrapePool: "promgen", scrapeUrl: "http://x/", lastError: '}{"][' };
}

function dropped(labels: Texts): object {
  return { discoveredLabels: { __meta_filepath: FILE, ...labels } };
}

function answer(activeTargets: readonly object[], droppedTargets: readonly object[] = [], counts?: object): string {
  const data = { activeTargets, droppedTargets, ...(counts === undefined ? {} : { droppedTargetCounts: counts }) };
  return JSON.stringify({ status: "success", data });
}

async function compare(groups: readonly object[], ...answers: readonly string[]): Promise<Difference> {
  const list = await TargetList.read(inChunks(JSON.stringify(groups), 5));
  for (const text of answers) await list.tickOff(inChunks(text, 11), "promgen", (file) => file === FILE);
  return list.difference();
}

describe("objects of a long JSON", (it) => {
  it("come one by one, wherever the chunks are cut", async () => {
    const text = '{"a":[{"b":"}]\\"{\\\\"},{"c":{"d":[{}]}}],"é":"\u{1F600}","n":{"x":1}}';
    for (let size = 1; size < text.length; size++) {
      const found: string[] = [];
      for await (const { depth, text: object } of objectsAt([1, 2], inChunks(text, size)))
        found.push(`${depth} ${object}`);
      assert.equal(found, ['2 {"b":"}]\\"{\\\\"}', '2 {"c":{"d":[{}]}}', '1 {"x":1}'], `${size}`);
    }
  });
});

describe("targets of a server", (it) => {
  it("are told apart by the file that they come from, and by whether relabelling drops them", async () => {
    const seen: string[] = [];
    const text = answer(
      [active({ __address__: "a" }), active({ __address__: "b" }, "/other.json")],
      [dropped({ __address__: "c" }), { discoveredLabels: { __address__: "static" } }],
      { promgen: 7, other: 9 },
    );
    const unlisted = await readLiveTargets(inChunks(text, 13), "promgen", ({ file, isActive, labels, pool }) => {
      seen.push(`${labels["__address__"]} ${file} ${isActive} ${pool}`);
    });
    assert.equal(seen, [`a ${FILE} true promgen`, "b /other.json true promgen", `c ${FILE} false undefined`]);
    assert.is(unlisted, 5);
    assert.is(await readLiveTargets(inChunks(text), undefined, () => {}), 14);
  });

  it("are read no further than somebody wants to", async () => {
    let count = 0;
    const text = answer([active({ __address__: "a" }), active({ __address__: "b" })]);
    await readLiveTargets(inChunks(text), undefined, () => {
      count++;
      return false;
    });
    assert.is(count, 1);
  });
});

describe("comparison of a file with what is scraped", (it) => {
  const groups = [
    { targets: ["h1:9100", "h2:9100"], labels: { job: "node", env: "prod" } },
    { targets: ["h1:9100"], labels: { job: "app", __metrics_path__: "/m" } },
  ];
  const all = [
    active({ __address__: "h1:9100", job: "node" }),
    active({ __address__: "h2:9100", job: "node" }),
    active({ __address__: "h1:9100", job: "app", __metrics_path__: "/m" }),
  ];

  it("finds nothing where all is scraped", async () => {
    assert.equal(await compare(groups, answer(all)), { missing: 0, ghosts: 0, examples: [] });
  });

  it("names what is missing and what is a ghost", async () => {
    const ghost = active({ __address__: "gone:9100", job: "node" });
    const { missing, ghosts, examples } = await compare(groups, answer([all[0] ?? {}, all[2] ?? {}, ghost]));
    assert.equal([missing, ghosts], [1, 1]);
    assert.equal(examples, [
      "gone:9100 (job node) is scraped and not in the file",
      "h2:9100 (job node) is not scraped",
    ]);
  });

  it("takes another path or another job at the same address for another target", async () => {
    const other = active({ __address__: "h2:9100", job: "node", __scheme__: "http", __metrics_path__: "/else" });
    const list = [{ targets: ["h2:9100"], labels: { job: "node", __metrics_path__: "/m" } }];
    assert.equal((await compare(list, answer([other]))).ghosts, 1);
    assert.equal((await compare(groups, answer([...all, active({ __address__: "h2:9100", job: "app" })]))).ghosts, 1);
  });

  it("counts the same target of two groups once, and those of other files not at all", async () => {
    const twice = [...groups, { targets: ["h2:9100"], labels: { job: "node", env: "test" } }];
    const foreign = active({ __address__: "else:1", job: "node" }, "/other.json");
    assert.equal(await compare(twice, answer([...all, foreign])), { missing: 0, ghosts: 0, examples: [] });
  });

  it("finds what relabelling drops, listed or only counted", async () => {
    const listed = answer(all.slice(1), [dropped({ __address__: "h1:9100", job: "node" })]);
    assert.is((await compare(groups, listed)).missing, 0);
    assert.is((await compare(groups, answer(all.slice(1), [], { promgen: 1 }))).missing, 0);
    assert.is((await compare(groups, answer(all.slice(2), [], { promgen: 1 }))).missing, 1);
    assert.is((await compare(groups, answer(all.slice(2), [], { promgen: 0, other: 9 }))).missing, 2);
  });

  it("knows probe targets by the parameter that relabelling gives them", async () => {
    const probes = [{ targets: ["https://x/"], labels: { job: "http_2xx", __param_module: "http_2xx" } }];
    const seen = active({
      __address__: "127.0.0.1:9115",
      __param_target: "https://x/",
      __param_module: "http_2xx",
      job: "http_2xx",
    });
    assert.equal(await compare(probes, answer([seen])), { missing: 0, ghosts: 0, examples: [] });
  });

  it("sees every target of an empty file as a ghost", async () => {
    assert.is((await compare([{ targets: [] }], answer(all))).ghosts, 3);
    assert.is((await compare([], answer(all))).ghosts, 3);
  });
});
