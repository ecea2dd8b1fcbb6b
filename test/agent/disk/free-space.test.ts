import * as assert from "uvu/assert";
import { describe } from "../../describe.ts";
import { failureOf, put, withPlace } from "./place.ts";

describe("room on the disk", (it) => {
  it("is enough for a little, and not for more than any disk has", async () => {
    await withPlace(async ({ disk, directory }) => {
      await disk.prepare();
      await put(disk, "targets.json", "in place");
      await disk.reserve(1000);
      const failure = await failureOf(() => disk.reserve(2 ** 60));
      assert.is(failure.reason, "disk-full");
      assert.match(failure.message, directory);
    });
  });
});
