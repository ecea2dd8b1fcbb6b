/** The files that a line belongs to: the whole one, and its shard's. */
import { GroupFile } from "./artifact.ts";
import type { FileFacts, Sink } from "./artifact.ts";
import { forEachLine } from "./lines.ts";
import type { LineBlock } from "./lines.ts";

/** Paths of files of the same kind. Plain data: it may cross from one thread to another. */
export interface GroupPaths {
  /** Of the file that has all lines; `undefined` for none. */
  readonly all: string | undefined;
  readonly shards: readonly string[];
}

/** What they hold once they are written, in the same order. */
export interface GroupFacts {
  readonly all: FileFacts | undefined;
  readonly shards: readonly FileFacts[];
}

/** Such files that are being written. */
export class GroupFiles {
  readonly #all: GroupFile | undefined;
  readonly #shards: readonly GroupFile[];

  constructor(sink: Sink, { all, shards }: GroupPaths) {
    this.#all = all === undefined ? undefined : new GroupFile(sink, all);
    this.#shards = shards.map((path) => new GroupFile(sink, path));
  }

  /** Writes the lines of a block; its memory may be used again after the call. */
  add(block: LineBlock): void {
    forEachLine(block, (shard, line, targets) => {
      this.#all?.add(line, targets);
      this.#shards[shard]?.add(line, targets);
    });
  }

  close(): GroupFacts {
    return { all: this.#all?.close(), shards: this.#shards.map((file) => file.close()) };
  }
}
