import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { cachePath, loadBundle, packCache, runBundle } from "../src/bundle.ts";
import { describe } from "./describe.ts";
import { ROOT } from "./workplace.ts";

const V8 = { versions: { ...process.versions, v8: "1.0" }, arch: "x64", env: {} } as unknown as NodeJS.Process;

const bundle = (body: string): Buffer => Buffer.from(body);
const nothing = (): undefined => undefined;

describe("bundle", (it) => {
  it("the program's code caches fit this Node, and the bundles beside them", async () => {
    const end = cachePath("", process);
    const names = (await readdir(join(ROOT, "lib"))).filter((name) => name.endsWith(`.js${end}`));
    const bundles = names.map((name) => name.slice(0, -end.length));
    for (const name of ["usage.js", "program.js", "plan.js", "explain.js", "simple-git.js", "yaml.js"])
      assert.ok(bundles.includes(name), name);
    for (const path of bundles.map((name) => join(ROOT, "lib", name))) {
      const [text, cache] = await Promise.all([readFile(path), readFile(cachePath(path, process))]);
      assert.is(runBundle(path, text, cache, nothing).script.cachedDataRejected, false, path);
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
    const { script } = runBundle("/a.js", text, undefined, nothing);
    const cache = packCache(text, script.createCachedData());
    assert.is(runBundle("/a.js", text, cache, nothing).script.cachedDataRejected, false);

    const changed = bundle("exports.value = 2;");
    const other = runBundle("/a.js", changed, cache, nothing);
    assert.equal(other.exports, { value: 2 });
    assert.is(other.script.cachedDataRejected, undefined);

    const unknown = bundle("exports.value = 3;");
    const broken = runBundle("/a.js", unknown, Buffer.concat([unknown, Buffer.alloc(100)]), nothing);
    assert.equal(broken.exports, { value: 3 });
    assert.is(broken.script.cachedDataRejected, true);
  });

  it("a cache that was damaged or cut off is not looked at, since V8 would run what it says", () => {
    const text = bundle("exports.value = 4;");
    const data = runBundle("/a.js", text, undefined, nothing).script.createCachedData();
    const cache = packCache(text, data);
    const isTaken = (bytes: Uint8Array): boolean =>
      runBundle("/a.js", text, bytes, nothing).script.cachedDataRejected !== undefined;
    assert.ok(isTaken(cache));
    for (let at = text.length; at < cache.length; at += 7)
      assert.not.ok(isTaken(cache.with(at, (cache[at] ?? 0) ^ 0x10)), `byte ${at}`);
    for (const length of [text.length + data.length, cache.length - 1, cache.length - 2, cache.length + 1])
      assert.not.ok(isTaken(Buffer.concat([cache], length)), `${length} bytes`);
  });

  it("is CommonJS, with a require of its place", async () => {
    const { exports } = runBundle("/a.js", bundle(`module.exports = require("node:path").sep;`), undefined, nothing);
    assert.is(exports, "/");
  });

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
