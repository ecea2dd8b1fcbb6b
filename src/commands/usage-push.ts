/** The command line of what is about the servers: who they are, that there is something new, and what they run. */
import { Option } from "commander";
import type { Command } from "commander";
import type { ServersOptions } from "./servers.ts";

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
