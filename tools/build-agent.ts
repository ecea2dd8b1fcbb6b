/**
 * Bundles src/agent/cli.ts as one file that needs no node_modules: lib/promgen-agent.cjs can be copied to any host with
 * Node. CommonJS, because one such file starts faster than an ES module; what is behind `await import()` stays in the
 * file and is run only when it is asked for.
 */
import { join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "./files.ts";

/** The file, and the paths of what went into it (for the licences). */
export interface AgentBundle {
  readonly code: Uint8Array;
  readonly inputs: readonly string[];
}

/** @param version of package.json, which `--version` prints */
export async function buildAgent(version: string, sourcemap: boolean): Promise<AgentBundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(ROOT, "src/agent/cli.ts")],
    outfile: "promgen-agent.cjs",
    absWorkingDir: ROOT,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    define: { __VERSION__: JSON.stringify(version) },
    minify: true,
    legalComments: "none",
    sourcemap: sourcemap ? "inline" : false,
    metafile: true,
    write: false,
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("esbuild made no file for the agent");
  return { code: file.contents, inputs: Object.keys(metafile.inputs) };
}
