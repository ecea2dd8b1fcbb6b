/** What changes beside targets, in each format of a plan: the repository, files of the whole inventory, servers, scrape configs. */
import * as assert from "uvu/assert";
import type { Side } from "../../src/plan/side.ts";
import type { PlanDocument } from "../../src/report/plan-document.ts";
import { planJsonLines } from "../../src/report/plan-json.ts";
import { planMarkdown } from "../../src/report/plan-markdown.ts";
import { describe } from "../describe.ts";
import { hosts, side } from "../plan/sides.ts";
import type { Shards } from "../plan/sides.ts";
import { documentOf, textOf } from "./plans.ts";

const SAME: Shards = { a: [[{}, hosts(9)]], b: [[{ job: "app" }, hosts(9, 0, 80)]] };
const ALL = { all: true, services: true, projects: false };
const NONE = { all: false, services: false, projects: true };
const [OLD, NEW] = ["https://git.example.com/old", "https://git.example.com/new"];

type Sides = readonly [before: Partial<Side>, after: Partial<Side>];
const FILES: Sides = [{ artifacts: ALL }, { artifacts: NONE }];
const REPOSITORY: Sides = [{ repository: OLD }, { repository: NEW }];

function planOf([before, after]: Sides, isAccepted = false): PlanDocument {
  return documentOf(SAME, SAME, {
    before,
    after,
    accept: ({ digest }) => (isAccepted && digest !== undefined ? [digest] : []),
  });
}

function jsonOf(plan: PlanDocument): Record<string, unknown> {
  return JSON.parse([...planJsonLines(plan)].join("\n")) as Record<string, unknown>;
}

function withConfig(of: string): Partial<Side> {
  const shards = [...side(SAME).shards].map(
    ([name, shard]) => [name, { ...shard, scrapeConfig: name === "a" ? of : "same" }] as const,
  );
  return { shards: new Map(shards) };
}

describe("a plan in which files of the whole inventory go and others come", (it) => {
  const words =
    "published no more: targets.json and urls.json of the whole inventory, targets.json of each service; published from now on: targets.json of each project";

  it("says which, and how to accept it, in each format", () => {
    const plan = planOf(FILES);
    const { digest } = plan;
    assert.ok(digest);
    assert.equal([plan.hasChanges, plan.isRefused], [true, true]);
    assert.equal(jsonOf(plan)["artifacts"], {
      added: ["projects"],
      removed: ["all", "services"],
      digest,
      isAccepted: false,
    });
    assert.match(textOf(plan), words);
    assert.match(textOf(plan), digest);
    const markdown = planMarkdown(plan);
    assert.match(markdown, words);
    assert.match(markdown, "Agents with `--all-shards` end with 6 from then on.");
    assert.match(
      markdown,
      `Where this is meant, say so in the last line of a commit message: \`Promgen-Accept: ${digest}\``,
    );
    assert.not.match(markdown, /\| of \||Hosts that have seen|Somebody accepted/);
  });

  it("says that somebody accepted it, and nothing of how to", () => {
    const plan = planOf(FILES, true);
    assert.equal([plan.isRefused, (jsonOf(plan)["artifacts"] as { isAccepted?: boolean }).isAccepted], [false, true]);
    const markdown = planMarkdown(plan);
    assert.match(markdown, "Somebody accepted what becomes of the files of the whole inventory.");
    assert.not.match(markdown, /Promgen-Accept|--all-shards/);
  });

  it("says only what goes, or what comes", () => {
    const goes = planOf([{ artifacts: ALL }, { artifacts: { ...ALL, services: false } }]);
    assert.match(textOf(goes), "published no more: targets.json of each service");
    assert.not.match(textOf(goes), "from now on");
    assert.equal(jsonOf(goes)["artifacts"], { added: [], removed: ["services"] });
    const comes = planOf([{ artifacts: NONE }, { artifacts: { ...NONE, all: true } }]);
    assert.match(textOf(comes), "published from now on: targets.json and urls.json of the whole inventory");
    assert.not.match(textOf(comes), "no more");
    assert.is(planMarkdown(comes).includes("Promgen-Accept"), false);
    assert.is(planOf([{ artifacts: ALL }, { artifacts: ALL }]).artifacts, undefined);
  });
});

describe("a plan with another repository", (it) => {
  it("says from which to which, in each format", () => {
    const plan = planOf(REPOSITORY);
    assert.equal(jsonOf(plan)["repository"], { before: OLD, after: NEW, digest: plan.digest, isAccepted: false });
    assert.match(textOf(plan), `the artifacts name another repository: ${OLD} → ${NEW}`);
    const markdown = planMarkdown(plan);
    assert.match(
      markdown,
      "Hosts that have seen another repository refuse this one, and keep their targets, until each is told: `promgen-agent sync --repository <url>`, once.",
    );
    assert.match(planMarkdown(planOf(REPOSITORY, true)), "Somebody accepted what becomes of the repository.");
  });

  it("says that one is named no more, and that none was", () => {
    const gone = planOf([{ repository: OLD }, {}]);
    assert.match(textOf(gone), `the artifacts name no repository any more, and were of ${OLD}`);
    assert.match(planMarkdown(gone), "`promgen-agent` takes nothing without a repository any more.");
    assert.equal(jsonOf(gone)["repository"], { before: OLD, digest: gone.digest, isAccepted: false });
    const first = planOf([{}, { repository: NEW }]);
    assert.match(textOf(first), `the artifacts name a repository from now on: ${NEW}`);
    assert.equal(jsonOf(first)["repository"], { after: NEW });
    assert.is(first.isRefused, false);
  });

  it("has a digest for each of what is held back with it, and one for all of it", () => {
    const plan = planOf([
      { ...REPOSITORY[0], ...FILES[0] },
      { ...REPOSITORY[1], ...FILES[1] },
    ]);
    const markdown = planMarkdown(plan);
    assert.match(
      markdown,
      `Where all of this is meant, say so in the last line of a commit message: \`Promgen-Accept: ${plan.digest}\``,
    );
    assert.match(
      markdown,
      `For a part of it:\n\n- the repository: \`Promgen-Accept: ${plan.repository?.digest}\`\n- the files of the whole inventory: \`Promgen-Accept: ${plan.artifacts?.digest}\``,
    );
    assert.is(new Set([plan.digest, plan.repository?.digest, plan.artifacts?.digest]).size, 3);
  });
});

describe("a plan in which the scrape config of a shard is another one", (it) => {
  it("has changes, and says in which", () => {
    const plan = planOf([withConfig("1"), withConfig("2")]);
    assert.equal([plan.hasChanges, plan.isRefused], [true, false]);
    assert.equal(
      plan.shards.map(({ name, hasOtherConfig }) => [name, hasOtherConfig]),
      [
        ["a", true],
        ["b", undefined],
      ],
    );
    assert.match(textOf(plan), /^.*\ba\b.*another scrape-config\.yml/m);
    assert.match(planMarkdown(plan), "another scrape-config.yml");
    assert.match(textOf(plan), "1 other shard stays as it is");
    assert.is(planOf([withConfig("1"), withConfig("1")]).hasChanges, false);
  });
});
