/** Reading files that are there. Only regular files are: never a symbolic link, a pipe that blocks, a device. */
import { closeSync, constants, fstatSync, lstatSync, openSync, read, readFileSync, readSync } from "node:fs";
import type { Stats } from "node:fs";
import { Failure } from "../failure.ts";
import { startSha256 } from "../sha256.ts";
import type { FileFacts, Known } from "./disk.ts";
import type { Directory } from "./directory.ts";
import { inside } from "./directory.ts";
import { attempt } from "./errno.ts";
import { sealOf } from "./seal.ts";

const CHUNK = 1 << 16;

/** What lies under a name; undefined where nothing does. */
export function statsOf(directory: Directory, name: string): Stats | undefined {
  const path = `${directory.path}/${name}`;
  const stats = attempt(`look at ${path}`, () => lstatSync(inside(directory, name), { throwIfNoEntry: false }));
  if (stats !== undefined) refuseOdd(path, stats);
  return stats;
}

/** Opens a file for reading; undefined where there is none. */
export function openOld(directory: Directory, name: string): number | undefined {
  if (statsOf(directory, name) === undefined) return undefined;
  const path = `${directory.path}/${name}`;
  // It may have become a pipe since.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  return attempt(`read ${path}`, () => {
    const fd = openSync(inside(directory, name), flags);
    try {
      refuseOdd(path, fstatSync(fd));
      return fd;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  });
}

/** All of a small file; undefined where there is none. */
export function readOld(directory: Directory, name: string): Buffer | undefined {
  return withOld(directory, name, (fd) => attempt(`read ${directory.path}/${name}`, () => readFileSync(fd)));
}

/** All of an open file, read by another thread, while this one does something else. */
export async function readApart(fd: number, path: string): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(fstatSync(fd).size);
  let at = 0;
  for (let bytes = -1; bytes !== 0 && at < buffer.length; at += bytes)
    bytes = await new Promise<number>((resolve, reject) =>
      read(fd, buffer, at, buffer.length - at, at, (error, count) => (error ? reject(error) : resolve(count))),
    ).catch((error: unknown) =>
      attempt(`read ${path}`, () => {
        throw error;
      }),
    );
  return buffer.subarray(0, at);
}

/** The digest of an open file that looks as it did when it was hashed. To be asked after it was read. */
export function digestIfStill(fd: number, known: Known | undefined): string | undefined {
  return known !== undefined && known.seal === sealOf(fstatSync(fd, { bigint: true })) ? known.sha256 : undefined;
}

/** Hashes a file; undefined where there is none. */
export function factsOf(directory: Directory, name: string): FileFacts | undefined {
  return withOld(directory, name, (fd) => {
    const { sha256, bytes } = digestOf(chunksOf(fd, `${directory.path}/${name}`));
    const { mtimeMs, mode, uid, gid } = fstatSync(fd);
    return { sha256, bytes, mtime: Math.floor(mtimeMs / 1000), mode: mode & 0o7777, uid, gid };
  });
}

/**
 * Times of files go on in steps, of 2 seconds at worst (FAT, network file systems): what is written twice in one step looks
 * the same.
 */
const LONGEST_STEP = 2;

/**
 * As {@link factsOf}, but a file that looks as it did when it was hashed is not hashed again.
 *
 * @param now seconds since 1970
 */
export function knownFactsOf(
  directory: Directory,
  name: string,
  now: number,
  known: Known | undefined,
): FileFacts | undefined {
  return withOld(directory, name, (fd) => {
    const before = fstatSync(fd, { bigint: true });
    const seal = sealOf(before);
    const isKnown = known !== undefined && known.seal === seal;
    const sha256 = isKnown ? known.sha256 : digestOf(chunksOf(fd, `${directory.path}/${name}`)).sha256;
    const after = isKnown ? before : fstatSync(fd, { bigint: true });
    const isSettled = seal === sealOf(after) && now - Number(after.ctimeMs) / 1000 > LONGEST_STEP;
    return {
      sha256,
      bytes: Number(after.size),
      mtime: Math.floor(Number(after.mtimeMs) / 1000),
      mode: Number(after.mode) & 0o7777,
      uid: Number(after.uid),
      gid: Number(after.gid),
      ...(isKnown ? { known } : isSettled ? { known: { sha256, seal, at: now } } : {}),
    };
  });
}

/** Hashes chunks, and passes each of them on. */
export function digestOf(
  chunks: Iterable<Uint8Array>,
  pass: (chunk: Uint8Array) => void = () => {},
): { readonly sha256: string; readonly bytes: number } {
  const hash = startSha256();
  let bytes = 0;
  for (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
    pass(chunk);
  }
  return { sha256: hash.digest("hex"), bytes };
}

/** Does something with a file that is open for reading; undefined where there is none. */
export function withOld<T>(directory: Directory, name: string, act: (fd: number) => T): T | undefined {
  const fd = openOld(directory, name);
  if (fd === undefined) return undefined;
  try {
    return act(fd);
  } finally {
    closeSync(fd);
  }
}

/** The same for what takes a while, with a file that is open already. */
export async function closing<T>(fd: number | undefined, act: (fd: number) => Promise<T>): Promise<T | undefined> {
  if (fd === undefined) return undefined;
  try {
    return await act(fd);
  } finally {
    closeSync(fd);
  }
}

/** The bytes of an open file from its beginning. A chunk stays what it is when the next one is asked for. */
export function* chunksOf(fd: number, path: string): Generator<Uint8Array, void> {
  for (let at = 0; ;) {
    const buffer = Buffer.allocUnsafe(CHUNK);
    const read = attempt(`read ${path}`, () => readSync(fd, buffer, 0, CHUNK, at));
    if (read === 0) return;
    at += read;
    yield buffer.subarray(0, read);
  }
}

function refuseOdd(path: string, stats: Stats): void {
  if (stats.isFile()) return;
  const kind = stats.isSymbolicLink()
    ? "a symbolic link"
    : stats.isDirectory()
      ? "a directory"
      : stats.isFIFO()
        ? "a named pipe"
        : stats.isSocket()
          ? "a socket"
          : "a device";
  throw new Failure("unsafe-path", `${path} is ${kind}, not a file`, {
    help: "move it away, or choose another path: promgen-agent reads and replaces plain files alone",
  });
}
