import * as assert from "uvu/assert";
import { forEachLabel, labelPlace } from "../../src/check/label-sets.ts";
import { labelUses, visitValues } from "../../src/check/label-uses.ts";
import { describe } from "../describe.ts";
import { inventoryOf } from "./inventory.ts";

const FILES = {
  "promgen.yml": `labels: { a: "1" }
exporters:
  node: { port: 9100, labels: { b: "2" }, params: { c: "3", d: "4" }, path: "/m?e=5" }
`,
  "s.yml": `shard: s\nlabels: { f: "6" }\n`,
  "f.yml": `farm: f\nlabels: { g: "7" }\nhosts: [a, { host: "b[1-9]", labels: { h: "8" } }, { host: c }]\n`,
  "x.yml": `service: x
labels: { i: "9" }
projects:
  - name: p
    labels: { j: "10" }
    hosts: [{ host: a, labels: { k: "11" } }]
    exporters:
      - node
      - { job: node, labels: { l: "12" }, params: { c: "3", d: other, m: "13" } }
      - { job: y, port: 1, path: "/q?n=14&o=15" }
    probes:
      - { module: icmp, hosts: true, labels: { p: "16" } }
`,
};

describe("label sets", (it) => {
  it("visits every label and parameter at the place where it is written, and nothing twice", () => {
    const found: string[] = [];
    forEachLabel(inventoryOf(FILES), (name, value, set) => {
      const { file, path } = labelPlace(set, name, "value");
      found.push(`${name}=${value} ${set.level} ${set.kind} ${file} ${path.join(".")}`);
    });
    assert.equal(found, [
      "a=1 promgen.yml labels promgen.yml 0.labels.a",
      "b=2 preset labels promgen.yml 0.exporters.node.labels.b",
      "c=3 preset params promgen.yml 0.exporters.node.params.c",
      "d=4 preset params promgen.yml 0.exporters.node.params.d",
      "e=5 preset query promgen.yml 0.exporters.node.path",
      "f=6 shard labels s.yml 0.labels.f",
      "g=7 farm labels f.yml 0.labels.g",
      "h=8 host labels f.yml 0.hosts.1.labels.h",
      "i=9 service labels x.yml 0.labels.i",
      "j=10 project labels x.yml 0.projects.0.labels.j",
      "k=11 host labels x.yml 0.projects.0.hosts.0.labels.k",
      "l=12 exporter labels x.yml 0.projects.0.exporters.1.labels.l",
      "d=other exporter params x.yml 0.projects.0.exporters.1.params.d",
      "m=13 exporter params x.yml 0.projects.0.exporters.1.params.m",
      "n=14 exporter query x.yml 0.projects.0.exporters.2.path",
      "o=15 exporter query x.yml 0.projects.0.exporters.2.path",
      "p=16 probe labels x.yml 0.projects.0.probes.0.labels.p",
    ]);
  });

  it("counts names and values by kind", () => {
    const inventory = inventoryOf({
      "x.yml": "service: x\nlabels: { a: u }\n",
      "y.yml": "service: y\nlabels: { a: v }\nprojects:\n  - { name: p, labels: { a: v } }\n",
    });
    const [use, ...others] = labelUses(inventory);
    assert.equal(others, []);
    assert.equal(
      [use?.kind, use?.name, use?.count, [...(use?.values ?? [])]],
      [
        "labels",
        "a",
        3,
        [
          ["u", 1],
          ["v", 2],
        ],
      ],
    );
  });

  it("visits the places of judged values only", () => {
    const places: string[] = [];
    visitValues(
      inventoryOf(FILES),
      ({ kind }, value) => (kind === "params" && value === "3" ? "three" : undefined),
      (verdict, { name, set }) => places.push(`${verdict} ${name} ${set.level}`),
    );
    assert.equal(places, ["three c preset"]);
  });
});
