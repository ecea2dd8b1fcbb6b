/**
 * What is published in a directory.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { showText } from "../model/show-text.ts";
import { attempt } from "./attempt.ts";
import { unfit } from "./published-place.ts";
import type { Content, PublishedFiles, Wanted } from "./published-place.ts";

/**
 * Opens a directory; `undefined` where nothing is in it.
 *
 * @param name for people
 * Throws EnvironmentError where it cannot be read.
 */
export function openPublishedDirectory(directory: string, name: string): PublishedFiles | undefined {
  if (attempt(`read ${name}`, () => readdirSync(directory)).length === 0) return undefined;
  return {
    name,
    read: (files) => Promise.resolve(files.map((wanted) => readInside(directory, wanted))),
    list: (directories) => Promise.resolve(attempt(`read ${name}`, () => listInside(directory, directories))),
  };
}

function listInside(root: string, directories: readonly string[]): string[] {
  return readdirSync(root, { withFileTypes: true }).flatMap((entry) => {
    // Files are read through symbolic links as well.
    const isDirectory = statSync(join(root, entry.name), { throwIfNoEntry: false })?.isDirectory() === true;
    if (!isDirectory) return [entry.name];
    if (!directories.includes(entry.name)) return [`${entry.name}/`];
    return readdirSync(join(root, entry.name), { recursive: true, withFileTypes: true })
      .filter((inner) => !inner.isDirectory())
      .map((inner) => relative(root, join(inner.parentPath, inner.name)).split(sep).join("/"));
  });
}

function readInside(directory: string, { path, limit }: Wanted): Content {
  return attempt(`read ${showText(path)}`, () => {
    const facts = statSync(join(directory, path), { throwIfNoEntry: false });
    if (facts === undefined) return undefined;
    // A pipe would wait for somebody to write to it.
    if (!facts.isFile() || facts.size > limit) return unfit(limit);
    return readFileSync(join(directory, path));
  });
}
