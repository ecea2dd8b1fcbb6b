import * as assert from "uvu/assert";
import { explainLabels } from "../../src/commands/explain-labels.ts";
import type { ExplainedLabel, Subject } from "../../src/commands/explain-labels.ts";
import { Paper } from "../../src/commands/explain-paper.ts";
import { partReason, partsOf } from "../../src/commands/explain-reasons.ts";
import { loadInventory, textReader } from "../../src/commands/load.ts";
import type { Inventory } from "../../src/model/inventory.ts";
import { hostsOf, shardsOf } from "../../src/model/inventory.ts";
import { groupsOf, targetsJson } from "../../src/render/groups.ts";
import { createPlaces } from "../../src/report/place.ts";
import { directoryTree } from "../../src/source/directory-tree.ts";
import { describe } from "../describe.ts";
import { ROOT, withDirectory } from "../workplace.ts";

/** Every level says `who`, and all levels but one something of their own. */
const EVERY_LEVEL = {
  "promgen.yml": `labels: { who: config, a: config }
exporters:
  node: { port: 9100, scheme: https, path: "/p?x=1", params: { y: preset, z: preset }, interval: 5s, labels: { who: preset, g: preset } }
  bare: { port: 1 }
`,
  "targets/all.yml": `shard: s1
labels: { who: shard, b: shard }
---
shard: s2
labels: { who: other shard }
prometheus: { scrape_timeout: 5s }
---
farm: f1
source: cmdb
labels: { who: farm, d: farm }
hosts:
  - plain
  - { host: "special[1-2]", labels: { who: host, i: host } }
---
service: svc
labels: { who: service, c: service }
shard: [s1, s2]
projects:
  - name: p1
    farm: f1
    labels: { who: project, e: project }
    exporters:
      - node
      - { job: node, port: 9101, scheme: https, params: { z: own }, timeout: 4s, labels: { who: exporter, f: exporter } }
      - { job: bare, path: /other, interval: 30s }
    probes:
      - { module: icmp, hosts: true, interval: 2s, labels: { who: probe, h: probe } }
      - { module: http, targets: ["http://x/"] }
  - { name: p2, shard: s1, hosts: [own], exporters: [bare] }
`,
};

/** Calls back for every target: each shard, exporter or probe, and host. */
function forEachTarget(inventory: Inventory, visit: (subject: Subject) => void): void {
  for (const project of inventory.projects) {
    const list = hostsOf(inventory, project);
    for (const shard of shardsOf(inventory, project)) {
      for (const part of partsOf(project)) {
        if (partReason(project, part) !== undefined) continue;
        if (part.kind === "probe") for (const _ of part.probe.targets) visit({ inventory, project, shard, part });
        if (list === undefined || (part.kind === "probe" && !part.probe.usesHosts)) continue;
        for (let index = 0; index < list.count; index++) {
          visit({ inventory, project, shard, part, host: { list, index } });
        }
      }
    }
  }
}

/** All labels that occur on targets, as text, with the number of targets that have them. */
function renderedLabels(inventory: Inventory): Map<string, number> {
  const counts = new Map<string, number>();
  for (const file of ["targets.json", "urls.json"] as const) {
    for (const group of groupsOf(inventory, file)) {
      const labels = JSON.parse(group[0].labels) as Record<string, string>;
      addCount(counts, labels, targetsJson(group).count);
    }
  }
  return counts;
}

function explainedLabels(inventory: Inventory, paper: Paper): Map<string, number> {
  const counts = new Map<string, number>();
  forEachTarget(inventory, (subject) => {
    const labels = explainLabels(subject, paper.has);
    addCount(counts, Object.fromEntries(labels.map(({ name, value }) => [name, value])), 1);
  });
  return counts;
}

function addCount(counts: Map<string, number>, labels: Record<string, string | null>, count: number): void {
  const names = Object.keys(labels).sort();
  const key = JSON.stringify(names.map((name) => [name, labels[name]]));
  counts.set(key, (counts.get(key) ?? 0) + count);
}

async function load(
  directory: string,
): Promise<{ inventory: Inventory; paper: Paper; textAt: (label: ExplainedLabel) => string }> {
  const tree = directoryTree(directory);
  const { inventory, diagnostics } = await loadInventory(tree);
  assert.equal(
    diagnostics.filter(({ severity }) => severity === "error"),
    [],
  );
  const places = createPlaces(textReader(tree));
  const textAt = ({ source: { where } }: ExplainedLabel): string => {
    const span = where === undefined ? undefined : places.placeOf({ ...where, part: "value" }).span;
    return span === undefined ? "" : span.lineText.slice(span.start.column - 1, span.end.column - 1);
  };
  return { inventory, paper: new Paper(false, places), textAt };
}

describe("explain: labels", (it) => {
  it("says exactly the labels that are rendered", async () => {
    const check = async (directory: string): Promise<number> => {
      const { inventory, paper } = await load(directory);
      const [explained, rendered] = [explainedLabels(inventory, paper), renderedLabels(inventory)];
      const lines = (counts: Map<string, number>): string[] => [...counts].map((entry) => entry.join(" × ")).sort();
      assert.equal(lines(explained), lines(rendered));
      return rendered.size;
    };
    assert.is(await withDirectory(EVERY_LEVEL, check), 19);
    assert.ok((await check(ROOT)) > 100);
  });

  it("names the level of each label, and points to its value", async () => {
    await withDirectory(EVERY_LEVEL, async (directory) => {
      const { inventory, paper, textAt } = await load(directory);
      let seen = 0;
      forEachTarget(inventory, (subject) => {
        for (const label of explainLabels(subject, paper.has)) {
          if (label.name.length !== 1) continue;
          // The labels of one letter say the level that they are given at.
          assert.is(label.value === "config" ? "promgen.yml" : label.value, label.source.level);
          assert.is(textAt(label), label.value);
          seen++;
        }
      });
      assert.ok(seen > 100);
    });
  });

  it("lists what is overridden, nearest first", async () => {
    await withDirectory(EVERY_LEVEL, async (directory) => {
      const { inventory, paper } = await load(directory);
      const [project] = inventory.projects;
      const [shard] = inventory.shards;
      const list = inventory.farms[0]?.hosts;
      assert.ok(project && shard && list);
      const who = (index: number, host: number): (string | null)[] => {
        const part = partsOf(project)[index];
        const labels = explainLabels({ inventory, project, shard, part, host: { list, index: host } }, paper.has);
        const label = labels.find(({ name }) => name === "who");
        return [label?.value ?? "", ...(label?.overridden ?? []).map(({ value }) => value)];
      };
      const inherited = ["project", "farm", "service", "shard", "config"];
      assert.equal(who(0, 0), ["preset", ...inherited]);
      assert.equal(who(1, 0), ["exporter", "preset", ...inherited]);
      assert.equal(who(1, 2), ["host", "exporter", "preset", ...inherited]);
      assert.equal(who(2, 0), inherited);
      assert.equal(who(3, 1), ["host", "probe", ...inherited]);
    });
  });

  it("tells the exporter's own fields from those of its preset and from defaults", async () => {
    await withDirectory(EVERY_LEVEL, async (directory) => {
      const { inventory, paper } = await load(directory);
      const [project] = inventory.projects;
      const [first, second] = inventory.shards;
      assert.ok(project && first && second);
      const levels = (index: number, shard = first): Record<string, string> => {
        const labels = explainLabels({ inventory, project, shard, part: partsOf(project)[index] }, paper.has);
        return Object.fromEntries(
          labels.filter(({ name }) => name.startsWith("__")).map(({ name, source: { level } }) => [name, level]),
        );
      };
      const common = { __farm_source: "farm", __shard: "service" };
      const preset = {
        __metrics_path__: "preset",
        __param_x: "preset",
        __param_y: "preset",
        __scrape_interval__: "preset",
      };
      assert.equal(levels(0), {
        ...common,
        ...preset,
        __param_z: "preset",
        __scheme__: "preset",
        __scrape_timeout__: "default",
      });
      // The scheme is the same as the preset's, but it is said again.
      assert.equal(levels(1), {
        ...common,
        ...preset,
        __param_z: "exporter",
        __scheme__: "exporter",
        __scrape_timeout__: "exporter",
      });
      assert.equal(levels(2), {
        ...common,
        __metrics_path__: "exporter",
        __scheme__: "default",
        __scrape_interval__: "exporter",
      });
      assert.equal(levels(3), {
        __param_module: "probe",
        __scrape_interval__: "probe",
        __scrape_timeout__: "default",
        __shard: "service",
      });
      // The usual timeout of the other shard's servers is not longer than the preset's interval.
      assert.not.ok("__scrape_timeout__" in levels(0, second));
    });
  });
});
