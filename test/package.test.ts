import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as assert from "uvu/assert";
import { describe } from "./describe.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);

interface Manifest {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

async function readManifest(): Promise<Manifest> {
  return JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as Manifest;
}

/** The files that users get. */
async function packed(): Promise<string[]> {
  // Without scripts: `prepare` would build lib/ anew under the feet of the other tests.
  const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: ROOT });
  return (JSON.parse(stdout) as { files: { path: string }[] }[]).flatMap(({ files }) => files.map(({ path }) => path));
}

describe("package", (it) => {
  it("holds the built program, the schemas and the papers, and nothing else", async () => {
    const files = await packed();
    const expected =
      /^(lib\/(?:.+\.(c?js|cache|md|txt)|package\.json)|deploy\/.+|schema\/.+\.json|README\.md|CHANGELOG\.md|LICENSE|package\.json)$/;
    assert.equal(
      files.filter((path) => !expected.test(path)),
      [],
    );
    for (const path of [
      "lib/cli.js",
      "lib/program.js",
      "lib/promgen-agent.cjs",
      "LICENSE",
      "README.md",
      "CHANGELOG.md",
    ]) {
      assert.ok(files.includes(path), `${path} is missing`);
    }
  });

  it("has programs that can be executed", async () => {
    for (const path of Object.values((await readManifest()).bin)) {
      const { mode } = await stat(join(ROOT, path));
      assert.is(mode & 0o777, 0o755, path);
      assert.match(await readFile(join(ROOT, path), "utf8"), /^#!\/usr\/bin\/env node\n/);
    }
  });

  it("has programs that start by the name they are installed under", async () => {
    const { bin, version } = await readManifest();
    for (const path of Object.values(bin)) {
      assert.is((await run(join(ROOT, path), ["--version"])).stdout, `${version}\n`);
    }
  });

  it("imports what it depends on, and depends on what it imports", async () => {
    const imported = new Set<string>();
    for (const path of await packed()) {
      if (!/^lib\/.+\.c?js$/.test(path)) continue;
      const text = await readFile(join(ROOT, path), "utf8");
      for (const name of packagesIn(text)) imported.add(name);
    }
    assert.equal([...imported].sort(), Object.keys((await readManifest()).dependencies ?? {}).sort());
  });

  it("locks versions without the address of a registry", async () => {
    assert.not.match(await readFile(join(ROOT, "package-lock.json"), "utf8"), /"resolved"|https?:\/\/registry/);
  });
});

/** Names of the packages that built code loads; Node's own modules are left out. */
function packagesIn(text: string): string[] {
  const statements =
    /(?:\bfrom ?|\bimport ?\(?|[rR]equire\d*\((?:[^()]*\)\()?)["']((?:@[\w.-]+\/)?\w[\w.:-]*)(?:\/[\w./-]*)?["']/g;
  return [...text.matchAll(statements)].flatMap(([, name]) =>
    name === undefined || name.startsWith("node:") || builtinModules.includes(name) ? [] : [name],
  );
}
