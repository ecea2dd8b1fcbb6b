/**
 * What holds for every valid inventory.
 */
import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { checkInventory } from "../src/check/check.ts";
import { loadInventory } from "../src/commands/load.ts";
import type { Inventory } from "../src/model/inventory.ts";
import { countTargets } from "../src/model/count.ts";
import type { Stamp } from "../src/render/artifact.ts";
import { renderAll } from "../src/render/render.ts";
import type { Tree } from "../src/source/tree.ts";
import { describe } from "./describe.ts";
import { CONFIG, documentsOf, PLAN, shardName } from "./generated.ts";
import type { Document, Plan, PlannedProject } from "./generated.ts";

/** The same cases in every run: what fails here fails for everybody. */
const RUNS = { seed: 20_260_102, numRuns: 150 } as const;
const STAMP: Stamp = { generation: 7, generator: "promgen-gen test" };

interface Group {
  readonly labels?: Readonly<Record<string, string>>;
  readonly targets: readonly string[];
}

/** Documents → files, of one document each or of several. JSON is YAML. */
function filesOf(documents: readonly Document[], perFile: number): Map<string, string> {
  const files = new Map([["promgen.yml", CONFIG]]);
  for (let at = 0; at < documents.length; at += perFile) {
    const texts = documents.slice(at, at + perFile).map((document) => JSON.stringify(document, undefined, 1));
    files.set(`targets/f${at}.yml`, `${texts.join("\n---\n")}\n`);
  }
  return files;
}

async function read(files: ReadonlyMap<string, string>): Promise<{ inventory: Inventory; findings: string[] }> {
  const tree: Tree = {
    list: async () => ({ files: [...files.keys()].filter((file) => file !== "promgen.yml"), diagnostics: [] }),
    read: (file) => (files.has(file) ? new TextEncoder().encode(files.get(file)) : undefined),
  };
  const { inventory, diagnostics } = await loadInventory(tree);
  const checked = checkInventory(inventory);
  for (const { error } of checked.failures) throw error;
  const findings = [...diagnostics, ...checked.diagnostics].map(({ code, message }) => `${code}: ${message}`);
  return { inventory, findings };
}

/** Path → text of every artifact. */
function render(inventory: Inventory, stamp: Stamp = STAMP): Map<string, string> {
  const chunks = new Map<string, Buffer[]>();
  renderAll({ ...inventory, config: { ...inventory.config, artifacts: ["all", "services", "projects"] } }, stamp, {
    write: (path, chunk) => {
      const list = chunks.get(path);
      if (list === undefined) chunks.set(path, [Buffer.from(chunk)]);
      else list.push(Buffer.from(chunk));
    },
    end: () => {},
  });
  return new Map([...chunks].map(([path, list]) => [path, Buffer.concat(list).toString()]));
}

async function rendered(plan: Plan): Promise<Map<string, string>> {
  return render((await read(filesOf(documentsOf(plan), 1))).inventory);
}

function groups(text: string | undefined): Group[] {
  return JSON.parse(text ?? "") as Group[];
}

function countIn(text: string | undefined): number {
  return groups(text).reduce((sum, { targets }) => sum + targets.length, 0);
}

function usedShards({ projects }: Plan): string[] {
  return shardNames(projects.flatMap(({ shards }) => shards));
}

function shardNames(indices: readonly number[]): string[] {
  return [...new Set(indices)].map(shardName).sort();
}

/** By the plan alone: hosts × exporters. */
function targetsOf({ hosts, exporters }: PlannedProject): number {
  return hosts * exporters.filter(({ isEnabled }) => isEnabled).length;
}

function urlsOf({ hosts, probes }: PlannedProject): number {
  return probes.reduce((sum, probe) => sum + (probe.isEnabled ? probe.targets + (probe.onHosts ? hosts : 0) : 0), 0);
}

/** The lines of a file of groups, without brackets and commas. */
function linesOf(text: string | undefined): string[] {
  return (text ?? "").split("\n").flatMap((line) => (line.startsWith('{"labels"') ? [line.replace(/,$/, "")] : []));
}

/** Lists and keys in another order, all the way down. */
function turned(value: unknown, by: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  const isList = Array.isArray(value);
  const entries = Object.entries(value).map(([key, one]) => [key, turned(one, by + 1)] as const);
  const at = entries.length === 0 ? 0 : by % entries.length;
  const moved = [...entries.slice(at), ...entries.slice(0, at)].toReversed();
  return isList ? moved.map(([, one]) => one) : Object.fromEntries(moved);
}

describe("properties", (it) => {
  it("a valid inventory has no findings, and as many targets as its plan says", async () => {
    await fc.assert(
      fc.asyncProperty(PLAN, async (plan) => {
        const { inventory, findings } = await read(filesOf(documentsOf(plan), 1));
        assert.equal(findings, []);
        const artifacts = render(inventory);
        const counts = new Map([...countTargets(inventory)].map(([shard, count]) => [shard.name, count]));
        assert.equal([...counts.keys()].sort(), usedShards(plan));
        for (const [shard, count] of counts) {
          const own = plan.projects.filter(({ shards }) => shards.map(shardName).includes(shard));
          const targets = own.reduce((sum, project) => sum + targetsOf(project), 0);
          const urls = own.reduce((sum, project) => sum + urlsOf(project), 0);
          assert.equal(count, { targets, urls });
          assert.is(countIn(artifacts.get(`shards/${shard}/targets.json`)), targets);
          assert.is(countIn(artifacts.get(`shards/${shard}/urls.json`)), urls);
        }
      }),
      RUNS,
    );
  });

  it("every target lands in exactly the shards that its project names", async () => {
    await fc.assert(
      fc.asyncProperty(PLAN, async (plan) => {
        const artifacts = await rendered(plan);
        /** Project and target → the shards whose file has it. */
        const homes = new Map<string, string[]>();
        for (const shard of usedShards(plan)) {
          for (const file of ["targets.json", "urls.json"]) {
            for (const { labels = {}, targets } of groups(artifacts.get(`shards/${shard}/${file}`))) {
              if (targets.length > 0) assert.is(labels["__shard"], shard);
              for (const target of targets) {
                const key = `${labels["project"]} ${labels["job"]} ${target}`;
                homes.set(key, [...(homes.get(key) ?? []), shard]);
              }
            }
          }
        }
        for (const project of plan.projects) {
          const own = [...homes].filter(([key]) => key.startsWith(`${project.name} `));
          assert.is(own.length, targetsOf(project) + urlsOf(project), project.name);
          for (const [key, shards] of own) assert.equal(shards, shardNames(project.shards), key);
        }
      }),
      RUNS,
    );
  });

  it("the shards' artifacts together are the whole", async () => {
    await fc.assert(
      fc.asyncProperty(PLAN, async (plan) => {
        const artifacts = await rendered(plan);
        for (const file of ["targets.json", "urls.json"]) {
          const parts = usedShards(plan).flatMap((shard) => linesOf(artifacts.get(`shards/${shard}/${file}`)));
          assert.equal(parts.sort(), linesOf(artifacts.get(file)).sort());
        }
        for (const kind of ["services/", "projects/"]) {
          const paths = [...artifacts.keys()].filter((path) => path.startsWith(kind));
          const parts = paths.flatMap((path) => linesOf(artifacts.get(path)));
          assert.equal(parts.sort(), linesOf(artifacts.get("targets.json")).sort());
        }
      }),
      RUNS,
    );
  });

  it("the order of files, documents, keys and lists makes no difference, nor how many documents a file has", async () => {
    await fc.assert(
      fc.asyncProperty(
        PLAN,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 9 }),
        async (plan, perFile, by) => {
          const documents = documentsOf(plan);
          const other = (turned(documents, by) as readonly Document[]).slice();
          const first = await read(filesOf(documents, 1));
          const second = await read(filesOf(other, perFile));
          assert.equal(second.findings, first.findings);
          assert.equal(render(second.inventory), render(first.inventory));
        },
      ),
      RUNS,
    );
  });

  it("targets depend on the inventory alone: not on the commit, the program's version or an earlier rendering", async () => {
    await fc.assert(
      fc.asyncProperty(PLAN, async (plan) => {
        const files = filesOf(documentsOf(plan), 2);
        const { inventory } = await read(files);
        const before = render(inventory);
        const stamp: Stamp = { generation: 8, commit: "0".repeat(40), repository: "https://x", generator: "other" };
        const stamped = render(inventory, stamp);
        const again = render((await read(files)).inventory);
        assert.equal([...again], [...before]);
        for (const [path, text] of before) {
          if (/(?:targets|urls)\.json$|scrape-config\.yml$/.test(path)) assert.is(stamped.get(path), text, path);
          else assert.is.not(stamped.get(path), text, path);
        }
      }),
      RUNS,
    );
  });

  it("plans are not all alike", () => {
    const plans = fc.sample(PLAN, { seed: RUNS.seed, numRuns: RUNS.numRuns });
    const projects = plans.flatMap((plan) => plan.projects);
    for (const style of ["names", "range", "maps", "ipv6", "farm"])
      assert.ok(projects.filter((project) => project.style === style).length > 20, style);
    assert.ok(projects.filter(({ shards }) => shards.length > 1).length > 50);
    assert.ok(plans.filter(({ services }) => services.some(({ documents }) => documents > 1)).length > 50);
    assert.ok(projects.filter((project) => urlsOf(project) > 0).length > 50);
    assert.ok(projects.filter((project) => project.exporters.some(({ isEnabled }) => !isEnabled)).length > 50);
  });
});
