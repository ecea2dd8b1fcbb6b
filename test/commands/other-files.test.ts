/** What changes in the published files though no target does, from the plan to what is published. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { PlanDocument } from "../../src/report/plan-document.ts";
import { planProblem } from "../../src/schema/plan-document.ts";
import { describe } from "../describe.ts";
import {
  commit,
  digestIn,
  FIRST,
  manifestOf,
  OUT,
  planFrom,
  publishOut,
  SHOP,
  TO_OUT,
  withPublished,
} from "../publish/inventory-repository.ts";

const settings = (more: string): Record<string, string> => ({
  "promgen.yml": `${String(SHOP["promgen.yml"])}${more}`,
});
const AGAINST = [{ base: "HEAD~1" }, { published: OUT }];

describe("files that are published", (it) => {
  it("of the whole inventory do not go unasked, and no plan calls it no change", async () => {
    await withPublished({ ...SHOP, ...settings("artifacts: [all, services]\n") }, TO_OUT, async (repository) => {
      await commit(repository, settings("artifacts: []\n"), 60);
      for (const against of AGAINST) {
        const text = await planFrom(repository, against);
        assert.is(text.exit, 4, text.stdout);
        const line =
          "published no more: targets.json and urls.json of the whole inventory, targets.json of each service";
        assert.match(text.stdout, `\n${line}\n`);
        assert.match(text.stdout, /error\[plan\/whole-files-removed\][^]*--> promgen\.yml:3/);
        const markdown = await planFrom(repository, { ...against, format: "markdown" });
        assert.match(markdown.stdout, `${line}.`);
        assert.match(markdown.stdout, "Agents with `--all-shards` end with 6");
        const json = JSON.parse((await planFrom(repository, { ...against, format: "json" })).stdout) as PlanDocument;
        assert.is(planProblem(json), undefined);
        const { added, removed, isAccepted } = json.artifacts ?? {};
        assert.equal([json.hasChanges, added, removed, isAccepted], [true, [], ["all", "services"], false]);
      }
      const held = await publishOut(repository, {}, { now: 60 });
      assert.is(held.exit, 4);
      assert.is((await manifestOf(repository, OUT)).generation, FIRST);
      const accept = [digestIn(held.stdout)];
      const planned = await planFrom(repository, { accept, base: "HEAD~1", exitCode: true });
      assert.is(planned.exit, 3);
      assert.match(planned.stdout, "passes the safety gate; that files go was accepted\n");
      assert.is((await publishOut(repository, { accept }, { now: 60 })).exit, 0);
      assert.not.ok((await readdir(join(repository, OUT))).includes("targets.json"));
      assert.is((await planFrom(repository, { published: OUT, exitCode: true })).exit, 0);
    });
  });

  it("of services and projects come and go with a line", async () => {
    await withPublished({ ...SHOP, ...settings("artifacts: [all, services]\n") }, TO_OUT, async (repository) => {
      await commit(repository, settings("artifacts: [all, projects]\n"), 60);
      for (const against of AGAINST) {
        const ran = await planFrom(repository, { ...against, exitCode: true });
        assert.is(ran.exit, 3, ran.stdout);
        assert.match(
          ran.stdout,
          "\npublished no more: targets.json of each service; published from now on: targets.json of each project\n",
        );
      }
      assert.is((await publishOut(repository, {}, { now: 60 })).exit, 0);
    });
  });

  it("are another scrape-config.yml for other settings of Prometheus", async () => {
    await withPublished(SHOP, TO_OUT, async (repository) => {
      await commit(repository, settings("prometheus: { blackbox: 'bb:9115' }\n"), 60);
      for (const against of AGAINST) {
        const ran = await planFrom(repository, { ...against, exitCode: true });
        assert.is(ran.exit, 3, ran.stdout);
        for (const shard of ["osaka-a", "tokyo-a"])
          assert.match(ran.stdout, new RegExp(`^${shard} .*another scrape-config\\.yml$`, "m"));
        const markdown = await planFrom(repository, { ...against, format: "markdown" });
        assert.match(markdown.stdout, "| `tokyo-a`, another scrape-config.yml | 20 |");
        const json = JSON.parse((await planFrom(repository, { ...against, format: "json" })).stdout) as PlanDocument;
        assert.is(planProblem(json), undefined);
        assert.equal(
          json.shards.map(({ hasOtherConfig }) => hasOtherConfig),
          [true, true],
        );
      }
      assert.match((await publishOut(repository, {}, { now: 60 })).stdout, "2 of 2 shards changed");
    });
  });
});
