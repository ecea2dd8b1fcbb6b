/**
 * What is bundled otherwise than esbuild would do it, where that costs less at the start.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createRequire } from "node:module";
import type { BuildOptions, Plugin, PluginBuild } from "esbuild";
import { bundleOf } from "../src/bundle.ts";
import { ROOT } from "./files.ts";

/**
 * Large, and needed by few runs: each is a file of its own beside the program, where it is no dependency that users install.
 * The parsers of YAML have a code cache then; loading `yaml` takes as long as starting Node, and with it a third of that.
 */
const APART: readonly string[] = ["fast-glob", "js-yaml", "octokit", "picomatch", "simple-git", "yaml"];
/** Those that have no CommonJS. */
const MODULES: readonly string[] = ["octokit"];
/** The same for a file of our own, which is generated and large. */
const OUTPUT_VALIDATORS = "output-validators";

/** Name → file, CommonJS where there is such, of what is apart. @param dependencies what users install: it stays outside */
export function entriesApart(dependencies: readonly string[]): Record<string, string> {
  const { resolve } = createRequire(import.meta.url);
  const apart = APART.filter((name) => !dependencies.includes(name));
  return {
    ...Object.fromEntries(apart.map((name) => [name, MODULES.includes(name) ? name : resolve(name)])),
    [OUTPUT_VALIDATORS]: join(ROOT, `src/schema/${OUTPUT_VALIDATORS}.cjs`),
  };
}

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

/** picocolors looks whether standard output is a terminal, which opens it. We tell it each time whether there is colour. */
const WITHOUT_TERMINAL: Plugin = {
  name: "without-terminal",
  setup(bundle) {
    bundle.onLoad({ filter: /\/node_modules\/picocolors\/picocolors\.js$/ }, async ({ path }) => ({
      contents: `const process = { argv: [], env: {} };\n${await readFile(path, "utf8")}`,
      loader: "js",
    }));
  },
};

/** Leaves to their own files what is apart. */
const LEAVE_APART: Plugin = {
  name: "leave-apart",
  setup(bundle) {
    bundle.onResolve({ filter: /^[\w-]+$/ }, ({ path, kind }) =>
      APART.includes(path) && kind !== "entry-point" && !isExternal(bundle, path)
        ? { path: `./${path}.js`, external: true }
        : undefined,
    );
    bundle.onResolve({ filter: /\/output-validators\.cjs$/ }, ({ kind }) =>
      kind === "entry-point" ? undefined : { path: `./${OUTPUT_VALIDATORS}.js`, external: true },
    );
  },
};

function isExternal({ initialOptions }: PluginBuild, name: string): boolean {
  return initialOptions.external?.includes(name) === true;
}

/** Bundles have a `require` already, by which src/bundle.ts gives them one another. */
const OWN_REQUIRE: Plugin = {
  name: "own-require",
  setup(bundle) {
    bundle.onLoad({ filter: /\/src\/parse\/packages\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const contents = text.replace("const require = createRequire(import.meta.url);\n", "");
      if (contents === text) throw new Error(`${path} does not make its \`require\` any more`);
      return { contents, loader: "ts" };
    });
  },
};

/** For everything but the agent. */
export const PLUGINS: readonly Plugin[] = [WITHOUT_SUBPROCESSES, WITHOUT_TERMINAL, OWN_REQUIRE, LEAVE_APART];

const PROGRAM = join(ROOT, "src/commands/program.ts");

/** Bundle → the commands that it has; all are made of the program. */
export async function programBundles(): Promise<ReadonlyMap<string, readonly string[]>> {
  const bundles = new Map<string, string[]>();
  for (const [, name = ""] of (await readFile(PROGRAM, "utf8")).matchAll(/import\("\.\/([\w-]+)\.ts"\)/g))
    bundles.set(bundleOf(name), [...(bundles.get(bundleOf(name)) ?? []), name]);
  return bundles;
}

/** Of the program, these commands alone. */
export function programOf(bundle: string, commands: readonly string[]): Pick<BuildOptions, "entryPoints" | "plugins"> {
  return { entryPoints: { [bundle.replace(/\.js$/, "")]: PROGRAM }, plugins: [...PLUGINS, withCommands(commands)] };
}

/** Leaves all other commands out; nobody asks this bundle for them. */
function withCommands(commands: readonly string[]): Plugin {
  return {
    name: "with-commands",
    setup(bundle) {
      bundle.onResolve({ filter: /^\.\/[\w-]+\.ts$/ }, ({ path, importer, kind }) => {
        const name = path.slice("./".length, -".ts".length);
        const isLeftOut = importer === PROGRAM && kind === "dynamic-import" && !commands.includes(name);
        return isLeftOut ? { path: `./${bundleOf(name)}`, external: true } : undefined;
      });
    },
  };
}
