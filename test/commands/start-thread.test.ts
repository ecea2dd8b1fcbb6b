import { join } from "node:path";
import * as assert from "uvu/assert";
import { FILES_FOR_TWO } from "../../src/commands/read-files.ts";
import { TARGETS_FOR_TWO } from "../../src/commands/group-writer.ts";
import { startThread } from "../../src/commands/start-thread.ts";
import { describe } from "../describe.ts";
import { readFiles, runCli, withDirectory } from "../workplace.ts";

const HOSTS = 50_000;

/** Enough files for a thread that reads, and targets for one that writes. */
const LARGE = {
  "promgen.yml": "artifacts: [all]\nexporters: { node: { port: 9100 } }\n",
  "targets/shards.yml": "shard: a\nservers: [p1]\n",
  "targets/large.yml": JSON.stringify({
    service: "large",
    shard: "a",
    projects: Array.from({ length: TARGETS_FOR_TWO / HOSTS }, (_, index) => ({
      name: `p${index}`,
      hosts: [`p${index}-[00001-${HOSTS}].example.com`],
      exporters: ["node"],
    })),
  }),
  ...Object.fromEntries(
    Array.from({ length: FILES_FOR_TWO }, (_, index) => [
      `targets/many/${index}.yml`,
      `service: s${index}\nshard: a\nprojects: [{ name: q${index}, hosts: [q${index}.example.com], exporters: [node] }]\n`,
    ]),
  ),
};

/** What Node throws where the system refuses a thread; and the program says that it asked for one. */
const NO_THREADS = `const threads = require("node:worker_threads");
  threads.Worker = class {
    constructor(program, { workerData }) {
      require("node:fs").writeFileSync(__dirname + "/asked-" + workerData.work, "");
      throw Object.assign(new Error("EAGAIN"), { code: "ERR_WORKER_INIT_FAILED" });
    }
  };
  require("node:module").syncBuiltinESMExports();`;

describe("startThread", (it) => {
  it("is done without where the system has no thread left: one reads and writes the same", async () => {
    await withDirectory(LARGE, async (directory) => {
      await withDirectory({ "no-threads.cjs": NO_THREADS }, async (elsewhere) => {
        const env = { NODE_OPTIONS: `--require=${join(elsewhere, "no-threads.cjs")}` };
        const alone = await runCli(directory, ["build", "--out", "alone"], env);
        assert.is(alone.exit, 0, alone.stderr);
        assert.equal(Object.keys(await readFiles(elsewhere)).sort(), ["asked-read", "asked-write", "no-threads.cjs"]);
      });
      const together = await runCli(directory, ["build", "--out", "together"]);
      assert.is(together.exit, 0, together.stderr);
      assert.equal(await readFiles(join(directory, "alone")), await readFiles(join(directory, "together")));
    });
  });

  it("says what is wrong where the system is not to blame", async () => {
    await withDirectory({ "program.cjs": "" }, async (directory) => {
      const error = await startThread(join(directory, "program.cjs"), { argv: [], execArgv: ["--no-such-flag"] }).then(
        () => undefined,
        (thrown: unknown) => thrown as NodeJS.ErrnoException,
      );
      assert.is(error?.code, "ERR_WORKER_INVALID_EXEC_ARGV");
    });
  });
});
