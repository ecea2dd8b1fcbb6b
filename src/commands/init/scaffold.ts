/** Writes files that are not there yet. */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { EnvironmentError } from "../../exit.ts";
import { makeDirectories } from "../../publish/make-directories.ts";

/** Path below the directory, with `/` → content. */
export type ScaffoldFiles = Readonly<Record<string, string>>;

/** What became of the files. */
export interface Scaffolded {
  readonly made: readonly string[];
  /** Somebody's, and left as they are. */
  readonly kept: readonly string[];
}

/**
 * Writes each file, unless something has its name already, of whatever kind.
 *
 * Throws EnvironmentError where the disk refuses.
 */
export function scaffold(directory: string, files: ScaffoldFiles): Scaffolded {
  const made: string[] = [];
  const kept: string[] = [];
  for (const [path, content] of Object.entries(files)) {
    const full = join(directory, path);
    try {
      makeDirectories(dirname(full));
    } catch (error) {
      throw refused(dirname(full), error);
    }
    try {
      writeFileSync(full, content, { flag: "wx" });
      made.push(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw refused(full, error);
      kept.push(path);
    }
  }
  return { made, kept };
}

function refused(path: string, error: unknown): EnvironmentError {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const isFile = code === "EEXIST" || code === "ENOTDIR";
  return new EnvironmentError(
    `cannot write ${path}: ${isFile ? "a file is where a directory has to be" : code}`,
    isFile ? "move it away, or choose another directory with --dir" : "choose another directory with --dir",
  );
}
