import type { Clock } from "../clock.ts";
import type { PrometheusConfig } from "../config.ts";
import { SYSTEM_CLOCK } from "../system-clock.ts";
import { awaitActive } from "./await-active.ts";
import { awaitRead } from "./await-read.ts";
import { compare } from "./compare.ts";
import { total } from "./exposition.ts";
import { HttpClient } from "./http-client.ts";
import { Inquiry } from "./inquiry.ts";
import { NoAnswer } from "./no-answer.ts";
import { PACE } from "./pace.ts";
import type { Pace } from "./pace.ts";
import type { PrometheusServer } from "./prometheus.ts";
import { reload } from "./reload.ts";
import type { Server } from "./server.ts";

/**
 * A Prometheus of this host. Nothing is asked before a method is called, and nothing stays open after it.
 *
 * @param url its base URL, with a route prefix where it has one
 */
export function openPrometheus(
  url: string,
  config: PrometheusConfig,
  more: { readonly clock?: Clock; readonly pace?: Pace } = {},
): PrometheusServer {
  const { clock = SYSTEM_CLOCK, pace = PACE } = more;
  const client = new HttpClient(url, config);
  const server: Server = { inquiry: new Inquiry(client, pace.answer), config, clock, pace };
  return {
    label: client.base,
    async baseline(signal) {
      try {
        const { readErrors = 0, syncFailed, startTime, version, scraped } = await server.inquiry.look(signal);
        return { readErrors, syncFailed: total(syncFailed), startTime, version, scraped };
      } catch (error) {
        if (error instanceof NoAnswer) return undefined;
        throw error;
      }
    },
    awaitRead: async (files, before, nudge, signal) => await awaitRead(server, files, before, nudge, signal),
    reload: async (signal) => await reload(server, signal),
    awaitActive: async (files, before, signal) => await awaitActive(server, files, before, signal),
    compare: async (file, content, signal) => await compare(server, file, content, signal),
  };
}
