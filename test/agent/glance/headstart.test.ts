import { rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { askedBy } from "../../../src/agent/glance/headstart.ts";
import { lookOf, NOTE } from "../../../src/agent/glance/note.ts";
import { describe } from "../../describe.ts";
import { withDirectory } from "../../workplace.ts";

describe("agent glance: headstart", (it) => {
  it("is worth nothing once another run had the lock, whatever note that has left", async () => {
    await withDirectory({ [NOTE]: "note" }, async (directory) => {
      const path = join(directory, NOTE);
      await utimes(path, 1, 1);
      let isDropped = false;
      const socket = { destroy: () => (isDropped = true) };
      const question = { host: "127.0.0.1", port: 1, head: "", patience: 1 };
      const asked = { question, at: 0, answer: Promise.resolve({ socket }) } as never;
      const headstart = { note: lookOf(path), asked, lock: undefined };
      assert.is(askedBy(headstart, directory), asked);
      assert.is(isDropped, false);

      await rm(path);
      assert.is(askedBy(headstart, directory), undefined);
      await writeFile(path, "note");
      await utimes(path, 1, 1);
      assert.is(askedBy(headstart, directory), undefined);
      // It came after the glance had looked for it, and is gone again.
      await rm(path);
      assert.is(askedBy({ ...headstart, note: "" }, directory), undefined);
      await Promise.resolve();
      assert.is(isDropped, true);
    });
  });
});
