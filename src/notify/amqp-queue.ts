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

export interface QueueTrouble {
  /** Continues the name of the queue. Without secrets. */
  readonly message: string;
  readonly hint: string;
}

const TROUBLES: Readonly<Record<string, QueueTrouble>> = {
  PRECONDITION_FAILED: {
    message: "was declared by somebody else, with other arguments",
    hint: "see rabbitmqctl list_queues name durable arguments; delete it where it is of no use, or give ours another name",
  },
  RESOURCE_LOCKED: {
    message: "belongs to one connection alone, which is not ours",
    hint: "find out whose it is, or give ours another name",
  },
  ACCESS_REFUSED: {
    message: "is not for this user",
    hint: "let it configure ^promgen-gen\\., and write ^amq\\.default$ to notify or read ^promgen-gen\\. to be notified (rabbitmqctl set_permissions)",
  },
  NACK: { message: "could not keep the message", hint: "see the broker's log, and its disk" },
  CANCEL_FORCED: { message: "was deleted", hint: "find out by whom; it is declared again" },
};

/** What a broker has against one queue, by its code; undefined where it is about something else. */
export function queueTrouble(code: string): QueueTrouble | undefined {
  return TROUBLES[code];
}
