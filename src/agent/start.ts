#!/usr/bin/env node
/**
 * What Node starts: the program of cli.ts, as a text that is compiled with V8's code cache where one lies beside this file.
 *
 * Reading all of the program takes as long as the rest of a run where nothing is new. The cache holds what the build's own
 * runs had compiled. It can be left out, and is not taken for another text, where it is not as it was written, by another
 * version of V8, or with other flags: then the text is compiled as usual.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { Script } from "node:vm";
import { cachePath, unpackCache } from "../bundle.ts";

/** Both are set by the build: one expression, a function in the manner of CommonJS' wrapper, and its SHA-256 in hex. */
declare const PROGRAM: string;
declare const PROGRAM_DIGEST: string;

function readCache(): Uint8Array | undefined {
  let cache: Buffer;
  try {
    cache = readFileSync(cachePath(__filename, process));
  } catch {
    return undefined;
  }
  return unpackCache(cache, Buffer.from(PROGRAM_DIGEST));
}

const cachedData = readCache();
const script = new Script(PROGRAM, { filename: __filename, ...(cachedData === undefined ? {} : { cachedData }) });
const run = script.runInThisContext() as (...args: unknown[]) => void;
run({}, createRequire(__filename), {}, __filename, dirname(__filename));
