import * as assert from "uvu/assert";
import { comment } from "../../src/commands/comment.ts";
import type { CommentOptions } from "../../src/commands/comment.ts";
import { planJsonLines } from "../../src/report/plan-json.ts";
import type { PlanDocument } from "../../src/report/plan-document.ts";
import { describe } from "../describe.ts";
import { refusalWords } from "../refusal.ts";
import { REPOSITORY, withGitHub } from "../publish/github-stand-in.ts";
import type { GitHub } from "../publish/github-stand-in.ts";
import { COMMIT, documentOf } from "../report/plans.ts";
import { runOver } from "./fake-io.ts";
import type { Outcome } from "./fake-io.ts";

const HEAD = "a".repeat(40);
const LABELS = { project: "p", service: "s", job: "node" };
const PLAN = documentOf({ a: { groups: [[LABELS, ["w1:1"]]] } }, { a: { groups: [[LABELS, ["w1:1", "@team:1"]]] } });
const SAME = documentOf({ a: { groups: [[LABELS, ["w1:1"]]] } }, { a: { groups: [[LABELS, ["w1:1"]]] } });
const MAX_BYTES = 20 * 1024 * 1024;
const DEFAULTS: CommentOptions = {
  plan: "plan.json",
  key: "targets",
  maxBytes: MAX_BYTES,
  dryRun: false,
  required: false,
};

function textOf(plan: PlanDocument): string {
  return [...planJsonLines(plan)].join("\n");
}

async function run(
  github: GitHub | undefined,
  options: Partial<CommentOptions>,
  { plan = textOf(PLAN), env = {} }: { plan?: string; env?: Record<string, string> } = {},
): Promise<Outcome> {
  const access = { GITHUB_TOKEN: "workflow", GITHUB_REPOSITORY: REPOSITORY, GITHUB_API_URL: github?.url ?? "" };
  return await runOver(
    { "plan.json": plan, token: "person\n" },
    async (io) => await comment(io, { ...DEFAULTS, ...options }),
    { env: { ...access, ...env } },
  );
}

describe("comment", (it) => {
  it("posts a plan, with the commit of the pull request and a link to the run", async () => {
    await withGitHub(async (github) => {
      github.pulls.push({ number: 7, head: HEAD });
      const env = { GITHUB_SERVER_URL: "https://github.com", GITHUB_RUN_ID: "42" };
      const { exit, stdout } = await run(github, { pull: 7, commit: HEAD }, { env });
      assert.is(exit, 0);
      assert.is(stdout, "#7: commented\n");
      const [posted] = github.comments;
      const body = posted?.body ?? "";
      assert.is(posted?.author, "github-actions[bot]");
      assert.match(body, /^<!-- promgen-gen:plan v1 key=targets sha256=[0-9a-f]{64} -->\n### promgen-gen: \+1 /);
      assert.match(body, new RegExp(`\`${HEAD.slice(0, 12)}\``));
      assert.match(body, `(<https://github.com/${REPOSITORY}/actions/runs/42>)`);
      assert.not.match(body, "fork");
    });
  });

  it("links to no run where it is in none", async () => {
    const env = { GITHUB_SERVER_URL: "https://github.com", GITHUB_REPOSITORY: REPOSITORY, GITHUB_RUN_ID: "42" };
    const text = async (more: Partial<CommentOptions>, without?: keyof typeof env): Promise<string> =>
      (
        await run(
          undefined,
          { dryRun: true, ...more },
          { env: { ...env, ...(without === undefined ? {} : { [without]: "" }) } },
        )
      ).stdout;
    assert.match(await text({}), "/actions/runs/42");
    for (const name of Object.keys(env) as (keyof typeof env)[]) assert.not.match(await text({}, name), "/actions/");
    assert.match(await text({ url: "https://ci.example.com/1" }), "<https://ci.example.com/1>");
  });

  it("finds the pull request of a fork by its commit, and says whose word the plan is", async () => {
    await withGitHub(async (github) => {
      github.pulls.push({ number: 6, head: "b".repeat(40) }, { number: 7, head: HEAD, from: "mallory/targets" });
      assert.is((await run(github, { commit: HEAD })).stdout, "#7: commented\n");
      assert.match(github.comments[0]?.body ?? "", /a run of the fork `mallory\/targets`/);
    });
  });

  it("takes the commit from the plan where none is named: the head, or what GitHub merged", async () => {
    await withGitHub(async (github) => {
      const plan = textOf({ ...PLAN, head: { kind: "worktree", commit: COMMIT } });
      github.pulls.push(
        { number: 7, head: HEAD, merge: COMMIT },
        { number: 8, head: COMMIT },
        { number: 9, head: HEAD },
      );
      assert.is((await run(github, { pull: 7 }, { plan })).stdout, "#7: commented\n");
      assert.is((await run(github, { pull: 8 }, { plan })).stdout, "#8: commented\n");
      assert.match((await run(github, { pull: 9 }, { plan })).stdout, "#9: not commented, since");
    });
  });

  it("takes the token from a file, whose holder GitHub knows", async () => {
    await withGitHub(async (github) => {
      github.pulls.push({ number: 7, head: HEAD });
      await run(github, { pull: 7, commit: HEAD, tokenFile: "token" }, { env: { GITHUB_TOKEN: "wrong" } });
      await run(github, { pull: 7, commit: HEAD, tokenFile: "token" }, { plan: textOf(SAME) });
      assert.equal(
        github.comments.map(({ author }) => author),
        ["kei"],
      );
    });
  });

  it("is silent about a plan without changes, until there is a comment", async () => {
    await withGitHub(async (github) => {
      github.pulls.push({ number: 7, head: HEAD });
      const options = { pull: 7, commit: HEAD };
      assert.is(
        (await run(github, options, { plan: textOf(SAME) })).stdout,
        "#7: not commented, since nothing changes\n",
      );
      await run(github, options);
      assert.is((await run(github, options, { plan: textOf(SAME) })).stdout, "#7: the comment is changed\n");
      assert.match(github.comments[0]?.body ?? "", "no changes");
      const warning = { rule: "plan/job-removed", severity: "warning", message: "m", file: "f.yml" } as const;
      github.pulls.push({ number: 8, head: HEAD });
      const found = textOf({ ...SAME, findings: [warning] });
      assert.is((await run(github, { pull: 8, commit: HEAD }, { plan: found })).stdout, "#8: commented\n");
    });
  });

  it("warns and ends with 0 where GitHub refuses, and with 2 where the comment is required", async () => {
    await withGitHub(async (github) => {
      github.pulls.push({ number: 7, head: HEAD });
      const [options, env] = [{ pull: 7, commit: HEAD }, { GITHUB_TOKEN: "fork" }];
      const warned = await run(github, options, { env });
      assert.is(warned.exit, 0);
      assert.match(warned.stderr, /^promgen-gen: warning: no comment: this token may not write comments \(/);
      const annotated = await run(github, options, { env: { ...env, GITHUB_ACTIONS: "true" } });
      assert.match(annotated.stdout, /^::warning title=promgen-gen::no comment: .*\n$/);
      assert.match(await refusalWords(() => run(github, { ...options, required: true }, { env })), /may not write/);
    });
  });

  it("does not choose among several pull requests", async () => {
    await withGitHub(async (github) => {
      github.pulls.push({ number: 6, head: HEAD }, { number: 7, head: HEAD });
      assert.match((await run(github, { commit: HEAD })).stderr, /several pull requests propose .*: #6, #7/);
      assert.match((await run(github, { commit: "c".repeat(40) })).stderr, /no open pull request proposes/);
    });
  });

  it("--dry-run prints the comment and asks nobody", async () => {
    const { exit, stdout } = await run(undefined, { dryRun: true }, { env: { GITHUB_TOKEN: "" } });
    assert.is(exit, 0);
    assert.match(stdout, /^### promgen-gen: \+1 /);
    assert.match(stdout, "`@team:1`");
    // The plan of one's own: without it, the check of a change to very many targets would fail.
    const large = textOf(PLAN).padEnd(MAX_BYTES + 1);
    assert.is((await run(undefined, { dryRun: true }, { plan: large })).stdout, stdout);
  });
});

describe("comment: plan.json of strangers", (it) => {
  it("may be larger where it is one's own", async () => {
    await withGitHub(async (github) => {
      github.pulls.push({ number: 7, head: HEAD });
      const large = textOf(PLAN).padEnd(MAX_BYTES + 1);
      const options = { pull: 7, commit: HEAD, maxBytes: MAX_BYTES + 1 };
      assert.is((await run(github, options, { plan: large })).stdout, "#7: commented\n");
    });
  });

  it("is read only where it is a plan of a size that somebody reads", async () => {
    await withGitHub(async (github) => {
      github.pulls.push({ number: 7, head: HEAD });
      const plans: [plan: string, words: RegExp][] = [
        ["no", /is no JSON/],
        ["[]", /is not what .* writes/],
        [
          textOf({ ...PLAN, version: 2 } as unknown as PlanDocument),
          /it has version 2, which this promgen-gen does not know/,
        ],
        [textOf({ ...PLAN, more: 1 } as unknown as PlanDocument), /additional properties/],
        [textOf({ ...PLAN, digest: "sha256:`" }), /\/digest must match pattern/],
        [textOf({ ...PLAN, head: { kind: "worktree", commit: "@team" } }), /\/head\/commit must match pattern/],
        [textOf(PLAN).padEnd(MAX_BYTES + 1), /more than 20971520, and is not read/],
      ];
      for (const [plan, words] of plans) {
        const { exit, stderr } = await run(github, { pull: 7, commit: HEAD }, { plan });
        assert.is(exit, 0);
        assert.match(stderr, words);
      }
      assert.equal(github.requests, []);
    });
  });

  it("stays inert in every text", async () => {
    await withGitHub(async (github) => {
      github.pulls.push({ number: 7, head: HEAD });
      const bad = "@team #1 <img src=x> ```\n\n[x](http://evil.example) \u202e|";
      const group = [{ ...LABELS, project: bad }, [bad]] as const;
      const plan = textOf(documentOf({}, { [bad]: { groups: [group] } }, { sources: { baseName: bad } }));
      assert.is((await run(github, { pull: 7, commit: HEAD }, { plan })).stdout, "#7: commented\n");
      const spans = (github.comments[0]?.body ?? "").replace(/(`+)(?!`)[^]*?(?<!`)\1(?!`)/g, "");
      assert.not.match(spans, /@team|#1|<img|evil|\u202e/);
    });
  });
});

describe("comment: usage", (it) => {
  it("says what is missing or wrong, with and without --required", async () => {
    const cases: [Partial<CommentOptions>, Record<string, string>, RegExp][] = [
      [{ plan: "none.json" }, {}, /no file none\.json/],
      [{}, {}, /which pull request\?/],
      [{ pull: 1 }, { GITHUB_REPOSITORY: "" }, /which repository\?/],
      [{ pull: 1, repository: "../../user" }, {}, /is no repository/],
      [{ pull: 1 }, { GITHUB_TOKEN: "" }, /there is no token/],
      [{ pull: 1 }, { GITHUB_TOKEN: "a\nb" }, /is none/],
      [{ pull: 1, tokenFile: "none" }, {}, /cannot read .*none: ENOENT/],
      [{ pull: 1 }, { GITHUB_API_URL: "http://api.example.com" }, /not an address with https/],
      [{ pull: 1 }, { GITHUB_API_URL: "file:///etc" }, /not an address with https/],
    ];
    for (const [options, env, words] of cases)
      assert.match(await refusalWords(() => run(undefined, options, { env })), words);
  });
});
