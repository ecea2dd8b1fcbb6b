/**
 * Paths as a user types them: files, directories, or globs that the shell did not expand.
 */
import { relative, resolve, sep } from "node:path";

/**
 * The paths that a word of the command line stands for, relative to the root, with `/`. A word without glob characters
 * stands for itself, whether it exists or not; a glob stands for the files and directories that it fits.
 */
export async function expandPath(root: string, word: string): Promise<readonly string[]> {
  const toRoot = (path: string): string => relative(root, resolve(root, path)).split(sep).join("/");
  if (!/[*?[\]{}!()]/.test(word)) return [toRoot(word)];
  const { default: fastGlob } = await import("fast-glob");
  if (!fastGlob.isDynamicPattern(word)) return [toRoot(word)];
  const found = await fastGlob(word, { cwd: root, dot: true, onlyFiles: false, followSymbolicLinks: false });
  return found.map(toRoot);
}
