/** SHA256SUMS: which generation of which shard, and the digests of its files. */
import type { FileName } from "../config.ts";

/** What a SHA256SUMS says. */
export interface Pointer {
  /** Decoded name of the shard, `*` for the whole inventory. */
  readonly shard: string;
  /** Seconds since 1970 by the commit; 0 outside of Git. */
  readonly generation: number;
  readonly commit: string | undefined;
  readonly repository: string | undefined;
  /** Targets that each file says to hold, where the header names them. */
  readonly counts: Readonly<Partial<Record<FileName, number>>>;
  /** CI accepted the removals up to here: agents with an older generation do not hold it again. */
  readonly accepts: number | undefined;
  /** Lower-case hex of each file. */
  readonly digests: Readonly<Record<FileName, string>>;
}
