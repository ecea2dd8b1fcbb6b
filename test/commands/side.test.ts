import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { sideOfInventory, sidesOfChange } from "../../src/commands/side.ts";
import type { Origin } from "../../src/model/inventory.ts";
import { makePlan } from "../../src/plan/diff.ts";
import type { Counts, Operation, Plan } from "../../src/plan/plan.ts";
import type { PlanTarget, Side } from "../../src/plan/side.ts";
import { renderAll } from "../../src/render/render.ts";
import { inventoryOf } from "../check/inventory.ts";
import type { Files } from "../check/inventory.ts";
import { describe } from "../describe.ts";
import { GATE, sha256 } from "../plan/sides.ts";

const NOW = { commit: "1".repeat(40), generation: 2 };
const THEN = { commit: "0".repeat(40), generation: 1 };

const FILES: Files = {
  "promgen.yml": "exporters:\n  node: { port: 9100 }\n  app: { port: 8080, path: /app }\n",
  "farms.yml": "farm: big\nhosts: ['web[1-9]', '2001:db8::1', { host: web10, labels: { rack: r1 } }]\n",
  "one-more.yml": "service: one\nprojects:\n  - { name: one-more, hosts: [more1, more1, more2], exporters: [node] }\n",
  "one-third.yml": "service: one\nprojects: [{ name: one-third, hosts: [t1], exporters: [node] }]\n",
  "one.yml":
    "service: one\nshard: a\nlabels: { tier: gold }\nprojects:\n  - { name: one-farm, farm: big, exporters: [node, app] }\n  - name: one-own\n    shard: [a, b]\n    hosts: [db1, db2]\n    exporters: [node, { job: db, port: 5432, enabled: false }]\n    probes:\n      - { module: icmp, hosts: true }\n      - { module: http, targets: ['http://x/1', 'http://x/2'] }\n",
  "shards.yml": "shard: a\nservers: [p1, p2]\n---\nshard: b\nenabled: false\n---\nshard: empty\nservers: [p3]\n",
  "two.yml":
    "service: two\nshard: b\nprojects:\n  - name: two\n    hosts: ['x[1-3]', x2]\n    exporters: [node, node]\n    probes: [{ module: icmp, hosts: true, targets: [x1, y] }]\n",
};

/** Changes of one file each. */
const CHANGES: readonly (readonly [file: string, from: string, to: string])[] = [
  ["promgen.yml", "port: 9100", "port: 9101"],
  ["promgen.yml", "path: /app", "path: /other"],
  ["shards.yml", "shard: empty", "shard: void"],
  ["shards.yml", "enabled: false", "labels: { z: z }"],
  ["farms.yml", "web[1-9]", "web[2-9]"],
  ["farms.yml", "farm: big", "farm: small"],
  ["farms.yml", "rack: r1", "rack: r2"],
  ["one.yml", "tier: gold", "tier: silver"],
  ["one.yml", "shard: [a, b]", "shard: b"],
  ["one.yml", "hosts: [db1, db2]", "hosts: [db1, db3]"],
  ["one.yml", "hosts: [db1, db2]", "farm: big"],
  ["one.yml", "enabled: false", "enabled: true"],
  ["one.yml", "name: one-own", "name: one-more"],
  ["one.yml", "http://x/2", "http://x/3"],
  ["one-more.yml", "service: one", "service: other\nshard: a"],
  ["one-more.yml", "service: one", "service: one\nowner: me"],
  ["one-more.yml", "more2", "more3"],
  ["two.yml", "shard: b", "shard: a"],
  ["two.yml", "x2]", "x4]"],
  ["two.yml", "name: two", "name: one-own"],
  ["two.yml", "projects:", "projects:\n  - { name: new, farm: big, exporters: [app] }"],
];

function change(numbers: readonly number[]): Files {
  const files: Record<string, string> = { ...FILES };
  for (const number of numbers) {
    const [file = "", from = "", to = ""] = CHANGES[number] ?? [];
    files[file] = files[file]?.replace(from, to) ?? "";
  }
  return files;
}

function sidesOf(before: Files, after: Files): { before: Side; after: Side } {
  const inventory = inventoryOf(after, { faulty: true });
  const like = { files: after, inventory };
  return sidesOfChange(
    { inventory: inventoryOf(before, { faulty: true, like }), when: THEN },
    { inventory, when: NOW },
  );
}

function wholeSide(files: Files): Side {
  return sideOfInventory(inventoryOf(files, { faulty: true }), "worktree", NOW);
}

/** A plan without what differs by how its sides were made. */
function effect(before: Side, after: Side): unknown {
  const plan: Plan = makePlan(before, after, GATE, sha256);
  const { totals, shards, jobs, services, operations, trips, refusedProjects, digest } = plan;
  const targets = operations.map(({ op, target }: Operation) => ({ op, target }));
  // Where it is known without a look that nothing changes, a project is not counted.
  const isChanged = ([, { before, after, ...changes }]: [string, Counts]): boolean =>
    before !== after || Object.values(changes).some((count) => count > 0);
  const projects = [...plan.projects].filter(isChanged);
  return { totals, shards, projects, jobs, services, targets, trips, refusedProjects, digest };
}

/** `file path: text of the node`, for a target with these words. */
function place(side: Side, words: Partial<PlanTarget>): string | undefined {
  const target: PlanTarget = {
    kind: "exporter",
    shard: "a",
    project: "one-farm",
    service: "one",
    job: "node",
    address: "web1:9100",
    scheme: "http",
    path: "/metrics",
    params: {},
    labels: {},
    ...words,
  };
  const origin: Origin | undefined = side.locate?.(target);
  return origin && `${origin.file} ${origin.path.join(".")}`;
}

describe("a side of a plan", (it) => {
  it("has the lines that are rendered", () => {
    const inventory = inventoryOf(FILES, { faulty: true });
    const rendered = new Map<string, string>();
    renderAll(
      inventory,
      { generation: 1, generator: "x" },
      {
        write: (path, chunk) => rendered.set(path, (rendered.get(path) ?? "") + Buffer.from(chunk).toString()),
        end: () => {},
      },
    );
    for (const [name, shard] of wholeSide(FILES).shards) {
      for (const [file, lines] of [
        ["targets.json", shard.targets],
        ["urls.json", shard.urls],
      ] as const) {
        const text = lines.map(({ labels, targets }) => `{"labels":${labels},"targets":[${targets}]}`).join(",\n");
        assert.is(rendered.get(`shards/${name}/${file}`), text === "" ? '[{"targets":[]}]\n' : `[\n${text}\n]\n`);
      }
    }
  });

  it("has all shards, their servers, and what the commit is", () => {
    const { shards, kind, commit, generation, isComplete } = wholeSide(FILES);
    assert.equal([kind, commit, generation, isComplete], ["worktree", NOW.commit, 2, true]);
    assert.equal(
      [...shards.values()].map(({ name, servers, isEnabled }) => [name, servers, isEnabled]),
      [
        ["a", ["p1", "p2"], true],
        ["b", [], false],
        ["empty", ["p3"], true],
      ],
    );
  });

  it("is not complete where a file has mistakes, and leaves out what has no port", () => {
    const side = wholeSide({
      ...FILES,
      "bad.yml":
        "service: bad\nshard: a\nprojects: [{ name: bad, hosts: [h], exporters: [{ job: none }, node], xyz: 1 }]\n",
    });
    assert.not(side.isComplete);
    const lines = side.shards.get("a")?.targets.filter(({ labels }) => labels.includes('"project":"bad"'));
    assert.equal(
      lines?.map(({ targets }) => targets),
      ['"h:9100"'],
    );
  });
});

describe("both sides of a change", (it) => {
  it("give the plan that whole sides give, for every change", () => {
    for (const number of CHANGES.keys()) {
      const files = change([number]);
      assert.not.equal(files, FILES, String(CHANGES[number]));
      for (const [before, after] of [
        [FILES, files],
        [files, FILES],
      ] as const) {
        const sides = sidesOf(before, after);
        assert.equal(
          effect(sides.before, sides.after),
          effect(wholeSide(before), wholeSide(after)),
          String(CHANGES[number]),
        );
      }
    }
  });

  it("give it for several changes at once, and where files come and go", () => {
    const numbers = fc.subarray([...CHANGES.keys()]);
    const without = fc.subarray(
      Object.keys(FILES).filter((file) => file !== "promgen.yml"),
      { maxLength: 2 },
    );
    const files = fc.tuple(numbers, without).map(([chosen, gone]): Files => {
      return Object.fromEntries(Object.entries(change(chosen)).filter(([file]) => !gone.includes(file)));
    });
    fc.assert(
      fc.property(files, files, (before, after) => {
        const sides = sidesOf(before, after);
        assert.equal(effect(sides.before, sides.after), effect(wholeSide(before), wholeSide(after)));
      }),
      { numRuns: 150, seed: 20260102 },
    );
  });

  it("count what may have other numbers than it seems as if it were written out", () => {
    const service = (projects: string): string => `service: s\nshard: a\nprojects:\n${projects}`;
    const files: Files = {
      "a.yml": "shard: a\nservers: [p1]\n",
      "b.yml": "shard: b\nservers: [p2]\n",
      "host-twice.yml": service("  - { name: host-twice, hosts: [t1, t1], exporters: [{ job: node, port: 1 }] }\n"),
      "no-port.yml": service("  - { name: no-port, hosts: [f1], exporters: [{ job: node, port: 1 }, nothing] }\n"),
      "no-hosts.yml": service(
        "  - { name: no-hosts, hosts: [], exporters: [{ job: lonely, port: 1 }], probes: [{ module: tcp, targets: ['y:1'] }] }\n",
      ),
      "probe-twice.yml": service("  - { name: probe-twice, probes: [{ module: tcp, targets: ['z:1', 'z:1'] }] }\n"),
      "other.yml":
        "service: other\nshard: b\nprojects: [{ name: o, hosts: [o1], exporters: [{ job: node, port: 1 }] }]\n",
    };
    for (const changed of [
      { "other.yml": files["other.yml"]?.replace("o1", "o2") ?? "" },
      // Only one of the shards is another one.
      { "a.yml": "shard: a\nservers: [p1]\nlabels: { z: z }\n" },
    ]) {
      const after = { ...files, ...changed };
      const sides = sidesOf(files, after);
      assert.equal(effect(sides.before, sides.after), effect(wholeSide(files), wholeSide(after)));
    }
  });

  it("write out only what may have changed", () => {
    const lines = ({ shards }: Side): number =>
      [...shards.values()].reduce((sum, { targets, urls }) => sum + targets.length + urls.length, 0);
    const counts = (number: number): number[] => {
      const { before, after } = sidesOf(FILES, change([number]));
      return [lines(before), lines(after)];
    };
    const whole = lines(wholeSide(FILES));
    const ofFile = (file: string): number => CHANGES.findIndex(([changed]) => changed === file);
    assert.equal(counts(ofFile("promgen.yml")), [whole, whole]);
    // Names that are there twice are always written out: `one-more` and `two`.
    const { before } = sidesOf(FILES, FILES);
    assert.equal(lines(before), 3);
    assert.equal(counts(ofFile("two.yml")), [3, 3]);
    assert.equal(counts(ofFile("farms.yml")), [7, 7]);
  });
});

describe("the place of a target", (it) => {
  const side = wholeSide(FILES);

  it("is that of its host, in the farm or in the project, with its range or its labels", () => {
    assert.is(place(side, {}), "farms.yml 0.hosts.0");
    assert.is(place(side, { address: "[2001:db8::1]:9100" }), "farms.yml 0.hosts.1");
    assert.is(place(side, { address: "web10:8080", job: "app", path: "/app" }), "farms.yml 0.hosts.2.host");
    assert.is(place(side, { project: "one-own", address: "db2:9100", shard: "b" }), "one.yml 0.projects.1.hosts.1");
  });

  it("is that of a probe's target, or of its host", () => {
    const probe = { kind: "probe", project: "one-own", scheme: "", path: "" } as const;
    assert.is(place(side, { ...probe, job: "http", address: "http://x/2" }), "one.yml 0.projects.1.probes.1.targets.1");
    assert.is(place(side, { ...probe, job: "icmp", address: "db1" }), "one.yml 0.projects.1.hosts.0");
  });

  it("is not known for what the inventory does not have", () => {
    assert.is(place(side, { project: "none" }), undefined);
    assert.is(place(side, { kind: "probe", job: "none", address: "web1" }), undefined);
    assert.is(place(side, { address: "web99:9999" }), undefined);
  });

  it("is that of the exporter or probe where that is new, and the host is not", () => {
    const files = {
      ...FILES,
      "one.yml": (FILES["one.yml"] ?? "")
        .replace(
          "exporters: [node, app]",
          "exporters: [node, { job: app, port: 8080, path: '/app?x=y' }, { job: db, port: 1 }]",
        )
        .replace("enabled: false }]", "enabled: true }]")
        .replace("module: icmp", "module: ping"),
      "farms.yml": (FILES["farms.yml"] ?? "").replace("web[1-9]", "web[1-8]").replace("hosts: [", "hosts: [new, "),
    };
    const { before, after } = sidesOf(FILES, files);
    const at = (words: Partial<PlanTarget>): (string | undefined)[] => [place(before, words), place(after, words)];
    assert.equal(at({ job: "db", address: "web1:1" }), ["farms.yml 0.hosts.0", "one.yml 0.projects.0.exporters.2"]);
    assert.equal(at({ job: "db", address: "new:1" }), [undefined, "farms.yml 0.hosts.0"]);
    assert.equal(at({ address: "web9:9100" }), ["farms.yml 0.hosts.0", "one.yml 0.projects.0.exporters.0"]);
    assert.is(at({ job: "app", address: "web1:8080", path: "/app" })[0], "one.yml 0.projects.0.exporters.1");
    assert.is(
      at({ job: "app", address: "web1:8080", path: "/app", params: { x: "y" } })[1],
      "one.yml 0.projects.0.exporters.1",
    );
    const own = { project: "one-own", shard: "b" };
    assert.is(at({ ...own, job: "db", address: "db1:5432" })[1], "one.yml 0.projects.1.exporters.1");
    const probe = { ...own, kind: "probe", scheme: "", path: "", address: "db1" } as const;
    assert.is(at({ ...probe, job: "ping" })[1], "one.yml 0.projects.1.probes.0");
    assert.is(at({ ...probe, job: "icmp" })[0], "one.yml 0.projects.1.probes.0");
  });
});
