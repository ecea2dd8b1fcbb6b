import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { textfileName, textfileState, writeTextfile } from "../../../src/agent/watch/textfile.ts";
import { describe } from "../../describe.ts";
import { withDirectory } from "../../workplace.ts";

const NAME = "promgen-agent.prom";

describe("agent textfile", (it) => {
  it("can be read by node_exporter, whatever was there before, and leaves nothing beside it", async () => {
    await withDirectory({ [NAME]: "old" }, async (directory) => {
      await chmod(join(directory, NAME), 0o600);
      writeTextfile(directory, NAME, "new\n");
      assert.is(await readFile(join(directory, NAME), "utf8"), "new\n");
      assert.is((await stat(join(directory, NAME))).mode & 0o777, 0o644);
      assert.equal(await readdir(directory), [NAME]);
    });
  });

  it("clears up what a killed run left, and never writes through a link that somebody put there", async () => {
    await withDirectory({ victim: "untouched" }, async (directory) => {
      await symlink(join(directory, "victim"), join(directory, `.${NAME}.new`));
      writeTextfile(directory, NAME, "new\n");
      assert.is(await readFile(join(directory, "victim"), "utf8"), "untouched");
      assert.is((await stat(join(directory, "victim"))).mode & 0o777, 0o644);
      assert.equal((await readdir(directory)).sort(), [NAME, "victim"].sort());
    });
  });

  it("keeps the old file and leaves no new one where it cannot replace it", async () => {
    await withDirectory({}, async (directory) => {
      await mkdir(join(directory, NAME));
      await writeFile(join(directory, NAME, "x"), "");
      assert.throws(() => writeTextfile(directory, NAME, "new\n"));
      assert.equal(await readdir(directory), [NAME]);
    });
  });

  it("is one for each state directory, with series of its own, whatever the shard is", () => {
    assert.equal(
      ["/var/lib/promgen-agent", "/var/lib/promgen-agent-2", "/state"].map((state) => [
        textfileName(state),
        textfileState(state),
      ]),
      [
        ["promgen-agent.prom", undefined],
        ["promgen-agent-79a9cabc8095.prom", "/var/lib/promgen-agent-2"],
        ["promgen-agent-7ac1387d11b1.prom", "/state"],
      ],
    );
  });
});
