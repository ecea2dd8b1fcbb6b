/**
 * Modules of Node that take milliseconds to load, and that few runs of the agent need: in its bundle they are loaded by the
 * first call of one of their functions. In the sources they are imported as anywhere else.
 */
import type { Plugin } from "esbuild";

/** Module → what our sources import of it, functions alone. esbuild says where one is missing here. */
const LAZY: Readonly<Record<string, readonly string[]>> = {
  "node:crypto": ["createHash", "createHmac", "timingSafeEqual"],
  "node:fs/promises": [
    "access",
    "cp",
    "mkdir",
    "mkdtemp",
    "open",
    "readFile",
    "readdir",
    "readlink",
    "realpath",
    "rm",
    "stat",
    "statfs",
    "writeFile",
  ],
  "node:tls": ["connect"],
};

const NAMESPACE = "lazy";

export const LAZY_MODULES: Plugin = {
  name: "lazy-modules",
  setup(bundle) {
    bundle.onResolve({ filter: /^node:/ }, ({ path, importer, namespace, kind }) => {
      if (namespace === NAMESPACE) return { path, external: true };
      const isOurs = /\/src\/[^/]/.test(importer) && !importer.includes("/node_modules/");
      // What is behind `await import()` is loaded by that.
      const isAtStart = kind === "import-statement";
      return isOurs && isAtStart && LAZY[path] !== undefined ? { path, namespace: NAMESPACE } : undefined;
    });
    bundle.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => {
      const calls = (LAZY[path] ?? []).map(
        (name) => `export const ${name} = (...args) => require(${JSON.stringify(path)}).${name}(...args);`,
      );
      return { contents: calls.join("\n"), loader: "js" };
    });
  },
};
