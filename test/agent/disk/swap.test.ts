import { chmod, chown, lstat, readFile, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe } from "../../describe.ts";
import { withDirectory } from "../../workplace.ts";
import { placeIn, put, reasonOf, stage, withPlace } from "./place.ts";

const isRoot = process.getuid?.() === 0;
const NOW = 1_700_000_000;

describe("a swap", (it) => {
  it("replaces the file by a new one with the mode that was asked for, whatever the umask", async () => {
    for (const mode of [0o644, 0o640, 0o600]) {
      await withPlace(
        async ({ disk, watched }) => {
          await disk.prepare();
          await put(disk, "targets.json", "old");
          const before = await lstat(join(watched, "targets.json"));
          const staged = await stage(disk, "targets.json", "new");
          // Nothing of another test runs meanwhile: a swap does not wait for anything.
          const umask = process.umask(0o077);
          const swapped = disk.swap(staged);
          process.umask(umask);
          await swapped;
          const after = await lstat(join(watched, "targets.json"));
          assert.is(after.mode & 0o7777, mode);
          assert.is.not(after.ino, before.ino);
          assert.is(await readFile(join(watched, "targets.json"), "utf8"), "new");
          assert.equal(await readdir(join(watched, ".promgen-agent")), []);
        },
        { mode },
      );
    }
  });

  it("cannot be done twice with one staged file, nor with a discarded one", async () => {
    await withPlace(async ({ disk }) => {
      await disk.prepare();
      const staged = await stage(disk, "targets.json", "new");
      await disk.swap(staged);
      assert.match(await disk.swap(staged).then(String, String), "not staged any more");
      const discarded = await stage(disk, "targets.json", "newer");
      await disk.discard([discarded]);
      assert.match(await disk.swap(discarded).then(String, String), "not staged any more");
    });
  });

  it("that fails leaves the old file, and nothing staged", async () => {
    await withPlace(async ({ disk, staging, watched }) => {
      await disk.prepare();
      await put(disk, "targets.json", "old");
      const staged = await stage(disk, "targets.json", "new");
      await chmod(staging, 0o777);
      assert.is(await reasonOf(() => disk.swap(staged)), "unsafe-path");
      await chmod(staging, 0o700);
      assert.is(await readFile(join(watched, "targets.json"), "utf8"), "old");
      await disk.prepare();
      assert.equal(await readdir(staging), []);
    });
  });
});

describe("the time of the file in place", (it) => {
  it("is the clock's whole second, and rises by one where that has not passed", async () => {
    await withPlace(async ({ disk, clock, watched }) => {
      await disk.prepare();
      clock.seconds = NOW + 0.9;
      assert.is(await put(disk, "targets.json", "a"), NOW);
      assert.is(await put(disk, "targets.json", "b"), NOW + 1);
      assert.is(await put(disk, "targets.json", "c"), NOW + 2);
      clock.seconds = NOW + 60.2;
      assert.is(await put(disk, "targets.json", "d"), NOW + 60);
      const { mtimeMs } = await lstat(join(watched, "targets.json"));
      assert.is(mtimeMs, (NOW + 60) * 1000);
    });
  });

  it("rises with a clock that is at 1970, ten years ahead, and back again", async () => {
    await withPlace(async ({ disk, clock, directory }) => {
      await disk.prepare();
      const seen: number[] = [];
      const decade = 10 * 365 * 86_400;
      for (const seconds of [NOW, 12.5, NOW + decade, 0, NOW, NOW + decade, NOW + decade + 5]) {
        clock.seconds = seconds;
        seen.push(await put(disk, "targets.json", `at ${seconds}`));
        // So does what another process, which knows nothing but the file, writes next.
        const other = placeIn(directory);
        other.clock.seconds = seconds;
        seen.push(await put(other.disk, "targets.json", `again at ${seconds}`));
      }
      assert.equal(
        seen,
        [...new Set(seen)].sort((a, b) => a - b),
      );
      assert.is(seen.at(-1), NOW + decade + 9);
    });
  });

  it("is later than the last one even where the file was deleted meanwhile", async () => {
    await withPlace(async ({ disk, watched }) => {
      await disk.prepare();
      const first = await put(disk, "targets.json", "a");
      await rm(join(watched, "targets.json"));
      assert.is(await put(disk, "targets.json", "b"), first + 1);
    });
  });

  it("is later than a time with a fraction, and than one in the far future", async () => {
    await withPlace(async ({ disk, watched }) => {
      await disk.prepare();
      await put(disk, "targets.json", "a");
      await utimes(join(watched, "targets.json"), NOW + 100.75, NOW + 100.75);
      assert.is(await put(disk, "targets.json", "b"), NOW + 101);
      await utimes(join(watched, "targets.json"), 4_000_000_000, 4_000_000_000);
      assert.is(await put(disk, "targets.json", "c"), 4_000_000_001);
    });
  });

  it("is another one where the file has the last second that the file system knows", async () => {
    await withPlace(async ({ disk, watched, clock }) => {
      await disk.prepare();
      await put(disk, "targets.json", "a");
      await utimes(join(watched, "targets.json"), 2 ** 40, 2 ** 40);
      const last = Math.floor((await lstat(join(watched, "targets.json"))).mtimeMs / 1000);
      const mtime = await put(disk, "targets.json", "b");
      assert.is.not(mtime, last);
      assert.is(mtime, last === 2 ** 40 ? last + 1 : Math.floor(clock.seconds));
    });
  });
});

if (isRoot) {
  describe("the owner of the file in place", (it) => {
    it("is the one that was asked for, from the first installation on", async () => {
      await withPlace(
        async ({ disk, watched }) => {
          await disk.prepare();
          for (const text of ["first", "second"]) {
            await put(disk, "targets.json", text);
            const { uid, gid } = await lstat(join(watched, "targets.json"));
            assert.equal([uid, gid], [1234, 2345]);
          }
        },
        { owner: { uid: 1234, gid: 2345 } },
      );
    });

    it("stays what it was where none was asked for", async () => {
      await withPlace(async ({ disk, watched }) => {
        await disk.prepare();
        await put(disk, "targets.json", "first");
        await chown(join(watched, "targets.json"), 1234, 2345);
        await put(disk, "targets.json", "second");
        const { uid, gid } = await lstat(join(watched, "targets.json"));
        assert.equal([uid, gid], [1234, 2345]);
      });
    });

    it("has the group of a directory with the setgid bit", async () => {
      await withPlace(async ({ disk, watched }) => {
        await disk.prepare();
        await rm(watched, { recursive: true });
        await disk.prepare();
        await rm(join(watched, ".promgen-agent"), { recursive: true });
        await chown(watched, 0, 2345);
        await chmod(watched, 0o2775);
        await disk.prepare();
        await put(disk, "targets.json", "first");
        const { uid, gid, mode } = await lstat(join(watched, "targets.json"));
        assert.equal([uid, gid, mode & 0o7777], [0, 2345, 0o644]);
      });
    });

    it("of what root makes by hand in the state directory is the one of that directory", async () => {
      await withDirectory({}, async (directory) => {
        const { disk, state, watched } = placeIn(directory);
        await disk.prepare();
        await chown(state, 1234, 2345);
        await chown(watched, 1234, 2345);
        await rm(join(watched, ".promgen-agent"), { recursive: true });
        await disk.prepare();
        await writeFile(join(watched, "targets.json"), "by hand");
        await disk.keepLastKnownGood();
        await disk.keepPointer({ sums: Buffer.from("sums"), signature: Buffer.from("signature") });
        await disk.writeState(Buffer.from("{}"));
        const paths = ["state.json", "last-known-good", "last-known-good/targets.json"].map((name) =>
          join(state, name),
        );
        paths.push(...["", "/SHA256SUMS", "/SHA256SUMS.sig"].map((name) => join(watched, `.promgen-agent${name}`)));
        for (const path of paths) {
          const { uid, gid } = await lstat(path);
          assert.equal([uid, gid], [1234, 2345], path);
        }
      });
    });
  });
}
