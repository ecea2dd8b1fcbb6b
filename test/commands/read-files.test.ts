import { existsSync } from "node:fs";
import { chmod, mkdir, symlink, unlink, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { join } from "node:path";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import * as assert from "uvu/assert";
import { FILES_FOR_TWO, readFiles, takeChunk } from "../../src/commands/read-files.ts";
import type { ReadTask } from "../../src/commands/read-files.ts";
import type { ReadFile } from "../../src/commands/read-file.ts";
import { directoryTree } from "../../src/source/directory-tree.ts";
import type { BlobAlgorithm } from "../../src/source/git-blob.ts";
import type { Tree } from "../../src/source/tree.ts";
import { describe } from "../describe.ts";
import { errorOf, refusalOf } from "../refusal.ts";
import { git, ROOT, withDirectory } from "../workplace.ts";

const PROGRAM = join(ROOT, "lib/second-thread.js");

/** Enough files for two threads; every hundredth has a mistake of another kind. */
function contentOf(index: number): string {
  switch (index % 400) {
    case 100:
      return `service: s${index}\nprojects: [{ name: p${index}, hosts: [a${index}.example.com, 7], exporter: [node] }]\n`;
    case 200:
      return `service: s${index}\nprojects: [\n`;
    case 300:
      return `service: s${index} # promgen-ignore topology/empty-project -- later\nlabels: { __proto__: x, v: 1.10, e: }\n`;
    default:
      return `service: s${index}\nlabels: { team: "団${index}" }\nprojects:\n  - { name: p${index}, shard: a, hosts: [h${index}.example.com] }\n`;
  }
}

async function withManyFiles(act: (directory: string, files: readonly string[]) => Promise<void>): Promise<void> {
  await withDirectory({}, async (directory) => {
    await mkdir(join(directory, "targets"));
    const files = Array.from({ length: FILES_FOR_TWO }, (_, index) => `targets/f${String(index).padStart(5, "0")}.yml`);
    await Promise.all(files.map((file, index) => writeFile(join(directory, file), contentOf(index))));
    await act(directory, files);
  });
}

async function readAll(
  directory: string,
  files: readonly string[],
  program: string | undefined,
  algorithm?: BlobAlgorithm,
  tree = directoryTree(directory),
): Promise<ReadFile[]> {
  const read: ReadFile[] = [];
  const second = program === undefined ? undefined : { program, root: directory };
  await readFiles(
    tree,
    files,
    second,
    () => {},
    (file) => read.push(file),
    algorithm,
  );
  return read;
}

/** Where a thread of the tests says that it has taken its chunk. */
const TAKEN = "taken";

/** Reads the first file only when the other thread has taken a chunk. */
function startingSecond(directory: string): Tree {
  const tree = directoryTree(directory);
  return {
    ...tree,
    read(file) {
      for (const end = Date.now() + 20_000; !existsSync(join(directory, TAKEN)) && Date.now() < end;)
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      return tree.read(file);
    },
  };
}

/** Takes a chunk, and says so. */
const TAKE = `const { root, files, chunk, next, port } = require("node:worker_threads").workerData;
  const index = Atomics.add(next, 0, 1);
  require("node:fs").writeFileSync(root + "/${TAKEN}", "");`;

describe("readFiles", (it) => {
  it("gives the same with two threads as with one, in the order of the files", async () => {
    await withManyFiles(async (directory, files) => {
      const alone = await readAll(directory, files, undefined);
      const together = await readAll(directory, files, PROGRAM);
      assert.equal(
        together.map(({ file }) => file),
        files,
      );
      // A gap that the schema leaves in a list is null in JSON; the model takes both for nothing.
      assert.equal(JSON.stringify(together), JSON.stringify(alone));
      assert.ok(alone.some(({ isComplete }) => !isComplete));
      assert.ok(alone.some(({ suppressions }) => suppressions.length > 0));
    });
  });

  it("tells Git's id of each file where it is asked for, whichever thread reads it", async () => {
    await withManyFiles(async (directory, files) => {
      for (const program of [undefined, PROGRAM]) {
        const read = await readAll(directory, files, program, "sha1");
        assert.ok(read.every(({ blob }) => blob !== undefined));
        for (const at of [0, 100, files.length - 1])
          assert.is(read[at]?.blob, await git(directory, "hash-object", "--no-filters", files[at] ?? ""));
      }
      assert.is((await readAll(directory, files.slice(0, 1), undefined))[0]?.blob, undefined);
    });
  });

  it("says which file cannot be read, whichever thread meets it", async () => {
    await withManyFiles(async (directory, files) => {
      for (const at of [0, files.length - 1]) {
        const path = join(directory, files[at] ?? "");
        await unlink(path);
        // A link that leads out is refused for root, too, whom no permission stops.
        await symlink("/etc/hostname", path);
        const { message } = await refusalOf(() => readAll(directory, files, PROGRAM));
        assert.match(message, files[at] ?? "");
        await unlink(path);
        await writeFile(path, contentOf(at));
        await chmod(path, 0o644);
      }
    });
  });

  it("waits for what the other one took, and puts it where it belongs", async () => {
    await withManyFiles(async (directory, files) => {
      const program = join(directory, "other.cjs");
      await writeFile(
        program,
        `${TAKE}
        const read = files.slice(index * chunk, (index + 1) * chunk).map((file) => ({ file, documents: [], diagnostics: [], suppressions: [] }));
        const answer = () => port.postMessage({ index, files: JSON.stringify(read) });
        const look = () => Atomics.load(next, 0) * chunk < files.length ? setTimeout(look, 5) : setTimeout(answer, 100);
        look();`,
      );
      const read = await readAll(directory, files, program, undefined, startingSecond(directory));
      assert.equal(
        read.map(({ file }) => file),
        files,
      );
    });
  });

  it("fails where the other one ended and left something", async () => {
    await withManyFiles(async (directory, files) => {
      const program = join(directory, "other.cjs");
      await writeFile(program, `${TAKE} process.exit(3);`);
      const reading = async (): Promise<unknown> =>
        await readAll(directory, files, program, undefined, startingSecond(directory));
      assert.match((await errorOf(Error, reading)).message, "the second thread ended with 3");
    });
  });

  it("goes on alone where the second program is not built", async () => {
    await withManyFiles(async (directory, files) => {
      const read = await readAll(directory, files, join(ROOT, "lib/nothing.js"));
      assert.is(read.length, files.length);
    });
  });
});

describe("the second program", (it) => {
  it("reads all that nobody else takes", async () => {
    await withManyFiles(async (directory, files) => {
      const { port1, port2 } = new MessageChannel();
      const task: ReadTask = {
        work: "read",
        root: directory,
        files,
        chunk: 1000,
        next: newNext(),
        port: port2,
        algorithm: undefined,
      };
      const worker = new Worker(PROGRAM, { workerData: task, transferList: [port2] });
      await once(worker, "exit");
      const read: string[] = [];
      for (let received; (received = receiveMessageOnPort(port1)) !== undefined;)
        read.push(...(JSON.parse((received.message as { files: string }).files) as ReadFile[]).map(({ file }) => file));
      assert.equal(read, files);
    });
  });
});

describe("takeChunk", (it) => {
  it("gives a chunk once", () => {
    const next = newNext();
    assert.equal([takeChunk(next), takeChunk(next), takeChunk(next)], [0, 1, 2]);
  });
});

function newNext(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}
