/**
 * Loads a part of the program that the build bundled, with V8's code cache where there is one for this Node.
 *
 * Compiling the program at every start takes longer than all that it does to a small inventory. The cache holds what the
 * build's own runs had compiled. It is only taken for the very text that it was made from, and V8 refuses what another
 * version or other flags made: then the text is compiled as usual.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { Script } from "node:vm";

/** Where the code cache of a bundle lies: each V8 and processor needs its own. */
export function cachePath(bundle: string, { versions, arch }: Pick<NodeJS.Process, "versions" | "arch">): string {
  return `${bundle}.${versions.v8}-${arch}.cache`;
}

/**
 * Runs a bundle: one expression, a function in the manner of CommonJS' wrapper.
 *
 * @param path absolute path of the bundle; ASCII text, which Node reads fastest as Latin-1
 * @param cache what lies at `cachePath`: the text of the bundle once more, then V8's data; `undefined` for none
 */
export function runBundle(
  path: string,
  bytes: Uint8Array,
  cache: Uint8Array | undefined,
): { exports: unknown; script: Script } {
  const isOfThisText = cache !== undefined && Buffer.compare(cache.subarray(0, bytes.length), bytes) === 0;
  const script = new Script(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1"), {
    filename: path,
    ...(isOfThisText ? { cachedData: cache.subarray(bytes.length) } : {}),
  });
  const module = { exports: {} };
  const wrapper = script.runInThisContext() as (...args: unknown[]) => void;
  wrapper(module.exports, createRequire(path), module, path, dirname(path));
  return { exports: module.exports, script };
}

/** Loads a bundle. @param process for its versions; NODE_V8_COVERAGE needs code that was compiled for it */
export function loadBundle(path: string, process: NodeJS.Process): unknown {
  const cache = process.env["NODE_V8_COVERAGE"] === undefined ? read(cachePath(path, process)) : undefined;
  return runBundle(path, readFileSync(path), cache).exports;
}

function read(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
