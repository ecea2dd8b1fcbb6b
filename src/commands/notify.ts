/** `notify`: tells servers that there is something new, and waits until they have it. */
import { resolve } from "node:path";
import { EnvironmentError, EXIT } from "../exit.ts";
import type { ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { parseBroker, isInClear } from "../notify/amqp-broker.ts";
import { notifyQueues } from "../notify/amqp.ts";
import type { FleetServer } from "../notify/fleet.ts";
import { queueNames } from "../notify/queue-name.ts";
import { serverAddresses } from "../notify/server-url.ts";
import { notifyWebhooks, readWebhookSecret } from "../notify/webhook.ts";
import type { Manifest } from "../publish/published.ts";
import { quantity } from "../report/summary.ts";
import { visibleShort } from "../report/visible.ts";
import { publishedFleet } from "./published-fleet.ts";
import type { PublishedFleet } from "./published-fleet.ts";
import { fleetReader } from "./status.ts";
import type { Through } from "./status.ts";
import { waitForFleet } from "./wait-for-fleet.ts";

/** How servers are told: through a broker, or each by its agent's webhook. */
export type Channel = BrokerChannel | WebhookChannel;

interface BrokerChannel {
  readonly broker: string;
  /** `basic:FILE`; RabbitMQ's guest where it is left out. */
  readonly credentials: string | undefined;
  /** A file of authorities. */
  readonly ca: string | undefined;
  readonly queueName: string | undefined;
}

interface WebhookChannel {
  /** Addresses, as a pattern. */
  readonly webhook: string;
  /** A file. */
  readonly secret: string;
}

export interface NotifyOptions {
  readonly channel: Channel;
  readonly published: string;
  /** The servers of all shards, not only of those that changed. */
  readonly all: boolean;
  /** How to see that they have it; undefined: do not wait. */
  readonly wait: Through | undefined;
  /** In seconds, for all of it; undefined: what is usual. */
  readonly timeout: number | undefined;
}

const TELLING = 30;
const WAITING = 300;
/** Timers of Node take no more than 24 days. */
const LONGEST_TELLING = 3600;
/** More mistakes say nothing more to a reader. */
const MOST_SHOWN = 20;

const PULL = "their agents pull it all the same, at their own interval";

/** A server that was not told. */
interface Untold {
  /** Its queue or address. */
  readonly name: string;
  readonly message: string;
  readonly hint: string;
}

/**
 * Exit code 2 where a server could not be told; else 1 where one did not have it in time. Either way nothing is lost: agents
 * pull at their own intervals, too.
 */
export async function notify(io: Io, { channel, published, all, wait, timeout }: NotifyOptions): Promise<ExitCode> {
  const start = performance.now();
  const tell = openChannel(io, channel);
  const read = wait && fleetReader(wait);
  const fleet = await publishedFleet(io, published);
  const { manifest } = fleet;
  const servers = all ? fleet.servers : changedServers(fleet);
  const which = generationWords(manifest);
  if (servers.length === 0) {
    io.stdout.write(`${nobodyWords(fleet)}: nobody was told of ${which}\n`);
    return EXIT.ok;
  }
  const { telling, total } = times(timeout, wait !== undefined);
  const untold = await tell(servers, fleet, telling).catch((error: unknown) => {
    io.stderr.write(`nobody was told of ${which}; ${PULL}\n`);
    throw error;
  });
  io.stdout.write(`told ${quantity(servers.length - untold.length, "server")} of ${which}\n`);
  showUntold(io, untold);
  if (read === undefined) return untold.length > 0 ? EXIT.environment : EXIT.ok;
  const left = Math.max(total - (performance.now() - start) / 1000, 0);
  const isThere = await waitForFleet(io, read, { ...fleet, servers }, left);
  if (untold.length > 0) return EXIT.environment;
  return isThere ? EXIT.ok : EXIT.findings;
}

/**
 * Seconds for those who are told, and for all of it. Who asks for more time gets it for telling, too: hundreds of silent
 * agents take some.
 */
export function times(timeout: number | undefined, isWaiting: boolean): { telling: number; total: number } {
  return {
    telling: Math.min(timeout ?? TELLING, LONGEST_TELLING),
    total: timeout ?? (isWaiting ? WAITING : TELLING),
  };
}

type Tell = (servers: readonly FleetServer[], fleet: PublishedFleet, seconds: number) => Promise<Untold[]>;

/** What is wrong with options is said before anybody is told. */
function openChannel(io: Io, channel: Channel): Tell {
  return "broker" in channel ? openBroker(io, channel) : openWebhook(io, channel);
}

function openBroker(io: Io, { broker: url, credentials, ca, queueName }: BrokerChannel): Tell {
  const broker = parseBroker(url);
  if ("wrong" in broker) throw new EnvironmentError(`--broker ${broker.wrong}`, "see `promgen-gen notify --help`");
  const file = credentials === undefined ? undefined : /^basic:(.+)$/s.exec(credentials)?.[1];
  if (credentials !== undefined && file === undefined)
    throw new EnvironmentError(
      "--broker-credentials is not basic:FILE",
      "put user:password into a file, and name that",
    );
  if (file !== undefined && isInClear(broker))
    io.stderr.write(`note: the password for ${broker.shown} can be read on the way there: use amqps://\n`);
  return async (servers, { manifest, servers: everybody }, seconds) => {
    // The names depend on who else is there.
    const names = new Map(queueNames(everybody, queueName).map((name, index) => [everybody[index], name]));
    const addressees = servers.map((server) => ({ queue: names.get(server) ?? "", shard: server.shard }));
    const results = await notifyQueues(broker, addressees, manifest, {
      credentials: file === undefined ? undefined : resolve(io.cwd, file),
      ca: ca === undefined ? undefined : resolve(io.cwd, ca),
      seconds,
    });
    return results.flatMap(({ queue, trouble }) =>
      trouble === undefined ? [] : { name: `queue ${queue}`, ...trouble },
    );
  };
}

function openWebhook(io: Io, { webhook, secret: path }: WebhookChannel): Tell {
  const addressOf = serverAddresses(webhook, "--webhook");
  return async (servers, { manifest }, seconds) => {
    const secret = await readWebhookSecret(resolve(io.cwd, path));
    const recipients = servers.map((server) => ({ server, address: addressOf(server) }));
    const troubles = await notifyWebhooks(recipients, manifest, { secret, seconds });
    return recipients.flatMap(({ address: { text, url } }, index) => {
      const trouble = troubles[index];
      return trouble === undefined ? [] : { name: url?.href ?? text, ...trouble };
    });
  };
}

/** A manifest that does not say what changed was not published but built: everything may be new. */
function changedServers({ manifest, servers }: PublishedFleet): readonly FleetServer[] {
  const changed = manifest.changed === undefined ? undefined : new Set(manifest.changed);
  return servers.filter(({ shard }) => changed?.has(shard) ?? true);
}

function nobodyWords({ servers, manifest }: PublishedFleet): string {
  if (servers.length === 0) return "no shard has servers";
  return manifest.changed?.length === 0 ? "no shard changed" : "no shard that changed has servers";
}

function generationWords({ generation, commit }: Manifest): string {
  return `generation ${generation}${commit === undefined ? "" : ` of ${commit.slice(0, 12)}`}`;
}

function showUntold(io: Io, untold: readonly Untold[]): void {
  for (const { name, message, hint } of untold.slice(0, MOST_SHOWN))
    io.stderr.write(`not told: ${visibleShort(`${name} ${message}`)}\n  = help: ${visibleShort(hint)}\n`);
  const more = untold.length - MOST_SHOWN;
  if (more > 0) io.stderr.write(`… and ${more} more\n`);
  if (untold.length > 0) io.stderr.write(`${PULL}\n`);
}
