import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { hosts } from "../plan/sides.ts";
import { hostileShards } from "./hostile-plans.ts";
import { COMMIT, documentOf, textOf } from "./plans.ts";

const WEB = { project: "web" };

/** The lines from the one that begins with a text to the next empty one. */
function block(text: string, start: string): string[] {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => line.startsWith(start));
  const end = lines.indexOf("", at);
  return at < 0 ? [] : lines.slice(at, end < 0 ? undefined : end);
}

describe("plan text", (it) => {
  it("a plan without changes is one line", () => {
    assert.is(
      textOf(documentOf({ a: [[WEB, hosts(1234)]] }, { a: [[WEB, hosts(1234)]] })),
      "no changes · 1,234 targets in 1 shard · compared with main at 1a2b3c4d5e6f",
    );
  });

  it("totals come first, then the verdict, then each shard, then the targets", () => {
    const text = textOf(
      documentOf(
        { a: [[WEB, hosts(30)]], b: [[{}, hosts(3)]] },
        { a: [[WEB, [...hosts(29), ...hosts(2, 50)]]], b: [[{}, hosts(3)]] },
      ),
    );
    assert.fixture(
      text,
      `+2 −1 · 33 → 34 targets in 2 shards · compared with main at 1a2b3c4d5e6f
passes the safety gate

shard  before  +  −  ⇄ in  ⇄ out  ~  after
a          30  2  1                     31
1 other shard stays as it is

a ▸ web ▸ node
  − web29:9100  old.yml:7 at 1a2b3c4d5e6f
  + web50:9100  new.yml:9
  + web51:9100  new.yml:9`,
    );
  });

  it("names the servers that pull a shard from now on, or no more, though no target changes", () => {
    const groups = [[WEB, hosts(3)]] as const;
    const after = ["p0", "p1", "p2", "p3", "\u001b[31m"];
    const plan = documentOf({ a: { groups, servers: ["p0", "old"] } }, { a: { groups, servers: after } });
    const text = textOf(plan);
    assert.match(text, /^no target comes, goes or gets other series · 3 targets in 1 shard/);
    assert.match(text, /^a +3 +3 {2}servers −old \+\\x1b\[31m \+p1 and 2 more$/m);
    assert.match(textOf(plan, { verbose: true }), /servers −old \+\\x1b\[31m \+p1 \+p2 \+p3$/m);
  });

  it("shows another repository, and counts it among the reasons of the gate", () => {
    const sides = { before: { repository: "https://a/old" }, after: { repository: "https://a/new" } };
    const text = textOf(documentOf({ a: [] }, { a: [] }, sides));
    assert.match(text, /^no target comes, goes or gets other series/);
    assert.match(text, /^the artifacts name another repository: https:\/\/a\/old → https:\/\/a\/new$/m);
    assert.match(text, /^held back by the safety gate, for 1 reason$/m);
    const both = documentOf({ a: [[WEB, hosts(20)]] }, { a: [[WEB, hosts(5)]] }, sides);
    assert.match(textOf(both), `to accept all of it: --accept ${both.digest}`);
  });

  it("says what is different, and of what moves, changes or is relabelled, what it was", () => {
    const text = textOf(
      documentOf(
        {
          a: [
            [{ ...WEB, env: "prod", tier: "gold" }, hosts(2)],
            [{ ...WEB, job: "app" }, ["x:1"]],
          ],
          b: [
            [{ project: "m" }, ["y:1"]],
            [{}, ["z:1"]],
          ],
        },
        {
          a: [
            [{ ...WEB, env: "test", rack: "r1" }, hosts(2)],
            [{ ...WEB, job: "app", __scheme__: "https", __param_q: "1" }, ["x:2"]],
            [{ project: "m" }, ["y:1"]],
          ],
          b: [[{}, ["z:1"]]],
        },
      ),
    );
    assert.equal(block(text, "a ▸ m"), ["a ▸ m ▸ node", "  ⇄ shard: b → a", "    y:1  new.yml:9"]);
    assert.equal(block(text, "a ▸ web ▸ app"), [
      "a ▸ web ▸ app",
      "  ~ scheme: http → https · param q: 1 (new)",
      "    x:1 → x:2  new.yml:9",
    ]);
    assert.equal(block(text, "a ▸ web ▸ node"), [
      "a ▸ web ▸ node",
      "  ~ env: prod → test · rack: r1 (new) · tier: gold (gone)",
      "    web0:9100  new.yml:9",
      "    web1:9100  new.yml:9",
    ]);
  });

  it("shows the first targets of a group, and all with --verbose", () => {
    const plan = documentOf({ a: [] }, { a: [[WEB, hosts(25)]] });
    const text = textOf(plan);
    assert.is(text.match(/^ {2}\+ /gm)?.length, 10);
    assert.match(text, "\n    … and 15 more\n");
    assert.match(text, "\nnot shown: +15 (--verbose shows all)");
    const whole = textOf(plan, { verbose: true });
    assert.is(whole.match(/^ {2}\+ /gm)?.length, 25);
    assert.not.match(whole, /not shown|more/);
  });

  it("ten thousand additions do not hide one removal", () => {
    const projects = Array.from({ length: 200 }, (_, index) => [{ project: `p${index}` }, hosts(50, 100)] as const);
    const text = textOf(documentOf({ a: [], z: [[WEB, hosts(30)]] }, { a: projects, z: [[WEB, hosts(29)]] }));
    assert.match(text, /\n {2}− web29:9100/);
    assert.ok(text.split("\n").length < 300);
  });

  it("says once what helps against several findings, and how to accept all of it", () => {
    const text = textOf(
      documentOf(
        {
          a: [
            [WEB, hosts(20)],
            [{ project: "x", job: "x" }, hosts(20)],
          ],
        },
        {
          a: [
            [WEB, hosts(10)],
            [{ project: "x", job: "x", env: "e" }, hosts(20)],
          ],
        },
      ),
    );
    assert.match(text, "held back by the safety gate, for 4 reasons\n");
    assert.is(text.match(/^error\[/gm)?.length, 4);
    assert.is(text.match(/= help: where this is meant/g)?.length, 2);
    assert.match(text, /\nto accept all of it: --accept sha256:[0-9a-f]{64}\n/);
  });

  it("one digest for all needs no line of its own", () => {
    const text = textOf(documentOf({ a: [[WEB, hosts(10)]] }, { a: [[WEB, hosts(4)]] }));
    assert.is(text.match(/--accept sha256:/g)?.length, 1);
    assert.not.match(text, "to accept all of it");
  });

  it("says what was accepted", () => {
    const text = textOf(
      documentOf({ a: [[WEB, hosts(10)]] }, { a: [[WEB, hosts(4)]] }, { accept: ({ digest = "" }) => [digest] }),
    );
    assert.match(text, "passes the safety gate; what exceeds 2 limits was accepted\n");
    assert.not.match(text, "= help");
  });

  it("says once that the base has mistakes of its own", () => {
    const text = textOf(documentOf({ a: [] }, { a: [[WEB, hosts(9)]] }, { before: { isComplete: false } }));
    assert.is(text.match(/the base has mistakes of its own/g)?.length, 1);
    assert.is(text.split("\n")[1]?.startsWith("note: the base has mistakes"), true);
  });

  it("says that only what Prometheus does not store is different", () => {
    const text = textOf(
      documentOf({ a: [[WEB, hosts(1)]] }, { a: [[{ ...WEB, __scrape_interval__: "5m" }, hosts(1)]] }),
    );
    assert.match(
      text,
      /^no target comes, goes or gets other series · 1 target in 1 shard · .*\n1 target keeps its series/,
    );
  });

  it("shards that are new, gone or that nobody pulls are called so", () => {
    const text = textOf(
      documentOf({ a: [], old: [[{}, hosts(1)]] }, { a: [], new: { groups: [[{}, hosts(1)]], servers: [] } }),
    );
    assert.match(text, /\nnew +0 +1 +1 {2}new, no servers\n/);
    assert.match(text, /\nold +1 +1 +0 {2}gone, servers −prom-old\n/);
  });

  it("names the base: a revision, or what is published", () => {
    const plan = (before: object, baseName?: string): string =>
      textOf(documentOf({ a: [] }, { a: [] }, { before, sources: { baseName } })).replace(/.*compared with /, "");
    assert.is(plan({}), "1a2b3c4d5e6f");
    assert.is(
      plan({ kind: "published", generation: 7 }, "artifacts"),
      "what is published at artifacts (generation 7, commit 1a2b3c4d5e6f)",
    );
    assert.is(plan({ commit: `${COMMIT}-dirty` }), "1a2b3c4d5e6f-dirty");
  });

  it("is coloured only where it is asked to be", () => {
    const plan = documentOf({ a: [[WEB, hosts(10)]] }, { a: [[{ ...WEB, env: "x" }, hosts(4)]], b: [[WEB, hosts(2)]] });
    const coloured = textOf(plan, { color: true });
    assert.not.match(textOf(plan), "\u001b");
    assert.match(coloured, "\u001b[31m");
    // eslint-disable-next-line no-control-regex -- what colour is made of
    assert.is(coloured.replace(/\u001b\[\d+m/g, ""), textOf(plan));
  });

  it("hostile text acts on no terminal", () => {
    fc.assert(
      fc.property(hostileShards(), hostileShards(), (before, after) => {
        for (const verbose of [false, true])
          assert.not.match(textOf(documentOf(before, after), { verbose }), /[^\n\P{Cc}]|[\p{Cf}\p{Zl}]|##\[/u);
      }),
      { seed: 20_260_102, numRuns: 100 },
    );
  });
});
