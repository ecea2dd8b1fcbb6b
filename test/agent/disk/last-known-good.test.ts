import { statSync } from "node:fs";
import { mkdir, readdir, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { Disk } from "../../../src/agent/disk/disk.ts";
import { describe } from "../../describe.ts";
import { readFiles } from "../../workplace.ts";
import { placeIn, pointerTo, put, readAll, reasonOf, sha256, stage, withPlace } from "./place.ts";

/** Puts a generation in place, with its pointer. */
async function install(disk: Disk, generation: string): Promise<void> {
  await disk.prepare();
  await put(disk, "targets.json", `${generation} targets`);
  await put(disk, "urls.json", `${generation} urls`);
  await disk.keepPointer(pointerTo(`${generation} targets`, `${generation} urls`, `${generation} signature`));
}

const kept = (generation: string): Record<string, string> => ({
  "targets.json": `${generation} targets`,
  "urls.json": `${generation} urls`,
  SHA256SUMS: String(pointerTo(`${generation} targets`, `${generation} urls`).sums),
  "SHA256SUMS.sig": `${generation} signature`,
});

const SHOWN = "last-known-good";

describe("last-known-good", (it) => {
  it("holds what was in place, with its pointer, and replaces what it held before", async () => {
    await withPlace(async ({ disk, state }) => {
      for (const generation of ["old", "new"]) {
        await install(disk, generation);
        await disk.keepLastKnownGood();
        assert.equal(await readFiles(join(state, SHOWN)), kept(generation));
        assert.equal(await readdir(state), [SHOWN]);
        const { files, pointer } = await disk.lastKnownGood();
        assert.is(files["targets.json"]?.sha256, sha256(`${generation} targets`));
        assert.is(files["urls.json"]?.bytes, `${generation} urls`.length);
        assert.is(String(pointer?.signature), `${generation} signature`);
      }
    });
  });

  it("holds an unmanaged file that was there before us, without a pointer", async () => {
    await withPlace(async ({ disk, watched, state }) => {
      await disk.prepare();
      await writeFile(join(watched, "targets.json"), "by hand");
      await disk.keepLastKnownGood();
      assert.equal(await readFiles(join(state, SHOWN)), { "targets.json": "by hand" });
      assert.is((await disk.lastKnownGood()).pointer, undefined);
    });
  });

  it("lets nobody read a copy who may not read the file", async () => {
    await withPlace(
      async ({ disk, state }) => {
        await install(disk, "old");
        await disk.keepLastKnownGood();
        const modes = ["targets.json", "urls.json"].map((name) => statSync(join(state, SHOWN, name)).mode & 0o777);
        assert.equal(modes, [0o640, 0o640]);
      },
      { mode: 0o640 },
    );
  });

  it("is the very file that was in place, where that is about to be replaced and its digest is known", async () => {
    await withPlace(async ({ disk, watched, state }) => {
      const inodes = (directory: string): readonly number[] =>
        ["targets.json", "urls.json"].map((name) => statSync(join(directory, name)).ino);
      await install(disk, "old");
      const [targets, urls] = inodes(watched);
      const staged = await stage(disk, "targets.json", "new targets");
      await disk.keepLastKnownGood();
      const [keptTargets, keptUrls] = inodes(join(state, SHOWN));
      assert.is(keptTargets, targets);
      assert.is.not(keptUrls, urls);
      await disk.swap(staged);
      for (const name of ["targets.json", "urls.json"]) await writeFile(join(watched, name), "by hand");
      assert.equal(await readFiles(join(state, SHOWN)), kept("old"));
    });
    await withPlace(async ({ disk, watched, state }) => {
      await disk.prepare();
      await writeFile(join(watched, "targets.json"), "by hand");
      await stage(disk, "targets.json", "new targets");
      await disk.keepLastKnownGood();
      await writeFile(join(watched, "targets.json"), "by another hand");
      assert.equal(await readFiles(join(state, SHOWN)), { "targets.json": "by hand" });
    });
  });

  it("shows that somebody wrote to the file in place before another one took its place", async () => {
    await withPlace(async ({ disk, watched }) => {
      await install(disk, "old");
      await stage(disk, "targets.json", "new targets");
      await disk.keepLastKnownGood();
      await writeFile(join(watched, "targets.json"), "by hand");
      const { files, pointer } = await disk.lastKnownGood();
      assert.not.match(String(pointer?.sums), files["targets.json"]?.sha256 ?? "?");
    });
  });

  it("stays what it was where somebody wrote to the file in place after the run had looked at it", async () => {
    for (const damage of ["New targets", "more than new targets"])
      await withPlace(async ({ disk, watched, state, clock }) => {
        await install(disk, "old");
        await disk.keepLastKnownGood();
        await install(disk, "new");
        clock.seconds = Date.now() / 1000 + 10;
        const { known } = (await disk.look("targets.json")) ?? {};
        assert.is(known?.sha256, sha256("new targets"));
        await disk.look("targets.json", known);
        const inPlace = disk.open("targets.json");
        assert.equal([inPlace?.sha256, inPlace?.isSame()], [sha256("new targets"), true]);
        inPlace?.close();
        await writeFile(join(watched, "targets.json"), damage);
        await stage(disk, "targets.json", "newest targets");
        await disk.keepLastKnownGood();
        assert.equal(await readFiles(join(state, SHOWN)), kept("old"));
      });
  });

  it("is put back in place, byte for byte", async () => {
    await withPlace(async ({ disk }) => {
      await install(disk, "old");
      await disk.keepLastKnownGood();
      await install(disk, "new");
      const staged = await disk.stageLastKnownGood("targets.json");
      assert.is(staged.sha256, sha256("old targets"));
      await disk.swap(staged);
      assert.is(await readAll(disk.read("targets.json")), "old targets");
    });
  });

  it("stays what it was where the files in place were changed by hand, are missing, or belong to two generations", async () => {
    const damages: readonly ((watched: string, disk: Disk) => Promise<unknown>)[] = [
      (watched) => writeFile(join(watched, "targets.json"), "changed"),
      (watched) => truncate(join(watched, "urls.json"), 3),
      (watched) => rm(join(watched, "targets.json")),
      (_, disk) => put(disk, "targets.json", "newest targets"),
      async (watched) => {
        for (const name of ["targets.json", "urls.json"]) await rm(join(watched, name));
      },
    ];
    for (const damage of damages) {
      await withPlace(async ({ disk, watched, state }) => {
        await install(disk, "old");
        await disk.keepLastKnownGood();
        await install(disk, "new");
        await damage(watched, disk);
        await disk.keepLastKnownGood();
        assert.equal(await readFiles(join(state, SHOWN)), kept("old"), String(damage));
        assert.equal(await readdir(state), [SHOWN]);
      });
    }
  });

  it("is kept without urls.json where this host has just begun to take it", async () => {
    await withPlace(async ({ disk, watched, state }) => {
      await install(disk, "old");
      await rm(join(watched, "urls.json"));
      await disk.keepLastKnownGood();
      const { "urls.json": _, ...rest } = kept("old");
      assert.equal(await readFiles(join(state, SHOWN)), rest);
    });
  });

  it("shows a damage of its own: it is hashed again whenever it is looked at", async () => {
    await withPlace(async ({ disk, state }) => {
      await install(disk, "old");
      await disk.keepLastKnownGood();
      await writeFile(join(state, SHOWN, "targets.json"), "old targetz");
      const { files, pointer } = await disk.lastKnownGood();
      assert.not.match(String(pointer?.sums), files["targets.json"]?.sha256 ?? "?");
      await rm(join(state, SHOWN, "urls.json"));
      assert.equal(Object.keys((await disk.lastKnownGood()).files), ["targets.json"]);
      assert.is(await reasonOf(() => disk.stageLastKnownGood("urls.json")), "disk");
    });
  });

  it("is replaced where links lie in the place of its leftovers, and what they lead to stays", async () => {
    await withPlace(async ({ disk, directory, state }) => {
      await install(disk, "old");
      await disk.keepLastKnownGood();
      await mkdir(join(directory, "victim"));
      await writeFile(join(directory, "victim/targets.json"), "precious");
      for (const name of [`${SHOWN}.old`, `${SHOWN}.1.new`])
        await symlink(join(directory, "victim"), join(state, name));
      await install(disk, "new");
      await disk.keepLastKnownGood();
      assert.equal(await readFiles(state), prefixed(kept("new")));
      assert.equal(await readFiles(join(directory, "victim")), { "targets.json": "precious" });
    });
  });

  it("is whole after a kill between the renames, and after one before the old one was removed", async () => {
    await withPlace(async ({ disk, directory, state }) => {
      await install(disk, "old");
      await disk.keepLastKnownGood();
      await rename(join(state, SHOWN), join(state, `${SHOWN}.old`));
      await placeIn(directory).disk.prepare();
      assert.equal(await readFiles(state), prefixed(kept("old")));
      await mkdir(join(state, `${SHOWN}.old`));
      await writeFile(join(state, `${SHOWN}.old`, "targets.json"), "older");
      await placeIn(directory).disk.prepare();
      assert.equal(await readFiles(state), prefixed(kept("old")));
      assert.equal(await readdir(state), [SHOWN]);
    });
  });
});

function prefixed(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${SHOWN}/${name}`, text]));
}
