/** Writes artifacts below a directory. */
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Sink } from "../render/artifact.ts";

/** Throws what Node's file system throws. */
export class DirectorySink implements Sink {
  readonly #root: string;
  readonly #open = new Map<string, number>();
  readonly #directories = new Set<string>();

  /** @param root absolute path of a directory in which nothing is yet */
  constructor(root: string) {
    this.#root = root;
  }

  write(path: string, chunk: Uint8Array): void {
    let file = this.#open.get(path);
    if (file === undefined) {
      const directory = dirname(join(this.#root, path));
      if (!this.#directories.has(directory)) mkdirSync(directory, { recursive: true });
      this.#directories.add(directory);
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
}
