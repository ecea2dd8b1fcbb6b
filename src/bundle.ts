/**
 * Loads a part of the program that the build bundled, with V8's code cache where there is one for this Node.
 *
 * Compiling the program at every start takes longer than all that it does to a small inventory. The cache holds what the
 * build's own runs had compiled. It is only taken for the very text that it was made from, and as it was written; V8
 * refuses what another version or other flags made. Otherwise the text is compiled as usual.
 */
import { readFileSync } from "node:fs";
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

/** V8's data of a packed cache; `undefined` where it was made from something else, or is not as it was written. */
export function unpackCache(cache: Uint8Array, madeFrom: Uint8Array): Uint8Array | undefined {
  const start = madeFrom.length;
  if (Buffer.compare(cache.subarray(0, start), madeFrom) !== 0) return undefined;
  const middle = start + Math.floor((cache.length - start) / 2);
  const data = cache.subarray(start, middle);
  return Buffer.compare(data, cache.subarray(middle)) === 0 ? data : undefined;
}

/**
 * Runs a bundle, a CommonJS module.
 *
 * @param path absolute path of the bundle; ASCII text, which Node reads fastest as Latin-1
 * @param cache what lies at `cachePath`, packed with the bytes of the bundle; `undefined` for none
 * @param load loads another bundle by its absolute path
 */
export function runBundle(
  path: string,
  bytes: Uint8Array,
  cache: Uint8Array | undefined,
  load: (path: string) => unknown,
): { exports: unknown; script: Script } {
  const cachedData = cache && unpackCache(cache, bytes);
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

/** What V8 calls `--interrupt-budget`: how much of a function runs before it is compiled for speed. The first is its default. */
const BUDGET = { usual: 67_584, large: 600_000 };
let setBudget: ((budget: number) => void) | undefined;

/**
 * Lets V8 compile for speed only what runs for long, in all threads. A run is short, and what is compiled early is often
 * compiled again: this saves a third of the processor time of 100,000 targets with Node 20. Others are not measured.
 *
 * @param version of Node
 * @param v8 gives node:v8, which takes a moment to load
 */
export function compileLater(version: string, v8: () => typeof import("node:v8")): void {
  if (!version.startsWith("20.") || setBudget !== undefined) return;
  const { setFlagsFromString } = v8();
  setBudget = (budget) => setFlagsFromString(`--interrupt-budget=${budget}`);
  setBudget(BUDGET.large);
}

/** V8 takes a code cache only with the flags that the build had. */
function withUsualFlags<T>(run: () => T): T {
  setBudget?.(BUDGET.usual);
  try {
    return run();
  } finally {
    setBudget?.(BUDGET.large);
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
    const cache = read(cachePath(path, process));
    const loadOther = (other: string): unknown => loadBundle(other, process);
    loaded.set(
      path,
      withUsualFlags(() => runBundle(path, readFileSync(path), cache, loadOther).exports),
    );
  }
  return loaded.get(path);
}

function read(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
