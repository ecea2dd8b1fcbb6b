/** The command line of what is about the servers: who they are, that there is something new, and what they run. */
import { Option } from "commander";
import type { Command } from "commander";
import { seconds } from "./duration-option.ts";
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
      "Lists the servers of every shard with the queue of each. Where one host has several servers, the port follows in the name of the queue. Nothing is registered anywhere: a server is a line below `servers:` of its shard.",
    )
    .option("--published <where>", "those of what is published, a URL, directory or branch; not of the inventory")
    .option("--queue-name <pattern>", QUEUE_NAME)
    .addOption(new Option("--format <format>", "how they are printed").choices(["text", "json"]).default("text"))
    .action(({ published, queueName, format }: { published?: string; queueName?: string; format: "text" | "json" }) => {
      take({ published, queueName, format });
    });
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
