/** The agent's disk while somebody swaps what its paths lead to. */
import { spawn } from "node:child_process";
import { cp, lstat, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe, notRun } from "../describe.ts";
import { isInstalled, readFiles } from "../workplace.ts";
import { NEW, OLD, inPlace, install, obey, order, outcomeOf, withProgram } from "./disk-host.ts";

/** Swaps a path and a symbolic link to the victim as fast as it can, by renames, until it is killed. */
const RENAMES = `
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

/** The same at one stroke, so that there is never nothing: renameat2(2) with RENAME_EXCHANGE, which Node has not. */
const EXCHANGES = `
import ctypes, os, shutil, sys
path, victim = sys.argv[1:]
link = path + ".link"
exchange = ctypes.CDLL(None).renameat2
a, b = os.fsencode(path), os.fsencode(link)
sys.stdout.write("swapping")
sys.stdout.flush()
while True:
    try:
        if not os.path.islink(path) and not os.path.islink(link):
            # The agent has replaced or removed the link.
            if os.path.isdir(link): shutil.rmtree(link)
            elif os.path.exists(link): os.unlink(link)
            os.symlink(victim, link)
        exchange(-100, a, -100, b, 2)
    except OSError:
        pass`;

const hasPython = await isInstalled("python3");
if (!hasPython) notRun("symbolic links that come and go at one stroke", "python3 is not installed");
const SWAPPERS: Readonly<Record<string, { readonly command: readonly string[]; readonly seconds: number }>> = {
  "by renames": { command: [process.execPath, "-e", RENAMES], seconds: 0.6 },
  ...(hasPython ? { "at one stroke": { command: ["python3", "-c", EXCHANGES], seconds: 1.4 } } : {}),
};

/** Tries of a race; however few there are in its time on a busy machine, so many are waited for. */
const ENOUGH = 25;

const KNOWN_ENDS = ["installed", "unsafe-path", "disk", "permission"];

describe("symbolic links that come and go while the agent works", (it) => {
  for (const [how, { command, seconds }] of Object.entries(SWAPPERS))
    for (const path of [
      "watched",
      "watched/.promgen-agent",
      "watched/targets.json",
      "state",
      "state/last-known-good",
    ]) {
      it(`${how} in the place of ${path} never lead it to write, create or delete anything elsewhere`, async () => {
        await withProgram(async (program) => {
          // In memory: the more tries in a second, the better.
          const directory = await mkdtemp("/dev/shm/promgen-gen-test-");
          try {
            await install(order(directory, OLD));
            await install(order(directory, OLD));
            const victim = join(directory, "victim");
            await makeVictim(directory, victim);
            const before = await snapshot(victim);
            const to = path.endsWith(".json") ? join(victim, "targets.json") : victim;
            const [by = "", ...args] = command;
            const swapper = spawn(by, [...args, join(directory, path), to], {
              stdio: ["ignore", "pipe", "ignore"],
            });
            const ended = new Promise((resolve) => swapper.once("exit", resolve));
            try {
              await new Promise((resolve) => swapper.stdout.once("data", resolve));
              const ran = await obey(program, order(directory, { ...NEW, deed: "race", seconds, tries: ENOUGH }));
              const { ends = {} } = outcomeOf(ran, path);
              const tries = Object.values(ends).reduce((sum, count) => sum + count, 0);
              const said = JSON.stringify(ends);
              assert.ok(tries >= ENOUGH, said);
              assert.equal(
                Object.keys(ends).filter((end) => !KNOWN_ENDS.includes(end)),
                [],
                said,
              );
              assert.ok((ends["unsafe-path"] ?? 0) > 0, `the race never met the link: ${said}`);
              process.stdout.write(`\n  ${path} ${how}: ${tries} runs, ${said}\n`);
            } finally {
              swapper.kill("SIGKILL");
              await ended;
            }
            assert.equal(await snapshot(victim), before);
            await removeLinks(directory);
            assert.equal(await readableTargets(directory), []);
            // Once the links are gone, all is well again.
            await install(order(directory, NEW));
            assert.equal(await inPlace(directory), ["new", "new"]);
          } finally {
            await rm(directory, { recursive: true, force: true });
          }
        });
      });
    }
});

/** What Prometheus could take for targets besides the files in place, wherever the swapper has put their directory. */
async function readableTargets(directory: string): Promise<string[]> {
  const names = (await readdir(directory, { recursive: true })).filter((name) => name.startsWith("watched"));
  return names.filter((name) => /\.(json|ya?ml)$/.test(name) && !/\/(targets|urls)\.json$/.test(name));
}

async function removeLinks(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries) if (entry.isSymbolicLink()) await rm(join(entry.parentPath, entry.name));
}

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
