/** promgen-agent again and again in one process: an order on each line of stdin, what came of it on each of stdout. */
import { createInterface } from "node:readline";
import { agentHere } from "./agent-here.ts";

export interface ResidentOrder {
  readonly cwd: string;
  /** From the command on. */
  readonly args: readonly string[];
}

async function main(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const { cwd, args } = JSON.parse(line) as ResidentOrder;
    process.stdout.write(`${JSON.stringify(await agentHere(cwd, args))}\n`);
  }
}

void main();
