import { readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { Repository } from "../../src/publish/repository.ts";
import { describe } from "../describe.ts";
import { environment, inProcess, run, withDirectory } from "../workplace.ts";

const COMMIT = ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "-m", "x"];

describe("a repository", (it) => {
  it("is asked again until the answer is yes, and then no more", async () => {
    await withDirectory({}, async (directory) => {
      await inProcess(directory, async (io) => {
        const repository = new Repository({ ...io, env: environment(directory) });
        const git = async (...args: string[]): Promise<string> =>
          (await run(directory, ["git", ...args])).stdout.trim();
        assert.is(await repository.exists(), false);
        assert.is(await repository.head(), undefined);
        await git("init", "--quiet");
        assert.is(await repository.head(), undefined);
        assert.is(await repository.exists(), true);
        assert.is(await repository.tipOf("refs/heads/main"), undefined);

        await git(...COMMIT);
        const commit = await git("rev-parse", "HEAD");
        const other = await git("commit-tree", "-m", "y", "HEAD^{tree}");
        assert.is(await repository.has("0".repeat(40)), false);
        assert.is(await repository.head(), commit);
        assert.is(await repository.tipOf("refs/heads/main"), commit);
        assert.equal(await repository.tipsOf(["refs/heads/none", "refs/heads/main"]), [undefined, commit]);

        // No git could answer this any more.
        await rename(join(directory, ".git"), join(directory, "gone"));
        assert.is(await repository.exists(), true);
        assert.is(await repository.has(commit), true);
        // Of another commit, and to others who ask, nothing is known.
        await fails(repository.has(other));
        const stranger = new Repository({ ...io, env: environment(directory) });
        assert.is(await stranger.exists(), false);
        return 0;
      });
    });
  });

  it("asks one git for what is checked out, and one for all branches that can be read", async () => {
    await withDirectory({}, async (directory) => {
      for (const args of [["init", "--quiet"], COMMIT, ["branch", "other"]]) await run(directory, ["git", ...args]);
      const trace = join(directory, "trace");
      await inProcess(directory, async (io) => {
        const repository = new Repository({ ...io, env: { ...environment(directory), GIT_TRACE: trace } });
        const head = await repository.head();
        assert.match(head ?? "", /^[0-9a-f]{40}$/);
        assert.equal(await repository.tipsOf(["refs/heads/main", "refs/heads/other"]), [head, head]);
        assert.is(await repository.exists(), true);
        assert.is(await repository.has(head ?? ""), true);
        const started = (await readFile(trace, "utf8")).match(/ git [\w-]+/g);
        assert.equal(started, [" git rev-parse", " git for-each-ref"]);
        return 0;
      });
    });
  });

  it("does not take a history that cannot be read for one that does not descend", async () => {
    await withDirectory({}, async (directory) => {
      const git = async (...args: string[]): Promise<string> => (await run(directory, ["git", ...args])).stdout.trim();
      await git("init", "--quiet");
      for (const _ of [1, 2, 3]) await git(...COMMIT);
      await git("branch", "other", await git("commit-tree", "-m", "y", "HEAD^{tree}"));
      const [first, middle, other] = await Promise.all(
        ["HEAD~2", "HEAD~1", "other"].map((name) => git("rev-parse", name)),
      );
      await inProcess(directory, async (io) => {
        const repository = new Repository({ ...io, env: environment(directory) });
        assert.is(await repository.descentFrom(first ?? ""), "descends");
        assert.is(await repository.descentFrom(other ?? ""), "does not descend");
        await rm(join(directory, ".git/objects", middle?.slice(0, 2) ?? "", middle?.slice(2) ?? ""));
        for (const commit of [first, other]) await fails(repository.descentFrom(commit ?? ""), "merge-base");
        await fails(repository.isAncestor(other ?? "", "HEAD"), "merge-base");
        await fails(repository.trailers("Promgen-Accept", "x", first), "rev-list");
        return 0;
      });
    });
  });

  it("has messages, whatever files are called like its names", async () => {
    await withDirectory({ HEAD: "" }, async (directory) => {
      await run(directory, ["git", "init", "--quiet"]);
      await run(directory, ["git", ...COMMIT, "-m", "Promgen-Accept: x"]);
      await inProcess(directory, async (io) => {
        const repository = new Repository({ ...io, env: environment(directory) });
        assert.equal(await repository.trailers("Promgen-Accept", "x", undefined), ["x"]);
        return 0;
      });
    });
  });
});

async function fails(answer: Promise<unknown>, what = "rev-parse"): Promise<void> {
  const error = await answer.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.match(String(error), `git ${what} failed`);
}
