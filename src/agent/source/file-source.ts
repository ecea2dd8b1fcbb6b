/** Artifacts in a directory of this host: a mount, or what another program brings. */
import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { FileName, SourceConfig } from "../config.ts";
import { Failure } from "../failure.ts";
import type { Reason } from "../failure.ts";
import { sha256 } from "../sha256.ts";
import { collect, tooLarge } from "./chunks.ts";
import { Attempt } from "./deadline.ts";
import type { Deadline } from "./deadline.ts";
import { MOST_MANIFEST_BYTES, missingPointer } from "./missing-pointer.ts";
import { MOST_POINTER_BYTES } from "./source.ts";
import type { PointerAnswer, Source } from "./source.ts";

const CHUNK_BYTES = 64 * 1024;

/**
 * @param url `file:///…` of the directory that holds manifest.json, checked already
 * @param directory `` for the whole inventory, or `shards/<encoded name>/`
 */
export function openFileSource(url: URL, config: SourceConfig, directory: string): Source {
  return new FileSource(url, config, directory);
}

class FileSource implements Source {
  readonly label: string;
  readonly #root: string;
  readonly #directory: string;
  readonly #config: SourceConfig;
  readonly #attempt: Attempt;

  constructor(url: URL, config: SourceConfig, directory: string) {
    this.label = url.href;
    this.#root = fileURLToPath(url);
    this.#directory = directory;
    this.#config = config;
    this.#attempt = new Attempt(config.timeout);
  }

  async pointer(validator: string | undefined, signal: AbortSignal, fresh = false): Promise<PointerAnswer> {
    return await this.#attempt.begin(signal, async (deadline) => {
      const read = async (name: string, most: number): Promise<Uint8Array | undefined> => {
        const chunks = await this.#read(name, most, deadline);
        return chunks === undefined ? undefined : await collect(chunks);
      };
      const sums = await read(`${this.#directory}SHA256SUMS`, MOST_POINTER_BYTES);
      if (sums === undefined) {
        throw await missingPointer(this.label, this.#directory, (name) => read(name, MOST_MANIFEST_BYTES));
      }
      // Not its time: that is coarse, and copying programs keep it.
      const current = sha256(sums);
      if (current === validator && !fresh) return { kind: "unchanged" };
      const signature =
        this.#config.signatures === true
          ? await read(`${this.#directory}SHA256SUMS.sig`, MOST_POINTER_BYTES)
          : undefined;
      return { kind: "pointer", sums, signature, validator: current };
    });
  }

  async *file(name: FileName, _sha256: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const deadline = this.#attempt.deadline(signal);
    try {
      const path = `${this.#directory}${name}`;
      const chunks = await this.#read(path, this.#config.maxBytes, deadline);
      if (chunks === undefined) {
        throw new Failure("inconsistent", `${this.label} has no ${path}, which its SHA256SUMS lists`, {
          help: "wait until it is written completely, or publish again",
        });
      }
      yield* chunks;
    } finally {
      deadline.done();
    }
  }

  async close(): Promise<void> {
    // Nothing stays open between two calls.
  }

  /** Opens a file below the root; undefined where there is none. */
  async #read(name: string, most: number, deadline: Deadline): Promise<AsyncIterable<Uint8Array> | undefined> {
    deadline.phase = `opening ${name}`;
    const opening = this.#open(name);
    try {
      const handle = await deadline.race(opening);
      return handle === undefined ? undefined : this.#chunks(handle, name, most, deadline);
    } catch (error) {
      // It may still open after the time is over.
      opening.then((handle) => handle?.close()).catch(() => undefined);
      throw this.#failure(error, name, deadline);
    }
  }

  async #open(name: string): Promise<FileHandle | undefined> {
    const root = await realpath(this.#root).catch((error: unknown) => {
      throw isMissing(error)
        ? new Failure("unreachable", `${this.#root} is not there`, { help: "see --source, and whether it is mounted" })
        : error;
    });
    try {
      const path = await realpath(join(root, name));
      if (!path.startsWith(root === sep ? root : `${root}${sep}`)) {
        throw new Failure("unreachable", `${join(this.#root, name)} is a link that leads out of the directory`, {
          help: "copy the file instead, or name the directory that it lies in as --source",
        });
      }
      // A pipe is not waited for, and no link that has come since is followed.
      return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async *#chunks(handle: FileHandle, name: string, most: number, deadline: Deadline): AsyncGenerator<Uint8Array, void> {
    deadline.phase = `reading ${name}`;
    const path = join(this.#root, name);
    try {
      const facts = await deadline.race(handle.stat());
      const fail = (reason: Reason, what: string): Failure =>
        new Failure(reason, `${path} ${what}`, { help: "see who writes it; promgen-gen replaces it in one rename" });
      if (!facts.isFile()) throw fail("unreachable", "is not a plain file");
      if (facts.size > most) throw tooLarge(most, path);
      if (facts.size === 0) throw fail("unreachable", "is empty");
      let left = facts.size;
      while (left > 0) {
        const buffer = Buffer.allocUnsafe(Math.min(left, CHUNK_BYTES));
        const { bytesRead } = await deadline.race(handle.read(buffer, 0, buffer.length));
        if (bytesRead === 0) throw fail("unreachable", "became shorter while it was read");
        left -= bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } catch (error) {
      throw this.#failure(error, name, deadline);
    } finally {
      // Waiting for it would wait for a mount that hangs.
      handle.close().catch(() => undefined);
    }
  }

  #failure(error: unknown, name: string, deadline: Deadline): Failure {
    const late = deadline.failure(this.label);
    if (late !== undefined) return late;
    if (error instanceof Failure) return error;
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    const isForbidden = code === "EACCES" || code === "EPERM";
    const what = isForbidden ? "may not be read by this user" : "cannot be read";
    return new Failure(isForbidden ? "unauthorized" : "unreachable", `${join(this.#root, name)} ${what} (${code})`, {
      help: isForbidden ? "let the user of promgen-agent read it" : "see the file system that it lies on",
      cause: error,
    });
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}
