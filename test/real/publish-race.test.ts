/** Publishers at the same moment: one wins, and what it published is whole. */
import { basename, join } from "node:path";
import * as assert from "uvu/assert";
import { verify } from "../../src/commands/verify.ts";
import { describe } from "../describe.ts";
import {
  commit,
  countGenerations,
  manifestOf,
  publishFrom,
  SHOP,
  web,
  withInventory,
} from "../publish/inventory-repository.ts";
import { environment, git, inProcess, runCli } from "../workplace.ts";
import type { Ran } from "../workplace.ts";

/** Each of them published, was too late, or had nothing to do; somebody published. */
function judge(runs: readonly Ran[]): { won: number; lost: number } {
  const count = (exit: number, words: RegExp): number =>
    runs.filter((ran) => ran.exit === exit && words.test(ran.stdout + ran.stderr)).length;
  const won = count(0, /^published generation/);
  const lost = count(2, /another publication was faster: .*\n.*run this again/);
  const idle = count(0, /^nothing changed since/);
  assert.is(won + lost + idle, runs.length, JSON.stringify(runs));
  assert.ok(won > 0);
  return { won, lost };
}

async function verifyHere(repository: string, where: string, rebuild = false): Promise<Ran> {
  const options = { allowedSigners: undefined, identity: undefined, rebuild };
  return await inProcess(
    repository,
    async (io) => await verify({ ...io, env: environment(repository) }, where, options),
  );
}

describe("publishers at once", (it) => {
  it("from two clones to one remote: none overwrites what another has published", async () => {
    await withInventory(SHOP, async (repository) => {
      const base = join(repository, "..");
      await git(base, "clone", "--quiet", "--bare", "work", "bare.git");
      const clones = ["one", "two"].map((name) => join(base, name));
      for (const clone of clones) await git(base, "clone", "--quiet", "bare.git", clone);
      let generations = 0;
      for (const hosts of [21, 22]) {
        await commit(repository, { "targets/web.yml": web(hosts) });
        await git(repository, "push", "--quiet", "../bare.git", "main");
        for (const clone of clones) await git(clone, "pull", "--quiet");
        const runs = await Promise.all(
          // By the same one in the same second, it would be the same commit.
          clones.map(
            async (clone) =>
              await runCli(clone, ["publish", "--push", "origin"], { GIT_COMMITTER_NAME: basename(clone) }),
          ),
        );
        const { won } = judge(runs);
        generations += won;
        assert.is(await countGenerations(join(base, "bare.git")), generations);
        const manifest = await manifestOf(join(base, "bare.git"));
        assert.is(manifest.commit, await git(repository, "rev-parse", "main"));
        for (const clone of clones) {
          const again = await publishFrom(clone, { to: { branch: { branch: "artifacts", remote: "origin" } } });
          assert.is(again.exit, 0, again.stderr);
          assert.match(again.stdout, "nothing changed");
        }
      }
      const verified = await verifyHere(repository, `git+file://${join(base, "bare.git")}#artifacts`);
      assert.is(verified.exit, 0, verified.stdout);
    });
  });

  it("in one clone", async () => {
    await withInventory(SHOP, async (repository) => {
      const runs = await Promise.all(Array.from({ length: 4 }, async () => await runCli(repository, ["publish"])));
      const { won } = judge(runs);
      assert.is(won, 1);
      assert.is(await countGenerations(repository), 1);
      assert.is((await verifyHere(repository, "artifacts", true)).exit, 0);
      assert.is(await git(repository, "fsck", "--strict", "--no-dangling"), "");
    });
  });
});
