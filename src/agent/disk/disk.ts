/** The files of this host. Only who holds the lock may call what changes something. */
import type { FileBytes } from "../check/file-bytes.ts";
import type { FileName } from "../config.ts";

/** A digest, and how the file looked when it was computed. */
export interface Known {
  readonly sha256: string;
  /** Device, inode, size and times: as long as these stay, so does the digest. */
  readonly seal: string;
  /** Seconds since 1970. */
  readonly at: number;
}

/** One of our files as it lies there. */
export interface FileFacts {
  readonly sha256: string;
  readonly bytes: number;
  /** Seconds since 1970, whole. */
  readonly mtime: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** What makes hashing it again unnecessary; undefined where it was changed a moment ago and may be so again unnoticed. */
  readonly known?: Known;
}

/** A file that waits in staging to be checked and swapped. */
export interface Staged {
  readonly name: FileName;
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** A file in place that is open, with the digest that it had when it was last looked at. */
export interface OpenFile {
  readonly bytes: FileBytes;
  readonly sha256: string;
  /** Whether it still looks as it did then. To be asked after it was read, too. */
  isSame(): boolean;
  close(): void;
}

/** A pointer with its signature, as kept beside the targets. */
export interface KeptPointer {
  readonly sums: Uint8Array;
  readonly signature: Uint8Array | undefined;
}

/** Every method throws {@link Failure} of the disk's reasons: `disk-full`, `permission`, `unsafe-path`, `disk`. */
export interface Disk {
  /** Which files this host takes: `urls.json` may be left out. */
  readonly names: readonly FileName[];
  /** Absolute path of a file in place. */
  path(name: FileName): string;
  /**
   * Creates the directories that are missing, refuses unsafe ones, and deletes what a killed run left in staging.
   * Idempotent.
   */
  prepare(): Promise<void>;
  /** Throws `disk-full` where fewer than these bytes (and some for the state) are free. */
  reserve(bytes: number): Promise<void>;
  /**
   * What is in place; undefined where there is no such file.
   *
   * @param known what an earlier call said: a file that was not touched since is not read again
   */
  look(name: FileName, known?: Known): Promise<FileFacts | undefined>;
  /** Opens a file in place for the guard and the strict check; undefined where there is none. */
  read(name: FileName): AsyncIterable<Uint8Array> | undefined;
  /** Writes chunks to staging and hashes them on the way. Nothing is left where `chunks` throws. */
  stage(name: FileName, chunks: AsyncIterable<Uint8Array>): Promise<Staged>;
  /** Reads a staged file back. */
  readStaged(staged: Staged): AsyncIterable<Uint8Array>;
  /** The bytes of a staged file, a part at a time. */
  bytesOf(staged: Staged): FileBytes;
  /** Opens a file in place; undefined where there is none, or where nobody knows whether it is the one that was hashed. */
  open(name: FileName): OpenFile | undefined;
  /** Deletes staged files that will not be swapped. */
  discard(staged: readonly Staged[]): Promise<void>;
  /**
   * Makes what is in place last-known-good, fsynced. A file that is not there is left out of it.
   *
   * @param isOfOthers without the pointer beside it, which says nothing of it
   */
  keepLastKnownGood(isOfOthers?: boolean): Promise<void>;
  /** What is in last-known-good, its bytes hashed again. */
  lastKnownGood(): Promise<{
    readonly files: Readonly<Partial<Record<FileName, FileFacts>>>;
    readonly pointer: KeptPointer | undefined;
  }>;
  /** Stages a file of last-known-good again, to be swapped. */
  stageLastKnownGood(name: FileName): Promise<Staged>;
  /**
   * Gives the staged file mode, owner and a whole-second mtime later than that of the file in place, fsyncs it, renames
   * it over the file in place and fsyncs the directory.
   *
   * @returns the mtime in seconds since 1970: what Prometheus must report
   */
  swap(staged: Staged): Promise<number>;
  /** Creates and deletes a dot-file in the watched directory: Prometheus looks again. */
  nudge(name: FileName): Promise<void>;
  /** The pointer of what is in place (`.promgen-agent/SHA256SUMS` and `.sig`); undefined where there is none. */
  keptPointer(): Promise<KeptPointer | undefined>;
  keepPointer(pointer: KeptPointer): Promise<void>;
  /** The bytes of state.json; undefined where there is none. */
  readState(): Promise<Uint8Array | undefined>;
  /** The bytes of contact.json, the diary that goes on from that; undefined where there is none. */
  readContact(): Promise<Uint8Array | undefined>;
  /** What was counted of a file when it came into place; undefined where nothing is kept. */
  readCounted(name: FileName): Promise<Buffer | undefined>;
  /** Not synced: it may be lost. */
  keepCounted(name: FileName, parts: readonly Uint8Array[]): Promise<void>;
  /**
   * Atomic and fsynced.
   *
   * @param isDiary nothing in it protects: after a power cut the one before will do
   */
  writeState(bytes: Uint8Array, isDiary?: boolean): Promise<void>;
}

/** A lock that the kernel holds: it is gone with the process, however that ends. */
export interface Lock {
  release(): Promise<void>;
}
