import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import {
  commit,
  digestIn,
  FIRST,
  headerOf,
  planFrom,
  publishFrom,
  SHOP,
  web,
  withInventory,
} from "../publish/inventory-repository.ts";
import { git } from "../workplace.ts";

/** Shard osaka-a with so many hosts of a job of its own. */
function osaka(hosts: number): string {
  return `service: osaka\nshard: osaka-a\nprojects:\n  - { name: osaka-api, hosts: ["o[01-${hosts}]"], exporters: [{ job: api, port: 80 }] }\n`;
}

describe("what somebody accepted", (it) => {
  it("takes nothing from a history that was rewritten but the last commit: what it accepted is over", async () => {
    await withInventory(SHOP, async (repository) => {
      await publishFrom(repository);
      await commit(repository, { "targets/web.yml": web(5) }, 60);
      const digest = digestIn((await publishFrom(repository, {}, { now: 60 })).stdout);
      await commit(repository, {}, 61, `Really\n\nPromgen-Accept: ${digest}`);
      assert.is((await publishFrom(repository, {}, { now: 61 })).exit, 0);
      const reverted = await commit(repository, { "targets/web.yml": web(20) }, 120, "Revert all of it");
      assert.is((await publishFrom(repository, {}, { now: 120 })).exit, 0);
      await commit(repository, { "targets/web.yml": web(5) }, 180, "The same by mistake");
      assert.is((await publishFrom(repository, {}, { now: 180 })).exit, 4);
      await git(repository, "filter-branch", "--msg-filter", "sed 1s/^/x-/", "--", "main");
      const rewritten = { acceptRewrite: reverted };
      assert.is((await publishFrom(repository, rewritten, { now: 180 })).exit, 4);
      assert.is((await planFrom(repository, { published: "branch:artifacts" })).exit, 4);
      await commit(repository, {}, 240, `Really\n\nPromgen-Accept: ${digest}`);
      assert.is((await planFrom(repository, { published: "branch:artifacts" })).exit, 0);
      assert.is((await publishFrom(repository, rewritten, { now: 240 })).exit, 0);
    });
  });

  it("says of each digest that is given to a plan whether it releases nothing", async () => {
    await withInventory(SHOP, async (repository) => {
      const base = await git(repository, "rev-parse", "HEAD");
      await commit(repository, { "targets/web.yml": web(5) }, 60);
      const digest = digestIn((await planFrom(repository, { base })).stdout);
      const other = `sha256:${"0".repeat(64)}`;
      const { exit, stderr } = await planFrom(repository, { base, accept: [other, digest] });
      assert.is(exit, 0);
      assert.equal(stderr.match(/^note: nothing is held back under .*$/gm), [
        `note: nothing is held back under ${other}`,
      ]);
    });
  });

  it("says what a shallow clone does not have, where something is held back", async () => {
    await withInventory(SHOP, async (repository) => {
      await publishFrom(repository);
      await commit(repository, { "targets/web.yml": web(5) }, 60);
      const digest = digestIn((await publishFrom(repository, {}, { now: 60 })).stdout);
      const note = /^note: this clone is shallow, .* `git fetch --unshallow`$/m;
      assert.not.match((await publishFrom(repository, {}, { now: 60 })).stderr, note);
      await git(repository, "switch", "--quiet", "--create", "accept");
      await commit(repository, {}, 61, `Really\n\nPromgen-Accept: ${digest}`);
      await commit(repository, {}, 62, "and more");
      await git(repository, "switch", "--quiet", "main");
      await git(repository, "merge", "--quiet", "--no-ff", "--message", "Merge", "accept");
      await git(repository, "clone", "--quiet", "--depth=3", `file://${repository}`, "../shallow");
      const shallow = join(repository, "../shallow");
      const cut = await git(shallow, "rev-parse", "HEAD^2");
      await writeFile(join(shallow, ".git/shallow"), `${cut}\n`);
      await git(shallow, "fetch", "--quiet", "origin", "artifacts:artifacts");
      const ran = await publishFrom(shallow, {}, { now: 120 });
      assert.is(ran.exit, 4);
      assert.match(ran.stderr, note);
      const planned = await planFrom(shallow, { published: "branch:artifacts" });
      assert.is(planned.exit, 4);
      assert.match(planned.stderr, note);
      await git(shallow, "fetch", "--quiet", "--unshallow");
      assert.is((await publishFrom(shallow, {}, { now: 120 })).exit, 0);
    });
  });

  it("tells agents of what was accepted alone, and not of what another shard loses", async () => {
    await withInventory({ ...SHOP, "targets/osaka.yml": osaka(20) }, async (repository) => {
      await publishFrom(repository);
      await commit(repository, { "targets/web.yml": web(5), "targets/osaka.yml": osaka(18) }, 60);
      const digest = /shard "tokyo-a" [^]*--accept (sha256:[0-9a-f]{64})/.exec(
        (await publishFrom(repository, {}, { now: 60 })).stdout,
      )?.[1];
      const ran = await publishFrom(repository, { accept: [digest ?? ""] }, { now: 60 });
      assert.is(ran.exit, 0, ran.stdout);
      assert.match(await headerOf(repository, "tokyo-a"), ` accepts=${FIRST + 60}`);
      assert.not.match(await headerOf(repository, "osaka-a"), "accepts");
    });
  });
});
