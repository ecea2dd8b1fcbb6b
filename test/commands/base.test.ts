import { rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { openBase } from "../../src/commands/base.ts";
import type { LoadedBase } from "../../src/commands/base.ts";
import { loadInventory } from "../../src/commands/load.ts";
import type { Loaded } from "../../src/commands/load.ts";
import type { Farm, Inventory, Project, Shard } from "../../src/model/inventory.ts";
import { directoryTree } from "../../src/source/directory-tree.ts";
import { describe } from "../describe.ts";
import { refusalOf } from "../refusal.ts";
import { git, inProcess, withDirectory, writeFiles } from "../workplace.ts";

const BEFORE: Readonly<Record<string, string>> = {
  "promgen.yml": "exporters:\n  node: { port: 9100 }\n",
  "targets/a.yml": "service: one\nowner: me\nprojects: [{ name: a, farm: f, exporters: [node] }]\n",
  "targets/b.yml":
    "farm: f\nhosts: ['h[1-3]']\n---\nservice: two\nshard: s\nprojects: [{ name: b, hosts: [x], exporters: [node] }]\n",
  "targets/c.yml": "service: one\nshard: s\nprojects: [{ name: c, farm: f, exporters: [node] }]\n",
  "targets/d.yml": "farm: f\nhosts: [other]\n---\nshard: s\nlabels: { from: d }\n",
  "targets/e.yml": "shard: s\nlabels: { from: e }\n---\nservice: two\nprojects: [{ name: b, farm: f }]\n",
  "targets/f.yml": "service: three\nlabels: { bad\n",
  "targets/g.yml":
    "service: one\nprojects: [{ name: g, farm: f }]\n---\nservice: four\nprojects: [{ name: h, farm: f }]\n---\nservice: one\nprojects: [{ name: i, hosts: [z] }]\n",
  "other/g.yml": "farm: elsewhere\nhosts: [y]\n",
};

interface Opened extends LoadedBase {
  readonly worktree: Inventory | undefined;
}

const READ = Object.keys(BEFORE).filter((file) => !file.startsWith("other/"));

/** Reads the working tree after these changes, then the commit before them. `undefined` removes a file. */
async function baseOf(changes: Readonly<Record<string, string | undefined>>, reads = true): Promise<Opened> {
  return await withDirectory({}, async (root) => {
    await git(root, "init", "-q");
    await writeFiles(root, BEFORE);
    await git(root, "add", "-A");
    await git(root, "commit", "-q", "-m", "change");
    for (const [file, text] of Object.entries(changes)) {
      if (text === undefined) await rm(join(root, file));
      else await writeFiles(root, { [file]: text });
    }
    const bases: Opened[] = [];
    await inProcess(root, async (io) => {
      const base = await openBase(io);
      const read = async (): Promise<Loaded> =>
        await loadInventory(directoryTree(root), undefined, undefined, async () => base.twin);
      const worktree = reads ? (await read()).inventory : undefined;
      bases.push({ ...(await base.load(worktree)), worktree });
      return 0;
    });
    const [base] = bases;
    if (base === undefined) throw new Error("there is no base");
    // Its files are gone when this returns.
    const texts = new Map(READ.map((file) => [file, base.textOf(file)]));
    return { ...base, textOf: (file) => texts.get(file) };
  });
}

/** All that is known of an inventory; findings in an order of their own. */
function plain({ inventory, diagnostics, suppressions }: LoadedBase): unknown {
  const { shardByName, farmByName, faults, ...rest } = inventory;
  const findings = diagnostics.map((finding) => JSON.stringify(finding)).sort();
  return JSON.parse(
    JSON.stringify(
      {
        rest,
        shards: [...shardByName],
        farms: [...farmByName],
        faulty: READ.filter((file) => faults.mayHidePart({ file, path: [] }, 0)),
        findings,
        sup: [...suppressions],
      },
      // A service and its projects hold each other.
      (key, value: unknown) => (key === "service" ? (value as { name: string }).name : value),
    ),
  );
}

const CHANGES: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
  nothing: {},
  "the first file": { "targets/a.yml": "service: one\n" },
  "a file in the middle, in which what counts is defined first": { "targets/b.yml": "farm: g\nhosts: [z]\n" },
  "the first and the last one": { "targets/a.yml": "farm: q\nhosts: [z]\n", "targets/e.yml": "shard: t\n" },
  everything: Object.fromEntries(Object.entries(BEFORE).map(([file, text]) => [file, `${text}# more\n`])),
  "a file that is gone": { "targets/b.yml": undefined },
  "a file that is new": { "targets/0.yml": "shard: s\nlabels: { from: new }\n" },
  "the settings": { "promgen.yml": "exporters:\n  node: { port: 9999 }\n" },
  "the settings, which are gone": { "promgen.yml": undefined },
  "the directory of the inventory": { "promgen.yml": "inventory: other\n" },
  "a file that could not be read": { "targets/f.yml": "service: three\n" },
};

describe("a base", (it) => {
  for (const [name, changes] of Object.entries(CHANGES)) {
    it(`is what the commit has, whoever read it: changed is ${name}`, async () => {
      const base = await baseOf(changes);
      assert.equal(plain(base), plain(await baseOf({}, false)));
      for (const file of READ) assert.is(base.textOf(file), BEFORE[file], file);
      const { services, projects } = base.inventory;
      const own = services.flatMap((service) => service.projects.filter((project) => project.service === service));
      assert.equal(new Set(own), new Set(projects));
      assert.is(own.length, projects.length);
    });
  }

  it("is not taken to have no settings where nobody can read them", async () => {
    await withDirectory({}, async (root) => {
      await git(root, "init", "-q");
      await writeFiles(root, { "targets/a.yml": "shard: s\n" });
      await symlink("/elsewhere/promgen.yml", join(root, "promgen.yml"));
      await git(root, "add", "-A");
      await git(root, "commit", "-q", "-m", "change");
      await rm(join(root, "promgen.yml"));
      const opening = async (): Promise<unknown> =>
        await inProcess(root, async (io) => {
          await openBase(io);
          return 0;
        });
      assert.match((await refusalOf(opening)).message, "promgen.yml leads out of the directory of promgen.yml");
    });
  });

  it("has what the working tree made of files that are the same", async () => {
    const { inventory, worktree, revision, time, submodules } = await baseOf({ "targets/a.yml": "shard: x\n" });
    const all = ({ shards, farms, projects }: Inventory): (Shard | Farm | Project)[] => [
      ...shards,
      ...farms,
      ...projects,
    ];
    const made = new Set(worktree === undefined ? [] : all(worktree));
    const files = all(inventory).flatMap((thing) => (made.has(thing) ? thing.origin.file : []));
    // Of g.yml a service that a.yml has no part of.
    assert.equal(
      [...new Set(files)].sort(),
      ["b", "d", "e", "g"].map((name) => `targets/${name}.yml`),
    );
    assert.equal([revision.name, time, submodules], ["main", Date.parse("2026-01-02T03:04:05Z") / 1000, []]);
    const other = await baseOf(CHANGES["the settings"] ?? {});
    const others = new Set(other.worktree === undefined ? [] : all(other.worktree));
    assert.is.not(others.size, 0);
    assert.equal(
      all(other.inventory).filter((thing) => others.has(thing)),
      [],
    );
  });
});
