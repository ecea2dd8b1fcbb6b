/** A disk in memory that does what the interface of the real one says, and can be opened again after a crash. */
import { createHash } from "node:crypto";
import type { FileName } from "../../../src/agent/config.ts";
import type { FileBytes } from "../../../src/agent/check/file-bytes.ts";
import type { Disk, FileFacts, KeptPointer, Known, OpenFile, Staged } from "../../../src/agent/disk/disk.ts";

interface StoredFile {
  readonly bytes: Uint8Array;
  readonly mtime: number;
  readonly mode: number;
}

/** What a crash leaves. */
export class Storage {
  readonly files = new Map<FileName, StoredFile>();
  readonly lastKnownGood = new Map<FileName, Uint8Array>();
  lastKnownGoodPointer: KeptPointer | undefined;
  pointer: KeptPointer | undefined;
  state: Uint8Array | undefined;
  readonly counted = new Map<FileName, Buffer>();
  readonly staged = new Map<string, Uint8Array>();
  lastMtime = 1_000;
  /** Whether it can tell that a file was not touched. */
  isSealed = false;
  /** How the state was written since a run was prepared. */
  writes: ("durable" | "diary")[] = [];

  /** Another disk with the same on it. */
  copy(): Storage {
    const copy = new Storage();
    for (const [name, file] of this.files) copy.files.set(name, file);
    for (const [name, bytes] of this.lastKnownGood) copy.lastKnownGood.set(name, bytes);
    for (const [path, bytes] of this.staged) copy.staged.set(path, bytes);
    for (const [name, bytes] of this.counted) copy.counted.set(name, bytes);
    const { lastKnownGoodPointer, pointer, state, lastMtime } = this;
    return Object.assign(copy, { lastKnownGoodPointer, pointer, state, lastMtime });
  }

  /** Somebody else writes a file. */
  put(name: FileName, text: string, mode = 0o644): void {
    this.files.set(name, { bytes: Buffer.from(text), mtime: ++this.lastMtime, mode });
  }

  /** Somebody removes the directory of the targets. */
  removePlace(): void {
    this.files.clear();
    this.pointer = undefined;
  }

  /** The disk loses a bit: nobody has touched the file. */
  rot(name: FileName): void {
    const file = this.files.get(name);
    const first = file?.bytes[0];
    if (file === undefined || first === undefined) throw new Error(`${name} is not there`);
    this.files.set(name, { ...file, bytes: Uint8Array.from([first ^ 1, ...file.bytes.subarray(1)]) });
  }

  text(name: FileName): string | undefined {
    const file = this.files.get(name);
    return file === undefined ? undefined : Buffer.from(file.bytes).toString();
  }
}

export class MemoryDisk implements Disk {
  readonly names: readonly FileName[];
  readonly #storage: Storage;
  readonly #now: () => number;
  /** Not private, for tests look through proxies. */
  readonly directory: string;
  #count = 0;

  constructor(
    storage: Storage,
    names: readonly FileName[] = ["targets.json", "urls.json"],
    now = (): number => 0,
    directory = "/etc/prometheus/promgen",
  ) {
    this.directory = directory;
    this.#storage = storage;
    this.#now = now;
    this.names = names;
  }

  path(name: FileName): string {
    return `${this.directory}/${name}`;
  }

  async prepare(): Promise<void> {
    this.#storage.staged.clear();
    this.#storage.writes = [];
  }

  async reserve(): Promise<void> {}

  async look(name: FileName, known?: Known): Promise<FileFacts | undefined> {
    const file = this.#storage.files.get(name);
    if (file === undefined) return undefined;
    const facts = { ...factsOf(file.bytes), mtime: file.mtime, mode: file.mode };
    if (!this.#storage.isSealed) return facts;
    const seal = String(file.mtime);
    if (known?.seal === seal) return { ...facts, sha256: known.sha256, known };
    return { ...facts, known: { sha256: facts.sha256, seal, at: this.#now() } };
  }

  read(name: FileName): AsyncIterable<Uint8Array> | undefined {
    const file = this.#storage.files.get(name);
    return file === undefined ? undefined : chunks(file.bytes);
  }

  async stage(name: FileName, content: AsyncIterable<Uint8Array>): Promise<Staged> {
    const parts: Uint8Array[] = [];
    for await (const chunk of content) parts.push(chunk);
    return this.#stage(name, Buffer.concat(parts));
  }

  #stage(name: FileName, bytes: Uint8Array): Staged {
    const path = `staging-${name}-${++this.#count}`;
    this.#storage.staged.set(path, bytes);
    const { sha256 } = factsOf(bytes);
    return { name, path, sha256, bytes: bytes.length };
  }

  readStaged({ path }: Staged): AsyncIterable<Uint8Array> {
    return chunks(this.#stagedBytes(path));
  }

  bytesOf({ path }: Staged): FileBytes {
    return fileBytes(this.#stagedBytes(path));
  }

  open(name: FileName): OpenFile | undefined {
    const file = this.#storage.files.get(name);
    if (file === undefined) return undefined;
    const isSame = (): boolean => this.#storage.files.get(name) === file;
    return { bytes: fileBytes(file.bytes), sha256: factsOf(file.bytes).sha256, isSame, close: () => {} };
  }

  #stagedBytes(path: string): Uint8Array {
    const bytes = this.#storage.staged.get(path);
    if (bytes === undefined) throw new Error(`${path} is not staged`);
    return bytes;
  }

  async discard(staged: readonly Staged[]): Promise<void> {
    for (const { path } of staged) this.#storage.staged.delete(path);
  }

  async keepLastKnownGood(isOfOthers = false): Promise<void> {
    this.#storage.lastKnownGood.clear();
    for (const [name, { bytes }] of this.#storage.files) this.#storage.lastKnownGood.set(name, bytes);
    this.#storage.lastKnownGoodPointer = isOfOthers ? undefined : this.#storage.pointer;
  }

  async lastKnownGood(): ReturnType<Disk["lastKnownGood"]> {
    const files = [...this.#storage.lastKnownGood].map(
      ([name, bytes]) => [name, { ...factsOf(bytes), mtime: 0, mode: 0o644 }] as const,
    );
    return { files: Object.fromEntries(files), pointer: this.#storage.lastKnownGoodPointer };
  }

  async stageLastKnownGood(name: FileName): Promise<Staged> {
    const bytes = this.#storage.lastKnownGood.get(name);
    if (bytes === undefined) throw new Error(`${name} is not in last-known-good`);
    return this.#stage(name, bytes);
  }

  async swap({ name, path }: Staged): Promise<number> {
    const bytes = this.#stagedBytes(path);
    this.#storage.staged.delete(path);
    const mtime = ++this.#storage.lastMtime;
    this.#storage.files.set(name, { bytes, mtime, mode: 0o644 });
    return mtime;
  }

  async nudge(): Promise<void> {}

  async keptPointer(): Promise<KeptPointer | undefined> {
    return this.#storage.pointer;
  }

  async keepPointer(pointer: KeptPointer): Promise<void> {
    this.#storage.pointer = pointer;
  }

  async readCounted(name: FileName): Promise<Buffer | undefined> {
    const bytes = this.#storage.counted.get(name);
    return bytes && Buffer.from(bytes);
  }

  async keepCounted(name: FileName, parts: readonly Uint8Array[]): Promise<void> {
    this.#storage.counted.set(name, Buffer.concat(parts));
  }

  async readContact(): Promise<undefined> {
    return undefined;
  }

  async readState(): Promise<Uint8Array | undefined> {
    return this.#storage.state;
  }

  async writeState(bytes: Uint8Array, isDiary = false): Promise<void> {
    this.#storage.writes.push(isDiary ? "diary" : "durable");
    this.#storage.state = bytes;
  }
}

function factsOf(bytes: Uint8Array): Pick<FileFacts, "sha256" | "bytes" | "uid" | "gid"> {
  return { sha256: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length, uid: 0, gid: 0 };
}

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}

/** What is given is overwritten by the next call, as a disk may do it. */
export function fileBytes(content: Uint8Array): FileBytes {
  let given = Buffer.alloc(0);
  return {
    length: content.length,
    view(start, length) {
      given.fill(0);
      return (given = Buffer.from(content.subarray(start, start + length)));
    },
  };
}
