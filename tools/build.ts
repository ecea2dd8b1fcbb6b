/**
 * Builds lib/, which is what users install: src/cli.ts as ESM, each command (`await import()`) a chunk of its own.
 *
 * - `dependencies` of package.json stay outside of the bundle, `devDependencies` that src imports go into it.
 * - validators.cjs and the rules' pages lie at the same place relative to lib/ as to src/, so a URL relative to a file
 *   directly in src/ holds for both.
 *
 * Everything is made in memory first: a build that fails leaves lib/ as it was. `--sourcemap` is for coverage.
 */
import { readFile, readdir, rm } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { build } from "esbuild";
import type { Plugin } from "esbuild";
import { ROOT, writeIfChanged } from "./files.ts";
import { generateValidators } from "./generate.ts";

/** The program, and what it starts in a thread of its own. */
const ENTRIES = { cli: join(ROOT, "src/cli.ts"), "second-thread": join(ROOT, "src/commands/second-thread.ts") };
const LIB = join(ROOT, "lib");

// CommonJS packages inside an ES module still call `require` for Node's own modules.
const BANNER =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

/**
 * commander can run subcommands that are programs of their own. Ours are not, and loading what it needs for that
 * (`node:child_process`, with sockets and datagrams behind it) is a tenth of the start.
 */
const WITHOUT_SUBPROCESSES: Plugin = {
  name: "without-subprocesses",
  setup(bundle) {
    bundle.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes("/node_modules/commander/") ? { path: "child_process", namespace: "absent" } : undefined,
    );
    bundle.onLoad({ filter: /.*/, namespace: "absent" }, () => ({ contents: "module.exports = {};", loader: "js" }));
  },
};

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as Manifest;
const bins = Object.values(manifest.bin).map((path) => resolve(ROOT, path));
const files = new Map<string, string | Uint8Array>();

const validators = await generateValidators();
files.set(join(LIB, "validators.cjs"), validators.code);

for (const page of await readdir(join(ROOT, "src/rules"), { recursive: true }).catch(() => [])) {
  if (page.endsWith(".md")) files.set(join(LIB, "rules", page), await readFile(join(ROOT, "src/rules", page)));
}

const { outputFiles, metafile } = await build({
  entryPoints: ENTRIES,
  outdir: LIB,
  absWorkingDir: ROOT,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  external: Object.keys(manifest.dependencies),
  banner: { js: BANNER },
  chunkNames: "[name]-[hash]",
  // Names are kept, for the stack traces of bug reports; white space is half of what Node would read at every start.
  minifySyntax: true,
  minifyWhitespace: true,
  plugins: [WITHOUT_SUBPROCESSES],
  legalComments: "none",
  sourcemap: process.argv.includes("--sourcemap") ? "inline" : false,
  metafile: true,
  write: false,
});
for (const file of outputFiles) files.set(file.path, file.contents);
files.set(
  join(LIB, "THIRD-PARTY-LICENSES.txt"),
  await licences([...Object.keys(metafile.inputs), ...validators.inputs]),
);

for (const bin of bins) {
  if (!files.has(bin)) throw new Error(`package.json names ${relative(ROOT, bin)}, which the build does not make`);
}

// What a program loads first is written last: until then the old one finds its old chunks.
const chunksFirst = [...files].sort(([a], [b]) => Number(bins.includes(a)) - Number(bins.includes(b)));
for (const [path, content] of chunksFirst) await writeIfChanged(path, content, bins.includes(path) ? 0o755 : 0o644);
await removeOthers();

/** Deletes what an earlier build left, and directories without a file of this one. */
async function removeOthers(): Promise<void> {
  const kept = new Set<string>();
  for (const path of files.keys()) {
    for (let at = path; at.startsWith(LIB); at = dirname(at)) kept.add(at);
  }
  for (const name of await readdir(LIB, { recursive: true })) {
    const path = join(LIB, name);
    if (!kept.has(path)) await rm(path, { recursive: true, force: true });
  }
}

/** The licences of the packages that these bundled files come from: they all ask to be passed on. */
async function licences(inputs: readonly string[]): Promise<string> {
  const packages = new Set<string>();
  for (const input of inputs) {
    const directory = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
    if (directory !== undefined) packages.add(directory);
  }
  let text = "Parts of these packages are bundled in the files beside this one.\n";
  for (const directory of [...packages].sort()) {
    const file = (await readdir(join(ROOT, directory))).find((name) => /^licen[cs]e/i.test(name));
    if (file === undefined) throw new Error(`${directory} has no licence file`);
    const { name, version } = JSON.parse(await readFile(join(ROOT, directory, "package.json"), "utf8")) as {
      name: string;
      version: string;
    };
    text += `\n${"-".repeat(80)}\n${name} ${version}\n\n${(await readFile(join(ROOT, directory, file), "utf8")).trim()}\n`;
  }
  return text;
}
