/**
 * The generation that was in place before, as a directory that is replaced as a whole: `last-known-good.<n>.new` is
 * rubbish whenever no run is at work, `last-known-good.old` is always a whole one.
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from "node:fs";
import type { FileName } from "../config.ts";
import type { FileFacts, KeptPointer, Known } from "./disk.ts";
import type { Directory } from "./directory.ts";
import { giveToOwner, inside, syncDirectory, withinOurs } from "./directory.ts";
import { attempt, codeOf, tryTo } from "./errno.ts";
import { readPointer, SIGNATURE, SUMS } from "./kept-pointer.ts";
import { isUnfinished, openNew, tryNames, unlinkApart, writeAll } from "./new-file.ts";
import { chunksOf, digestIfStill, digestOf, factsOf } from "./old-file.ts";

const CURRENT = "last-known-good";
const OLD = "last-known-good.old";

/** A file in place, open for reading. */
export interface Original {
  readonly name: FileName;
  readonly path: string;
  readonly fd: number;
  /** What it was hashed to. */
  readonly known: Known | undefined;
  /** Another file is about to take its place. */
  readonly isReplaced: boolean;
}

export interface LastKnownGood {
  readonly files: Readonly<Partial<Record<FileName, FileFacts>>>;
  readonly pointer: KeptPointer | undefined;
}

/** What is in last-known-good; nothing where it is not there. */
export function readLastKnownGood(state: Directory, names: readonly FileName[]): LastKnownGood {
  if (!holds(state, CURRENT)) return { files: {}, pointer: undefined };
  return withinOurs(state, CURRENT, (directory) => {
    const facts = names.map((name) => [name, factsOf(directory, name)] as const);
    return {
      files: Object.fromEntries(facts.filter(([, one]) => one !== undefined)),
      pointer: readPointer(directory),
    };
  });
}

/** Does something in last-known-good; undefined where it is not there. */
export function withinLastKnownGood<T>(state: Directory, act: (directory: Directory) => T): T | undefined {
  return holds(state, CURRENT) ? withinOurs(state, CURRENT, act) : undefined;
}

/**
 * Makes what is in place the last known good. Files that do not fit the pointer beside them were changed by
 * somebody else, or are a swap that was cut short: they are not known to be good, and what was kept before stays.
 */
export function replaceLastKnownGood(
  state: Directory,
  names: readonly FileName[],
  originals: readonly Original[],
  pointer: KeptPointer | undefined,
): void {
  if (originals.length === 0) return;
  const staged = attempt(`create a directory in ${state.path}`, () =>
    tryNames(CURRENT, (name) => {
      mkdirSync(inside(state, name), 0o755);
      return name;
    }),
  );
  try {
    const copied = withinOurs(state, staged, (directory) => copyInto(directory, state, originals, pointer));
    if (isKnownGood(state, names, copied, pointer)) takeTheirPlace(state, staged);
  } finally {
    removeIfThere(state, staged);
  }
}

/** Puts right what a killed run left. Idempotent. */
export function recoverLastKnownGood(state: Directory): void {
  const left = attempt(`list ${state.path}`, () => readdirSync(inside(state, "")));
  if (left.includes(OLD) && !left.includes(CURRENT)) {
    attempt(`put ${state.path}/${CURRENT} back`, () => renameSync(inside(state, OLD), inside(state, CURRENT)));
    syncDirectory(state);
  } else if (left.includes(OLD)) removeIfThere(state, OLD);
  for (const name of left) if (name.startsWith(`${CURRENT}.`) && isUnfinished(name)) removeIfThere(state, name);
}

function copyInto(
  directory: Directory,
  state: Directory,
  originals: readonly Original[],
  pointer: KeptPointer | undefined,
): Map<FileName, string> {
  const write = (name: string, chunks: Iterable<Uint8Array>, mode = 0o644): string => {
    const path = `${directory.path}/${name}`;
    return attempt(`write ${path}`, () => {
      const fd = openNew(directory, name, mode);
      try {
        giveToOwner(state, path, fd);
        const { sha256 } = digestOf(chunks, (chunk) => writeAll(fd, chunk));
        fsyncSync(fd);
        return sha256;
      } finally {
        closeSync(fd);
      }
    });
  };
  const keep = (original: Original): string => {
    const { name, path, fd, known, isReplaced } = original;
    // Linking changes how it looks.
    const digest = digestIfStill(fd, known);
    // Without digests nobody could tell later that it was changed, and what stays in place needs a copy of its own.
    if (pointer === undefined || !isReplaced || !isLinked(directory, original))
      return write(name, chunksOf(fd, path), modeOfCopy(fd));
    linked.push(original);
    return digest ?? digestOf(chunksOf(fd, path)).sha256;
  };
  const linked: Original[] = [];
  giveToOwner(state, directory.path, directory.fd);
  const digests = new Map(originals.map((original) => [original.name, keep(original)]));
  if (pointer !== undefined) write(SUMS, [pointer.sums]);
  if (pointer?.signature !== undefined) write(SIGNATURE, [pointer.signature]);
  // Last, because file systems write down at once what belongs together: there is nothing left to be done then.
  for (const { path, fd } of linked) attempt(`sync ${path}`, () => fsyncSync(fd));
  syncDirectory(directory);
  return digests;
}

/**
 * Gives a file in place a second name, which costs nothing, however large it is. From the swap on, that is its only one.
 *
 * Until then, whoever writes to the file in place instead of replacing it changes both. That costs this copy where the run
 * ends before its swap, and shows by the digest, without which nothing of it is put back: then the source has to have the file.
 */
function isLinked(directory: Directory, { name, path, fd }: Original): boolean {
  const link = inside(directory, name);
  return attempt(`link ${path}`, () => {
    try {
      linkSync(path, link);
    } catch (error) {
      // Another file system (or what a unit of systemd makes one), one that has no links, a file that is not ours, a profile
      // of SELinux or AppArmor. Where it cannot be copied, either, that is told.
      if (codeOf(error) === undefined) throw error;
      return false;
    }
    // Its path was looked up anew.
    const [original, linked] = [fstatSync(fd, { bigint: true }), lstatSync(link, { bigint: true })];
    if (original.dev === linked.dev && original.ino === linked.ino) return true;
    unlinkSync(link);
    return false;
  });
}

/** Who may not read a file reads no copy of it, either; its owner writes it here. */
function modeOfCopy(original: number): number {
  return (fstatSync(original).mode & 0o666) | 0o600;
}

function isKnownGood(
  state: Directory,
  names: readonly FileName[],
  copied: ReadonlyMap<FileName, string>,
  pointer: KeptPointer | undefined,
): boolean {
  if (pointer === undefined) return true;
  const sums = Buffer.from(pointer.sums).toString("utf8").split("\n");
  const kept = withinLastKnownGood(state, (directory) => readdirSync(inside(directory, ""))) ?? [];
  return names.every((name) => {
    const sha256 = copied.get(name);
    return sha256 === undefined ? !kept.includes(name) : sums.includes(`${sha256}  ${name}`);
  });
}

function takeTheirPlace(state: Directory, staged: string): void {
  attempt(`replace ${state.path}/${CURRENT}`, () => {
    if (holds(state, CURRENT)) renameSync(inside(state, CURRENT), inside(state, OLD));
    renameSync(inside(state, staged), inside(state, CURRENT));
  });
  syncDirectory(state);
  removeIfThere(state, OLD);
}

function holds(state: Directory, name: string): boolean {
  const path = `${state.path}/${name}`;
  return attempt(`look at ${path}`, () => lstatSync(inside(state, name), { throwIfNoEntry: false })) !== undefined;
}

/** Removes a directory that holds files alone, never what a link leads to. What cannot be removed is left to the next run. */
function removeIfThere(state: Directory, name: string): void {
  const path = inside(state, name);
  tryTo(() => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return;
    if (!stats.isDirectory()) return unlinkSync(path);
    withinOurs(state, name, (directory) => {
      for (const file of readdirSync(inside(directory, ""))) unlinkApart(directory, file);
    });
    rmdirSync(path);
  });
}
