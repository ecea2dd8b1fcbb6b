/**
 * How packages are bundled where that costs less at the start than what they come with.
 */
import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";

/** Large, and needed by few runs: each is a file of its own beside the program, which loads it by `await import()`. */
export const APART: readonly string[] = ["fast-glob", "picomatch"];

/**
 * commander can run subcommands that are programs of their own. Ours are not, and loading what it needs for that
 * (`node:child_process`, with sockets and datagrams behind it) is a tenth of the start.
 */
export const WITHOUT_SUBPROCESSES: Plugin = {
  name: "without-subprocesses",
  setup(bundle) {
    bundle.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes("/node_modules/commander/") ? { path: "child_process", namespace: "absent" } : undefined,
    );
    bundle.onLoad({ filter: /.*/, namespace: "absent" }, () => ({ contents: "module.exports = {};", loader: "js" }));
  },
};

/** picocolors looks whether standard output is a terminal, which opens it. We tell it each time whether there is colour. */
export const WITHOUT_TERMINAL: Plugin = {
  name: "without-terminal",
  setup(bundle) {
    bundle.onLoad({ filter: /\/node_modules\/picocolors\/picocolors\.js$/ }, async ({ path }) => ({
      contents: `const process = { argv: [], env: {} };\n${await readFile(path, "utf8")}`,
      loader: "js",
    }));
  },
};

/** Leaves the packages of `APART` to their own files. */
export const LEAVE_APART: Plugin = {
  name: "leave-apart",
  setup(bundle) {
    bundle.onResolve({ filter: /^[\w-]+$/ }, ({ path, kind }) =>
      APART.includes(path) && kind === "dynamic-import" ? { path: `./${path}.js`, external: true } : undefined,
    );
  },
};
