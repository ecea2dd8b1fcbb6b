/** Servers that answer as agents do, for who asks them. */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { renderMetrics } from "../../src/agent/watch/metrics.ts";
import type { Facts } from "../../src/agent/watch/metrics.ts";
import type { AgentState } from "../../src/agent/core/state.ts";
import { readSample } from "../../src/model/sample.ts";
import type { AgentReading } from "../../src/notify/agent-reading.ts";
import { HEALTHY, NOW } from "../agent/watch/states.ts";

export const GENERATION = HEALTHY.applied?.generation ?? 0;

/** What an agent in this state has in its /metrics. */
export function metricsOf(state: AgentState | undefined, facts: Partial<Facts> = {}): string {
  return renderMetrics(state, { version: "1.2.3", shard: "tokyo-a", now: NOW, maxAge: 86_400, ...facts });
}

/** As Prometheus answers a query, for what it scraped from these instances. */
export function vector(
  ...scraped: readonly (readonly [labels: Readonly<Record<string, string>>, metrics: string])[]
): string {
  const result = scraped.flatMap(([labels, metrics]) =>
    metrics.split("\n").flatMap((line) => {
      const sample = readSample(line);
      if (sample === undefined) return [];
      const own = Object.entries(sample.labels).map(([name, text]) => [
        labels[name] === undefined ? name : `exported_${name}`,
        text,
      ]);
      return [
        { metric: { __name__: sample.name, ...Object.fromEntries(own), ...labels }, value: [1, String(sample.value)] },
      ];
    }),
  );
  return JSON.stringify({ status: "success", data: { resultType: "vector", result } });
}

/** A server that is current at generation 7. */
export const CURRENT: AgentReading = {
  generation: 7,
  commit: undefined,
  repository: undefined,
  version: "1.2.3",
  appliedAt: 10,
  isConfirmed: true,
  isHeld: false,
  held: undefined,
  isOnHold: false,
  lastSuccess: 20,
  lastRun: 20,
  lastExit: 0,
  lastReason: undefined,
};

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A server on a loopback address that answers as it is told. */
export async function withAnswers<T>(
  answer: (asked: Asked, response: ServerResponse) => void,
  act: (port: number, asked: Asked[]) => Promise<T>,
  host = "127.0.0.1",
): Promise<T> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const one = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body };
      asked.push(one);
      answer(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  try {
    return await act((server.address() as AddressInfo).port, asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
