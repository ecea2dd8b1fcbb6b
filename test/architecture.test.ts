import { readFile, readdir } from "node:fs/promises";
import { basename, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import * as assert from "uvu/assert";
import { describe } from "./describe.ts";

/** What a room may import besides itself and EVERYWHERE: rooms or files, rooms for their types alone, packages and Node's modules. */
interface Room {
  readonly rooms?: readonly string[];
  readonly types?: readonly string[];
  readonly packages?: readonly string[];
}

/** The rooms of src/ and what each may know of. Files directly in src/ are rooms of their own. */
const ROOMS: Readonly<Record<string, Room>> = {
  "diagnostic.ts": {},
  "exit.ts": {},
  "io.ts": {},
  "bundle.ts": { packages: ["node:*"] },
  "cli.ts": { rooms: ["*"], packages: ["node:*", "commander"] },
  "second-thread.ts": { rooms: ["bundle.ts"], types: ["commands"], packages: ["node:*"] },
  rules: {},
  model: {},
  // What begins another document is one fact.
  parse: { rooms: ["model/kind.ts", "model/template.ts"], packages: ["yaml", "js-yaml", "node:module"] },
  schema: { rooms: ["model"], types: ["parse"], packages: ["ajv", "node:module"] },
  check: { rooms: ["model"] },
  // Everything is sorted alike: the bytes' order is one fact.
  plan: { rooms: ["model", "render/byte-order.ts"] },
  render: { rooms: ["model"], packages: ["node:crypto"] },
  // What a secret looks like is one fact.
  report: { rooms: ["parse", "model/secret-shapes.ts"], types: ["plan", "notify"], packages: ["picocolors"] },
  // What people wrote is shown alike in all errors.
  source: { rooms: ["model/show-text.ts"], packages: ["node:*", "fast-glob", "simple-git"] },
  // How git is asked for objects is one fact, and so is why a server cannot be asked.
  publish: {
    rooms: [
      "render",
      "report",
      "source/git-command.ts",
      "source/git-blob.ts",
      "model/show-text.ts",
      "model/fetch-trouble.ts",
    ],
    types: ["plan"],
    packages: ["node:*", "simple-git", "octokit"],
  },
  // What a server is called is one fact, and so is how it is shown.
  notify: { rooms: ["model"], types: ["render"], packages: ["node:*", "rabbitmq-client"] },
  // The host side trusts only digests and signatures: nothing that reads YAML. How a shard's name becomes a path is one fact.
  agent: {
    // And who notifies and who is notified talk to a broker alike.
    rooms: ["model", "render/file-name.ts", "bundle.ts", "notify/amqp-*", "notify/queue-name.ts"],
    types: ["render"],
    // octokit alone would be half of the agent's one file, for what is not asked there.
    packages: ["node:*", "simple-git", "@octokit/core", "rabbitmq-client"],
  },
  commands: { rooms: ["*"], packages: ["node:*", "commander", "picocolors", "picomatch"] },
};
const EVERYWHERE = ["diagnostic.ts", "exit.ts", "rules/registry.ts"];
const EVERYWHERE_AS_TYPES = ["io.ts"];
/** A program's entry: nobody imports it. */
const ENTRIES = ["cli.ts", "agent/cli.ts", "agent/start.ts", "second-thread.ts"];
const NAMES_OF_NOTHING = /^(index|utils?|helpers?|common|manager|types)\.ts$/;

interface Import {
  /** Relative to src/. */
  readonly file: string;
  readonly specifier: string;
  readonly isType: boolean;
}

const SRC = fileURLToPath(new URL("../src", import.meta.url));
const files = (await readdir(SRC, { recursive: true })).filter((name) => name.endsWith(".ts")).sort();
const imports = (
  await Promise.all(files.map(async (file) => importsOf(file, await readFile(join(SRC, file), "utf8"))))
).flat();

/** Every `import … from "x"`, `export … from "x"`, `import("x")` and `require("x")` of a text. */
function importsOf(file: string, text: string): Import[] {
  const statements =
    /^(?:import|export)\s(?:(type)\s)?(?:[^"';]*?\sfrom\s)?["']([^"']+)["']|(typeof\s+)?\bimport\(\s*["']([^"']+)["']|[rR]equire(?:\([^()]*\))?\(\s*["']([^"']+)["']/gm;
  return [...text.matchAll(statements)].map(([, type, statement, typeOf, dynamic, required]) => ({
    file,
    specifier: statement ?? dynamic ?? required ?? "",
    isType: type !== undefined || typeOf !== undefined,
  }));
}

function roomOf(file: string): string {
  return file.split("/")[0] ?? file;
}

/** Why this import is not allowed, if it is not. */
function trouble({ file, specifier, isType }: Import): string | undefined {
  const room = ROOMS[roomOf(file)];
  if (room === undefined) return `${file}: no such room`;
  const listed = (list: readonly string[] | undefined, name: string): boolean =>
    (list ?? []).some((entry) => entry === name || (entry.endsWith("*") && name.startsWith(entry.slice(0, -1))));

  if (!specifier.startsWith(".")) return listed(room.packages, specifier) ? undefined : `${file} imports ${specifier}`;
  const target = posix.normalize(posix.join(posix.dirname(file), specifier));
  if (ENTRIES.includes(target)) return `${file} imports ${target}, an entry`;
  const isAllowed =
    roomOf(target) === roomOf(file) ||
    EVERYWHERE.includes(target) ||
    listed(room.rooms, roomOf(target)) ||
    listed(room.rooms, target) ||
    (isType && (EVERYWHERE_AS_TYPES.includes(target) || listed(room.types, roomOf(target))));
  return isAllowed ? undefined : `${file} imports ${target}${isType ? " (types)" : ""}`;
}

describe("architecture", (it) => {
  it("no room knows more than it may", () => {
    assert.equal(imports.map(trouble).filter(Boolean), []);
  });

  it("files are named for a noun or a deed", () => {
    assert.equal(
      files.filter((file) => NAMES_OF_NOTHING.test(basename(file)) || /[A-Z_]/.test(file)),
      [],
    );
  });

  it("sees every way to import", () => {
    const text = [
      'import { a } from "./a.ts";',
      'import type { b } from "../model/b.ts";',
      'export {\n  c,\n} from "./c.ts";',
      'import "./d.ts";',
      'const e = await import("./e.ts");',
      'const f = createRequire(import.meta.url)("./f.cjs") as typeof import("./g.cjs");',
      '// from "./no.ts"',
    ].join("\n");
    assert.equal(
      importsOf("x.ts", text).map(({ specifier, isType }) => `${specifier}${isType ? " type" : ""}`),
      ["./a.ts", "../model/b.ts type", "./c.ts", "./d.ts", "./e.ts", "./f.cjs", "./g.cjs type"],
    );
  });

  it("finds an import that is not allowed", () => {
    const found = (file: string, text: string): unknown[] => importsOf(file, text).map(trouble).filter(Boolean);
    assert.equal(found("check/a.ts", 'import { readFile } from "node:fs";'), ["check/a.ts imports node:fs"]);
    assert.equal(found("model/a.ts", 'import { x } from "../check/x.ts";'), ["model/a.ts imports check/x.ts"]);
    assert.equal(found("schema/a.ts", 'import { x } from "../parse/x.ts";'), ["schema/a.ts imports parse/x.ts"]);
    assert.equal(found("schema/a.ts", 'import type { x } from "../parse/x.ts";'), []);
    assert.equal(found("commands/a.ts", 'import { main } from "../cli.ts";'), [
      "commands/a.ts imports cli.ts, an entry",
    ]);
  });
});
