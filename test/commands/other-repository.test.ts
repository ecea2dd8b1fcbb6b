/** Another `repository` in promgen.yml, from the plan to what is published. */
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import {
  commit,
  FIRST,
  manifestOf,
  OUT,
  planFrom,
  publishOut,
  SHOP,
  TO_OUT,
  withInventory,
  withPublished,
} from "../publish/inventory-repository.ts";
import { runCli } from "../workplace.ts";

const settings = (repository: string): Record<string, string> => ({
  "promgen.yml": `exporters:\n  node: { port: 9100 }\n${repository === "" ? "" : `repository: ${repository}\n`}`,
});

describe("another repository in promgen.yml", (it) => {
  it("is a change that is held by plan and publish, though no target changes", async () => {
    await withPublished({ ...SHOP, ...settings("https://a.example/old") }, TO_OUT, async (repository) => {
      await commit(repository, settings("https://a.example/new"), 60);
      for (const against of [{ base: "HEAD~1" }, { published: OUT }]) {
        const ran = await planFrom(repository, against);
        assert.is(ran.exit, 4, ran.stdout + ran.stderr);
        assert.match(ran.stdout, /https:\/\/a\.example\/old → https:\/\/a\.example\/new/);
        assert.match(ran.stdout, /--> promgen\.yml:3/);
        assert.match(ran.stdout, "promgen-agent sync --repository");
      }
      const held = await publishOut(repository, {}, { now: 60 });
      assert.is(held.exit, 4);
      assert.is((await manifestOf(repository, OUT)).generation, FIRST);
      const digest = /sha256:[0-9a-f]{64}/.exec(held.stdout)?.[0] ?? "";
      assert.is((await publishOut(repository, { accept: [digest] }, { now: 60 })).exit, 0);
      const manifest = await manifestOf(repository, OUT);
      assert.equal([manifest.repository, manifest.accepted], ["https://a.example/new", [digest]]);
      assert.is((await planFrom(repository, { published: OUT, exitCode: true })).exit, 0);
    });
  });

  it("is accepted by a commit as well, and counts for --exit-code", async () => {
    await withInventory({ ...SHOP, ...settings("https://a.example/old") }, async (repository) => {
      await commit(repository, settings(""), 60);
      const held = await planFrom(repository, { base: "HEAD~1", exitCode: true });
      assert.is(held.exit, 4, held.stderr);
      const digest = /sha256:[0-9a-f]{64}/.exec(held.stdout)?.[0] ?? "";
      await commit(repository, {}, 90, `Meant\n\nPromgen-Accept: ${digest}`);
      const ran = await runCli(repository, ["plan", "--base", "HEAD~2", "--exit-code"]);
      assert.is(ran.exit, 3, ran.stdout + ran.stderr);
      assert.match(ran.stdout, /^passes the safety gate; the other repository was accepted$/m);
    });
  });

  it("lets everything pass where it is the first one, and counts as a change", async () => {
    await withPublished(SHOP, TO_OUT, async (repository) => {
      await commit(repository, settings("https://a.example/new"), 60);
      const ran = await planFrom(repository, { published: OUT, exitCode: true });
      assert.is(ran.exit, 3, ran.stdout + ran.stderr);
      assert.match(ran.stdout, "https://a.example/new");
      assert.is((await publishOut(repository, {}, { now: 60 })).exit, 0);
      assert.is((await manifestOf(repository, OUT)).repository, "https://a.example/new");
    });
  });
});
