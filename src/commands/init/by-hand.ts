/** What somebody has to do to files that are there already, and that `init` leaves alone: those of another inventory, say. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { directoryInput, UNKNOWN_ACTIONS } from "./workflow-files.ts";
import type { Actions } from "./workflow-files.ts";

/** GitHub takes the first that is there: https://docs.github.com/articles/about-code-owners#codeowners-file-location */
const OWNERS = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];
/** More lines say nothing more to a reader. */
const MOST_LINES = 10;

/** What tells the jobs of several inventories apart, by workflow: an input beside `directory`. */
const APART: Readonly<Record<string, string>> = {
  ".github/workflows/targets-check.yml": "key",
  ".github/workflows/targets-comment.yml": "key",
  ".github/workflows/targets-publish.yml": "branch",
};

/** Where a repository has its CODEOWNERS; undefined where it has none. */
export function ownersPath(root: string): string | undefined {
  return OWNERS.find((path) => existsSync(join(root, path)));
}

/** With what, by its path from the root of the repository, and what is to be done. */
export type Addition = readonly [path: string, what: string];

/** @param wanted the text that `init` would have written @returns its lines for paths that have none there */
export function missingOwners(root: string, wanted: string): Addition[] {
  const path = ownersPath(root);
  const there = path === undefined ? undefined : textOf(root, path);
  if (path === undefined || there === undefined) return [];
  const known = new Set(linesOf(there).map(patternOf));
  const missing = linesOf(wanted).filter((line) => !known.has(patternOf(line)));
  const more = missing.length - MOST_LINES;
  return [
    ...missing.slice(0, MOST_LINES).map((line): Addition => [path, line]),
    ...(more > 0 ? [[path, `${more} more lines, for each file of a service with an owner`] as const] : []),
  ];
}

/**
 * @param kept workflows that were there, by their path from the root
 * @param directory of the inventory, "" at the root
 * @returns a job for each in which none is for this inventory
 */
export function missingJobs(root: string, kept: readonly string[], directory: string): Addition[] {
  return kept.flatMap((path): Addition[] => {
    const apart = APART[path];
    const text = apart === undefined ? undefined : textOf(root, path);
    if (text === undefined || isNamed(text, directory)) return [];
    const own = directory === "" ? "without `directory:`" : `with \`${directoryInput(directory)}\``;
    return [[path, `a job like the one that is there, ${own} and a \`${apart}:\` of its own`]];
  });
}

/**
 * @param kept workflows that were there, by their path from the root
 * @param wanted what they are to call; undefined where nobody has said so: then only a name that stands for it is wrong
 * @returns what each that calls something else is to call
 */
export function otherActions(root: string, kept: readonly string[], wanted: Actions | undefined): Addition[] {
  const named = wanted === undefined ? undefined : callOf(wanted);
  const unnamed = callOf(UNKNOWN_ACTIONS);
  return kept.flatMap((path): Addition[] => {
    const text = Object.hasOwn(APART, path) ? textOf(root, path) : undefined;
    const calls = text?.matchAll(/^[ #]*uses: *(\S+?)\/\.github\/workflows\/targets-[\w-]+\.yml@(\S+)/gm) ?? [];
    const there = new Set([...calls].map(([, repository = "", commit = ""]) => callOf({ repository, commit })));
    const others = [...there].filter((call) => (named === undefined ? call === unnamed : call !== named));
    const instead = named ?? "your organisation's copy of promgen-gen, by a commit that you trust,";
    return others.length === 0 ? [] : [[path, `call ${instead} in the place of ${others.join(" and ")}`]];
  });
}

function callOf({ repository, commit }: Actions): string {
  return `${repository}@${commit}`;
}

/** Whether a job of a workflow is for the inventory of a directory: at the root, it names none. */
function isNamed(text: string, directory: string): boolean {
  const named = [...text.matchAll(/^ *directory: *("[^"\n]*"|'[^'\n]*'|[^\s#]+)/gm)].map(([, word = ""]) =>
    word.replace(/^["']|["']$/g, "").replace(/^\.\/|\/$/g, ""),
  );
  const jobs = text.match(/^ *uses: *\S+\/\.github\/workflows\/targets-/gm) ?? [];
  return directory === "" ? jobs.length > named.length : named.includes(directory);
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

/** Of a line of CODEOWNERS. A space in it has a backslash before it. */
function patternOf(line: string): string {
  return /^(?:\\.|\S)+/.exec(line.trim())?.[0] ?? "";
}

/** Undefined for what cannot be read: somebody else will say so. */
function textOf(root: string, path: string): string | undefined {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    return undefined;
  }
}
