/** The files of this host, as promgen-agent keeps them. */
import { closeSync, existsSync, unlinkSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { FileBytes } from "../check/file-bytes.ts";
import type { Clock } from "../clock.ts";
import { FILE_NAMES } from "../config.ts";
import type { FileName, PlaceConfig } from "../config.ts";
import { Failure } from "../failure.ts";
import { CONTACT } from "../glance/contact.ts";
import type { Disk, FileFacts, KeptPointer, Known, OpenFile, Staged } from "./disk.ts";
import type { Directory } from "./directory.ts";
import { inside, makeDirectory, within, withinIfThere, withinOurs } from "./directory.ts";
import { onlyFailure, tryTo } from "./errno.ts";
import { FileWindow } from "./file-window.ts";
import { requireSpace } from "./free-space.ts";
import { readPointer, writePointer } from "./kept-pointer.ts";
import { readLastKnownGood, replaceLastKnownGood, withinLastKnownGood } from "./last-known-good.ts";
import type { LastKnownGood, Original } from "./last-known-good.ts";
import type { NewFile, StagedFile } from "./new-file.ts";
import { createFile, OURS_ALONE, replaceFile, throwAway } from "./new-file.ts";
import { chunksOf, closing, digestIfStill, knownFactsOf, openOld, readApart, readOld, statsOf } from "./old-file.ts";
import { swapIn } from "./swap.ts";
import { takeIn } from "./take-in.ts";
import { NUDGE, STAGING, STATE, tidyState, tidyWatched } from "./tidy.ts";

/** Behind the name of the file that was counted. */
const COUNTED = ".counted";

/**
 * @param config its paths may be relative to the working directory
 * @param clock for the mtime of files alone
 */
export function openDisk(config: PlaceConfig, clock: Clock): Disk {
  return new LocalDisk(config, clock);
}

class LocalDisk implements Disk {
  readonly names: readonly FileName[];
  readonly #config: PlaceConfig;
  readonly #clock: Clock;
  readonly #state: string;
  readonly #paths: Readonly<Record<FileName, string | undefined>>;
  /** Kept open from the first byte to the rename: only this descriptor hears of everything that went wrong in between. */
  readonly #staged = new Map<string, StagedFile>();
  /** What the last look at a file found. */
  readonly #known = new Map<FileName, Known | undefined>();
  readonly #lastMtimes = new Map<FileName, number>();

  constructor(config: PlaceConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
    this.#state = resolve(config.state);
    const { targets, urls } = config;
    this.#paths = { "targets.json": resolve(targets), "urls.json": urls === undefined ? undefined : resolve(urls) };
    this.names = FILE_NAMES.filter((name) => this.#paths[name] !== undefined);
  }

  path(name: FileName): string {
    const path = this.#paths[name];
    if (path === undefined) throw new Error(`this host takes no ${name}`);
    return path;
  }

  async prepare(): Promise<void> {
    for (const { fd } of this.#staged.values()) closeSync(fd);
    this.#staged.clear();
    makeDirectory(this.#state);
    this.#inState(tidyState);
    for (const directory of this.#directories()) {
      makeDirectory(directory);
      within(directory, this.#config.allowSymlinks, tidyWatched);
    }
    for (const name of this.names) this.#inWatched(name, (watched, file) => statsOf(watched, file));
  }

  async reserve(bytes: number): Promise<void> {
    const sizes = this.names.map((name) => this.#inWatched(name, (watched, file) => statsOf(watched, file)?.size ?? 0));
    const copies = sizes.reduce((sum, size) => sum + size, 0);
    requireSpace(this.#directories(), bytes, this.#state, copies);
  }

  async look(name: FileName, known?: Known): Promise<FileFacts | undefined> {
    const now = this.#clock.now();
    const facts = this.#inWatchedIfThere(name, (watched, file) => knownFactsOf(watched, file, now, known));
    this.#known.set(name, facts?.known);
    return facts;
  }

  read(name: FileName): AsyncIterable<Uint8Array> | undefined {
    if (this.#inWatchedIfThere(name, statsOf) === undefined) return undefined;
    return stream(this.path(name), () => this.#inWatchedIfThere(name, openOld));
  }

  async stage(name: FileName, chunks: AsyncIterable<Uint8Array>): Promise<Staged> {
    const file = this.#inStaging(name, (staging) => createFile(staging, basename(name, ".json"), 0o600));
    const path = join(dirname(this.path(name)), STAGING, file.name);
    try {
      const taken = await takeIn(file.fd, path, chunks);
      this.#staged.set(path, { ...file, takesPlaceOf: name });
      return { name, path, ...taken };
    } catch (error) {
      this.#throwAway(name, file);
      throw error;
    }
  }

  async *readStaged(staged: Staged): AsyncGenerator<Uint8Array, void> {
    yield* chunksOf(this.#fileOf(staged).fd, staged.path);
  }

  bytesOf(staged: Staged): FileBytes {
    return new FileWindow(this.#fileOf(staged).fd, staged.path);
  }

  open(name: FileName): OpenFile | undefined {
    const known = this.#known.get(name);
    const fd = known && this.#inWatchedIfThere(name, openOld);
    if (known === undefined || fd === undefined) return undefined;
    const isSame = (): boolean => digestIfStill(fd, known) !== undefined;
    return { bytes: new FileWindow(fd, this.path(name)), sha256: known.sha256, isSame, close: () => closeSync(fd) };
  }

  async discard(all: readonly Staged[]): Promise<void> {
    for (const { name, path } of all) {
      const file = this.#staged.get(path);
      if (file !== undefined) this.#throwAway(name, file);
      this.#staged.delete(path);
    }
  }

  async keepLastKnownGood(isOfOthers = false): Promise<void> {
    const pointer = isOfOthers ? undefined : await this.keptPointer();
    const originals: Original[] = [];
    try {
      for (const name of this.names) {
        const fd = this.#inWatched(name, openOld);
        if (fd === undefined) continue;
        const isReplaced = [...this.#staged.values()].some(({ takesPlaceOf }) => takesPlaceOf === name);
        originals.push({ name, path: this.path(name), fd, known: this.#known.get(name), isReplaced });
      }
      this.#inState((state) => replaceLastKnownGood(state, this.names, originals, pointer));
    } finally {
      for (const { fd } of originals) closeSync(fd);
    }
  }

  async lastKnownGood(): Promise<LastKnownGood> {
    const found = this.#inStateIfThere((state) => readLastKnownGood(state, this.names));
    return found ?? { files: {}, pointer: undefined };
  }

  async stageLastKnownGood(name: FileName): Promise<Staged> {
    const path = join(this.#state, "last-known-good", name);
    const open = (): number | undefined =>
      this.#inState((state) => withinLastKnownGood(state, (directory) => openOld(directory, name)));
    return await this.stage(name, stream(path, open));
  }

  async swap(staged: Staged): Promise<number> {
    const { name } = staged;
    const file = this.#fileOf(staged);
    this.#staged.delete(staged.path);
    let mtime: number;
    try {
      mtime = this.#inWatched(name, (watched, target) =>
        withinOurs(watched, STAGING, (staging) => {
          const lastMtime = this.#lastMtimes.get(name);
          return swapIn({ watched, name: target, staging, file, now: this.#clock.now(), lastMtime }, this.#config);
        }),
      );
    } catch (error) {
      this.#throwAway(name, file);
      throw error;
    }
    closeSync(file.fd);
    this.#lastMtimes.set(name, mtime);
    return mtime;
  }

  async nudge(name: FileName): Promise<void> {
    this.#inWatched(name, (watched) => throwAway(watched, createFile(watched, NUDGE, 0o600)));
  }

  async keptPointer(): Promise<KeptPointer | undefined> {
    return this.#inWatchedIfThere("targets.json", (watched) =>
      existsSync(inside(watched, STAGING)) ? withinOurs(watched, STAGING, readPointer) : undefined,
    );
  }

  async keepPointer(pointer: KeptPointer): Promise<void> {
    this.#inStaging("targets.json", (staging) => writePointer(staging, pointer));
  }

  async readState(): Promise<Uint8Array | undefined> {
    return this.#inStateIfThere((state) => readOld(state, STATE));
  }

  async readCounted(name: FileName): Promise<Buffer | undefined> {
    const counted = `${name}${COUNTED}`;
    const fd = this.#ifReadable((state) => openOld(state, counted));
    return await closing(fd, async (open) => readApart(open, counted)).catch(onlyFailure);
  }

  async keepCounted(name: FileName, parts: readonly Uint8Array[]): Promise<void> {
    this.#inState((state) => replaceFile(state, `${name}${COUNTED}`, parts, "never", OURS_ALONE));
  }

  async readContact(): Promise<Uint8Array | undefined> {
    return this.#ifReadable((state) => readOld(state, CONTACT));
  }

  async writeState(bytes: Uint8Array, isDiary = false): Promise<void> {
    this.#inState((state) => replaceFile(state, STATE, [bytes], isDiary ? "later" : "now"));
  }

  /** What may be lost at any time is as good as lost where it cannot be read. */
  #ifReadable<T>(act: (state: Directory) => T): T | undefined {
    try {
      return this.#inStateIfThere(act);
    } catch (error) {
      return onlyFailure(error);
    }
  }

  /** Where Prometheus looks: one directory or two. */
  #directories(): readonly string[] {
    return [...new Set(this.names.map((name) => dirname(this.path(name))))];
  }

  #fileOf({ path }: Staged): StagedFile {
    const file = this.#staged.get(path);
    if (file === undefined) throw new Error(`${path} is not staged any more`);
    return file;
  }

  #throwAway(name: FileName, file: NewFile): void {
    closeSync(file.fd);
    tryTo(() => this.#inStaging(name, (staging) => unlinkSync(inside(staging, file.name))));
  }

  #inWatched<T>(name: FileName, act: (watched: Directory, file: string) => T): T {
    const path = this.path(name);
    return within(dirname(path), this.#config.allowSymlinks, (watched) => act(watched, basename(path)));
  }

  #inWatchedIfThere<T>(name: FileName, act: (watched: Directory, file: string) => T): T | undefined {
    const path = this.path(name);
    return withinIfThere(dirname(path), this.#config.allowSymlinks, (watched) => act(watched, basename(path)));
  }

  #inStaging<T>(name: FileName, act: (staging: Directory) => T): T {
    return this.#inWatched(name, (watched) => withinOurs(watched, STAGING, act));
  }

  #inState<T>(act: (state: Directory) => T): T {
    return within(this.#state, this.#config.allowSymlinks, act);
  }

  #inStateIfThere<T>(act: (state: Directory) => T): T | undefined {
    return withinIfThere(this.#state, this.#config.allowSymlinks, act);
  }
}

/** The bytes of a file that is opened when they are asked for. */
async function* stream(path: string, open: () => number | undefined): AsyncGenerator<Uint8Array, void> {
  const fd = open();
  if (fd === undefined) throw new Failure("disk", `${path} is not there`);
  try {
    yield* chunksOf(fd, path);
  } finally {
    closeSync(fd);
  }
}
