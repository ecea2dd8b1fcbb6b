/** promgen-agent in the process of the tests from its very start: a glance, and where that does not do, the program. */
import childProcess from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { glance } from "../../src/agent/glance/glance.ts";
import { keyOf } from "../../src/agent/glance/note.ts";
import { ROOT, environment } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { runAgentHere } from "./agent-here.ts";

const PROGRAM = join(ROOT, "lib/promgen-agent.cjs");
/** Of the program as it was built, so that each goes by the notes of the other. */
const [, DIGEST = "0".repeat(64)] = /"([0-9a-f]{64})"/.exec(await readFile(PROGRAM, "latin1")) ?? [];

/** @param args from the command on. @returns undefined as {@link runAgentHere} does */
export async function startAgentHere(directory: string, args: readonly string[]): Promise<Ran | undefined> {
  const started = {
    argv: [process.execPath, PROGRAM, ...args],
    cwd: () => directory,
    env: environment(directory),
    getuid: process.getuid,
    hrtime: process.hrtime,
    pid: process.pid,
  } as unknown as NodeJS.Process;
  const headstart = await glance(DIGEST, started, () => childProcess);
  if (headstart === "done") return { exit: 0, signal: undefined, stdout: "", stderr: "" };
  return await runAgentHere(directory, args, { digest: DIGEST, key: keyOf(DIGEST, started), headstart });
}
