/**
 * Artifacts as values, in chunks, so that a million targets need no more memory than the largest chunk of each file.
 */
import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";

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
  write(path: string, chunk: Uint8Array): void;
  /** No more chunks will come for this path. */
  end(path: string): void;
}

/** Chunks are about this many UTF-16 units long. */
const CHUNK = 1 << 17;

/** A targets.json or urls.json that is being written: `[`, one group per line, `]`. */
export class GroupFile {
  readonly #sink: Sink;
  readonly #path: string;
  readonly #hash: Hash = createHash("sha256");
  #pending = "[\n";
  #bytes = 0;
  #groups = 0;
  #targets = 0;

  constructor(sink: Sink, path: string) {
    this.#sink = sink;
    this.#path = path;
  }

  /** @param line JSON of the group */
  add(line: string, targets: number): void {
    this.#pending += this.#groups === 0 ? line : `,\n${line}`;
    this.#groups++;
    this.#targets += targets;
    if (this.#pending.length >= CHUNK) this.#flush();
  }

  /**
   * Ends the file. A file without groups gets an empty one: `[]` and a reload leave Prometheus before 3.0 scraping what
   * was removed (https://github.com/prometheus/prometheus/issues/8202).
   */
  close(): FileFacts {
    if (this.#groups === 0) this.#pending = `[{"targets":[]}]\n`;
    else this.#pending += "\n]\n";
    this.#flush();
    this.#sink.end(this.#path);
    return { sha256: this.#hash.digest("hex"), bytes: this.#bytes, groups: this.#groups, targets: this.#targets };
  }

  #flush(): void {
    const chunk = Buffer.from(this.#pending, "utf8");
    this.#pending = "";
    this.#bytes += chunk.length;
    this.#hash.update(chunk);
    this.#sink.write(this.#path, chunk);
  }
}

/** Writes a small file at once. */
export function writeText(sink: Sink, path: string, text: string): FileFacts {
  const bytes = Buffer.from(text, "utf8");
  sink.write(path, bytes);
  sink.end(path);
  return { sha256: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length };
}
