/**
 * Bundles src/agent/cli.ts as one file that needs no node_modules: lib/promgen-agent.cjs can be copied to any host with
 * Node. The bundle is a comment in it, which src/agent/start.ts runs, so that it need not be read at every start. What is
 * behind `await import()` stays in the file and is run only when it is asked for.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { build } from "esbuild";
import type { BuildOptions } from "esbuild";
import { packCache } from "../src/bundle.ts";
import { makeAgentCache } from "./agent-cache.ts";
import { ROOT } from "./files.ts";
import { LAZY_MODULES } from "./lazy-modules.ts";
import { LEFT_OUT } from "./left-out.ts";

/** The file, its code cache, and the paths of what went into it (for the licences). */
export interface AgentBundle {
  readonly code: Uint8Array;
  /** For cachePath of src/bundle.ts, where it makes sense. */
  readonly cache: Uint8Array | undefined;
  readonly inputs: readonly string[];
}

const OPTIONS = {
  outfile: "promgen-agent.cjs",
  absWorkingDir: ROOT,
  bundle: true,
  format: "cjs",
  platform: "node",
  target: "node20",
  // What a script runs cannot import.
  supported: { "dynamic-import": false },
  plugins: [LAZY_MODULES, LEFT_OUT],
  minify: true,
  legalComments: "none",
  write: false,
  metafile: true,
} as const satisfies BuildOptions;

/**
 * @param version of package.json, which `--version` prints
 * @param sourcemap for coverage, which knows its way in a plain bundle only
 */
export async function buildAgent(version: string, sourcemap: boolean): Promise<AgentBundle> {
  const entryPoints = [join(ROOT, "src/agent/cli.ts")];
  const define = { BUILT_VERSION: JSON.stringify(version) };
  if (sourcemap) {
    const { contents, inputs } = await bundle({ entryPoints, define, sourcemap: "inline" });
    return { code: contents, cache: undefined, inputs };
  }
  const { contents, inputs } = await bundle({ entryPoints, define });
  const body = Buffer.from(contents)
    .toString("latin1")
    .replace(/^#!.*\n/, "");
  // By its first words all of it is, and no part has to say so again.
  if (!body.startsWith('"use strict";')) throw new Error("the agent's program is not strict");
  const program = `(function(exports,require,module,__filename,__dirname,PROGRAM_DIGEST,HEADSTART){${body.replaceAll(/=>\{"use strict";?/g, "=>{")}\n})`;
  const text = escaped(program);
  const digest = createHash("sha256").update(program).digest("hex");
  const started = await bundle({
    entryPoints: [join(ROOT, "src/agent/start.ts")],
    define: { PROGRAM_DIGEST: JSON.stringify(digest), PROGRAM_LENGTH: String(text.length) },
  });
  const cache = await makeAgentCache(program);
  return {
    code: Buffer.concat([started.contents, Buffer.from(`/*${text}*/`, "latin1")]),
    cache: packCache(Buffer.from(digest), cache),
    inputs,
  };
}

/** What may stand in a comment; src/agent/start.ts makes the program of it again. */
function escaped(program: string): string {
  if (program.includes("\u0001")) throw new Error("the agent's program has a character that its escape needs");
  return program.replaceAll("*/", "*\u0001/");
}

async function bundle(options: BuildOptions): Promise<{ contents: Uint8Array; inputs: string[] }> {
  const { outputFiles, metafile } = await build({ ...options, ...OPTIONS });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("esbuild made no file for the agent");
  return { contents: file.contents, inputs: Object.keys(metafile.inputs) };
}
