/**
 * Where published artifacts are read: what a directory, a URL and a Git branch have in common.
 */
import { EnvironmentError } from "../exit.ts";
import { showText } from "../model/show-text.ts";

/** A file that is asked for. */
export interface Wanted {
  /** Relative to the manifest, with `/`. */
  readonly path: string;
  /** In bytes; a larger file is not read. */
  readonly limit: number;
  /** In hex, where it is known what the file should be. */
  readonly sha256?: string;
}

export interface PublishedFiles {
  /** For people, without credentials. */
  readonly name: string;
  /** True where only a manifest shows that there is anything: a server says no more than that it has no such file. */
  readonly isUnsure?: boolean;
  /**
   * Reads files, in their order; `undefined` for one that is not there. Whether they have the digests that they should, is
   * for the reader to see.
   *
   * Throws EnvironmentError where it cannot be told what they are.
   */
  read(files: readonly Wanted[]): Promise<readonly (Uint8Array | undefined)[]>;
  /**
   * What is there, by path: all files below some directories, and the names beside these, those of other directories with `/`
   * at the end. A server does not tell.
   *
   * @param directories names of some at the root
   * Throws EnvironmentError where it cannot be read.
   */
  list?(directories: readonly string[]): Promise<readonly string[]>;
}

/** @param path of a file that is larger than it may be, or no file at all */
export function tooLarge(path: string, limit: number): EnvironmentError {
  return new EnvironmentError(
    `${showText(path)} is no file of at most ${limit} bytes, which it should be`,
    "publish again, or see whether this is the right place",
  );
}
