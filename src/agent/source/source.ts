/** Where artifacts come from. What it delivers is not trusted: its callers check digests and signatures. */
import type { FileName } from "../config.ts";
import type { Question } from "./question.ts";

/** What a source has to say about its SHA256SUMS. */
export type PointerAnswer =
  /** The source itself says that nothing changed (304, same commit). */
  | { readonly kind: "unchanged" }
  | {
      readonly kind: "pointer";
      /** The bytes of SHA256SUMS and, where the source has it, SHA256SUMS.sig. */
      readonly sums: Uint8Array;
      readonly signature: Uint8Array | undefined;
      /** What to hand to the next call, so that it can answer `unchanged` (an ETag, a commit id). */
      readonly validator: string | undefined;
    };

/** Largest SHA256SUMS, and largest SHA256SUMS.sig: each is below 1 kB, with large RSA keys below 3 kB. */
export const MOST_POINTER_BYTES = 64 * 1024;

/** One place that artifacts can be had from. All methods throw {@link Failure}, never with a secret in its words. */
export interface Source {
  /** The source for logs and metrics: without credentials. */
  readonly label: string;
  /** What an operator should know and no run fails for, such as a token that everybody on the host can read. */
  readonly warnings?: readonly string[];
  /**
   * Asks for the SHA256SUMS of the shard.
   *
   * @param validator of the pointer that is in place, from this same source
   * @param fresh ask every cache on the way to look again
   */
  pointer(validator: string | undefined, signal: AbortSignal, fresh?: boolean): Promise<PointerAnswer>;
  /** The same question for who asks it in fewer words; undefined where that cannot be, or nothing could be said to it. */
  question?(validator: string): Question | undefined;
  /**
   * Streams a file of the shard, none of it trusted. A chunk is what it is until the next one is asked for. At most `maxBytes` come
   * (`too-large` beyond), and an end before the announced length is `unreachable`, never an end.
   */
  file(name: FileName, sha256: string, signal: AbortSignal, fresh?: boolean): AsyncIterable<Uint8Array>;
  /** Forgets connections, temporary clones and the like. */
  close(): Promise<void>;
}
