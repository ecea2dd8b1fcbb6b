import * as fc from "fast-check";
import * as assert from "uvu/assert";
import type { PlanDocument } from "../../src/report/plan-document.ts";
import { MARKDOWN_LIMIT, planMarkdown } from "../../src/report/plan-markdown.ts";
import { describe } from "../describe.ts";
import { hosts } from "../plan/sides.ts";
import type { GroupSpec, Shards } from "../plan/sides.ts";
import { HOSTILE, readSpans } from "./code-spans.ts";
import { hostileShards } from "./hostile-plans.ts";
import { documentOf, textOf } from "./plans.ts";

const WEB = { project: "web" };

/** All that is ours in a comment: words, tables, lists, folded sections. What is outside of code spans is nothing else. */
const OURS =
  /^(?:### promgen-gen: |<details><summary>[−⇄~+] [\d,]+ [a-z:, ]+<\/summary>$|<\/details>$|⛔ \*\*Held back by the safety gate\.\*\*$|\| (?:of|:--|shard|job|service)|\| {2}|\|[ \d,|]|- |[ ▸·→:,]|✅|⚠️|[A-Z0-9…]|$)/u;

function outside(markdown: string): string[] {
  return readSpans(markdown).outside.split("\n");
}

/** Nothing outside of code spans comes from an inventory. */
function assertInert(markdown: string): void {
  for (const line of outside(markdown)) {
    assert.match(line, OURS, line);
    const words = line.replace(/^### |^<details><summary>(.*)<\/summary>$|^<\/details>$/, "$1");
    assert.not.match(words, /[@#$[\]{}\\&<>]|\/\/|www|GH-|[0-9a-f]{7}|canary/u, line);
  }
}

describe("plan markdown", (it) => {
  it("says headline, verdict, a table of the shards, then the targets, then what it was compared with", () => {
    const markdown = planMarkdown(
      documentOf(
        { a: [[WEB, hosts(30)]], b: [[{}, hosts(3)]] },
        { a: [[WEB, [...hosts(29), ...hosts(1, 50)]]], b: [[{}, hosts(3)]] },
        { after: { commit: "f".repeat(40) } },
      ),
    );
    assert.fixture(
      markdown,
      `### promgen-gen: +1 −1 · 33 targets in 2 shards

✅ Passes the safety gate.

| shard | before | + | − | ⇄ in | ⇄ out | ~ | after |
| :-- | --: | --: | --: | --: | --: | --: | --: |
| \`a\` | 30 | 1 | 1 |  |  |  | 30 |

1 other shard stays as it is.

<details><summary>− 1 removed</summary>

\`a\` ▸ \`web\` ▸ \`node\`
- \`web29:9100\` in \`old.yml:7\` at \`1a2b3c4d5e6f\`

</details>

<details><summary>+ 1 added</summary>

\`a\` ▸ \`web\` ▸ \`node\`
- \`web50:9100\` in \`new.yml:9\`

</details>

Compared with \`main\` at \`1a2b3c4d5e6f\`. This is \`ffffffffffff\`. All of it: \`promgen-gen plan --verbose\`
`,
    );
  });

  it("without changes it is a headline, and what it was compared with", () => {
    assert.is(
      planMarkdown(documentOf({ a: [[WEB, hosts(3)]] }, { a: [[WEB, hosts(3)]] })),
      "### promgen-gen: no changes · 3 targets in 1 shard\n\nCompared with `main` at `1a2b3c4d5e6f`. All of it: `promgen-gen plan --verbose`\n",
    );
  });

  it("says what is held back, by which limits, and how to accept all or a part of it", () => {
    const plan = documentOf(
      {
        a: [
          [WEB, hosts(20)],
          [{ project: "x", job: "x" }, hosts(20)],
        ],
        z: [[{}, hosts(1)]],
      },
      {
        a: [
          [WEB, hosts(10)],
          [{ project: "x", job: "x", env: "e" }, hosts(20)],
        ],
        z: [],
      },
    );
    const markdown = planMarkdown(plan);
    assert.match(markdown, "⛔ **Held back by the safety gate.**\n");
    assert.match(markdown, "| shard `a` | 10 of 40 removed | 20 % |\n");
    assert.match(markdown, "| job `x` | 20 of 20 changed or relabelled | 30 % |\n");
    assert.match(markdown, "| shard `z` | nothing left of 1 | something has to stay |\n");
    assert.match(markdown, `in the last line of a commit message: \`Promgen-Accept: ${plan.digest}\`\n`);
    for (const { digest } of plan.trips) assert.match(markdown, `: \`Promgen-Accept: ${digest}\`\n`);
  });

  it("says which repository takes the place of which, what hosts need, and how to accept that alone", () => {
    const sides = { before: { repository: "https://a/`old`" }, after: { repository: "https://a/new" } };
    const alone = planMarkdown(documentOf({ a: [] }, { a: [] }, sides));
    assert.match(alone, "names another repository: `` https://a/`old` `` → `https://a/new`".replace("names", "name"));
    assert.match(alone, "`promgen-agent sync --repository <url>`");
    assert.match(alone, "Where this is meant, say so");
    const both = documentOf({ a: [[WEB, hosts(20)]] }, { a: [[WEB, hosts(5)]] }, sides);
    const markdown = planMarkdown(both);
    assert.match(markdown, `: \`Promgen-Accept: ${both.digest}\`\n`);
    assert.match(markdown, `- the repository: \`Promgen-Accept: ${both.repository?.digest}\`\n`);
    const accepted = planMarkdown(
      documentOf({ a: [] }, { a: [] }, { ...sides, accept: ({ digest = "" }) => [digest] }),
    );
    assert.match(accepted, "Somebody accepted what becomes of the repository.");
  });

  it("says of a removal that the plan shows as a move why it counts", () => {
    const plan = documentOf({ a: [[WEB, hosts(20)]] }, { a: [[WEB, hosts(10)]], new: [[WEB, hosts(10, 10)]] });
    assert.equal(
      plan.trips.map(({ count, moved }) => [count, moved]),
      [
        [10, 10],
        [10, 10],
      ],
    );
    assert.match(
      planMarkdown(plan),
      "| job `node` | 10 of 20 removed or moved to a shard that is new or has no servers | 20 % |\n",
    );
  });

  it("says once what is different of groups that differ in nothing else", () => {
    const group = (role: string, from: number): GroupSpec => [{ ...WEB, role }, hosts(1, from)];
    const plan = documentOf(
      { a: [[WEB, hosts(40, 50)], group("x", 1), group("y", 2)], b: [[{}, hosts(1)]] },
      { a: [[WEB, hosts(40, 50)]], b: [[{}, hosts(1)], group("x", 1), group("y", 2)] },
    );
    assert.match(
      planMarkdown(plan),
      "\n`b` ▸ `web` ▸ `node` · `shard`: `a` → `b`\n- `web1:9100` in `new.yml:9`\n- `web2:9100` in `new.yml:9`\n",
    );
    assert.match(textOf(plan), "b ▸ web ▸ node\n  ⇄ shard: a → b\n    web1:9100  new.yml:9\n    web2:9100  new.yml:9");
  });

  it("says what was accepted, what has no room in a closed shard, and of which job nothing is left", () => {
    const accepted = documentOf(
      { a: [[WEB, hosts(10)]] },
      { a: [[WEB, hosts(4)]] },
      { accept: ({ digest = "" }) => [digest] },
    );
    assert.match(
      planMarkdown(accepted),
      "✅ Passes the safety gate.\n\nSomebody accepted what becomes of shard `a`, job `node`.\n",
    );
    const closed = documentOf(
      {
        a: {
          groups: [
            [WEB, hosts(10)],
            [{ ...WEB, job: "x" }, hosts(1)],
          ],
          isEnabled: false,
        },
      },
      {
        a: {
          groups: [
            [WEB, hosts(10)],
            [{ project: "new" }, hosts(1, 50)],
          ],
          isEnabled: false,
        },
      },
    );
    assert.match(
      planMarkdown(closed),
      "New where nothing new may come (`enabled: false`): project `new` in shard `a`.\n",
    );
    assert.match(planMarkdown(closed), "⚠️ Nothing is left of job `x`.\n");
  });

  it("leads to where all of it is, if that is an address on the web", () => {
    const plan = documentOf({ a: [] }, { a: [] });
    const end = (url: string): string => planMarkdown(plan, { url }).split(". ").at(-1) ?? "";
    assert.is(
      end("https://x.example/run/1"),
      "[All of it](<https://x.example/run/1>), or `promgen-gen plan --verbose`\n",
    );
    assert.is(
      end("https://x.example/a>b c"),
      "[All of it](<https://x.example/a%3Eb%20c>), or `promgen-gen plan --verbose`\n",
    );
    for (const url of ["javascript:alert(1)", "no address", `https://x.example/${"x".repeat(9999)}`, ""])
      assert.is(end(url), "All of it: `promgen-gen plan --verbose`\n");
  });

  it("no text of an inventory is outside of a code span", () => {
    const named = (text: string): Shards => ({
      [`s ${text}`]: [
        [{ project: `canary ${text}`, service: text, job: `j${text}`, env: text }, [`h${text}`, ...hosts(20)]],
      ],
    });
    const moved = (text: string): Shards => ({
      [`t ${text}`]: [[{ project: `canary ${text}`, service: text, job: `j${text}`, [`l${text}`]: text }, hosts(9)]],
    });
    for (const text of HOSTILE) {
      const more = { sources: { baseName: text }, before: { locate: () => ({ file: text, path: [1] }) } };
      assertInert(planMarkdown(documentOf(named(text), moved(text), more)));
    }
  });

  it("nor is one of a plan that is hostile throughout", () => {
    fc.assert(
      fc.property(hostileShards(), hostileShards(), (before, after) => {
        assertInert(planMarkdown(documentOf(before, after)));
      }),
      { seed: 20_260_102, numRuns: 200 },
    );
  });

  it("is never longer than a forge takes, and counts what it does not show", () => {
    const group = (from: number, count: number): GroupSpec => [{ project: `p${from}` }, hosts(count, from)];
    const many = (count: number): GroupSpec[] => Array.from({ length: count }, (_, index) => group(index * 30, 30));
    const markdown = planMarkdown(documentOf({ a: [], b: [group(90_000, 500)] }, { a: many(200), b: [] }));
    assert.is(MARKDOWN_LIMIT, 60_000, "a comment has at most 65,536 characters, and its marker is among them");
    assert.ok(markdown.length <= MARKDOWN_LIMIT, String(markdown.length));
    assert.ok(markdown.length > MARKDOWN_LIMIT * 0.9, String(markdown.length));
    assert.match(markdown, /\nNot shown: 475 removed, [\d,]+ added\.\n/);
    assert.match(markdown, /<summary>− 500 removed</);
  });

  it("nor where every name is as long as it can be, and everything is wrong at once", () => {
    const long = (index: number): string => `${index}${"`\u202e|".repeat(150)}`;
    const shards = (from: number, labels: Readonly<Record<string, string>>): Shards =>
      Object.fromEntries(
        Array.from({ length: 45 }, (_, index) => [
          long(index),
          {
            groups: [
              [
                { project: long(index + from), service: long(index + from), job: long(index + from), ...labels },
                [long(1), long(2), long(3)],
              ],
              [{ project: long(index), service: long(index), job: long(index), ...labels }, hosts(6, from)],
            ],
            isEnabled: false,
            servers: [0, 1, 2, 3].map((server) => long(server + index + from)),
          },
        ]),
      );
    const manyLabels = Object.fromEntries(Array.from({ length: 45 }, (_, index) => [long(index), long(index)]));
    const plan = documentOf(shards(0, {}), shards(30, manyLabels), {
      before: { isComplete: true },
      sources: { baseName: long(9) },
    });
    const worst: PlanDocument = {
      ...plan,
      jobsRemoved: Array.from({ length: 99 }, (_, index) => long(index)),
      servicesRemoved: Array.from({ length: 99 }, (_, index) => long(index)),
      trips: plan.trips.map((trip, index) => ({ ...trip, digest: long(index), isAccepted: index % 3 === 0 })),
      refusedProjects: Array.from({ length: 99 }, (_, index) => ({ project: long(index), shard: long(index) })),
      base: { ...plan.base, isComplete: false },
    };
    for (const one of [plan, worst]) {
      const markdown = planMarkdown(one, { url: `https://x.example/${"x".repeat(1900)}` });
      assert.ok(markdown.length <= MARKDOWN_LIMIT, String(markdown.length));
      assert.match(markdown, "<details>");
    }
  });
});
