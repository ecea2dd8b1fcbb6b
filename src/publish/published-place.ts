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

/** Something that cannot be the file that is asked for: none, or a larger one. */
export interface Unfit {
  /** Continues its path. */
  readonly unfit: string;
}

/** Undefined where there is nothing. */
export type Content = Uint8Array | Unfit | undefined;

export interface PublishedFiles {
  /** For people, without credentials. */
  readonly name: string;
  /** True where only a manifest shows that there is anything: a server says no more than that it has no such file. */
  readonly isUnsure?: boolean;
  /**
   * Reads files, in their order. Whether they have the digests that they should, is for the reader to see.
   *
   * Throws EnvironmentError where it cannot be told what they are.
   */
  read(files: readonly Wanted[]): Promise<readonly Content[]>;
  /**
   * What is there, by path: all files below some directories, and the names beside these, those of other directories with `/`
   * at the end. A server does not tell.
   *
   * @param directories names of some at the root
   * Throws EnvironmentError where it cannot be read.
   */
  list?(directories: readonly string[]): Promise<readonly string[]>;
}

/** @param limit in bytes, beyond which it is not read */
export function unfit(limit: number): Unfit {
  return { unfit: `is no file of at most ${limit} bytes` };
}

/** Reads files of which every one is needed. Throws EnvironmentError for one that is unfit, too. */
export async function readNeeded(
  place: PublishedFiles,
  files: readonly Wanted[],
): Promise<readonly (Uint8Array | undefined)[]> {
  const contents = await place.read(files);
  return contents.map((content, index) => {
    if (content === undefined || !("unfit" in content)) return content;
    throw new EnvironmentError(
      `${showText(files[index]?.path ?? "")} ${content.unfit}, which it should be`,
      "publish again, or see whether this is the right place",
    );
  });
}
