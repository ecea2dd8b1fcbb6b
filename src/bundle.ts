/**
 * Loads a part of the program that the build bundled, with V8's code cache where there is one for this Node.
 *
 * Compiling the program at every start takes longer than all that it does to a small inventory. The cache holds what the
 * build's own runs had compiled. It is only taken for the very text that it was made from, and as it was written; V8
 * refuses what another version or other flags made. Otherwise the text is compiled as usual.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { Script } from "node:vm";

/** What runs all the time, and what it runs in another thread. */
const TOGETHER: readonly string[] = ["validate", "build", "second-thread"];

/** The bundle of src/commands/program.ts that has a command: one for all those, and each other has its own. */
export function bundleOf(command: string): string {
  return TOGETHER.includes(command) ? "program.js" : `${command}.js`;
}

/** Where the code cache of a bundle lies: each V8 and processor needs its own. */
export function cachePath(bundle: string, { versions, arch }: Pick<NodeJS.Process, "versions" | "arch">): string {
  return `${bundle}.${versions.v8}-${arch}.cache`;
}

/**
 * What is to lie at `cachePath`: what the data was made from, and the data twice. Where a disk damaged it, V8 runs it as
 * another program: it looks at the header, and at a checksum only with `--verify-snapshot-checksum`. To compare is faster
 * than to load what computes a checksum.
 */
export function packCache(madeFrom: Uint8Array, data: Uint8Array): Uint8Array {
  return Buffer.concat([madeFrom, data, data]);
}

/** Bytes that are compared at once: what is read only to be compared goes through this much memory, over and over. */
const PIECE = 1 << 16;

/**
 * V8's data of a packed cache; `undefined` where there is none, or it was made from something else, or is not as it was
 * written.
 *
 * @param path absolute path of the cache
 */
export function readCache(path: string, madeFrom: Uint8Array): Uint8Array | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const length = (fstatSync(file).size - madeFrom.length) / 2;
    if (!Number.isInteger(length) || length <= 0) return undefined;
    const piece = Buffer.allocUnsafeSlow(PIECE);
    if (!comesNext(file, madeFrom, piece)) return undefined;
    const data = Buffer.allocUnsafeSlow(length);
    for (let at = 0; at < length;) {
      const count = readSync(file, data, at, length - at, null);
      if (count === 0) return undefined;
      at += count;
    }
    return comesNext(file, data, piece) ? data : undefined;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Whether these are the bytes that follow in a file. @param piece memory to read into */
function comesNext(file: number, bytes: Uint8Array, piece: Buffer): boolean {
  for (let at = 0; at < bytes.length;) {
    const count = readSync(file, piece, 0, Math.min(PIECE, bytes.length - at), null);
    if (count === 0 || piece.compare(bytes, at, at + count, 0, count) !== 0) return false;
    at += count;
  }
  return true;
}

/**
 * Runs a bundle, a CommonJS module.
 *
 * @param path absolute path of the bundle; ASCII text, which Node reads fastest as Latin-1
 * @param cachedData of the bundle, as `readCache` gives it; `undefined` for none
 * @param load loads another bundle by its absolute path
 */
export function runBundle(
  path: string,
  bytes: Uint8Array,
  cachedData: Uint8Array | undefined,
  load: (path: string) => unknown,
): { exports: unknown; script: Script } {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${text}\n})`, {
    // For stack traces. V8 takes it from the cache, which may have been made elsewhere.
    filename: `promgen-gen/lib/${basename(path)}`,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  const module = { exports: {} };
  const require = createRequire(path);
  const requireHere = (name: string): unknown =>
    name.startsWith("./") ? load(join(dirname(path), name)) : (require(name) as unknown);
  const wrapper = script.runInThisContext() as (...args: unknown[]) => void;
  wrapper(module.exports, requireHere, module, path, dirname(path));
  return { exports: module.exports, script };
}

/**
 * V8's flags: its defaults, and those for a run over many files. The budget is how much of a function runs before it is
 * compiled for speed. To mark the heap bit by bit takes longer, and is for programs that must answer meanwhile.
 */
const FLAGS = {
  usual: "--interrupt-budget=67584 --incremental-marking",
  work: "--interrupt-budget=1200000 --no-incremental-marking",
};
let setFlags: ((flags: string) => void) | undefined;

/**
 * Lets V8 compile for speed only what runs for long, in all threads. A run is short, and what is compiled early is often
 * compiled again: this saves more than a third of the processor time of 100,000 targets with Node 20. Others are not measured.
 *
 * @param version of Node
 * @param v8 gives node:v8, which takes a moment to load
 */
export function expectWork(version: string, v8: () => typeof import("node:v8")): void {
  if (!version.startsWith("20.") || setFlags !== undefined) return;
  setFlags = v8().setFlagsFromString;
  setFlags(FLAGS.work);
}

/** V8 takes a code cache only with the flags that the build had. */
function withUsualFlags<T>(run: () => T): T {
  setFlags?.(FLAGS.usual);
  try {
    return run();
  } finally {
    setFlags?.(FLAGS.work);
  }
}

const loaded = new Map<string, unknown>();

/**
 * Loads a bundle, and those that it loads itself, each once.
 *
 * @param process for its versions; where NODE_V8_COVERAGE is set, Node loads the bundle, since what counts its calls has to
 *   be compiled anew
 */
export function loadBundle(path: string, process: NodeJS.Process): unknown {
  if (process.env["NODE_V8_COVERAGE"] !== undefined) return createRequire(path)(path);
  if (!loaded.has(path)) {
    const bytes = readFileSync(path);
    const cachedData = readCache(cachePath(path, process), bytes);
    const loadOther = (other: string): unknown => loadBundle(other, process);
    loaded.set(
      path,
      withUsualFlags(() => runBundle(path, bytes, cachedData, loadOther).exports),
    );
  }
  return loaded.get(path);
}
