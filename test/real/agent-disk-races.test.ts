/** The agent's disk while somebody swaps what its paths lead to. */
import { spawn } from "node:child_process";
import { cp, lstat, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { readFiles } from "../workplace.ts";
import { NEW, OLD, install, obey, order, outcomeOf, withProgram } from "./disk-host.ts";

/** Swaps a path and a symbolic link to the victim as fast as it can, until it is killed. */
const SWAPPER = `
const { renameSync, symlinkSync, unlinkSync } = require("node:fs");
const [, path, victim] = process.argv;
const attempt = (act) => { try { act(); } catch {} };
process.stdout.write("swapping");
for (let turn = 0; ; turn++) {
  // Names of their own each time: the agent may have made, moved or removed anything meanwhile.
  const [real, link] = [path + ".real" + turn, path + ".link" + turn];
  attempt(() => symlinkSync(victim, link));
  attempt(() => renameSync(path, real));
  attempt(() => renameSync(link, path));
  attempt(() => unlinkSync(path));
  attempt(() => renameSync(real, path));
}`;

describe("symbolic links that come and go while the agent works", (it) => {
  for (const path of ["watched", "watched/.promgen-agent", "watched/targets.json", "state", "state/last-known-good"]) {
    it(`in the place of ${path} never lead it to write, create or delete anything elsewhere`, async () => {
      await withProgram(async (program) => {
        // In memory: the more tries in a second, the better.
        const directory = await mkdtemp("/dev/shm/promgen-gen-test-");
        try {
          await install(program, order(directory, OLD));
          await install(program, order(directory, OLD));
          const victim = join(directory, "victim");
          await makeVictim(directory, victim);
          const before = await snapshot(victim);
          const to = path.endsWith(".json") ? join(victim, "targets.json") : victim;
          const swapper = spawn(process.execPath, ["-e", SWAPPER, join(directory, path), to], {
            stdio: ["ignore", "pipe", "ignore"],
          });
          try {
            await new Promise((resolve) => swapper.stdout.once("data", resolve));
            const ran = await obey(program, order(directory, { ...NEW, deed: "race", seconds: 0.6 }));
            const { ends = {} } = outcomeOf(ran, path);
            const tries = Object.values(ends).reduce((sum, count) => sum + count, 0);
            const known = ["installed", "unsafe-path", "disk", "permission"];
            assert.ok(tries > 20, JSON.stringify(ends));
            assert.equal(
              Object.keys(ends).filter((how) => !known.includes(how)),
              [],
              JSON.stringify(ends),
            );
            assert.ok((ends["unsafe-path"] ?? 0) > 0, `the race never met the link: ${JSON.stringify(ends)}`);
          } finally {
            swapper.kill("SIGKILL");
          }
          assert.equal(await snapshot(victim), before);
        } finally {
          await rm(directory, { recursive: true, force: true });
        }
      });
    });
  }
});

/** A directory with files of every name that the agent uses, all of them somebody else's. */
async function makeVictim(directory: string, victim: string): Promise<void> {
  await cp(join(directory, "state"), victim, { recursive: true });
  for (const name of ["watched", "watched/.promgen-agent", "state/last-known-good"])
    for (const file of await readdir(join(directory, name), { withFileTypes: true }))
      if (file.isFile()) await cp(join(directory, name, file.name), join(victim, file.name));
  for (const name of ["targets.1.new", "state.json.1.new", "SHA256SUMS.1.new", ".promgen-agent-nudge.1.new"])
    await writeFile(join(victim, name), "precious");
}

/** Everything below a directory with content, mode and times. */
async function snapshot(directory: string): Promise<unknown> {
  const files = await readFiles(directory);
  const names = (await readdir(directory, { recursive: true })).sort();
  const facts = names.map(async (name) => {
    const { mode, uid, mtimeMs, ino } = await lstat(join(directory, name));
    return [name, mode, uid, mtimeMs, ino];
  });
  return { files, facts: await Promise.all(facts) };
}
