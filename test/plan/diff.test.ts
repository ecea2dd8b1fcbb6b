import * as assert from "uvu/assert";
import { makePlan } from "../../src/plan/diff.ts";
import type { Side } from "../../src/plan/side.ts";
import { describe } from "../describe.ts";
import { GATE, locate, operations, plan, sha256, side } from "./sides.ts";
import type { Shards } from "./sides.ts";

const WEB: Shards = { a: [[{}, ["web1:9100", "web2:9100"]]], b: [] };

describe("plan", (it) => {
  const cases: Record<string, [before: Shards, after: Shards, expected: readonly string[]]> = {
    "nothing changes": [WEB, WEB, []],
    "a host is added and another removed": [
      { a: [[{}, ["web1:9100", "web2:9100"]]] },
      { a: [[{}, ["web2:9100", "web3:9100"]]] },
      ["remove a p/node web1:9100", "add a p/node web3:9100"],
    ],
    "a host goes to another shard": [
      { a: [[{}, ["web1:9100", "web2:9100"]]], b: [] },
      { a: [[{}, ["web2:9100"]]], b: [[{}, ["web1:9100"]]] },
      ["move a→b p/node web1:9100"],
    ],
    "a host goes to another shard and gets another label there, and its project another name": [
      { a: [[{ project: "p" }, ["web1:9100"]]], b: [] },
      { a: [], b: [[{ project: "q", env: "prod" }, ["web1:9100"]]] },
      ["move a→b p→q/node web1:9100"],
    ],
    "a project takes a second shard": [
      { a: [[{}, ["web1:9100"]]], b: [] },
      { a: [[{}, ["web1:9100"]]], b: [[{}, ["web1:9100"]]] },
      ["add b p/node web1:9100"],
    ],
    "a project leaves one of two shards": [
      { a: [[{}, ["web1:9100"]]], b: [[{}, ["web1:9100"]]] },
      { a: [[{}, ["web1:9100"]]], b: [] },
      ["remove b p/node web1:9100"],
    ],
    "another port": [
      { a: [[{}, ["web1:9100"]]] },
      { a: [[{}, ["web1:9101"]]] },
      ["change a p/node web1:9100→web1:9101"],
    ],
    "another scheme": [
      { a: [[{}, ["web1:9100"]]] },
      { a: [[{ __scheme__: "https" }, ["web1:9100"]]] },
      ["change a p/node web1:9100"],
    ],
    "another path": [
      { a: [[{ __metrics_path__: "/a" }, ["web1:9100"]]] },
      { a: [[{ __metrics_path__: "/b" }, ["web1:9100"]]] },
      ["change a p/node web1:9100"],
    ],
    "another parameter": [
      { a: [[{ __param_x: "1" }, ["web1:9100"]]] },
      { a: [[{ __param_x: "2" }, ["web1:9100"]]] },
      ["change a p/node web1:9100"],
    ],
    "other ports of two exporters with one job": [
      { a: [[{}, ["web1:1", "web1:2"]]] },
      { a: [[{}, ["web1:3", "web1:4"]]] },
      ["change a p/node web1:1→web1:3", "change a p/node web1:2→web1:4"],
    ],
    "another port, and the host in capitals": [
      { a: [[{}, ["web1:9100"]]] },
      { a: [[{}, ["WEB1.:9101"]]] },
      ["change a p/node web1:9100→WEB1.:9101"],
    ],
    "another port in another shard is another target": [
      { a: [[{}, ["web1:9100"]]], b: [] },
      { a: [], b: [[{}, ["web1:9101"]]] },
      ["remove a p/node web1:9100", "add b p/node web1:9101"],
    ],
    "another job is another target": [
      { a: [[{ job: "node" }, ["web1:9100"]]] },
      { a: [[{ job: "host" }, ["web1:9100"]]] },
      ["add a p/host web1:9100", "remove a p/node web1:9100"],
    ],
    "another port in another project is another target": [
      { a: [[{ project: "p" }, ["web1:9100"]]] },
      { a: [[{ project: "q" }, ["web1:9101"]]] },
      ["remove a p/node web1:9100", "add a q/node web1:9101"],
    ],
    "another label": [
      { a: [[{ env: "test" }, ["web1:9100"]]] },
      { a: [[{ env: "prod" }, ["web1:9100"]]] },
      ["relabel a p/node web1:9100"],
    ],
    "a host that changes to another group of the same project": [
      {
        a: [
          [{}, ["web1:9100", "web2:9100"]],
          [{ rack: "r1" }, ["web3:9100"]],
        ],
      },
      {
        a: [
          [{}, ["web1:9100"]],
          [{ rack: "r1" }, ["web2:9100", "web3:9100"]],
        ],
      },
      ["relabel a p/node web2:9100"],
    ],
    "a project gets another name": [
      { a: [[{ project: "p" }, ["web1:9100", "web2:9100"]]] },
      { a: [[{ project: "q" }, ["web1:9100", "web2:9100"]]] },
      ["relabel a p→q/node web1:9100", "relabel a p→q/node web2:9100"],
    ],
    "a project gets another name in its two shards": [
      { a: [[{ project: "p" }, ["web1:9100"]]], b: [[{ project: "p" }, ["web1:9100"]]] },
      { a: [[{ project: "q" }, ["web1:9100"]]], b: [[{ project: "q" }, ["web1:9100"]]] },
      ["relabel a p→q/node web1:9100", "relabel b p→q/node web1:9100"],
    ],
    "a host in another spelling has another instance": [
      { a: [[{}, ["WEB1.:9100"]]] },
      { a: [[{}, ["web1:9100"]]] },
      ["relabel a p/node WEB1.:9100→web1:9100"],
    ],
    "but not where instance is given": [
      { a: [[{ instance: "web1" }, ["WEB1.:9100"]]] },
      { a: [[{ instance: "web1" }, ["web1:9100"]]] },
      [],
    ],
    "IPv6 in another form": [
      { a: [[{}, ["[2001:db8:0::7]:9100"]]] },
      { a: [[{}, ["[2001:db8::7]:9100"]]] },
      ["relabel a p/node [2001:db8:0::7]:9100→[2001:db8::7]:9100"],
    ],
    "interval, timeout, farm source and what is only relabelled with are not labels of series": [
      { a: [[{ __scrape_interval__: "1m", __tmp_x: "1" }, ["web1:9100"]]] },
      { a: [[{ __scrape_interval__: "30s", __scrape_timeout__: "5s", __farm_source: "x" }, ["web1:9100"]]] },
      [],
    ],
    "the default path said explicitly": [
      { a: [[{}, ["web1:9100"]]] },
      { a: [[{ __metrics_path__: "/metrics" }, ["web1:9100"]]] },
      [],
    ],
    "one of two projects drops a host that both have": [
      {
        a: [
          [{ project: "p" }, ["web1:9100"]],
          [{ project: "q" }, ["web1:9100"]],
        ],
      },
      { a: [[{ project: "q", env: "x" }, ["web1:9100"]]] },
      ["remove a p/node web1:9100", "relabel a q/node web1:9100"],
    ],
    "two projects change shards": [
      { a: [[{ project: "p" }, ["web1:9100"]]], b: [[{ project: "q" }, ["web1:9100"]]] },
      { a: [[{ project: "q" }, ["web1:9100"]]], b: [[{ project: "p" }, ["web1:9100"]]] },
      ["move b→a q/node web1:9100", "move a→b p/node web1:9100"],
    ],
    "a host that was listed twice with other labels is listed once": [
      {
        a: [
          [{ rack: "r1" }, ["web1:9100"]],
          [{ rack: "r2" }, ["web1:9100"]],
        ],
      },
      { a: [[{ rack: "r2" }, ["web1:9100"]]] },
      ["remove a p/node web1:9100"],
    ],
    "a host that was listed twice alike was scraped once": [
      { a: [[{}, ["web1:9100", "web1:9100", "web2:9100"]]] },
      { a: [[{}, ["web1:9100", "web2:9100"]]] },
      [],
    ],
    "a probe's target": [
      { a: { urls: [[{ job: "icmp", __param_module: "icmp" }, ["web1", "web2"]]] } },
      { a: { urls: [[{ job: "icmp", __param_module: "icmp" }, ["web2", "web3"]]] } },
      ["remove a p/icmp web1", "add a p/icmp web3"],
    ],
    "the path of a probe's URL": [
      { a: { urls: [[{ job: "http", __param_module: "http" }, ["https://u:p@x.example.com:8443/a?b"]]] } },
      { a: { urls: [[{ job: "http", __param_module: "http" }, ["http://X.example.com/b"]]] } },
      ["change a p/http https://u:p@x.example.com:8443/a?b→http://X.example.com/b"],
    ],
    "the host of a probe's URL": [
      { a: { urls: [[{ job: "http", __param_module: "http" }, ["https://x.example.com/"]]] } },
      { a: { urls: [[{ job: "http", __param_module: "http" }, ["https://y.example.com/"]]] } },
      ["remove a p/http https://x.example.com/", "add a p/http https://y.example.com/"],
    ],
    "an exporter and a probe of one name are two": [
      { a: { groups: [[{ job: "x" }, ["web1:80"]]] } },
      { a: { urls: [[{ job: "x", __param_module: "x" }, ["web1:80"]]] } },
      ["add a p/x web1:80", "remove a p/x web1:80"],
    ],
    "a target with quotes and commas in it is one": [
      { a: { urls: [[{ job: "http", __param_module: "http" }, ['http://x/?a="b","c"', "http://y/"]]] } },
      { a: { urls: [[{ job: "http", __param_module: "http" }, ["http://y/"]]] } },
      ['remove a p/http http://x/?a="b","c"'],
    ],
    "names that read the same one behind the other are others": [
      { a: [[{ project: "y", job: "zw" }, ["web1:80"]]] },
      { a: [[{ project: "yz", job: "w" }, ["web1:81"]]] },
      ["remove a y/zw web1:80", "add a yz/w web1:81"],
    ],
  };
  for (const [name, [before, after, expected]] of Object.entries(cases)) {
    it(name, () => {
      assert.equal(operations(before, after), expected);
    });
  }

  it("counts what has only other labels with `__`", () => {
    const found = plan(
      {
        a: [
          [{ __scrape_interval__: "1m" }, ["web1:9100", "web2:9100"]],
          [{ job: "app" }, ["web1:80"]],
        ],
      },
      {
        a: [
          [{}, ["web1:9100", "web2:9100"]],
          [{ job: "app" }, ["web1:80"]],
        ],
      },
    );
    assert.equal(found.operations, []);
    assert.is(found.totals.adjusted, 2);
    assert.is(found.shards.get("a")?.adjusted, 2);
    assert.equal(
      [...found.jobs].map(([job, { adjusted }]) => [job, adjusted]),
      [
        ["app", 0],
        ["node", 2],
      ],
    );
  });

  it("counts an address in another spelling where instance is given", () => {
    const found = plan({ a: [[{ instance: "web1" }, ["WEB1.:9100"]]] }, { a: [[{ instance: "web1" }, ["web1:9100"]]] });
    assert.equal([found.totals.adjusted, found.totals.relabelled], [1, 0]);
  });

  it("takes the line of a shard with nothing to scrape, whatever its labels", () => {
    const empty = { name: "a", servers: [], isEnabled: false, targets: [{ labels: "", targets: "" }], urls: [] };
    const before: Side = { ...side({}), shards: new Map([["a", empty]]) };
    const there = makePlan(before, side({ a: { isEnabled: false } }), GATE, sha256);
    assert.equal([there.totals.before, there.totals.added], [0, 0]);
    assert.equal(makePlan(before, before, GATE, sha256).totals.before, 0);
  });

  it("sorts by the bytes of shard, project, job, address and op", () => {
    const found = operations(
      { a: [[{ project: "q" }, ["x:1", "z:1"]]], é: [] },
      {
        a: [
          [{ project: "q" }, ["y:1", "x:2"]],
          [{ job: "app" }, ["x:1"]],
          [{}, ["a:1"]],
          [{ project: "\u{1f600}" }, ["x:7"]],
          [{ project: "\uff41" }, ["x:9"]],
        ],
        é: [[{}, ["x:9"]]],
        Z: [[{}, ["x:9"]]],
      },
    );
    assert.equal(found, [
      "add Z p/node x:9",
      "add a p/app x:1",
      "add a p/node a:1",
      "change a q/node x:1→x:2",
      "add a q/node y:1",
      "remove a q/node z:1",
      "add a \uff41/node x:9",
      "add a \u{1f600}/node x:7",
      "add é p/node x:9",
    ]);
  });
});

describe("plan: a target in it", (it) => {
  it("says all that is known of it, and where it is and was written", () => {
    const labels = {
      __farm_source: "promgen",
      __metrics_path__: "/probe",
      __param___proto__: "x",
      __param_module: "if_mib",
      __scheme__: "https",
      __scrape_interval__: "30s",
      env: "prod",
      farm: "f",
      job: "snmp",
    };
    const before = side({ a: [[labels, ["web1:9116"]]] }, { locate: locate("old.yml") });
    const after = side({ b: [[{ ...labels, env: "test" }, ["web1:9116"]]] }, { locate: locate("new.yml") });
    const { operations: found, places } = makePlan(before, after, GATE, sha256);
    const [operation, ...more] = found;
    assert.ok(operation);
    const common = {
      kind: "exporter",
      project: "p",
      service: "s",
      job: "snmp",
      address: "web1:9116",
      scheme: "https",
      path: "/probe",
      params: Object.fromEntries([
        ["__proto__", "x"],
        ["module", "if_mib"],
      ]),
    };
    const series = { farm: "f", job: "snmp", project: "p", service: "s" };
    assert.equal(operation, {
      op: "move",
      was: { ...common, shard: "a", labels: { ...series, env: "prod" } },
      target: { ...common, shard: "b", labels: { ...series, env: "test" } },
    });
    assert.equal(places.before(operation), { file: "old.yml", path: [0, "a", "p", "web1:9116"] });
    assert.equal(places.after(operation), { file: "new.yml", path: [0, "b", "p", "web1:9116"] });
    assert.equal(more, []);
  });

  it("of a probe has neither scheme nor path, and its module once", () => {
    const found = plan(
      { a: [] },
      { a: { urls: [[{ job: "icmp", __param_module: "icmp", __param_x: "y" }, ["web1"]]] } },
    );
    const [operation] = found.operations;
    assert.ok(operation);
    const { kind, job, scheme, path, params, address } = operation.target;
    assert.equal([kind, job, scheme, path, params, address], ["probe", "icmp", "", "", { x: "y" }, "web1"]);
  });

  it("without an inventory has no place", () => {
    const { operations: found, places } = plan({ a: [[{}, ["web1:9100"]]] }, { a: [[{}, ["web2:9100"]]] });
    const known = found.flatMap((operation) => [places.before(operation), places.after(operation)]);
    assert.equal(known, [undefined, undefined, undefined, undefined]);
  });
});

describe("plan: where it comes from", (it) => {
  it("says what was compared with what", () => {
    const before = side({}, { kind: "published", commit: "1".repeat(40), generation: 7, isComplete: false });
    const found = makePlan(before, side({}), GATE, sha256);
    assert.equal(found.base, { kind: "published", commit: "1".repeat(40), generation: 7, isComplete: false });
    assert.equal(found.head, { kind: "worktree" });
  });

  it("has every shard, new, gone, empty or without servers", () => {
    const found = plan(
      { gone: [[{}, ["web1:9100"]]], stays: [[{}, ["web2:9100"]]] },
      { stays: { groups: [[{}, ["web2:9100"]]], servers: [] }, empty: [] },
    );
    assert.equal(
      [...found.shards].map(([name, { before, after, isNew, isGone, hasServers }]) => [
        name,
        before,
        after,
        isNew,
        isGone,
        hasServers,
      ]),
      [
        ["empty", 0, 0, true, false, true],
        ["gone", 1, 0, false, true, false],
        ["stays", 1, 1, false, false, false],
      ],
    );
  });

  it("counts moves for whoever gives and takes, and a project that gets another name", () => {
    const found = plan(
      {
        a: [
          [{ project: "p", service: "s" }, ["web1:1", "web2:1"]],
          [{ project: "x" }, ["web9:1"]],
        ],
        b: [],
      },
      {
        a: [
          [{ project: "q", service: "t" }, ["web1:1"]],
          [{ project: "x" }, ["web8:1"]],
        ],
        b: [[{}, ["web2:1"]]],
      },
    );
    const { before, after, added, removed, movedIn, movedOut, relabelled } = found.totals;
    assert.equal([before, after, added, removed, movedIn, movedOut, relabelled], [3, 3, 1, 1, 1, 1, 1]);
    const rows = (counts: typeof found.projects): unknown[] =>
      [...counts].map(([name, own]) => [name, own.before, own.after, own.movedIn, own.movedOut, own.relabelled]);
    assert.equal(rows(found.shards), [
      ["a", 3, 2, 0, 1, 1],
      ["b", 0, 1, 1, 0, 0],
    ]);
    assert.equal(rows(found.projects), [
      ["p", 2, 1, 1, 2, 0],
      ["q", 0, 1, 1, 0, 1],
      ["x", 1, 1, 0, 0, 0],
    ]);
    assert.equal(rows(found.services), [
      ["s", 3, 2, 1, 2, 0],
      ["t", 0, 1, 1, 0, 1],
    ]);
    assert.equal(rows(found.jobs), [["node", 3, 3, 1, 1, 1]]);
  });

  it("counts a target that a group lists twice once, changed or not", () => {
    const twice = ["web1:9100", "web1:9100"];
    const same = plan({ a: [[{}, twice]] }, { a: [[{}, twice]] });
    assert.equal([same.totals.before, same.totals.after], [1, 1]);
    const other = plan({ a: [[{}, twice]] }, { a: [[{}, [...twice, "web2:9100"]]] });
    assert.equal([other.totals.before, other.totals.after, other.totals.added], [1, 2, 1]);
  });
});
