/** `run --broker`: a queue whose messages bring the next run forward. */
import { isInClear } from "../../notify/amqp-broker.ts";
import type { AgentConfig, QueueConfig } from "../config.ts";
import type { Program } from "../program.ts";
import { Inbox } from "./queue-inbox.ts";
import { Link } from "./queue-link.ts";
import type { QueueFacts } from "./metrics.ts";
import type { InboxOptions } from "./queue-inbox.ts";

export interface Queue {
  /** To be called after each run. */
  readonly settle: Inbox["settle"];
  readonly facts: () => QueueFacts;
  /** Says goodbye to the broker, which keeps what was not acknowledged. */
  readonly close: () => Promise<void>;
}

/** Begins to listen; a broker that is not there is waited for. */
export function openQueue(
  config: QueueConfig,
  { shard, prometheus }: AgentConfig,
  { clock, random, log }: Pick<Program, "clock" | "random" | "log">,
  { state, hasten }: Pick<InboxOptions, "state" | "hasten">,
): Queue {
  const { queue, broker, credentials } = config;
  if (credentials !== undefined && isInClear(broker))
    log.write("warning", "queue-in-clear", `the password for ${broker.shown} can be read on the way`, {
      help: "use amqps://",
    });
  const inbox = new Inbox({ queue, shard, noProof: prometheus.noProof, state, hasten, clock, random, log });
  const link = new Link({
    config,
    deliver: (delivery) => void inbox.take(delivery),
    lost: () => inbox.clear(),
    clock,
    random,
    log,
  });
  const kept = link.keep();
  return {
    settle: async (result) => await inbox.settle(result),
    facts: () => ({ isConnected: link.isConnected, messages: inbox.counts }),
    close: async () => {
      link.stop();
      await kept;
    },
  };
}
