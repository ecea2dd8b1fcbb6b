/** The command line of what is about the servers: who they are, that there is something new, and what they run. */
import { Option } from "commander";
import type { Command } from "commander";
import { seconds } from "./duration-option.ts";
import type { Channel, NotifyOptions } from "./notify.ts";
import { DEFAULT_AGENTS, DEFAULT_PUBLISHED } from "./push-defaults.ts";
import type { ServersOptions } from "./servers.ts";
import type { StatusOptions, Through } from "./status.ts";

const QUEUE_NAME = "how queues are called, with {host}, {port} and {shard} (default: promgen-gen.{host})";

export function defineServers(program: Command, take: (options: ServersOptions) => void): void {
  program
    .command("servers")
    .helpOption("-h, --help", "print this help")
    .summary("the Prometheus servers of every shard, and their queues")
    .description(
      "Lists the servers of every shard with the queue of each. Where a host is there more than once, the port follows in the name of its queue, and where one server takes several shards, the shard behind that. Nothing is registered anywhere: a server is a line below `servers:` of its shard.",
    )
    .option("--published <where>", "those of what is published, a URL, directory or branch; not of the inventory")
    .option("--queue-name <pattern>", QUEUE_NAME)
    .addOption(new Option("--format <format>", "how they are printed").choices(["text", "json"]).default("text"))
    .action(({ published, queueName, format }: { published?: string; queueName?: string; format: "text" | "json" }) => {
      take({ published, queueName, format });
    });
}

const NOTIFY_EXITS = `
Exit codes:
  0  they were told; with --wait: and have it
  1  with --wait: one does not have it in time; it is named
  2  one could not be told; wrong usage; what is published cannot be read

Nothing depends on it: agents pull at their own interval, too.`;

interface NotifyWords {
  readonly broker?: string;
  readonly brokerCredentials?: string;
  readonly brokerCa?: string;
  readonly queueName?: string;
  readonly webhook?: string;
  readonly webhookSecret?: string;
  readonly published: string;
  readonly all?: boolean;
  readonly wait?: boolean;
  readonly agents?: string;
  readonly prometheus?: string;
  readonly timeout?: number;
}

export function defineNotify(program: Command, take: (options: NotifyOptions) => void): void {
  const command = program
    .command("notify")
    .helpOption("-h, --help", "print this help")
    .summary("tell servers that there is something new")
    .description(
      "Tells the servers of the shards that changed that there is something new to pull: through a queue of each on a RabbitMQ, or by the webhooks of their agents. What they are told carries no content.",
    )
    .addOption(
      new Option("--broker <url>", "a RabbitMQ: amqp://… or amqps://host/vhost").conflicts([
        "webhook",
        "webhookSecret",
      ]),
    )
    .option("--broker-credentials <basic:file>", "a file with user:password for it (default: guest)")
    .option("--broker-ca <file>", "PEM of authorities to trust for it, besides the usual ones")
    .option("--queue-name <pattern>", QUEUE_NAME)
    .addOption(
      new Option(
        "--webhook <pattern>",
        "addresses of the agents: http://{host}:9914/-/sync, with {port} and {shard} where needed",
      ).conflicts(["brokerCredentials", "brokerCa", "queueName"]),
    )
    .option("--webhook-secret <file>", "the secret of the agents' --webhook-secret")
    .addOption(publishedOption())
    .option("--all", "tell the servers of all shards, not only of those that changed")
    .option("--wait", "wait until those that were told have it, and Prometheus has proven to have read it");
  for (const option of throughOptions()) command.addOption(option);
  command
    .addOption(
      new Option("--timeout <time>", "how long all of it may take (default: 30s; with --wait 5m)").argParser(seconds),
    )
    .addHelpText("after", NOTIFY_EXITS)
    .action(({ published, all, wait, timeout, ...words }: NotifyWords) => {
      const channel = channelOf(words);
      if (typeof channel === "string") command.error(`error: ${channel}`);
      else take({ channel, published, all: all === true, wait: wait === true ? throughOf(words) : undefined, timeout });
    });
}

/** What is missing, where something is. */
function channelOf({ broker, webhook, ...words }: Partial<NotifyWords>): Channel | string {
  if (broker !== undefined)
    return { broker, credentials: words.brokerCredentials, ca: words.brokerCa, queueName: words.queueName };
  if (webhook === undefined) return "name a --broker or a --webhook";
  const { webhookSecret: secret } = words;
  return secret === undefined ? "--webhook needs a --webhook-secret" : { webhook, secret };
}

const STATUS_EXITS = `
States:
  current      it has what is published, and Prometheus has proven to have read it
  unconfirmed  it has it, without that proof
  behind       it has something older; empty: it has nothing yet
  held         something newer is held back there
  unknown      it cannot be asked, or does not say

Exit codes:
  0  every server is current, or has not been anything else for long
  1  one has not had what is published for longer than --max-age
  2  wrong usage; what is published, or --prometheus, cannot be read`;

interface StatusWords {
  readonly published: string;
  readonly agents?: string;
  readonly prometheus?: string;
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly maxAge: number;
}

export function defineStatus(program: Command, take: (options: StatusOptions) => void): void {
  const command = program
    .command("status")
    .helpOption("-h, --help", "print this help")
    .summary("what every server runs, and who is behind")
    .description(
      "Asks the agents of all servers what they run, and compares it with what is published. A server that cannot be asked is a row like any other.",
    )
    .addOption(publishedOption());
  for (const option of throughOptions()) command.addOption(option);
  command
    .addOption(new Option("--json", "print it for scripts").conflicts("markdown"))
    .option("--markdown", "print it for the summary of a job")
    .addOption(
      new Option("--max-age <time>", "how long a server may be without what is published, from its commit on")
        .argParser(seconds)
        .default(900, "15m"),
    )
    .addHelpText("after", STATUS_EXITS)
    .action(({ published, json, markdown, maxAge, ...words }: StatusWords) => {
      const format = json === true ? "json" : markdown === true ? "markdown" : "text";
      take({ published, format, maxAge, through: throughOf(words) });
    });
}

function publishedOption(): Option {
  return new Option("--published <where>", "what is published: a URL, a directory or a branch").default(
    DEFAULT_PUBLISHED,
    DEFAULT_PUBLISHED,
  );
}

function throughOptions(): readonly Option[] {
  return [
    new Option(
      "--agents <pattern>",
      `where the agents are asked, with {host}, {port} and {shard} (default: ${DEFAULT_AGENTS})`,
    ).conflicts("prometheus"),
    new Option("--prometheus <url>", "ask a Prometheus that scrapes the agents instead, with one query"),
  ];
}

function throughOf({ agents, prometheus }: { readonly agents?: string; readonly prometheus?: string }): Through {
  return prometheus === undefined ? { agents: agents ?? DEFAULT_AGENTS } : { prometheus };
}
