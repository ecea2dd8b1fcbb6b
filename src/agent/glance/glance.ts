/**
 * The shortest run: nothing has changed since the last one, here or at the source. It needs no lock, for it changes nothing
 * but its own diary, and takes part of the program. Any doubt, and a whole run is made.
 */
import { closeSync, constants, openSync, renameSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { DEFAULT_STATE } from "../config.ts";
import { beginLock } from "../disk/flock.ts";
import type { LoadProcesses } from "../disk/flock.ts";
import { ask, saysNothingNew } from "../source/question.ts";
import { CONTACT } from "./contact.ts";
import type { Contact } from "./contact.ts";
import type { Headstart } from "./headstart.ts";
import { keyOf, lookOf, NOTE, readNote, readPlainly } from "./note.ts";
import type { Note } from "./note.ts";

/**
 * Does all of a run, where that is little, or begins one.
 *
 * @param program a digest of it
 * @returns `done` with exit code 0, or what it has begun
 */
export async function glance(
  program: string,
  process: NodeJS.Process,
  load: LoadProcesses,
): Promise<"done" | Headstart | undefined> {
  if (process.argv[2] !== "sync") return undefined;
  // `performance` takes a millisecond to load.
  const start = process.hrtime.bigint();
  let begun: Headstart | undefined;
  try {
    const state = resolve(stateOf(process));
    const look = lookOf(`${state}/${NOTE}`);
    const note = readNote(state);
    if (note === undefined || note.key !== keyOf(program, process) || !isCurrent(note)) return undefined;
    begun = { note: look, asked: ask(note.question), lock: undefined };
    // While the question is on its way.
    if (!looksTheSame(note.looks)) return begun;
    const heard = await begun.asked.answer;
    // Another processor can take the lock while this one loads the program.
    if (heard === undefined || !saysNothingNew(heard)) return { ...begun, lock: beginLock(state, load) };
    leaveContact(state, note, process.pid, Number(process.hrtime.bigint() - start) / 1e9);
    return "done";
  } catch {
    // Whatever it is, a whole run meets it, too, and has the words for it.
    return begun;
  }
}

const SAID = "--state=";

/** Where the note may lie. It says itself which command line it is for, so a wrong guess finds none that fits. */
export function stateOf({ argv, env }: Pick<NodeJS.Process, "argv" | "env">): string {
  const words = argv.flatMap((word) => (word.startsWith(SAID) ? ["--state", word.slice(SAID.length)] : [word]));
  return words[words.lastIndexOf("--state") + 1 || words.length] ?? env["PROMGEN_STATE"] ?? DEFAULT_STATE;
}

/** It is time for it, and what the question depends on is as it was. */
function isCurrent({ from, until, named }: Note): boolean {
  const now = Date.now() / 1000;
  return now >= from && now < until && looksTheSame(named, true);
}

function looksTheSame(looks: Note["looks"], areNamed = false): boolean {
  return Object.entries(looks).every(([path, look]) => lookOf(path, areNamed) === look);
}

/** Not synced: after a power cut the diary in state.json will do. */
function leaveContact(directory: string, { looks, state, runs }: Note, pid: number, seconds: number): void {
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const inside = (name: string): string => `/proc/self/fd/${fd}/${name}`;
    // That very directory, wherever its path may lead by now.
    if (lookOf(inside(""), true) !== looks[directory]) throw new Error("another directory");
    const before = contactIn(inside(CONTACT));
    const counted = before?.state === state && before.runs > runs ? before.runs : runs;
    const contact: Contact = {
      state,
      at: Date.now() / 1000,
      seconds: Math.round(seconds * 1000) / 1000,
      runs: counted + 1,
    };
    const staged = inside(`${CONTACT}.${pid}.new`);
    writeFileSync(staged, JSON.stringify(contact), { flag: "wx", mode: 0o644 });
    renameSync(staged, inside(CONTACT));
  } finally {
    closeSync(fd);
  }
}

function contactIn(path: string): Contact | undefined {
  try {
    return JSON.parse(readPlainly(path)) as Contact;
  } catch {
    return undefined;
  }
}
