/** Adds signatures to artifacts on their way. */
import type { Sink } from "../render/artifact.ts";
import type { Signer } from "./sign.ts";

/** Passes artifacts on, and keeps what is signed: each SHA256SUMS, and manifest.json, which names everything else. */
export class SignedSink implements Sink {
  readonly #sink: Sink;
  readonly #kept = new Map<string, Uint8Array[]>();
  readonly #paths = new Set<string>();

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  write(path: string, chunk: Uint8Array): void {
    this.#sink.write(path, chunk);
    if (!isSigned(path)) return;
    const chunks = this.#kept.get(path);
    const copy = Uint8Array.from(chunk);
    if (chunks === undefined) this.#kept.set(path, [copy]);
    else chunks.push(copy);
  }

  end(path: string): void {
    this.#sink.end(path);
    this.#paths.add(path);
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
