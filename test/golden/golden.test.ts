/**
 * Artifacts of the example inventory, as files that a person has read and compared with the YAML. `UPDATE=1 npm test`
 * writes what is rendered now; read the diff before you commit it.
 */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as assert from "uvu/assert";
import { loadInventory } from "../../src/commands/load.ts";
import { directoryTree } from "../../src/source/directory-tree.ts";
import { describe, notRun } from "../describe.ts";
import { groupsIn, renderInventory } from "../render/rendered.ts";
import type { ReadGroup } from "../render/rendered.ts";
import { readFiles, ROOT, run, withDirectory } from "../workplace.ts";

const DIRECTORY = fileURLToPath(new URL(".", import.meta.url));

const GOLDEN = [
  "SHA256SUMS",
  "manifest.json",
  "projects/%E3%83%9D%E3%82%A4%E3%83%B3%E3%83%88-api/targets.json",
  "projects/edge-dns/targets.json",
  "projects/identity-vault/targets.json",
  "shards/nagoya-a/SHA256SUMS",
  "shards/nagoya-a/scrape-config.yml",
  "shards/nagoya-a/targets.json",
  "shards/nagoya-a/urls.json",
  "shards/singapore-a/scrape-config.yml",
];

async function renderExample(): Promise<Record<string, string>> {
  const { inventory } = await loadInventory(directoryTree(ROOT));
  const { repository = "" } = inventory.config;
  const commit = "0123456789abcdef0123456789abcdef01234567";
  return renderInventory(inventory, { generation: 1_767_323_045, commit, repository, generator: "promgen-gen 0.0.0" })
    .files;
}

describe("the artifacts of the example inventory", (it) => {
  it("are what was read and found right", async () => {
    const files = await renderExample();
    for (const path of GOLDEN) {
      const golden = join(DIRECTORY, path);
      if (process.env["UPDATE"] === "1") {
        await mkdir(dirname(golden), { recursive: true });
        await writeFile(golden, files[path] ?? "");
      }
      assert.fixture(files[path] ?? "", await readFile(golden, "utf8"), path);
    }
  });

  it("are all that lies here", async () => {
    const entries = await readdir(DIRECTORY, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => !entry.isDirectory());
    const paths = files.map((entry) => join(entry.parentPath, entry.name).slice(DIRECTORY.length));
    assert.equal(paths.sort(), [...GOLDEN, "golden.test.ts"].sort());
  });
});

/** What bench/rival.py does not do, being made to be fast and plain. */
function asTheRivalHasIt(groups: readonly ReadGroup[], file: string): ReadGroup[] {
  return groups.map(({ labels = {}, targets }) => {
    const { __scrape_interval__: interval, __scrape_timeout__: timeout, ...others } = labels;
    // Interval and timeout of probes.
    if (file === "urls.json") return { labels: others, targets };
    // A timeout of its own for an interval below the servers' default of 10s.
    const isDerived = timeout === interval && /^\ds$/.test(timeout ?? "");
    return { labels: isDerived ? { ...others, __scrape_interval__: interval ?? "" } : labels, targets };
  });
}

/** One line for each target of a group. */
function targetLines(groups: readonly ReadGroup[]): string[] {
  return groups
    .flatMap(({ labels = {}, targets }) => {
      const key = JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
      return targets.map((target) => `${target} ${key}`);
    })
    .sort();
}

const hasYaml = (await run("/", ["/usr/bin/python3", "-c", "import yaml"]).catch(() => undefined))?.exit === 0;
if (hasYaml) {
  describe("a renderer that somebody wrote in another language", (it) => {
    it("has the same targets with the same labels for the example inventory, in every shard", async () => {
      const ours = await renderExample();
      await withDirectory({}, async (directory) => {
        const ran = await run(ROOT, ["/usr/bin/python3", join(ROOT, "bench/rival.py"), ROOT, directory]);
        assert.is(ran.exit, 0, ran.stderr);
        const theirs = await readFiles(directory);
        const paths = Object.keys(theirs).sort();
        assert.is(paths.length, 14);
        let count = 0;
        for (const path of paths) {
          const file = path.split("/").at(-1) ?? "";
          const wanted = targetLines(groupsIn(theirs[path]));
          const has = targetLines(asTheRivalHasIt(groupsIn(ours[path]), file));
          assert.equal(has.filter((line) => !wanted.includes(line)).slice(0, 3), [], `too many in ${path}`);
          assert.equal(wanted.filter((line) => !has.includes(line)).slice(0, 3), [], `missing in ${path}`);
          assert.is(has.length, wanted.length, path);
          count += has.length;
        }
        assert.ok(count > 3000, `${count} targets`);
      });
    });
  });
} else notRun("comparison with bench/rival.py", "no Python with PyYAML");
