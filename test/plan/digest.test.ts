import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { digestsOf, readDigest } from "../../src/plan/digest.ts";
import { makePlan } from "../../src/plan/diff.ts";
import type { Operation } from "../../src/plan/plan.ts";
import type { Side } from "../../src/plan/side.ts";
import { describe } from "../describe.ts";
import { GATE, hosts, plan, sha256, side } from "./sides.ts";
import type { GroupSpec, ShardSpec, Shards } from "./sides.ts";

const MANY: GroupSpec = [{ job: "many", project: "many", service: "many" }, hosts(1000, 5000)];
const node = (count: number, from = 0): GroupSpec => [{}, hosts(count, from)];
const app = (count: number, from = 0): GroupSpec => [
  { job: "app", project: "q", service: "t" },
  hosts(count, from, 80),
];

const BEFORE: Shards = { a: [node(100)], b: [app(100), MANY] };
/** A fifth and one more of the hosts of shard a go. */
const HELD = plan(BEFORE, { ...BEFORE, a: [node(79)] });

function digest(after: Record<string, ShardSpec | readonly GroupSpec[]>, before: Shards = BEFORE): string | undefined {
  return plan(before, after).digest;
}

describe("digest of what is held back", (it) => {
  it("is there where something trips, and only there", () => {
    assert.match(HELD.digest ?? "", /^sha256:[0-9a-f]{64}$/);
    assert.is(digest({ ...BEFORE }), undefined);
    assert.is(digest({ ...BEFORE, a: [node(80)] }), undefined);
  });

  it("stays the same when something else is merged", () => {
    const merges: Record<string, Shards> = {
      "targets are added to the same shard and job": { ...BEFORE, a: [node(79), node(50, 200)] },
      "the same shard gets another job": { ...BEFORE, a: [node(79), app(5, 500)] },
      "targets of another shard and job go": { ...BEFORE, a: [node(79)], b: [app(90), MANY] },
      "a host goes to another shard": { a: [node(79)], b: [app(99), MANY], c: [app(1, 99)] },
      "others get another label": { a: [node(79)], b: [app(100), [{ job: "many", env: "x" }, hosts(1000, 5000)]] },
      "a shard is added": { ...BEFORE, a: [node(79)], c: [node(3, 900)] },
    };
    const same = Object.entries(merges).filter(([, after]) => {
      const trip = plan(BEFORE, after).trips.find(({ scope }) => scope.name === "a");
      return trip?.digest === HELD.digest;
    });
    assert.equal(
      same.map(([name]) => name),
      Object.keys(merges),
    );
  });

  it("does not depend on the labels of what goes", () => {
    const labelled: Shards = { ...BEFORE, a: [[{ env: "prod" }, hosts(100)]] };
    assert.is(digest({ ...BEFORE, a: [[{ env: "prod" }, hosts(79)]] }, labelled), HELD.digest);
  });

  it("is another one for one more target, one less, or others", () => {
    const others = [
      digest({ ...BEFORE, a: [node(78)] }),
      digest({ ...BEFORE, a: [node(79, 1)] }),
      digest({ ...BEFORE, a: [node(79), [{ job: "many" }, ["x:1"]]], b: [MANY] }),
    ];
    assert.is(new Set([HELD.digest, ...others]).size, 4);
    const wider = plan({ ...BEFORE, a: [node(100)] }, { ...BEFORE, a: [node(75)] }).digest;
    const narrower = plan({ ...BEFORE, a: [node(100)] }, { ...BEFORE, a: [node(76)] }).digest;
    assert.is.not(wider, narrower);
  });

  it("of relabels covers the labels before and after", () => {
    const labelled = (env: string): Shards => ({ a: [[{ env }, hosts(10)]] });
    const digests = [
      digest(labelled("b"), labelled("a")),
      digest(labelled("c"), labelled("a")),
      digest(labelled("c"), labelled("b")),
    ];
    assert.is(new Set(digests).size, 3);
    assert.not(digests.includes(undefined));
  });

  it("of changes covers scheme, port, path and parameters", () => {
    const before: Shards = { a: [node(10)] };
    const digests = [
      digest({ a: [[{ __scheme__: "https" }, hosts(10)]] }, before),
      digest({ a: [[{ __metrics_path__: "/x" }, hosts(10)]] }, before),
      digest({ a: [[{ __param_x: "1" }, hosts(10)]] }, before),
      digest({ a: [[{ __param_x: "2" }, hosts(10)]] }, before),
      digest({ a: [[{}, hosts(10, 0, 9101)]] }, before),
    ];
    assert.is(new Set(digests).size, 5);
    assert.not(digests.includes(undefined));
  });

  it("of moves covers where they go", () => {
    const before: Shards = { a: [node(10)] };
    const [there, elsewhere] = [digest({ b: [node(10)] }, before), digest({ c: [node(10)] }, before)];
    assert.ok(there !== undefined && elsewhere !== undefined);
    assert.is.not(there, elsewhere);
  });

  it("of a service that ends covers what it hands over", () => {
    const of = (count: number): Shards => ({ a: [[{ service: "x" }, hosts(count)], MANY] });
    const to = (count: number): Shards => ({ a: [[{ service: "y" }, hosts(count)], MANY] });
    const [six, seven] = [digest(to(6), of(6)), digest(to(7), of(7))];
    assert.ok(six !== undefined && seven !== undefined);
    assert.is.not(six, seven);
  });

  it("is one for trips that share operations, and one for each where they share none", () => {
    const first: Shards = { ...BEFORE, a: [node(70)] };
    const second: Shards = { ...BEFORE, b: [app(70), MANY] };
    const both: Shards = { a: [node(70)], b: [app(70), MANY] };
    const [one, other, together] = [plan(BEFORE, first), plan(BEFORE, second), plan(BEFORE, both)];
    assert.equal(
      one.trips.map(({ scope, digest: own }) => [scope.kind, own === one.digest]),
      [
        ["shard", true],
        ["job", true],
      ],
    );
    const digestOfScope = (name: string): string | undefined =>
      together.trips.find(({ scope }) => scope.name === name)?.digest;
    assert.equal([digestOfScope("a"), digestOfScope("node")], [one.digest, one.digest]);
    assert.is(digestOfScope("app"), other.digest);
    assert.not([one.digest, other.digest].includes(together.digest));
  });

  it("hangs together by what two trips share with a third", () => {
    const before: Shards = { a: [node(10)], b: [[{ job: "other" }, hosts(10)], node(10, 50)], c: [MANY] };
    const found = plan(before, { a: [], b: [], c: [MANY] });
    assert.ok(found.trips.length > 3);
    assert.equal([...new Set(found.trips.map(({ digest: own }) => own))], [found.digest]);
  });

  it("of lists that share operations is that of all in them", () => {
    const [a, b, c, d, e] = HELD.operations;
    assert.ok(a && b && c && d && e);
    const of = (...operations: readonly Operation[]): string => digestsOf([operations], sha256).ofAll;
    const { ofLists, ofAll } = digestsOf([[a, b], [d], [b, c], [e], [d, e]], sha256);
    assert.equal(ofLists, [of(a, b, c), of(d, e), of(a, b, c), of(d, e), of(d, e)]);
    assert.is(ofAll, of(a, b, c, d, e));
  });

  it("does not depend on the order of the operations", () => {
    const { operations } = HELD;
    fc.assert(
      fc.property(fc.shuffledSubarray([...operations], { minLength: operations.length }), (shuffled) => {
        assert.is(digestsOf([shuffled], sha256).ofAll, HELD.digest);
        assert.is(digestsOf([[...shuffled, ...shuffled]], sha256).ofAll, HELD.digest);
      }),
      { numRuns: 20 },
    );
  });

  it("never asks for all texts in one: those of a million operations are more than a string can hold", () => {
    const { operations } = HELD;
    const asked: number[] = [];
    digestsOf([operations], (texts) => {
      const list = [...texts];
      asked.push(list.length);
      return sha256(list);
    });
    assert.equal(asked, [operations.length]);
  });

  it("is that of all texts in the order of their bytes, whichever names begin with one another", () => {
    const names = ["a", "aa", "a b", 'a"', "a!", "a\\", "é", "\u{1f600}", "\uffee"];
    const groups = names.map((service): GroupSpec => [
      { service, project: service, job: service },
      ["b:1", "a:1", "a!:1"],
    ]);
    const shards = Object.fromEntries(names.map((name) => [name, groups]));
    const { operations } = plan(shards, Object.fromEntries(names.map((name) => [name, []])));
    assert.is(operations.length, 3 * names.length ** 2);
    let texts: string[] = [];
    digestsOf([operations], (given) => {
      texts = [...given];
      return sha256(texts);
    });
    const sorted = texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.equal(texts, sorted);
  });

  it("is pinned: what was accepted with an older version holds with this one", () => {
    const found = plan({ a: [[{ env: "x" }, ["web1:9100"]]] }, { a: [] });
    assert.is(
      found.digest,
      `sha256:${sha256(['["remove",["exporter","a","s","p","node","http","web1:9100","/metrics",[]]]\n'])}`,
    );
    const moved = plan(
      { a: [[{ __param_9: "1", __param_10: "2" }, ["web1:9100"]]] },
      { b: [[{ __param_9: "1", __param_10: "2" }, ["web1:9100"]]] },
    );
    const place = (shard: string): string =>
      `["exporter","${shard}","s","p","node","http","web1:9100","/metrics",[["10","2"],["9","1"]]]`;
    assert.is(moved.digest, `sha256:${sha256([`["move",${place("a")},${place("b")}]\n`])}`);
    const [was, is] = [node(10), [{ env: "x", team: "y" }, node(10)[1]] as const];
    const labels = '["job","node"],["project","p"],["service","s"]';
    const relabels = hosts(10).map((address) => {
      const target = `["exporter","a","s","p","node","http","${address}","/metrics",[]]`;
      return `["relabel",${target},[${labels}],${target},[["env","x"],${labels},["team","y"]]]\n`;
    });
    assert.is(plan({ a: [was] }, { a: [is] }).digest, `sha256:${sha256(relabels)}`);
  });

  it("of what else is held back is pinned, too, and so is that of all together", () => {
    const held = (before: Partial<Side>, after: Partial<Side>): string | undefined =>
      makePlan(side({ a: [node(9)] }, before), side({ a: [node(9)] }, after), GATE, sha256).digest;
    const digestOf = (text: string): string => `sha256:${sha256([text])}`;
    const [all, none] = [
      { all: true, services: true, projects: true },
      { all: false, services: true, projects: true },
    ];
    const files = digestOf('["artifacts","all"]\n');
    assert.is(held({ artifacts: all }, { artifacts: none }), files);
    const other = digestOf('["repository","https://a/x","https://a/y"]\n');
    assert.is(held({ repository: "https://a/x" }, { repository: "https://a/y" }), other);
    assert.is(held({ repository: "https://a/x" }, {}), digestOf('["repository","https://a/x",null]\n'));
    assert.is(
      held({ repository: "https://a/x", artifacts: all }, { repository: "https://a/y", artifacts: none }),
      digestOf([files, other].sort().join("\n") + "\n"),
    );
  });
});

describe("readDigest", (it) => {
  const hex = "0123456789abcdef".repeat(4);
  it("takes a digest with and without its name, in capitals, with space around", () => {
    for (const text of [hex, `sha256:${hex}`, ` SHA256:${hex.toUpperCase()}\n`])
      assert.is(readDigest(text), `sha256:${hex}`);
  });
  it("takes nothing else", () => {
    for (const text of ["", "sha256:", hex.slice(1), `${hex}0`, `sha1:${hex}`, `${hex} ${hex}`, `x${hex}`])
      assert.is(readDigest(text), undefined, text);
  });
});
