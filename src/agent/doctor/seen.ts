import type { Inquiry, Look } from "../prometheus/inquiry.ts";
import type { LoadedConfig } from "../prometheus/loaded-config.ts";
import { Names } from "../prometheus/server.ts";
import { portOf } from "../source/proxy.ts";
import { findProcess } from "./prometheus-process.ts";
import type { PrometheusProcess } from "./prometheus-process.ts";

/** What is known of a server when it is asked about files. */
export interface Seen {
  readonly base: string;
  readonly look: Look;
  readonly names: Names;
  /** Undefined where the server does not show it. */
  readonly config: LoadedConfig | undefined;
  readonly process: PrometheusProcess | undefined;
}

/** Asks a server about itself. Throws {@link NoAnswer} where it does not answer. */
export async function see(inquiry: Inquiry, signal: AbortSignal): Promise<Seen> {
  const look = await inquiry.look(signal);
  // What a proxy in between does not let through is done without.
  const config = await inquiry.loadedConfig(signal).catch(() => undefined);
  const names = new Names(inquiry);
  const called = [...look.mtimes.keys(), ...(config?.readers.flatMap(({ patterns }) => patterns) ?? [])];
  await names.learn(called, look.startTime, signal).catch(() => {});
  const port = portOf(new URL(inquiry.client.base));
  const process = look.startTime === undefined ? undefined : await findProcess(look.startTime, port);
  return { base: inquiry.client.base, look, names, config, process };
}
