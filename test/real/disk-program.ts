/**
 * A program that does on disk what a run of promgen-agent does there, with nothing around it: for strace, for other
 * users, for disks that are full. It is bundled before it is run.
 *
 * Its argument is JSON; it prints JSON and ends with the exit code of the failure's reason.
 */
import { carryOut } from "./disk-deeds.ts";
import type { Order } from "./disk-deeds.ts";

async function main(order: Order): Promise<void> {
  const { exit, ...outcome } = await carryOut(order, () => process.stdout.write("locked\n"));
  process.exitCode = exit;
  process.stdout.write(JSON.stringify(outcome));
}

void main(JSON.parse(process.argv[2] ?? "") as Order);
