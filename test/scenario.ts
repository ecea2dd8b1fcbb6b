/**
 * Whole-program tests as text. A scenario is a file `test/scenarios/<a-sentence>.txt`, read from top to bottom:
 *
 *     Words up to the first marker say what this shows.
 *
 *     -- targets/shards/tokyo-a.yml --
 *     shard: tokyo-a
 *
 *     $ promgen-gen validate --format json
 *     exit: 1
 *     -- stdout --
 *     what it prints
 *     -- stderr --
 *     what it says
 *
 * - `-- path --` writes a file (or overwrites it: files may stand between commands).
 * - `$ ` runs the rest of the line with `sh` in the scenario's own directory, where `promgen-gen` is lib/cli.js and git
 *   works without the user's configuration and at a fixed time; a line that has nothing for a shell to do runs in this
 *   process. What follows is what it must do: the exit code, then what it prints; `-- stdout --` or `-- stderr --` is left out where that is empty. A path called `stdout` or
 *   `stderr` cannot be written as a file.
 * - One empty line before a command or a file belongs to nobody. A line of content that looks like a marker or begins
 *   with `\` has one more `\` in front; `\ no newline` as the last line means that the line before has no newline at
 *   its end.
 * - In what a program prints, the scenario's directory reads `<dir>`, and the time in the summary line `0.0 s`.
 *
 * `UPDATE=1 npm test` writes what the program does now into the files. Read the diff before you commit it.
 */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runLineHere } from "./program-here.ts";
import { environment } from "./workplace.ts";

export interface Scenario {
  readonly comment: string;
  readonly steps: readonly Step[];
}
export type Step = FileStep | CommandStep;
export interface FileStep {
  readonly kind: "file";
  readonly path: string;
  readonly content: string;
}
export interface CommandStep {
  readonly kind: "command";
  readonly command: string;
  readonly result: Result;
}
export interface Result {
  /** Not there in a new scenario that was never run. */
  readonly exit?: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const CLI = fileURLToPath(new URL("../lib/cli.js", import.meta.url));
const SECTION = /^-- (.+) --$/;
const OUTPUT = /^-- std(out|err) --$/;
const MARKER = /^(\$ |-- .+ --$)/;
const NO_NEWLINE = "\\ no newline";

/** Reads the form above. Throws where a text does not have it. */
export function parseScenario(text: string): Scenario {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();

  // Cut into a heading (none for the first) and its content.
  const blocks: { heading: string; lines: string[] }[] = [{ heading: "", lines: [] }];
  for (const line of lines) {
    if (!MARKER.test(line)) {
      blocks.at(-1)?.lines.push(line);
      continue;
    }
    if (!OUTPUT.test(line) && blocks.at(-1)?.lines.at(-1) === "") blocks.at(-1)?.lines.pop();
    blocks.push({ heading: line, lines: [] });
  }

  const comment = joinContent(blocks.shift()?.lines ?? []);
  const steps: Step[] = [];
  for (const { heading, lines: content } of blocks) {
    const section = SECTION.exec(heading)?.[1];
    const last = steps.at(-1);
    if (section === undefined) {
      const exit = /^exit: (\d+)$/.exec(content[0] ?? "")?.[1];
      if (content.length !== (exit === undefined ? 0 : 1)) {
        throw new Error(`after "${heading}": "exit: <number>", not "${content.at(-1)}"`);
      }
      const result = { exit: exit === undefined ? undefined : Number(exit), stdout: "", stderr: "" };
      steps.push({ kind: "command", command: heading.slice(2), result });
    } else if (section === "stdout" || section === "stderr") {
      if (last?.kind !== "command") throw new Error(`"${heading}" does not follow a command`);
      steps[steps.length - 1] = { ...last, result: { ...last.result, [section]: joinContent(content) } };
    } else {
      steps.push({ kind: "file", path: section, content: joinContent(content) });
    }
  }
  return { comment, steps };
}

/** The text of a scenario: what `parseScenario` reads. */
export function formatScenario({ comment, steps }: Scenario): string {
  return [comment.trimEnd(), ...steps.map(formatStep)].join("\n\n") + "\n";
}

export function formatStep(step: Step): string {
  if (step.kind === "file") return `-- ${step.path} --${splitContent(step.content)}`;
  const { exit, stdout, stderr } = step.result;
  let text = `$ ${step.command}`;
  if (exit !== undefined) text += `\nexit: ${exit}`;
  if (stdout !== "") text += `\n-- stdout --${splitContent(stdout)}`;
  if (stderr !== "") text += `\n-- stderr --${splitContent(stderr)}`;
  return text;
}

/** Lines of a file to its content. */
function joinContent(lines: readonly string[]): string {
  const text = lines.map((line) => (line === NO_NEWLINE || !line.startsWith("\\") ? line : line.slice(1)));
  if (text.at(-1) === NO_NEWLINE) return text.slice(0, -1).join("\n");
  return text.map((line) => `${line}\n`).join("");
}

/** The other way; each line has its newline in front. */
function splitContent(content: string): string {
  if (content === "") return "";
  const lines = content.split("\n");
  const last = lines.pop() ?? "";
  const escaped = lines.map((line) => (MARKER.test(line) || line.startsWith("\\") ? `\\${line}` : line));
  if (last !== "") escaped.push(last, NO_NEWLINE);
  return escaped.map((line) => `\n${line}`).join("");
}

/** Does the steps in a new directory, and returns them with what really happened. */
export async function runScenario({ comment, steps }: Scenario): Promise<Scenario> {
  const base = await realpath(await mkdtemp(join(tmpdir(), "scenario-")));
  const directory = join(base, "work");
  try {
    await mkdir(join(base, "bin"));
    await mkdir(directory);
    await symlink(CLI, join(base, "bin/promgen-gen"));
    await symlink(process.execPath, join(base, "bin/node"));
    const done: Step[] = [];
    for (const step of steps) {
      if (step.kind === "command") {
        done.push({ ...step, result: await runCommand(step.command, directory, join(base, "bin")) });
      } else {
        const path = join(directory, step.path);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, step.content);
        done.push(step);
      }
    }
    return { comment, steps: done };
  } finally {
    await rm(base, { recursive: true });
  }
}

async function runCommand(command: string, directory: string, bin: string): Promise<Result> {
  const { exit, stdout, stderr } =
    (await runLineHere(directory, command)) ?? (await runInShell(command, directory, bin));
  const normalise = (text: string): string =>
    text.replaceAll(directory, "<dir>").replace(/( · )\d+(?:\.\d+)? m?s$/gm, "$10.0 s");
  return { exit, stdout: normalise(stdout), stderr: normalise(stderr) };
}

async function runInShell(
  command: string,
  directory: string,
  bin: string,
): Promise<{ readonly exit: number; readonly stdout: string; readonly stderr: string }> {
  const child = spawn("/bin/sh", ["-c", command], {
    cwd: directory,
    env: environmentOf(directory, bin),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
    });
  }
  const exit = await new Promise<number>((resolve, reject) => {
    child.on("error", reject).on("close", (code, signal) => {
      if (code === null) reject(new Error(`$ ${command}: ended by ${signal}`));
      else resolve(code);
    });
  });
  return { exit, ...output };
}

/** The usual environment of tests. */
function environmentOf(directory: string, bin: string): NodeJS.ProcessEnv {
  return {
    ...environment(directory),
    PATH: [bin, process.env["PATH"]].join(delimiter),
    TZ: "UTC",
    GIT_CEILING_DIRECTORIES: dirname(directory),
  };
}
