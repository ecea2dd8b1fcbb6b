/**
 * Parts of packages that the agent does not need, a tenth of its file: in the bundle something small stands for them. What
 * is missed after an update of a package fails in the tests of its source or queue.
 */
import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";

interface Part {
  /** The package, or the file of a package, that asks for it. */
  readonly importer: RegExp;
  readonly specifier: RegExp;
  readonly instead: string;
}

const NOTHING = "module.exports = {};";

const PARTS: readonly Part[] = [
  // Ours are channels; its consumers and its questions that wait for an answer would connect again by themselves.
  { importer: /\/rabbitmq-client\/lib\//, specifier: /^\.\/(Consumer|RPCClient)$/, instead: NOTHING },
  // Which channels there are; we open one.
  {
    importer: /\/rabbitmq-client\/lib\//,
    specifier: /^\.\/SortedMap$/,
    instead:
      "exports.default = class extends Map { pick() { let id = 1; while (this.has(id)) id++; return id; } }; exports.__esModule = true;",
  },
  // Of GitHub we ask for files, and for nothing with numbers beyond 2^53.
  {
    importer: /\/@octokit\//,
    specifier: /^json-with-bigint$/,
    instead: "exports.JSONParse = JSON.parse; exports.JSONStringify = JSON.stringify;",
  },
  // Whether an answer is JSON, or an error is text.
  {
    importer: /\/@octokit\//,
    specifier: /^content-type$/,
    instead: 'exports.parse = (type) => ({ type: type.split(";")[0].trim().toLowerCase(), parameters: {} });',
  },
  // Nobody hooks into its questions: credentials and User-Agent come with our client.
  {
    importer: /\/@octokit\/core\//,
    specifier: /^before-after-hook$/,
    instead: "module.exports = { Collection: function () { return (name, ask, options) => ask(options); } };",
  },
  { importer: /\/@octokit\/core\//, specifier: /^@octokit\/auth-token$/, instead: "exports.createTokenAuth = {};" },
  {
    importer: /\/@octokit\//,
    specifier: /^universal-user-agent$/,
    instead: 'exports.getUserAgent = () => "";',
  },
  {
    importer: /\/@octokit\/core\//,
    specifier: /^@octokit\/graphql$/,
    instead: "exports.withCustomRequest = () => ({ defaults: () => undefined });",
  },
  // What was wrong. It also hides what is secret in a request: ours has none.
  {
    importer: /\/@octokit\/request\//,
    specifier: /^@octokit\/request-error$/,
    instead:
      "exports.RequestError = class extends Error { constructor(message, status, { cause, response }) { super(message, { cause }); Object.assign(this, { status, response }); } };",
  },
  // It judges what users tell git. What our git is told stands in our sources, but for URLs and branches: git-url.ts judges
  // these, and test/real/agent-git-environment.test.ts the agent without it.
  {
    importer: /\/simple-git\//,
    specifier: /^@simple-git\/argv-parser$/,
    instead: "exports.isGitEnvKey = () => false; exports.vulnerabilityCheck = () => [];",
  },
  // Whether the directory that git shall work in is there: git says so itself, and we have just made it.
  {
    importer: /\/simple-git\//,
    specifier: /^@kwsites\/file-exists$/,
    instead: "exports.FOLDER = 2; exports.exists = () => true;",
  },
  // What git was told is in our own log, without its secrets.
  {
    importer: /\/simple-git\//,
    specifier: /^debug$/,
    instead:
      "const say = () => {}; say.extend = () => say; module.exports = () => say; module.exports.formatters = {};",
  },
];

const SIMPLE_GIT = /\/simple-git\/dist\/index\.mjs$/;

/** Of its hundred methods we call two, `env` and `raw`: the others, and what they read answers with, are most of its file. */
function withTwoMethods(source: string): string {
  return source
    .replaceAll(/^\w+\.prototype\.(?!env |raw )\w+ = function.*?^};$/gms, "")
    .replace(/^Object\.assign\(\n {2}\w+\.prototype,.*?^\);$/ms, "");
}

const NAMESPACE = "left-out";

export const LEFT_OUT: Plugin = {
  name: NAMESPACE,
  setup(bundle) {
    bundle.onResolve({ filter: /.*/ }, ({ path, importer }) => {
      const index = PARTS.findIndex((part) => part.specifier.test(path) && part.importer.test(importer));
      return index === -1 ? undefined : { path: String(index), namespace: NAMESPACE };
    });
    bundle.onLoad({ filter: SIMPLE_GIT }, async ({ path }) => ({
      contents: withTwoMethods(await readFile(path, "utf8")),
    }));
    bundle.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({
      contents: PARTS[Number(path)]?.instead ?? NOTHING,
      loader: "js",
    }));
  },
};
