#!/usr/bin/env node
/**
 * What Node starts: a glance, and where that does not do, the program of cli.ts.
 *
 * The program stands at the end of this file, in a comment, which Node passes over faster than anything else. It is compiled
 * with V8's code cache where one lies beside this file: reading all of the program takes longer than most runs. The cache
 * holds what the build's own runs had compiled. It can be left out, and is not taken for another text, where it is not as
 * it was written, by another version of V8, or with other flags: then the text is compiled as usual.
 */
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { cachePath, readCache } from "../bundle.ts";
import { glance } from "./glance/glance.ts";
import type { Headstart } from "./glance/headstart.ts";

/** Both are set by the build: the SHA-256 in hex of the program, a function in the manner of CommonJS' wrapper, and its length. */
declare const PROGRAM_DIGEST: string;
declare const PROGRAM_LENGTH: number;

/** The end of the comment. In the program, a character that it has nowhere else stands in between. */
const END = "*/";

function runProgram(headstart: Headstart | undefined): void {
  const file = readFileSync(__filename, "latin1");
  const text = file.slice(-END.length - PROGRAM_LENGTH, -END.length).replaceAll("*\u0001/", END);
  const cachedData = readCache(cachePath(__filename, process), Buffer.from(PROGRAM_DIGEST));
  const { Script } = require("node:vm") as typeof import("node:vm");
  const script = new Script(text, { filename: __filename, ...(cachedData === undefined ? {} : { cachedData }) });
  const run = script.runInThisContext() as (...args: unknown[]) => void;
  run({}, require, {}, __filename, dirname(__filename), PROGRAM_DIGEST, headstart);
}

const processes = (): typeof import("node:child_process") => require("node:child_process");
void glance(PROGRAM_DIGEST, process, processes).then((glanced) =>
  glanced === "done" ? process.exit(0) : runProgram(glanced),
);
