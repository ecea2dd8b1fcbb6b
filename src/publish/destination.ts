/** Where artifacts are published to: a Git branch or a directory. */
import type { Sink } from "../render/artifact.ts";

/** What a new generation is called, where a place keeps a history. */
export interface Announcement {
  readonly title: string;
  readonly body: string;
}

/** True for the bytes that a file should have. */
export type FileTest = (bytes: Uint8Array) => boolean;

/** Takes the artifacts of a new generation; nobody sees them before `commit`. */
export interface Destination extends Sink {
  /** For people, at the end of a sentence: `branch artifacts`. */
  readonly name: string;
  /** What is published there now, as published.ts reads it; `undefined` where nothing is. */
  readonly published: string | undefined;
  /** The files that are there now. */
  readonly paths: ReadonlySet<string>;
  /** A file that is there now, as text; `undefined` where there is none. */
  read(path: string): Promise<string | undefined>;
  /** Whether files, by path, are there now and pass: others may write there as well. */
  holds(tests: ReadonlyMap<string, FileTest>): Promise<boolean>;
  /**
   * Puts the new generation there, in one step. Throws EnvironmentError where somebody else was faster, and where it cannot
   * be done; what was there stays.
   */
  commit(announcement: Announcement): Promise<void>;
  /** What is to be done where nothing is new. True where it did something. */
  keep(): Promise<boolean>;
}
