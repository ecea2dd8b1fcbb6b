/**
 * Artifacts as values, in chunks, so that a million targets need no more memory than the largest chunk of each file.
 */
import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { sha256 } from "./sha256.ts";

/** What identifies a generation: the same in every artifact of it. */
export interface Stamp {
  /** Committer time of the commit in seconds; 0 outside Git. */
  readonly generation: number;
  /** 40 or 64 hex digits, with `-dirty` behind where files differ from it. */
  readonly commit?: string;
  /** `repository` of promgen.yml. */
  readonly repository?: string;
  /** Name and version of this program. */
  readonly generator: string;
  /** Of a generation that is published; a build has none. */
  readonly publication?: Publication;
}

/** How a published generation stands to those before it. */
export interface Publication {
  /** Whether a file of a shard differs from what was published before. */
  isChanged(shard: string, files: Readonly<Record<string, FileFacts>>): boolean;
  /** Shards that were published once and left the inventory, sorted. */
  readonly retired: readonly string[];
  /** The last generation whose losses agents are not to hold, by shard; the last of all under `*`. */
  readonly accepts: ReadonlyMap<string, number>;
  /** The digests by which somebody accepted what the gate held back, where that was last, sorted. */
  readonly accepted: readonly string[];
}

export interface FileFacts {
  readonly sha256: string;
  readonly bytes: number;
  /** Of targets.json and urls.json. */
  readonly groups?: number;
  readonly targets?: number;
}

/** Takes the bytes of the artifacts; `path` is relative to the root of the artifacts, with `/`. Chunks of one path come in order. */
export interface Sink {
  /** The chunk is used again after the call: copy what has to stay. */
  write(path: string, chunk: Uint8Array): void;
  /** No more chunks will come for this path. */
  end(path: string): void;
}

/** Bytes of a chunk. */
const CHUNK = 1 << 17;

const FIRST = Buffer.from("[\n");
const NEXT = Buffer.from(",\n");
const LAST = Buffer.from("\n]\n");
const EMPTY = Buffer.from(`[{"targets":[]}]\n`);

/** Chunks whose file is closed, for the next file. */
const freeChunks: Buffer[] = [];

/** A targets.json or urls.json that is being written: `[`, one group per line, `]`. */
export class GroupFile {
  readonly #sink: Sink;
  readonly #path: string;
  readonly #hash: Hash = createHash("sha256");
  readonly #chunk = freeChunks.pop() ?? Buffer.allocUnsafeSlow(CHUNK);
  #used = 0;
  #bytes = 0;
  #groups = 0;
  #targets = 0;

  constructor(sink: Sink, path: string) {
    this.#sink = sink;
    this.#path = path;
  }

  /** @param line JSON of the group; its bytes may be used again after the call */
  add(line: Uint8Array, targets: number): void {
    this.#append(this.#groups === 0 ? FIRST : NEXT);
    this.#append(line);
    this.#groups++;
    this.#targets += targets;
  }

  /**
   * Ends the file. A file without groups gets an empty one: `[]` and a reload leave Prometheus before 3.0 scraping what
   * was removed (https://github.com/prometheus/prometheus/issues/8202).
   */
  close(): FileFacts {
    this.#append(this.#groups === 0 ? EMPTY : LAST);
    this.#flush();
    this.#sink.end(this.#path);
    freeChunks.push(this.#chunk);
    return { sha256: this.#hash.digest("hex"), bytes: this.#bytes, groups: this.#groups, targets: this.#targets };
  }

  #append(bytes: Uint8Array): void {
    if (this.#used + bytes.length > CHUNK) this.#flush();
    if (bytes.length > CHUNK) {
      this.#pass(bytes);
    } else {
      this.#chunk.set(bytes, this.#used);
      this.#used += bytes.length;
    }
  }

  #flush(): void {
    if (this.#used > 0) this.#pass(this.#chunk.subarray(0, this.#used));
    this.#used = 0;
  }

  #pass(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    this.#hash.update(bytes);
    this.#sink.write(this.#path, bytes);
  }
}

/** Writes a small file at once. */
export function writeText(sink: Sink, path: string, text: string): FileFacts {
  const bytes = Buffer.from(text, "utf8");
  sink.write(path, bytes);
  sink.end(path);
  return { sha256: sha256(bytes), bytes: bytes.length };
}
