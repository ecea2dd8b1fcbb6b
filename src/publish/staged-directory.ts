/**
 * Artifacts → directory. Everything is written to a sibling first, which then takes the directory's place by renames: a
 * build that is killed leaves the old directory or the new one, at worst none between two renames, and the next build
 * puts that right.
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { createServer } from "node:net";
import type { Server } from "node:net";
import { platform } from "node:os";
import { basename, dirname, join } from "node:path";
import { EnvironmentError } from "../exit.ts";
import type { Sink } from "../render/artifact.ts";
import { foreignContent } from "./ownership.ts";

export interface StagedDirectory extends Sink {
  /** Puts the new directory in the place of the old one. */
  commit(): void;
  /** Removes what was staged; the old directory stays. Does nothing after a commit. */
  discard(): void;
}

/**
 * Begins to replace a directory.
 *
 * @param out absolute path; a symbolic link is followed
 * Throws EnvironmentError: the directory holds something that is not ours, another build is at work, the disk fails.
 */
export async function stageDirectory(out: string): Promise<StagedDirectory> {
  const target = existsSync(out) ? realpathSync(out) : out;
  const parent = dirname(target);
  const lock = await lockPath(target);
  const staging = join(parent, `.${basename(target)}.promgen-gen-new`);
  const old = join(parent, `.${basename(target)}.promgen-gen-old`);
  const open = new Map<string, number>();
  const directories = new Set<string>();
  try {
    attempt(`prepare ${out}`, () => {
      mkdirSync(parent, { recursive: true });
      // Killed between the two renames below: the old directory is the last complete one.
      if (!existsSync(target) && existsSync(old)) renameSync(old, target);
      rmSync(old, { recursive: true, force: true });
      rmSync(staging, { recursive: true, force: true });
    });
    refuseForeign(out, target);
    attempt(`write to ${parent}`, () => mkdirSync(staging));
  } catch (error) {
    lock?.close();
    throw error;
  }

  let isOver = false;
  const end = (): void => {
    isOver = true;
    for (const file of open.values()) closeSync(file);
    open.clear();
    lock?.close();
  };
  return {
    write(path, chunk) {
      attempt(`write ${path}`, () => {
        let file = open.get(path);
        if (file === undefined) {
          const directory = dirname(join(staging, path));
          if (!directories.has(directory)) mkdirSync(directory, { recursive: true });
          directories.add(directory);
          open.set(path, (file = openSync(join(staging, path), "wx", 0o644)));
        }
        for (let at = 0; at < chunk.length;) at += writeSync(file, chunk, at);
      });
    },
    end(path) {
      const file = open.get(path);
      if (file !== undefined) attempt(`write ${path}`, () => closeSync(file));
      open.delete(path);
    },
    commit() {
      attempt(`replace ${out}`, () => {
        const hasOld = existsSync(target);
        if (hasOld) renameSync(target, old);
        renameSync(staging, target);
        if (hasOld) rmSync(old, { recursive: true, force: true });
      });
      end();
    },
    discard() {
      if (isOver) return;
      end();
      rmSync(staging, { recursive: true, force: true });
    },
  };
}

function refuseForeign(out: string, target: string): void {
  if (!existsSync(target)) return;
  const foreign = attempt(`read ${out}`, () =>
    foreignContent(target, { list: readdirSync, read: (path) => readFileSync(path, "utf8") }),
  );
  if (foreign === undefined) return;
  throw new EnvironmentError(
    `${out} holds something that is not an artifact: ${foreign}`,
    "choose another directory with --out, or move that away: the whole directory would be replaced",
  );
}

/**
 * Holds a name that only one process can have and that dies with it: an abstract socket of Linux. Elsewhere there is no
 * lock, and two builds at once are the user's to avoid.
 */
async function lockPath(target: string): Promise<Server | undefined> {
  if (platform() !== "linux") return undefined;
  const name = `\0promgen-gen:${createHash("sha256").update(target).digest("hex")}`;
  const server = createServer();
  return await new Promise((done, fail) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE")
        fail(
          new EnvironmentError(
            `another build is writing to ${target}`,
            "wait for it to end, or choose another directory with --out",
          ),
        );
      else done(undefined);
    });
    server.listen(name, () => {
      server.unref();
      done(server);
    });
  });
}

function attempt<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof EnvironmentError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    const hints: Readonly<Record<string, string>> = {
      ENOSPC: "the disk is full",
      EACCES: "check the permissions of the directory",
      EROFS: "the file system is read-only",
      ENOTDIR: "a part of the path is a file",
    };
    throw new EnvironmentError(`cannot ${what}: ${code}`, hints[code]);
  }
}
