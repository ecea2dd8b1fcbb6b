import { rename } from "node:fs/promises";
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
        assert.is(await repository.tipOf("HEAD"), undefined);

        await git(...COMMIT);
        const commit = await git("rev-parse", "HEAD");
        const other = await git("commit-tree", "-m", "y", "HEAD^{tree}");
        assert.is(await repository.has("0".repeat(40)), false);
        assert.is(await repository.tipOf("HEAD"), commit);
        assert.is(await repository.head(), commit);
        assert.equal(await repository.tipsOf(["refs/heads/none", "HEAD"]), [undefined, commit]);

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
});

async function fails(answer: Promise<unknown>): Promise<void> {
  const error = await answer.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.match(String(error), "git rev-parse failed");
}
