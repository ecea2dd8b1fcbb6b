/** A bare repository that publishes by itself what is pushed to it. */
import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { fencesOf } from "../markdown.ts";
import { commit, published, SHOP, web, withInventory } from "../publish/inventory-repository.ts";
import { CLI, git, ROOT, writeFiles } from "../workplace.ts";

/** Pushes a first commit to a bare repository with a clone beside it, and a second one, of which the hook is told. */
async function withHook(script: string, act: (repository: string, bare: string) => Promise<void>): Promise<void> {
  await withInventory(SHOP, async (repository) => {
    const base = join(repository, "..");
    const bare = join(base, "bare.git");
    await git(base, "clone", "--quiet", "--bare", "work", "bare.git");
    await git(base, "clone", "--quiet", "bare.git", "clone");
    await git(repository, "remote", "add", "origin", bare);
    const text = script.replaceAll("/srv/promgen", base).replaceAll("promgen-ci ", `${ROOT}/deploy/ci/promgen-ci.sh `);
    await writeFiles(bare, { "hooks/post-receive": text });
    await chmod(join(bare, "hooks/post-receive"), 0o755);
    await commit(repository, { "targets/web.yml": web(21) }, 60);
    await git(repository, "push", "--quiet", "origin", "main");
    await act(repository, bare);
  });
}

async function assertPublished(repository: string, bare: string): Promise<void> {
  assert.match(await published(bare, "shards/tokyo-a/targets.json"), "w21:9100");
  const head = await git(repository, "rev-parse", "HEAD");
  assert.match(await published(bare, "manifest.json"), `"commit": "${head}"`);
  assert.is(await git(bare, "rev-list", "--count", "artifacts"), "1");
}

describe("a post-receive hook", (it) => {
  it("publishes what was pushed, as it stands in the documentation", async () => {
    const page = await readFile(join(ROOT, "docs/gitops.md"), "utf8");
    const script = fencesOf(page).find(({ text }) => text.includes("post-receive"))?.text ?? "";
    await withHook(script.replace(/PROMGEN_SIGNING_FILE=\S+ /, ""), assertPublished);
  });

  it("leads publish, plan and verify to the clone that they are called in, though its variables name another one", async () => {
    const tool = `"${process.execPath}" "${CLI}"`;
    const script = `#!/bin/sh
set -e
[ "$GIT_DIR" = . ]
env -u GIT_DIR -u GIT_QUARANTINE_PATH git -C /srv/promgen/clone pull --quiet --ff-only
${tool} -C /srv/promgen/clone publish --push origin
${tool} -C /srv/promgen/clone plan --published branch:artifacts --exit-code
${tool} -C /srv/promgen/clone verify artifacts --rebuild
${tool} -C /srv/promgen/clone verify git+file:///srv/promgen/bare.git#artifacts
touch /srv/promgen/done
`;
    await withHook(script, async (repository, bare) => {
      await assertPublished(repository, bare);
      assert.is(await readFile(join(repository, "../done"), "utf8"), "");
    });
  });
});
