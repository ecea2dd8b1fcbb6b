/**
 * What a run leaves that found all well: how everything looked, and what to ask the source. The next run begins with a
 * glance (glance.ts): where all looks the same and the source has nothing new, there is nothing else to be done.
 *
 * A note stands for the time between two runs that hold the lock: each of these removes it before it changes anything, so
 * that after one that was killed, or that ended in any other way, there is none.
 */
import { closeSync, constants, lstatSync, openSync, readFileSync, statSync } from "node:fs";
import { sealOf } from "../disk/seal.ts";
import type { Question } from "../source/question.ts";

export interface Note {
  /** The program, its user and its command line: any other has to look for itself. */
  readonly key: string;
  /** Seconds since 1970 between which it holds: until a file has to be read again, whatever it looks like. */
  readonly from: number;
  readonly until: number;
  /** Path → how it looks: files of ours, and all directories above them. */
  readonly looks: Readonly<Record<string, string>>;
  /** The same of files that options name, wherever links lead from there. */
  readonly named: Readonly<Record<string, string>>;
  readonly question: Question;
  /** Checksum of the state.json that it belongs to, and the runs that this has counted. */
  readonly state: string;
  readonly runs: number;
}

/** Below the state directory. */
export const NOTE = "glance.json";

type Process = Pick<NodeJS.Process, "argv" | "cwd" | "env" | "getuid">;

/**
 * What a run depends on that lies in no file. Undefined where a proxy may stand between, whose address may hold a password.
 *
 * @param program a digest of it
 */
export function keyOf(program: string, { argv, cwd, env, getuid }: Process): string | undefined {
  const names = Object.keys(env).sort();
  if (names.some((name) => /^https?_proxy$/i.test(name))) return undefined;
  const variables = names.filter((name) => name.startsWith("PROMGEN_"));
  return JSON.stringify([program, getuid?.(), cwd(), argv.slice(2), variables.map((name) => [name, env[name]])]);
}

/** How something looks, be it a directory, where what is in it does not count; "" where nothing is there. */
export function lookOf(path: string, isNamed = false): string {
  const stats = (isNamed ? statSync : lstatSync)(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return "";
  const { dev, ino, mode, uid, gid } = stats;
  return stats.isDirectory() ? [dev, ino, mode, uid, gid].join(":") : sealOf(stats);
}

/** Twice: where both are the same, it is what was written. */
export function packNote(note: Note): string {
  const text = JSON.stringify(note);
  return text + text;
}

/** Undefined where it is not as it was written; throws where there is none. */
export function readNote(state: string): Note | undefined {
  const text = readPlainly(`${state}/${NOTE}`);
  const half = text.slice(text.length / 2);
  return text === half + half ? (JSON.parse(half) as Note) : undefined;
}

/** A small text file. No link is followed, and no pipe waited for. */
export function readPlainly(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return readFileSync(fd, "utf8");
  } finally {
    closeSync(fd);
  }
}
