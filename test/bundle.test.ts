import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as v8 from "node:v8";
import * as assert from "uvu/assert";
import { cachePath, expectWork, loadBundle, packCache, readCache, runBundle } from "../src/bundle.ts";
import { describe, notRun } from "./describe.ts";
import { ROOT } from "./workplace.ts";

const V8 = { versions: { ...process.versions, v8: "1.0" }, arch: "x64", env: {} } as unknown as NodeJS.Process;

const bundle = (body: string): Buffer => Buffer.from(body);
const nothing = (): undefined => undefined;

/** Gives what is done with a file of these bytes. */
function withFile<T>(bytes: Uint8Array, act: (path: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), "bundle-"));
  try {
    const path = join(directory, "cache");
    writeFileSync(path, bytes);
    return act(path);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Runs a bundle with this beside it as its cache. */
function run(text: Buffer, cache: Uint8Array): ReturnType<typeof runBundle> {
  return withFile(cache, (path) => runBundle("/a.js", text, readCache(path, text), nothing));
}

function dataOf(text: Buffer): Uint8Array {
  return runBundle("/a.js", text, undefined, nothing).script.createCachedData();
}

/** Whether V8 rejects a code cache of its defaults with other flags, as a program. */
const REJECTS = `
const { Script } = require("node:vm");
const text = "(function () { return 1; })";
const cachedData = new Script(text, { filename: "a.js" }).createCachedData();
const { Worker } = require("node:worker_threads");
require("node:v8").setFlagsFromString(process.argv[1]);
const other = "const { workerData: { text, cachedData } } = require('node:worker_threads');" +
  "process.stdout.write(String(new (require('node:vm').Script)(text, { filename: 'a.js', cachedData }).cachedDataRejected));";
new Worker(other, { eval: true, workerData: { text, cachedData } });
`;

/** What V8 is told for a run over many files, by all tests: it is told once in a process. */
const flags: string[] = [];
const recorded = { setFlagsFromString: (text: string) => void flags.push(text) } as typeof v8;

describe("bundle", (it) => {
  it("the program's code caches fit this Node, and the bundles beside them", async () => {
    const end = cachePath("", process);
    const names = (await readdir(join(ROOT, "lib"))).filter((name) => name.endsWith(`.js${end}`));
    const bundles = names.map((name) => name.slice(0, -end.length));
    for (const name of ["usage.js", "program.js", "plan.js", "explain.js", "simple-git.js", "yaml.js"])
      assert.ok(bundles.includes(name), name);
    for (const path of bundles.map((name) => join(ROOT, "lib", name))) {
      const text = await readFile(path);
      const cachedData = readCache(cachePath(path, process), text);
      assert.is(runBundle(path, text, cachedData, nothing).script.cachedDataRejected, false, path);
    }
  });

  it("bundles are ASCII, since they are read as Latin-1", async () => {
    const names = await readdir(join(ROOT, "lib"));
    for (const name of names.filter((name) => name.endsWith(".js"))) {
      const text = await readFile(join(ROOT, "lib", name));
      assert.is(
        text.findIndex((byte) => byte > 127),
        -1,
        name,
      );
    }
  });

  it("a cache of another text is not looked at, one that is broken is refused", async () => {
    const text = bundle("exports.value = 1;");
    const cache = packCache(text, dataOf(text));
    const again = run(text, cache);
    assert.equal([again.exports, again.script.cachedDataRejected], [{ value: 1 }, false]);

    const changed = bundle("exports.value = 2;");
    const other = run(changed, cache);
    assert.equal([other.exports, other.script.cachedDataRejected], [{ value: 2 }, undefined]);

    const unknown = bundle("exports.value = 3;");
    const broken = run(unknown, packCache(unknown, Buffer.alloc(100)));
    assert.equal([broken.exports, broken.script.cachedDataRejected], [{ value: 3 }, true]);
  });

  it("a cache that was damaged or cut off is not looked at, since V8 would run what it says", () => {
    const text = bundle("exports.value = 4;");
    const data = dataOf(text);
    const cache = packCache(text, data);
    const isTaken = (bytes: Uint8Array): boolean => run(text, bytes).script.cachedDataRejected !== undefined;
    assert.ok(isTaken(cache));
    for (let at = text.length; at < cache.length; at += 7)
      assert.not.ok(isTaken(cache.with(at, (cache[at] ?? 0) ^ 0x10)), `byte ${at}`);
    const lengths = [0, 1, text.length - 1, text.length, text.length + 1, text.length + data.length];
    for (const length of [...lengths, cache.length - 1, cache.length - 2, cache.length + 1, cache.length + 2])
      assert.not.ok(isTaken(Buffer.concat([cache], length)), `${length} bytes`);
  });

  it("a cache longer than what is compared at once is looked at to its end", () => {
    const text = bundle(`exports.value = 5; // ${"x".repeat(100_000)}`);
    const data = Buffer.alloc(200_000, "abc");
    const cache = packCache(text, data);
    const read = (bytes: Uint8Array): Uint8Array | undefined => withFile(bytes, (path) => readCache(path, text));
    assert.ok(Buffer.from(read(cache) ?? []).equals(data));
    for (const at of [0, text.length - 1, text.length, text.length + data.length - 1, cache.length - 1])
      assert.is(read(cache.with(at, (cache[at] ?? 0) ^ 1)), undefined, `byte ${at}`);
  });

  it("is CommonJS, with a require of its place", async () => {
    const { exports } = runBundle("/a.js", bundle(`module.exports = require("node:path").sep;`), undefined, nothing);
    assert.is(exports, "/");
  });

  it("are loaded with V8's usual flags during a run over many files, since no cache fits those of that", () => {
    expectWork("22.1.0", () => recorded);
    assert.equal(flags, []);
    expectWork("20.1.0", () => recorded);
    expectWork("20.1.0", () => recorded);
    assert.is(flags.length, 1, "once");
    withFile(bundle("exports.value = 7;"), (path) => assert.equal(loadBundle(path, V8), { value: 7 }));
    assert.equal(flags, [flags[0], flags[1], flags[0]]);
    assert.is.not(flags[0], flags[1]);
  });

  if (process.versions.node.startsWith("20."))
    it("have no cache that fits the flags of such a run, but one that fits the usual ones after them", () => {
      expectWork("20.1.0", () => recorded);
      withFile(bundle(""), (path) => loadBundle(path, V8));
      const [usual = "", work = ""] = flags.slice(-2);
      // In processes of their own: one that has compiled a text does not ask its cache.
      const isRejected = (asked: string): string =>
        execFileSync(process.execPath, ["-e", REJECTS, "--", asked], { encoding: "utf8" });
      assert.is(isRejected(work), "true");
      assert.is(isRejected(`${work} ${usual}`), "false");
    });
  else notRun("code caches and V8's flags for many files", "these flags are set with Node 20 alone");

  it("does without a cache that is not there", async () => {
    const directory = await mkdtemp(join(tmpdir(), "bundle-"));
    try {
      const path = join(directory, "a.js");
      await writeFile(path, bundle("exports.value = 1;"));
      assert.equal(loadBundle(path, V8), { value: 1 });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
