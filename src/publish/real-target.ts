/** Where a path leads. */
import { existsSync, lstatSync, readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";

/**
 * The path without symbolic links, also where it leads to nothing yet: a build that was killed between its renames leaves
 * nothing behind a link. Throws what the file system says.
 *
 * @param path absolute
 */
export function realTarget(path: string, hops = 0): string {
  if (existsSync(path)) return realpathSync(path);
  const link = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(path) : undefined;
  // As often as Linux follows links.
  if (link !== undefined && hops >= 40) throw Object.assign(new Error(`${path} leads to itself`), { code: "ELOOP" });
  if (link !== undefined) return realTarget(resolve(dirname(path), link), hops + 1);
  return dirname(path) === path ? path : join(realTarget(dirname(path), hops), basename(path));
}

/** Whether a path is a directory or lies below it; both as `realTarget` gives them. */
export function liesIn(path: string, directory: string): boolean {
  return `${path}${sep}`.startsWith(directory.endsWith(sep) ? directory : `${directory}${sep}`);
}
