import { Failure } from "../failure.ts";
import type { Difference } from "./live-targets.ts";
import { TargetList } from "./live-targets.ts";
import { NoAnswer } from "./no-answer.ts";
import type { Expected } from "./prometheus.ts";
import { Readers } from "./readers.ts";
import type { Server } from "./server.ts";

/**
 * Compares a file with what a server scrapes because of it, target by target.
 *
 * @throws {Failure} `unconfirmed` where the server does not answer
 */
export async function compare(
  server: Server,
  file: Expected,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<Difference> {
  try {
    const list = await TargetList.read(content);
    const look = await server.inquiry.look(signal);
    const readers = new Readers(server, [file]);
    const { pools } = await readers.find(look, signal);
    // Where it is not known who reads the file, everybody is asked: ghosts live where nobody looks.
    for (const pool of pools.length === 0 ? [undefined] : pools.map((one) => one.pool))
      await server.inquiry.targets(pool, signal, async (chunks) => {
        await list.tickOff(chunks, pool, (called) => readers.isOurs(called, file));
      });
    return list.difference();
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    throw new Failure("unconfirmed", error.message, {
      cause: error,
      ...(error.help === undefined ? {} : { help: error.help }),
    });
  }
}
