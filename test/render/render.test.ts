import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { parseAllDocuments } from "yaml";
import { build } from "../../src/commands/build.ts";
import { FILES_FOR_TWO } from "../../src/commands/read-files.ts";
import { describe } from "../describe.ts";
import { ODD_INVENTORY } from "../real/inventories.ts";
import { inProcess, readFiles, runCli, withDirectory } from "../workplace.ts";
import { assertSameGroups, groupsIn, load, render, renderInventory } from "./rendered.ts";
import type { Yaml } from "./rendered.ts";

/** The documents of an inventory, each as a file of its own. */
function documentsOf(files: Yaml): string[] {
  return Object.entries(files)
    .filter(([path]) => path !== "promgen.yml")
    .flatMap(([, text]) => parseAllDocuments(text).map((document) => String(document)));
}

describe("the artifacts of an inventory", (it) => {
  it("are, for each shard, its files and sums; and those of the whole, of services and of projects where asked for", async () => {
    const inventory = {
      "targets/a.yml": "shard: a b\nservers: [p1]\n",
      "targets/s.yml":
        "service: s\nshard: a b\nprojects:\n  - { name: p.q, hosts: [h], exporters: [{ job: j, port: 1 }] }\n",
    };
    const named = async (config: string): Promise<string[]> =>
      Object.keys(await render({ ...inventory, "promgen.yml": config })).sort();
    const shard = ["SHA256SUMS", "scrape-config.yml", "targets.json", "urls.json"].map(
      (name) => `shards/a%20b/${name}`,
    );
    const all = ["SHA256SUMS", "targets.json", "urls.json"];
    assert.equal(await named("artifacts: []\n"), ["manifest.json", ...shard].sort());
    assert.equal(await named("{}\n"), ["manifest.json", ...all, ...shard].sort());
    assert.equal(await named("artifacts: [services]\n"), ["manifest.json", "services/s/targets.json", ...shard].sort());
    assert.equal(
      await named("artifacts: [projects, all]\n"),
      ["manifest.json", "projects/p.q/targets.json", ...all, ...shard].sort(),
    );
  });

  it("hold in the files of the shards together what the file of the whole holds", async () => {
    const files = await render(ODD_INVENTORY);
    for (const name of ["targets.json", "urls.json"]) {
      const parts = Object.keys(files).filter((path) => path.startsWith("shards/") && path.endsWith(`/${name}`));
      assert.is(parts.length, 7);
      const together = parts.flatMap((path) => groupsIn(files[path]));
      assertSameGroups(together, groupsIn(files[name]));
      assert.ok(together.length > 10);
      // And each line is the same text.
      const linesOf = (path: string): string[] =>
        (files[path] ?? "")
          .split("\n")
          .filter((line) => line.startsWith('{"labels"'))
          .map((line) => line.replace(/,$/, ""));
      assert.equal(parts.flatMap(linesOf).sort(), linesOf(name).sort());
    }
  });

  it("are counted", async () => {
    const { counts, files } = renderInventory(await load(ODD_INVENTORY));
    const count = (path: string): number => groupsIn(files[path]).reduce((sum, { targets }) => sum + targets.length, 0);
    assert.equal(counts, { targets: count("targets.json"), urls: count("urls.json"), shards: 7 });
  });

  it("have an empty group for a shard without anything, never an empty list", async () => {
    const files = await render(ODD_INVENTORY);
    assert.is(files["shards/nobody/targets.json"], '[{"targets":[]}]\n');
    assert.is(files["shards/nobody/urls.json"], '[{"targets":[]}]\n');
    for (const [path, text] of Object.entries(files))
      if (path.endsWith(".json")) assert.is.not(text.trim(), "[]", path);
  });

  it("have canonical text: one group a line, keys and groups sorted by bytes, nothing to spare", async () => {
    const files = await render(ODD_INVENTORY);
    let lines = 0;
    for (const [path, text] of Object.entries(files)) {
      if (!/(targets|urls)\.json$/.test(path) || text === '[{"targets":[]}]\n') continue;
      assert.ok(text.startsWith("[\n") && text.endsWith("\n]\n"), path);
      const groups = text.slice(2, -3).split(",\n");
      for (const group of groups) {
        const { labels, targets, ...more } = JSON.parse(group) as { labels: Record<string, string>; targets: string[] };
        assert.equal(more, {});
        assert.is(JSON.stringify({ labels, targets }), group);
        const names = Object.keys(labels);
        assert.equal(
          names,
          names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
        );
        lines++;
      }
      assert.equal(
        groups.map((group) => Buffer.from(group).toString("hex")),
        groups.map((group) => Buffer.from(group).toString("hex")).sort(),
        path,
      );
      assert.not.match(text, /\\u|\r/);
    }
    assert.ok(lines > 50);
  });
});

describe("the bytes of the artifacts", (it) => {
  it("do not depend on the names and the order of files, or on how documents are spread over them", async () => {
    const documents = documentsOf(ODD_INVENTORY);
    const config = { "promgen.yml": ODD_INVENTORY["promgen.yml"] ?? "" };
    const expected = await render(ODD_INVENTORY);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(documents, { minLength: documents.length }),
        fc.integer({ min: 1, max: 4 }),
        async (shuffled, perFile) => {
          const files: Record<string, string> = { ...config };
          for (let at = 0; at < shuffled.length; at += perFile)
            files[`targets/${at}.yml`] = shuffled.slice(at, at + perFile).join("---\n");
          assert.equal(await render(files), expected);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("do not depend on the order of projects, hosts, exporters, probes, labels and shards", async () => {
    const inventory = (turn: <T>(list: T[]) => T[]): Yaml => ({
      "promgen.yml": JSON.stringify({
        labels: Object.fromEntries(
          turn([
            ["x", "1"],
            ["y", "2"],
          ]),
        ),
      }),
      "targets/a.yml": turn(["shard: a\n", "shard: b\n"]).join("---\n"),
      "targets/s.yml": JSON.stringify({
        service: "s",
        shard: turn(["a", "b"]),
        projects: turn(["p", "q"]).map((name) => ({
          name,
          hosts: turn(["h1", "h2", { host: "h3", labels: { r: "1" } }, { host: "h4", labels: { r: "1" } }, "::1"]),
          exporters: turn([
            { job: "j", port: 1 },
            { job: "j", port: 2 },
            {
              job: "k",
              port: 3,
              params: Object.fromEntries(
                turn([
                  ["c", "1"],
                  ["b", "2"],
                ]),
              ),
            },
          ]),
          probes: turn([
            { module: "m", hosts: true },
            { module: "m", targets: turn(["x.example.com", "y.example.com"]) },
          ]),
        })),
      }),
    });
    assert.equal(await render(inventory((list) => [...list].toReversed())), await render(inventory((list) => list)));
  });

  it("do not depend on language, time zone, the checkout's path, the time, or who runs it", async () => {
    const other = {
      LANG: "tr_TR.UTF-8",
      LC_ALL: "tr_TR.UTF-8",
      TZ: "Asia/Tokyo",
      USER: "somebody",
      HOSTNAME: "other",
      NO_COLOR: "1",
    };
    const built = async (path: string, env: NodeJS.ProcessEnv): Promise<Record<string, string>> => {
      const files = Object.fromEntries(Object.entries(ODD_INVENTORY).map(([file, text]) => [join(path, file), text]));
      return await withDirectory(files, async (directory) => {
        const ran = await runCli(join(directory, path), ["build"], env);
        assert.is(ran.exit, 0, ran.stderr);
        return await readFiles(join(directory, path, "dist"));
      });
    };
    const here = await built(".", { LANG: "C.UTF-8", TZ: "UTC" });
    const there = await built("a b/ü/[x]", other);
    assert.ok(Object.keys(here).length > 20);
    assert.equal(there, here);
  });

  it("do not depend on whether one thread reads the files or two", async () => {
    const many = Array.from({ length: FILES_FOR_TWO }, (_, index) => [
      `targets/many/${index}.yml`,
      `service: s${index}\nshard: [a.b, axb]\nprojects:\n  - { name: 日${index}, hosts: ["h${index}.example.com"], exporters: [{ job: j, port: 1 }] }\n`,
    ]);
    await withDirectory({ ...ODD_INVENTORY, ...Object.fromEntries(many) }, async (directory) => {
      // In this process there is no program for a second thread.
      const alone = await inProcess(directory, (io) => build(io, { out: "alone", stdout: false, verbose: false }));
      assert.is(alone.exit, 0, alone.stderr);
      const together = await runCli(directory, ["build", "--out", "together"]);
      assert.is(together.exit, 0, together.stderr);
      const files = await readFiles(join(directory, "together"));
      assert.equal(files, await readFiles(join(directory, "alone")));
      assert.is(
        groupsIn(files["shards/axb/targets.json"]).filter(({ labels }) => labels?.["job"] === "j").length,
        FILES_FOR_TWO,
      );
    });
  });

  it("are those of the digests and lengths in manifest.json and SHA256SUMS, for files of many chunks, on disk", async () => {
    const hosts = [
      "web[00001-12000].tyo.example.com",
      "日本[0001-3000].example.com",
      ...Array.from({ length: 300 }, (_, index) => `10.0.${index >> 8}.${index & 255}`),
    ];
    const inventory = {
      "promgen.yml": "artifacts: [all, projects]\n",
      "targets/a.yml": "shard: a\nservers: [p1]\n---\nshard: b\nservers: [p2]\n",
      "targets/s.yml": JSON.stringify({
        service: "s",
        shard: ["a", "b"],
        projects: ["p", "q"].map((name) => ({
          name,
          hosts: hosts.map((host) => host.replace("example", `${name}.example`)),
          exporters: [
            { job: "node", port: 9100 },
            { job: "app", port: 8080 },
          ],
          probes: [{ module: "icmp", hosts: true }],
        })),
      }),
    };
    await withDirectory(inventory, async (directory) => {
      const ran = await inProcess(directory, (io) => build(io, { stdout: false, verbose: false }));
      assert.is(ran.exit, 0, ran.stderr);
      const dist = join(directory, "dist");
      const manifest = JSON.parse(await readFile(join(dist, "manifest.json"), "utf8")) as {
        files: Files;
        shards: Record<string, { path: string; files: Files }>;
      };
      type Files = Record<string, { sha256: string; bytes: number; groups?: number; targets?: number }>;
      const parts = [{ path: ".", files: manifest.files }, ...Object.values(manifest.shards)];
      assert.is(parts.length, 3);
      for (const { path, files } of parts) {
        const sums = await readFile(join(dist, path, "SHA256SUMS"), "utf8");
        for (const [name, facts] of Object.entries(files)) {
          const bytes = await readFile(join(dist, path, name));
          const sha256 = createHash("sha256").update(bytes).digest("hex");
          assert.equal([facts.sha256, facts.bytes], [sha256, bytes.length], `${path}/${name}`);
          if (!name.endsWith(".json")) continue;
          assert.ok(sums.includes(`\n${sha256}  ${name}\n`), `${path}/${name}`);
          const groups = JSON.parse(bytes.toString("utf8")) as { targets: string[] }[];
          assert.is(
            groups.reduce((sum, { targets }) => sum + targets.length, 0),
            facts.targets,
          );
          assert.ok(bytes.length > 5 * 128 * 1024, `${bytes.length} bytes`);
        }
      }
    });
  });
});
