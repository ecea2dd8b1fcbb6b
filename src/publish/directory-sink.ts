/** Writes artifacts below a directory. */
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Sink } from "../render/artifact.ts";

/** Throws what Node's file system throws. */
export class DirectorySink implements Sink {
  readonly #root: string;
  readonly #open = new Map<string, number>();
  readonly #directories = new Set(["."]);

  /** @param root absolute path of a directory that is there, and in which nothing is yet */
  constructor(root: string) {
    this.#root = root;
  }

  write(path: string, chunk: Uint8Array): void {
    let file = this.#open.get(path);
    if (file === undefined) {
      this.#make(dirname(path));
      this.#open.set(path, (file = openSync(join(this.#root, path), "wx", 0o644)));
    }
    for (let at = 0; at < chunk.length;) at += writeSync(file, chunk, at);
  }

  end(path: string): void {
    const file = this.#open.get(path);
    this.#open.delete(path);
    if (file !== undefined) closeSync(file);
  }

  /** Closes what was not ended. */
  close(): void {
    for (const file of this.#open.values()) closeSync(file);
    this.#open.clear();
  }

  /** The root itself is not made once more: who has removed it meanwhile has removed what was written. */
  #make(directory: string): void {
    if (this.#directories.has(directory)) return;
    this.#make(dirname(directory));
    try {
      mkdirSync(join(this.#root, directory));
    } catch (error) {
      // Another thread writes here as well.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    this.#directories.add(directory);
  }
}
