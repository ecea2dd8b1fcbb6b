import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import {
  commit,
  digestIn,
  FIRST,
  headerOf,
  OUT,
  planFrom,
  publishOut,
  SHOP,
  TO_OUT,
  web,
  withInventory,
  withPublished,
} from "../publish/inventory-repository.ts";
import { fastImport, git } from "../workplace.ts";

/** Shard osaka-a with so many hosts of a job of its own. */
function osaka(hosts: number): string {
  return `service: osaka\nshard: osaka-a\nprojects:\n  - { name: osaka-api, hosts: ["o[01-${hosts}]"], exporters: [{ job: api, port: 80 }] }\n`;
}

/** Gives every commit of main another title, and so another id. */
async function rewriteHistory(repository: string): Promise<void> {
  const commits = await git(repository, "log", "-z", "--reverse", "--format=%T %ct%n%B", "main");
  const stream = commits.split(/\0(?=.)/).map((commit) => {
    const [, tree, time, message = ""] = /^(\w+) (\d+)\n([^]*)$/.exec(commit) ?? [];
    const text = `x-${message}`;
    const head = `commit refs/heads/rewritten\ncommitter Somebody <somebody@example.com> ${time} +0000\n`;
    return `${head}data ${Buffer.byteLength(text)}\n${text}\nM 040000 ${tree} ""\n`;
  });
  await fastImport(repository, stream.join(""));
  await git(repository, "reset", "--quiet", "--soft", "rewritten");
}

describe("what somebody accepted", (it) => {
  it("takes nothing from a history that was rewritten but the last commit: what it accepted is over", async () => {
    await withPublished(SHOP, TO_OUT, async (repository) => {
      await commit(repository, { "targets/web.yml": web(5) }, 60);
      const digest = digestIn((await publishOut(repository, {}, { now: 60 })).stdout);
      await commit(repository, {}, 61, `Really\n\nPromgen-Accept: ${digest}`);
      assert.is((await publishOut(repository, {}, { now: 61 })).exit, 0);
      const reverted = await commit(repository, { "targets/web.yml": web(20) }, 120, "Revert all of it");
      assert.is((await publishOut(repository, {}, { now: 120 })).exit, 0);
      await commit(repository, { "targets/web.yml": web(5) }, 180, "The same by mistake");
      assert.is((await publishOut(repository, {}, { now: 180 })).exit, 4);
      await rewriteHistory(repository);
      const rewritten = { acceptRewrite: reverted };
      assert.is((await publishOut(repository, rewritten, { now: 180 })).exit, 4);
      assert.is((await planFrom(repository, { published: OUT })).exit, 4);
      await commit(repository, {}, 240, `Really\n\nPromgen-Accept: ${digest}`);
      assert.is((await planFrom(repository, { published: OUT })).exit, 0);
      assert.is((await publishOut(repository, rewritten, { now: 240 })).exit, 0);
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
    await withPublished(SHOP, TO_OUT, async (repository) => {
      await commit(repository, { "targets/web.yml": web(5) }, 60);
      const digest = digestIn((await publishOut(repository, {}, { now: 60 })).stdout);
      const note = /^note: this clone is shallow, .* `git fetch --unshallow`$/m;
      assert.not.match((await publishOut(repository, {}, { now: 60 })).stderr, note);
      await git(repository, "switch", "--quiet", "--create", "accept");
      await commit(repository, {}, 61, `Really\n\nPromgen-Accept: ${digest}`);
      await commit(repository, {}, 62, "and more");
      await git(repository, "switch", "--quiet", "main");
      await git(repository, "merge", "--quiet", "--no-ff", "--message", "Merge", "accept");
      await git(repository, "clone", "--quiet", "--depth=3", `file://${repository}`, "../shallow");
      const shallow = join(repository, "../shallow");
      const cut = await git(shallow, "rev-parse", "HEAD^2");
      await writeFile(join(shallow, ".git/shallow"), `${cut}\n`);
      const ran = await publishOut(shallow, {}, { now: 120 });
      assert.is(ran.exit, 4);
      assert.match(ran.stderr, note);
      const planned = await planFrom(shallow, { published: OUT });
      assert.is(planned.exit, 4);
      assert.match(planned.stderr, note);
      await git(shallow, "fetch", "--quiet", "--unshallow");
      assert.is((await publishOut(shallow, {}, { now: 120 })).exit, 0);
    });
  });

  it("tells agents of what was accepted alone, and not of what another shard loses", async () => {
    await withPublished({ ...SHOP, "targets/osaka.yml": osaka(20) }, TO_OUT, async (repository) => {
      await commit(repository, { "targets/web.yml": web(5), "targets/osaka.yml": osaka(18) }, 60);
      const digest = /shard "tokyo-a" [^]*--accept (sha256:[0-9a-f]{64})/.exec(
        (await publishOut(repository, {}, { now: 60 })).stdout,
      )?.[1];
      const ran = await publishOut(repository, { accept: [digest ?? ""] }, { now: 60 });
      assert.is(ran.exit, 0, ran.stdout);
      assert.match(await headerOf(repository, "tokyo-a", OUT), ` accepts=${FIRST + 60}`);
      assert.not.match(await headerOf(repository, "osaka-a", OUT), "accepts");
    });
  });
});
