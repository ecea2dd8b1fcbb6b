/** What lies in the directory of a bare clone. */
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { attempt } from "../disk/errno.ts";

/** @throws {Failure} of the disk's reasons, as all functions here */
export async function makeDirectory(directory: string): Promise<void> {
  await onDisk(`create ${directory}`, () => mkdir(directory, { recursive: true, mode: 0o700 }));
}

/** Deletes it with all that is in it, if it is there. */
export async function removeDirectory(directory: string): Promise<void> {
  await onDisk(`delete ${directory}`, () => rm(directory, { recursive: true, force: true }));
}

/** How many packs a clone has; undefined where there is no clone, or half of one. */
export async function countPacks(directory: string): Promise<number | undefined> {
  const isThere = async (name: string): Promise<boolean> =>
    await stat(join(directory, name)).then(
      () => true,
      () => false,
    );
  if (!(await isThere("HEAD")) || !(await isThere("config"))) return undefined;
  const names = await readdir(join(directory, "objects", "pack")).catch(() => undefined);
  return names?.filter((name) => name.endsWith(".pack")).length;
}

/** Bytes of the pack that a fetch is just writing. */
export async function bytesArriving(directory: string): Promise<number> {
  const packs = join(directory, "objects", "pack");
  let bytes = 0;
  for (const name of await readdir(packs).catch(() => [])) {
    // It may have its final name by now.
    if (name.startsWith("tmp_pack_")) bytes += (await stat(join(packs, name)).catch(() => ({ size: 0 }))).size;
  }
  return bytes;
}

/**
 * Deletes what a killed git leaves behind: locks, which stop the next one for ever, and half a pack. Only for who knows
 * that no git is at work here.
 */
export async function removeDebris(directory: string): Promise<void> {
  await onDisk(`tidy up ${directory}`, async () => {
    for (const name of await readdir(directory, { recursive: true })) {
      const isDebris = name.endsWith(".lock") || /^objects\/([0-9a-f]{2}|pack)\/\.?tmp[-_]/.test(name);
      if (isDebris) await rm(join(directory, name), { recursive: true, force: true });
    }
  });
}

/** Does something to files; what the kernel refuses becomes a `Failure`. */
export async function onDisk<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    return attempt(what, () => {
      throw error;
    });
  }
}
