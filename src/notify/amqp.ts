/** Tells servers through a broker that there is something new: one message into the queue of each. */
import type { Channel, Connection } from "rabbitmq-client";
import { EnvironmentError } from "../exit.ts";
import type { Broker } from "./amqp-broker.ts";
import { brokerTrouble, closeConnection, codeOf, connectBroker, NO_CODE } from "./amqp-connect.ts";
import { GUEST, readAuthorities, readLogin } from "./amqp-login.ts";
import { queueDeclaration, queueTrouble } from "./amqp-queue.ts";
import type { Announcement, QueueTrouble } from "./amqp-queue.ts";

export interface Addressee {
  readonly queue: string;
  readonly shard: string;
}

export interface NotifyOptions {
  /** A file with `user:password`; left out, RabbitMQ's `guest`. */
  readonly credentials?: string | undefined;
  /** A file of authorities to trust besides the usual ones. */
  readonly ca?: string | undefined;
  /** For all of it. */
  readonly seconds: number;
}

export interface QueueResult {
  readonly queue: string;
  /** Undefined where the broker has the message on its disk. */
  readonly trouble: QueueTrouble | undefined;
}

/** Declaring a queue is a question with an answer, one at a time on a channel. A broker may allow fewer. */
const CHANNELS = 32;

/**
 * Declares the queue of each and puts a persistent message into it, which takes the place of one that is still there.
 * Where one queue cannot have it, the others get theirs.
 *
 * @returns how it went, in the order of the addressees
 * @throws {EnvironmentError} where there is no connection, or none that messages could go through, so that nobody was told
 */
export async function notifyQueues(
  broker: Broker,
  addressees: readonly Addressee[],
  news: { readonly generation: number; readonly commit?: string | undefined },
  { credentials, ca, seconds }: NotifyOptions,
): Promise<QueueResult[]> {
  const end = performance.now() + seconds * 1000;
  const login = credentials === undefined ? GUEST : await readLogin(credentials);
  const authorities = ca === undefined ? undefined : await readAuthorities(ca);
  const connection = await connectBroker(broker, { ...login, ca: authorities, name: "promgen-gen notify", seconds });
  const round = new Round(broker, connection, seconds);
  const timer = setTimeout(() => round.stop(), end - performance.now());
  try {
    return await round.tell(addressees, news);
  } finally {
    clearTimeout(timer);
    await round.close();
  }
}

class Round {
  readonly #broker: Broker;
  readonly #connection: Connection;
  readonly #seconds: number;
  readonly #channels: Channel[] = [];
  readonly #returned = new Set<string>();
  readonly #troubles = new Map<string, QueueTrouble>();
  /** What closed the connection, or the channel that all messages go through: the others fail for that alone. */
  #cause: unknown;
  #blocked = false;
  #isLate = false;

  constructor(broker: Broker, connection: Connection, seconds: number) {
    this.#broker = broker;
    this.#connection = connection;
    this.#seconds = seconds;
    connection.on("error", (error) => (this.#cause ??= error));
    connection.on("connection.blocked", () => (this.#blocked = true));
    connection.on("connection.unblocked", () => (this.#blocked = false));
  }

  async tell(
    addressees: readonly Addressee[],
    { generation, commit }: { readonly generation: number; readonly commit?: string | undefined },
  ): Promise<QueueResult[]> {
    const publisher = await this.#openPublisher();
    publisher.on("basic.return", ({ routingKey }) => this.#returned.add(routingKey));
    const publish = async ({ queue, shard }: Addressee): Promise<void> => {
      const body: Announcement = { version: 1, queue, shard, generation, ...(commit === undefined ? {} : { commit }) };
      try {
        await publisher.basicPublish({ routingKey: queue, durable: true, mandatory: true }, body);
      } catch (error) {
        if (!publisher.active) this.#cause ??= error;
        throw error;
      }
      // What comes back comes before the confirmation, but is shown in a turn of its own.
      await new Promise(setImmediate);
    };
    await this.#each(addressees, publish);
    return addressees.map(({ queue }) => ({ queue, trouble: this.#troubleOf(queue) }));
  }

  /** Whoever waits for an answer gets an error. */
  stop(): void {
    this.#isLate = true;
    this.#connection.unsafeDestroy();
  }

  async close(): Promise<void> {
    await closeConnection(this.#connection, this.#channels);
  }

  /** Publishing waits for the broker's disk: nobody else waits for that. */
  async #each(addressees: readonly Addressee[], publish: (to: Addressee) => Promise<void>): Promise<void> {
    const waiting = addressees.toReversed();
    const published: Promise<void>[] = [];
    let working = Math.min(CHANNELS, addressees.length);
    const work = async (): Promise<void> => {
      let channel: Channel | undefined;
      for (let to = waiting.pop(); to !== undefined; to = waiting.pop()) {
        const { queue } = to;
        try {
          // A queue of somebody else takes the channel with it.
          if (channel?.active !== true) channel = await this.#open();
        } catch (error) {
          if (working > 1) {
            // Those who have a channel do it.
            waiting.push(to);
            break;
          }
          this.#troubles.set(queue, this.#wordsOf(error));
          continue;
        }
        try {
          await channel.queueDeclare(queueDeclaration(queue));
        } catch (error) {
          this.#troubles.set(queue, this.#wordsOf(error));
          continue;
        }
        published.push(publish(to).catch((error: unknown) => void this.#troubles.set(queue, this.#wordsOf(error))));
      }
      working--;
    };
    await Promise.all(Array.from({ length: working }, work));
    await Promise.all(published);
  }

  async #openPublisher(): Promise<Channel> {
    try {
      const channel = await this.#open();
      await channel.confirmSelect();
      return channel;
    } catch (error) {
      if (!this.#isLate) throw brokerTrouble(this.#causeOf(error), this.#broker);
      const { shown } = this.#broker;
      throw new EnvironmentError(
        `the broker ${shown} took no message within ${this.#seconds} s`,
        "see its log; give it more time with --timeout",
      );
    }
  }

  async #open(): Promise<Channel> {
    try {
      const channel = await this.#connection.acquire();
      this.#channels.push(channel);
      return channel;
    } catch (error) {
      // What a broker refuses has a code; that it allows no more channels, the library says without one.
      throw codeOf(error) === NO_CODE ? Object.assign(error as Error, { code: "CHANNEL_MAX" }) : error;
    }
  }

  #troubleOf(queue: string): QueueTrouble | undefined {
    if (!this.#returned.has(queue)) return this.#troubles.get(queue);
    return { message: "was deleted in this very moment", hint: "run it again" };
  }

  /** Continues the name of a queue. */
  #wordsOf(error: unknown): QueueTrouble {
    if (this.#isLate)
      return {
        message: `was not confirmed within ${this.#seconds} s`,
        hint: this.#blocked
          ? "the broker takes no messages for want of memory or disk: see rabbitmqctl status"
          : "see the broker's log; give it more time with --timeout",
      };
    const cause = this.#causeOf(error);
    const own = queueTrouble(codeOf(cause));
    if (own !== undefined) return own;
    const { message, hint = "" } = brokerTrouble(cause, this.#broker);
    return { message: `was not told: ${message}`, hint };
  }

  #causeOf(error: unknown): unknown {
    return CONSEQUENCES.includes(codeOf(error)) ? (this.#cause ?? error) : error;
  }
}

/** A channel or a connection was closed before. */
const CONSEQUENCES = ["CH_CLOSE", "CLOSING", "CLOSED"];
