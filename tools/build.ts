/**
 * Builds lib/, which is what users install: cli.js, a small start, and what it loads with a code cache (src/bundle.ts). All
 * is CommonJS, which Node starts faster, and lib/package.json says so; an ES module would have to end in .mjs there.
 *
 * promgen-agent.cjs, the other program, is one file for itself (build-agent.ts).
 *
 * - `dependencies` of package.json stay outside of the bundle, `devDependencies` that src imports go into it.
 * - The rules' pages lie at the same place relative to lib/ as to src/, so a URL relative to a file directly in src/ holds
 *   for both.
 *
 * Everything is made in memory first: a build that fails leaves lib/ as it was. `--sourcemap` is for coverage.
 */
import { readFile, readdir, rm } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { build } from "esbuild";
import type { BuildOptions } from "esbuild";
import { cachePath } from "../src/bundle.ts";
import { buildAgent } from "./build-agent.ts";
import { runBundles } from "./code-cache.ts";
import { ROOT, writeIfChanged } from "./files.ts";
import { generateValidators } from "./generate.ts";
import { entriesApart, PLUGINS, programBundles, programOf } from "./packages.ts";

/** What Node starts: the program, and what it starts in a thread of its own. */
const STARTED = {
  cli: join(ROOT, "src/cli.ts"),
  "second-thread": join(ROOT, "src/second-thread.ts"),
};
const LIB = join(ROOT, "lib");

interface Manifest {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as Manifest;
const bins = Object.values(manifest.bin).map((path) => resolve(ROOT, path));
const files = new Map<string, string | Uint8Array>();

const validators = await generateValidators();

for (const page of await readdir(join(ROOT, "src/rules"), { recursive: true }).catch(() => [])) {
  if (page.endsWith(".md")) files.set(join(LIB, "rules", page), await readFile(join(ROOT, "src/rules", page)));
}

const options: BuildOptions & { write: false; metafile: true } = {
  outdir: LIB,
  absWorkingDir: ROOT,
  bundle: true,
  format: "cjs",
  platform: "node",
  target: "node20",
  charset: "ascii",
  external: Object.keys(manifest.dependencies ?? {}),
  // CommonJS has no `import.meta`; createRequire takes a path as well. And what a script runs cannot import.
  define: {
    "import.meta.url": "__filename",
    "import.meta.filename": "__filename",
    "import.meta.dirname": "__dirname",
  },
  supported: { "dynamic-import": false },
  // Names are kept, for the stack traces of bug reports; white space is half of what Node would read at every start.
  minifySyntax: true,
  minifyWhitespace: true,
  plugins: [...PLUGINS],
  legalComments: "none",
  sourcemap: process.argv.includes("--sourcemap") ? "inline" : false,
  metafile: true,
  write: false,
};
// What src/bundle.ts loads: what reads the arguments that cli.js does not, what runs the commands, and what is apart.
const usage = { usage: join(ROOT, "src/commands/usage.ts") };
const built = [
  await build({ ...options, entryPoints: STARTED }),
  await build({ ...options, entryPoints: usage }),
  await build({ ...options, entryPoints: entriesApart(Object.keys(manifest.dependencies ?? {})) }),
];
for (const [bundle, commands] of await programBundles())
  built.push(await build({ ...options, ...programOf(bundle, commands) }));
for (const { outputFiles } of built) for (const file of outputFiles) files.set(file.path, file.contents);
files.set(join(LIB, "package.json"), '{ "type": "commonjs" }\n');
// The agent's runs wait now and then: those of the bundles take place in the meantime.
const [agent, made] = await Promise.all([
  buildAgent(manifest.version, process.argv.includes("--sourcemap")),
  runBundles(new Map([...files].map(([path, content]) => [relative(LIB, path), content]))),
]);
files.set(join(LIB, "promgen-agent.cjs"), agent.code);
if (agent.cache !== undefined) files.set(cachePath(join(LIB, "promgen-agent.cjs"), process), agent.cache);
files.set(join(LIB, "help.txt"), made.help);
for (const { bundle, bytes } of made.caches) files.set(cachePath(join(LIB, bundle), process), bytes);
files.set(
  join(LIB, "THIRD-PARTY-LICENSES.txt"),
  await licences([
    ...built.flatMap(({ metafile }) => Object.keys(metafile.inputs)),
    ...validators.inputs,
    ...agent.inputs,
  ]),
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
