/** Another `repository` in promgen.yml, from the plan to what is published. */
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import {
  commit,
  countGenerations,
  manifestOf,
  publishFrom,
  SHOP,
  withInventory,
} from "../publish/inventory-repository.ts";
import { runCli } from "../workplace.ts";

const settings = (repository: string): Record<string, string> => ({
  "promgen.yml": `exporters:\n  node: { port: 9100 }\n${repository === "" ? "" : `repository: ${repository}\n`}`,
});

describe("another repository in promgen.yml", (it) => {
  it("is a change that is held by plan and publish, though no target changes", async () => {
    await withInventory({ ...SHOP, ...settings("https://a.example/old") }, async (repository) => {
      await publishFrom(repository);
      await commit(repository, settings("https://a.example/new"), 60);
      for (const args of [
        ["--base", "HEAD~1"],
        ["--published", "branch:artifacts"],
      ]) {
        const ran = await runCli(repository, ["plan", ...args]);
        assert.is(ran.exit, 4, ran.stdout + ran.stderr);
        assert.match(ran.stdout, /https:\/\/a\.example\/old → https:\/\/a\.example\/new/);
        assert.match(ran.stdout, /--> promgen\.yml:3/);
        assert.match(ran.stdout, "promgen-agent sync --repository");
      }
      const held = await publishFrom(repository, {}, { now: 60 });
      assert.is(held.exit, 4);
      assert.is(await countGenerations(repository), 1);
      const digest = /sha256:[0-9a-f]{64}/.exec(held.stdout)?.[0] ?? "";
      assert.is((await publishFrom(repository, { accept: [digest] }, { now: 60 })).exit, 0);
      const manifest = await manifestOf(repository);
      assert.equal([manifest.repository, manifest.accepted], ["https://a.example/new", [digest]]);
      assert.is((await runCli(repository, ["plan", "--published", "branch:artifacts", "--exit-code"])).exit, 0);
    });
  });

  it("is accepted by a commit as well, and counts for --exit-code", async () => {
    await withInventory({ ...SHOP, ...settings("https://a.example/old") }, async (repository) => {
      await commit(repository, settings(""), 60);
      const args = ["plan", "--base", "HEAD~1", "--exit-code"];
      const held = await runCli(repository, args);
      assert.is(held.exit, 4, held.stderr);
      const digest = /sha256:[0-9a-f]{64}/.exec(held.stdout)?.[0] ?? "";
      await commit(repository, {}, 90, `Meant\n\nPromgen-Accept: ${digest}`);
      const ran = await runCli(repository, ["plan", "--base", "HEAD~2", "--exit-code"]);
      assert.is(ran.exit, 3, ran.stdout + ran.stderr);
      assert.match(ran.stdout, /^passes the safety gate; the other repository was accepted$/m);
    });
  });

  it("lets everything pass where it is the first one, and counts as a change", async () => {
    await withInventory(SHOP, async (repository) => {
      await publishFrom(repository);
      await commit(repository, settings("https://a.example/new"), 60);
      const ran = await runCli(repository, ["plan", "--published", "branch:artifacts", "--exit-code"]);
      assert.is(ran.exit, 3, ran.stdout + ran.stderr);
      assert.match(ran.stdout, "https://a.example/new");
      assert.is((await publishFrom(repository, {}, { now: 60 })).exit, 0);
      assert.is((await manifestOf(repository)).repository, "https://a.example/new");
    });
  });
});
