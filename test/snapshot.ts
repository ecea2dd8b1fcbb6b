/** Directories that it takes many processes to make, such as a repository: made once, and put down again from memory. */
import { mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withDirectory } from "./workplace.ts";

type Content = "directory" | { readonly link: string } | { readonly bytes: Uint8Array; readonly mode: number };
/** What is in a directory: directories before what lies in them. */
type Snapshot = readonly (readonly [path: string, content: Content])[];

const snapshots = new Map<string, Promise<Snapshot>>();

/**
 * Makes a directory as `withDirectory` does, with what `make` makes in it. That is called once in this process for each name:
 * what it makes must not tell where it was made, or when.
 */
export async function withMade<T>(
  name: string,
  make: (directory: string) => Promise<void>,
  act: (directory: string) => Promise<T>,
): Promise<T> {
  const making =
    snapshots.get(name) ??
    withDirectory({}, async (directory) => {
      await make(directory);
      return takeSnapshot(directory);
    });
  snapshots.set(name, making);
  const snapshot = await making;
  return await withDirectory({}, async (directory) => {
    putSnapshot(snapshot, directory);
    return await act(directory);
  });
}

function takeSnapshot(directory: string, way = ""): Snapshot {
  return readdirSync(join(directory, way), { withFileTypes: true }).flatMap((entry): Snapshot => {
    const path = join(way, entry.name);
    if (entry.isDirectory()) return [[path, "directory"], ...takeSnapshot(directory, path)];
    const full = join(directory, path);
    return [
      [
        path,
        entry.isSymbolicLink()
          ? { link: readlinkSync(full) }
          : { bytes: readFileSync(full), mode: statSync(full).mode },
      ],
    ];
  });
}

function putSnapshot(snapshot: Snapshot, directory: string): void {
  for (const [path, content] of snapshot) {
    const full = join(directory, path);
    if (content === "directory") mkdirSync(full);
    else if ("link" in content) symlinkSync(content.link, full);
    else writeFileSync(full, content.bytes, { mode: content.mode });
  }
}
