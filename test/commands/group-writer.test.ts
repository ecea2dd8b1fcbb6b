import { readdir } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { build } from "../../src/commands/build.ts";
import { startGroupWriter, TARGETS_FOR_TWO } from "../../src/commands/group-writer.ts";
import type { WriterThread } from "../../src/commands/group-writer.ts";
import { newLineBlock } from "../../src/render/lines.ts";
import type { LineBlock } from "../../src/render/lines.ts";
import { describe } from "../describe.ts";
import { errorOf, refusalOf } from "../refusal.ts";
import { inProcess, readFiles, ROOT, runCli, withDirectory } from "../workplace.ts";

const PROGRAM = join(ROOT, "lib/second-thread.js");

const HOSTS = 50_000;
const SHARDS = ["a", "b b"];
const JOBS = Math.ceil(TARGETS_FOR_TWO / HOSTS / SHARDS.length);

/** Enough targets for a thread that writes: some in lines longer than a block, many in short ones. */
const LARGE = {
  "promgen.yml": `artifacts: [all, services]\nexporters: { node: { port: 9100 } }\n`,
  "targets/shards.yml": [...SHARDS, "empty"].map((name) => `shard: ${name}\nservers: [p1]\n`).join("---\n"),
  "targets/large.yml": JSON.stringify({
    service: "large",
    shard: SHARDS,
    projects: [
      {
        name: "range",
        hosts: [`web[00001-${HOSTS}].example.com`],
        exporters: Array.from({ length: JOBS }, (_, index) => ({ job: `job${index}`, port: 9000 + index })),
      },
      ...Array.from({ length: 10_000 }, (_, index) => ({
        name: `日${index}`,
        shard: SHARDS[index % 2],
        hosts: [`h${index}.example.com`, `団${index}.example.jp`],
        exporters: ["node"],
      })),
    ],
  }),
};

function linesIn(texts: readonly string[]): LineBlock {
  const block = newLineBlock();
  const bytes = Buffer.from(block.bytes.buffer);
  let at = 0;
  for (const text of texts) {
    const length = bytes.write(text, at);
    block.facts.set([0, length, 1], block.count++ * 3);
    at += length;
  }
  return block;
}

async function withWriter(
  program: string,
  staging: string,
  act: (writer: WriterThread) => Promise<void>,
): Promise<void> {
  const writer = await startGroupWriter(program, staging);
  if (writer === undefined) throw new Error(`${program} is not built`);
  try {
    await act(writer);
  } finally {
    await writer.stop();
  }
}

/** Another program for the second thread. */
async function withProgram(text: string, act: (directory: string, program: string) => Promise<void>): Promise<void> {
  await withDirectory({ "second-thread.js": text, "package.json": `{"type":"commonjs"}` }, async (directory) => {
    await act(directory, join(directory, "second-thread.js"));
  });
}

describe("a thread that writes", (it) => {
  it("writes what one thread alone writes", async () => {
    await withDirectory(LARGE, async (directory) => {
      // In this process there is no program for a second thread.
      const alone = await inProcess(directory, (io) => build(io, { out: "alone", stdout: false, verbose: false }));
      assert.is(alone.exit, 0, alone.stderr);
      const together = await runCli(directory, ["build", "--out", "together"]);
      assert.is(together.exit, 0, together.stderr);
      const files = await readFiles(join(directory, "together"));
      assert.ok((files["targets.json"]?.length ?? 0) > 5_000_000);
      const others = await readFiles(join(directory, "alone"));
      assert.equal(Object.keys(files).sort(), Object.keys(others).sort());
      for (const [path, text] of Object.entries(files)) assert.ok(text === others[path], path);
    });
  });

  it("takes more blocks than may be on their way, for one file after the other", async () => {
    await withDirectory({}, async (directory) => {
      await withWriter(PROGRAM, directory, async (writer) => {
        for (const name of ["one", "two"]) {
          writer.begin({ all: `${name}.json`, shards: [`${name}/x.json`] });
          for (let index = 0; index < 20; index++) await writer.add(linesIn([`${name}${index}`, "é"]));
          const { all, shards } = await writer.end();
          assert.equal([all?.groups, all?.targets], [40, 40]);
          assert.equal(shards, [all]);
        }
      });
      const files = await readFiles(directory);
      for (const name of ["one", "two"]) {
        const lines = Array.from({ length: 20 }, (_, index) => [`${name}${index}`, "é"]).flat();
        assert.is(files[`${name}.json`], `[\n${lines.join(",\n")}\n]\n`);
        assert.is(files[`${name}/x.json`], files[`${name}.json`]);
      }
    });
  });

  it("says what the disk refuses as one thread alone says it", async () => {
    await withDirectory({ file: "" }, async (directory) => {
      await withWriter(PROGRAM, join(directory, "file"), async (writer) => {
        writer.begin({ all: "x/targets.json", shards: [] });
        const { message, hint } = await refusalOf(async () => {
          await writer.add(linesIn(["{}"]));
          await writer.end();
        });
        assert.is(message, "cannot write x/targets.json: ENOTDIR");
        assert.is(hint, "a part of the path is a file");
      });
    });
  });

  it("ends the build where it ends itself, whatever it was about to do", async () => {
    for (const when of ["", 'require("node:worker_threads").parentPort.on("message", () => ']) {
      await withProgram(`${when}process.exit(3)${when === "" ? "" : ")"};`, async (directory, program) => {
        await withWriter(program, directory, async (writer) => {
          writer.begin({ all: "targets.json", shards: [] });
          const { message } = await errorOf(Error, async () => {
            for (let index = 0; index < 20; index++) await writer.add(linesIn(["{}"]));
            await writer.end();
          });
          assert.is(message, "the second thread ended with 3 while it wrote");
        });
      });
    }
  });

  it("leaves the old artifacts where it fails", async () => {
    const program = `const { workerData } = require("node:worker_threads");
      require("node:fs").writeFileSync(workerData.staging + "/targets.json", "half of i");
      throw new Error("out of luck");`;
    await withProgram(program, async (resources) => {
      await withDirectory(LARGE, async (directory) => {
        await inProcess(directory, (io) => build(io, { stdout: false, verbose: false }));
        const before = await readFiles(join(directory, "dist"));
        const { message } = await errorOf(Error, async () => {
          await inProcess(directory, (io) => build({ ...io, resources }, { stdout: false, verbose: false }));
        });
        assert.is(message, "out of luck");
        const after = await readFiles(join(directory, "dist"));
        assert.equal(Object.keys(after), Object.keys(before));
        for (const [path, text] of Object.entries(before)) assert.ok(after[path] === text, path);
        assert.equal((await readdir(directory)).sort(), ["dist", "promgen.yml", "targets"]);
      });
    });
  });
});
