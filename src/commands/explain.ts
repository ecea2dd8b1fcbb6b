import type { ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";

export async function explain(_io: Io, _what: string): Promise<ExitCode> {
  throw new Error("being written");
}
