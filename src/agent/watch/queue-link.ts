/** The connection with a queue. It comes back for ever, and less and less often while it cannot. */
import type { Channel } from "rabbitmq-client";
import { EnvironmentError } from "../../exit.ts";
import { brokerTrouble, codeOf, closeConnection, connectBroker } from "../../notify/amqp-connect.ts";
import { limitBodies } from "../../notify/amqp-limits.ts";
import { GUEST, readAuthorities, readLogin } from "../../notify/amqp-login.ts";
import { queueDeclaration, queueTrouble } from "../../notify/amqp-queue.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { QueueConfig } from "../config.ts";
import type { Delivery } from "./queue-inbox.ts";
import { MOST_BYTES } from "./queue-message.ts";
import { backoff } from "./schedule.ts";

export interface LinkOptions {
  readonly config: QueueConfig;
  /** Takes each message; must not throw. */
  readonly deliver: (delivery: Delivery) => void;
  /** What was delivered and not acknowledged is the broker's again. */
  readonly lost: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** All but the newest are acknowledged when they come: several are for bursts. */
const PREFETCH = 10;
/** For a connection: seconds. */
const PATIENCE = 10;
/** The bound of the waits doubles so often: up to about a minute. */
const DOUBLINGS = 7;

/** A broker waits half an hour by default for a message to be acknowledged. */
const TAKEN_BACK = new EnvironmentError(
  "the broker has taken back a message that no run could settle, and will send it again",
  "find out why its generation does not arrive: promgen-agent doctor",
);

export class Link {
  readonly #options: LinkOptions;
  readonly #stopping = new AbortController();
  #isConnected = false;
  /** Ends the waiting for a connection to break. */
  #interrupt = (): void => {};
  /** In a row. */
  #failures = 0;
  /** What was last complained about. */
  #complaint = "";

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Connects, and again whenever the connection breaks, until {@link stop}. Never throws. */
  async keep(): Promise<void> {
    const { clock, random, lost } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#consume();
      } catch (error) {
        if (!signal.aborted) this.#complain(error);
      }
      this.#isConnected = false;
      lost();
      this.#failures = Math.min(this.#failures + 1, DOUBLINGS);
      await clock.sleep(backoff(this.#failures, 1, random()), signal);
    }
  }

  /** What is not acknowledged stays in the queue. */
  stop(): void {
    this.#stopping.abort();
    this.#interrupt();
  }

  /** Ends when it is told to; throws where the connection breaks. */
  async #consume(): Promise<void> {
    const { broker, queue, credentials, ca } = this.#options.config;
    const { signal } = this.#stopping;
    // They rotate.
    const login = credentials === undefined ? GUEST : await readLogin(credentials);
    const connection = await connectBroker(broker, {
      ...login,
      ca: ca === undefined ? undefined : await readAuthorities(ca),
      name: "promgen-agent",
      seconds: PATIENCE,
      signal,
    });
    const channels: Channel[] = [];
    try {
      const channel = await connection.acquire({ emitErrorsFromChannel: true });
      channels.push(channel);
      limitBodies(channel, MOST_BYTES);
      const broken = new Promise<unknown>((resolve) => {
        this.#interrupt = () => resolve(undefined);
        connection.on("error", resolve);
        channel.on("error", resolve);
        channel.on("basic.cancel", (_, error) => resolve(error));
      });
      await channel.queueDeclare(queueDeclaration(queue));
      await channel.basicQos({ prefetchCount: PREFETCH });
      await channel.basicConsume({ queue }, ({ body, deliveryTag }) => {
        // On another channel nobody knows the tag; the message comes again there.
        const answer = (act: () => void) => (): void => {
          if (channel.active) act();
        };
        this.#options.deliver({
          body,
          acknowledge: answer(() => channel.basicAck({ deliveryTag })),
          reject: answer(() => channel.basicNack({ deliveryTag, requeue: false })),
        });
      });
      this.#isConnected = true;
      this.#complaint = "";
      this.#failures = 0;
      this.#options.log.write("info", "queue-connected", `messages in the queue ${queue} bring the next run forward`, {
        broker: broker.shown,
      });
      // It may have been told to end before it could be interrupted.
      const error = signal.aborted ? undefined : await broken;
      if (signal.aborted) return;
      throw codeOf(error) === "PRECONDITION_FAILED" ? TAKEN_BACK : error;
    } finally {
      await closeConnection(connection, channels);
    }
  }

  /** Once for each trouble: who waits for a broker for hours must not fill the log. */
  #complain(error: unknown): void {
    const { config, log } = this.#options;
    const { message, help } = wordsOf(error, config);
    log.write(message === this.#complaint ? "debug" : "warning", "queue-lost", `${message}; polling goes on`, { help });
    this.#complaint = message;
  }
}

function wordsOf(error: unknown, { broker, queue }: QueueConfig): { message: string; help: string | undefined } {
  const about = queueTrouble(codeOf(error));
  if (about !== undefined && !(error instanceof EnvironmentError))
    return { message: `the queue ${queue} ${about.message}`, help: about.hint };
  const { message, hint } = error instanceof EnvironmentError ? error : brokerTrouble(error, broker);
  return { message, help: hint };
}
