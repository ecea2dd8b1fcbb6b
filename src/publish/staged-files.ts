/** The files of a staged directory, in the words of a build. */
import type { Sink } from "../render/artifact.ts";
import { attempt } from "./attempt.ts";
import { DirectorySink } from "./directory-sink.ts";

/** Throws EnvironmentError where the disk refuses something. */
export class StagedFiles implements Sink {
  readonly #files: DirectorySink;

  /** @param staging absolute path of the directory, see stageDirectory */
  constructor(staging: string) {
    this.#files = new DirectorySink(staging);
  }

  write(path: string, chunk: Uint8Array): void {
    attempt(`write ${path}`, () => this.#files.write(path, chunk));
  }

  end(path: string): void {
    attempt(`write ${path}`, () => this.#files.end(path));
  }

  /** Closes what was not ended. */
  close(): void {
    this.#files.close();
  }
}
