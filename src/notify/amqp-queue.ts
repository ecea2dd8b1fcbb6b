/** The queue of a server, and what goes into it. */

/**
 * What a queue is declared with, by whoever comes first, the server or who notifies it; a queue with other arguments is
 * somebody else's. It outlives the broker, and holds one message: a newer one takes the place of one that nobody has
 * fetched yet, so that a server that was away finds one, not a backlog.
 */
export function queueDeclaration(queue: string): {
  queue: string;
  durable: true;
  arguments: { "x-max-length": 1; "x-overflow": "drop-head" };
} {
  return { queue, durable: true, arguments: { "x-max-length": 1, "x-overflow": "drop-head" } };
}

/** There is something newer to pull. What it is, is not said here: the agent pulls, with all its checks. */
export interface Announcement {
  readonly version: 1;
  /** The queue that it was sent to: in another one it is astray. */
  readonly queue: string;
  readonly shard: string;
  readonly generation: number;
  readonly commit?: string;
}
