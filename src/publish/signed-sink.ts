/** Adds signatures to artifacts on their way. */
import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import type { Sink } from "../render/artifact.ts";
import type { Signer } from "./sign.ts";

/**
 * Passes artifacts on, and keeps what is signed: each SHA256SUMS, and manifest.json, which names all else but the files of
 * services and projects; of these, their digests.
 */
export class SignedSink implements Sink {
  readonly #sink: Sink;
  readonly #kept = new Map<string, Uint8Array[]>();
  readonly #paths = new Set<string>();
  readonly #hashes = new Map<string, Hash>();
  readonly #digests = new Map<string, string>();

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  write(path: string, chunk: Uint8Array): void {
    this.#sink.write(path, chunk);
    if (isUnnamed(path)) {
      const hash = this.#hashes.get(path) ?? createHash("sha256");
      this.#hashes.set(path, hash.update(chunk));
    }
    if (!isSigned(path)) return;
    const chunks = this.#kept.get(path);
    const copy = Uint8Array.from(chunk);
    if (chunks === undefined) this.#kept.set(path, [copy]);
    else chunks.push(copy);
  }

  end(path: string): void {
    this.#sink.end(path);
    this.#paths.add(path);
    const hash = this.#hashes.get(path);
    if (hash === undefined) return;
    this.#digests.set(path, hash.digest("hex"));
    this.#hashes.delete(path);
  }

  /** By path, in hex, of the files that no manifest names. */
  get digests(): ReadonlyMap<string, string> {
    return this.#digests;
  }

  /** All files so far. */
  get paths(): ReadonlySet<string> {
    return this.#paths;
  }

  /** Of what is signed. */
  content(path: string): Uint8Array {
    return Buffer.concat(this.#kept.get(path) ?? []);
  }

  /** Writes a `.sig` beside each file that is signed. Throws EnvironmentError where the key does not sign. */
  async sign(signer: Signer): Promise<void> {
    const paths = [...this.#kept.keys()];
    const signatures = await signer.sign(paths.map((path) => this.content(path)));
    for (const [index, path] of paths.entries()) {
      this.#sink.write(`${path}.sig`, Buffer.from(signatures[index] ?? ""));
      this.end(`${path}.sig`);
    }
  }
}

/** Whether a file is signed, where a key is given. */
export function isSigned(path: string): boolean {
  return path === "manifest.json" || path === "SHA256SUMS" || path.endsWith("/SHA256SUMS");
}

function isUnnamed(path: string): boolean {
  return path.startsWith("services/") || path.startsWith("projects/");
}
