import { chmod, link, lstat, mkdir, readFile, readdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { sealOf } from "../../../src/agent/disk/seal.ts";
import { describe } from "../../describe.ts";
import { run } from "../../workplace.ts";
import { failureOf, placeIn, pointerTo, put, reasonOf, withPlace } from "./place.ts";

describe("places that are not safe", (it) => {
  const kinds: readonly (readonly [what: string, make: (path: string) => Promise<unknown>])[] = [
    ["a symbolic link", (path) => symlink("/etc/passwd", path)],
    ["a symbolic link to nothing", (path) => symlink("/nothing/there", path)],
    ["a directory", (path) => mkdir(path)],
    ["a named pipe", (path) => run("/", ["mkfifo", path])],
    ["a device", (path) => run("/", ["mknod", path, "c", "1", "3"])],
  ];
  for (const [what, make] of kinds) {
    it(`the targets are ${what}`, async () => {
      await withPlace(async ({ disk, watched }) => {
        await disk.prepare();
        await make(join(watched, "targets.json"));
        const seal = async (): Promise<string> => sealOf(await lstat(join(watched, "targets.json"), { bigint: true }));
        const before = await seal();
        assert.is(await reasonOf(() => disk.prepare()), "unsafe-path");
        assert.is(await reasonOf(() => disk.look("targets.json")), "unsafe-path");
        assert.is(await reasonOf(() => disk.read("targets.json")), "unsafe-path");
        assert.is(await reasonOf(() => put(disk, "targets.json", "new")), "unsafe-path");
        assert.is(await seal(), before);
        assert.equal(await readdir(join(watched, ".promgen-agent")), []);
      });
    });

    it(`state.json is ${what}`, async () => {
      await withPlace(async ({ disk, state }) => {
        await disk.prepare();
        await make(join(state, "state.json"));
        assert.is(await reasonOf(() => disk.prepare()), "unsafe-path");
        assert.is(await reasonOf(() => disk.readState()), "unsafe-path");
      });
    });
  }

  for (const name of ["SHA256SUMS", "SHA256SUMS.sig"]) {
    it(`the kept ${name} is a symbolic link`, async () => {
      await withPlace(async ({ disk, directory, staging }) => {
        await disk.prepare();
        await disk.keepPointer(pointerTo("a", "b", "signed"));
        await rename(join(staging, name), join(directory, "elsewhere"));
        await symlink(join(directory, "elsewhere"), join(staging, name));
        assert.is(await reasonOf(() => disk.keptPointer()), "unsafe-path");
      });
    });
  }

  const directories: readonly (readonly [what: string, of: "watched" | "staging" | "state"])[] = [
    ["the directory of the targets", "watched"],
    ["staging", "staging"],
    ["the state directory", "state"],
  ];
  for (const [what, of] of directories) {
    it(`${what} is a symbolic link`, async () => {
      await withPlace(async (place) => {
        await place.disk.prepare();
        const elsewhere = join(place.directory, "elsewhere");
        await rename(place[of], elsewhere);
        await symlink(elsewhere, place[of]);
        const before = await readdir(elsewhere);
        assert.is(await reasonOf(() => place.disk.prepare()), "unsafe-path");
        assert.equal(await readdir(elsewhere), before);
      });
    });

    it(`everybody may write to ${what}`, async () => {
      await withPlace(async (place) => {
        await place.disk.prepare();
        await chmod(place[of], 0o1777);
        const failure = await failureOf(() => place.disk.prepare());
        assert.is(failure.reason, "unsafe-path");
        assert.match(failure.help ?? "", `chmod`);
      });
    });
  }

  it("last-known-good is a symbolic link", async () => {
    await withPlace(async ({ disk, state }) => {
      await disk.prepare();
      await symlink("/etc", join(state, "last-known-good"));
      assert.is(await reasonOf(() => disk.lastKnownGood()), "unsafe-path");
      assert.is(await reasonOf(() => disk.stageLastKnownGood("targets.json")), "unsafe-path");
    });
  });

  it("everybody may replace a directory above the targets, unless it is sticky, as /tmp is", async () => {
    await withPlace(async ({ directory }) => {
      const { disk } = placeIn(directory, { targets: join(directory, "open/below/targets.json") });
      await disk.prepare();
      await chmod(join(directory, "open"), 0o777);
      assert.is(await reasonOf(() => disk.prepare()), "unsafe-path");
      assert.is(await reasonOf(() => put(disk, "targets.json", "new")), "unsafe-path");
      await chmod(join(directory, "open"), 0o1777);
      await disk.prepare();
    });
  });

  it("a link above the targets is followed where that was allowed, and every call goes to where it leads", async () => {
    await withPlace(async ({ directory }) => {
      await mkdir(join(directory, "real"));
      await symlink("real", join(directory, "link"));
      const config = { targets: join(directory, "link/targets.json"), allowSymlinks: true };
      const { disk } = placeIn(directory, config);
      await disk.prepare();
      await put(disk, "targets.json", "new");
      assert.is(await readFile(join(directory, "real/targets.json"), "utf8"), "new");
      const failure = await failureOf(() => placeIn(directory, { ...config, allowSymlinks: false }).disk.prepare());
      assert.match(failure.help ?? "", join(directory, "real"));
    });
  });

  it("a hard link to somebody's file is replaced, and that file stays as it was", async () => {
    await withPlace(async ({ disk, directory, watched, state }) => {
      await disk.prepare();
      await writeFile(join(directory, "victim"), "precious");
      for (const path of [join(watched, "targets.json"), join(state, "state.json")])
        await link(join(directory, "victim"), path);
      await put(disk, "targets.json", "new");
      await disk.writeState(Buffer.from("{}"));
      assert.is(await readFile(join(directory, "victim"), "utf8"), "precious");
      assert.is(await readFile(join(watched, "targets.json"), "utf8"), "new");
    });
  });
});
