/** Whether the clock of this host agrees with those of others: certificates, signatures with dates and metrics go by it. */
import type { AgentConfig } from "../config.ts";
import { Attempt } from "../source/deadline.ts";
import { drop, HttpClient } from "../source/http-client.ts";
import type { Row } from "./row.ts";
import { warning } from "./row.ts";

/** What the clocks of two hosts may differ by, with the time of an answer. */
const OFF_SECONDS = 60;

/** Compares the clock with the `Date` of every web server among the sources. Who does not answer is told of elsewhere. */
export async function lookAtClock(config: AgentConfig, now: () => number, signal: AbortSignal): Promise<Row[]> {
  const urls = config.source.urls.filter((url) => /^https?:/i.test(url)).map((url) => new URL(url));
  const rows = await Promise.all(
    urls.map(async (url) => clockRow(url.host, await dateOf(url, config, signal).catch(() => undefined), now())),
  );
  return rows.flat();
}

/** @param date that another host says it is, seconds since 1970 */
export function clockRow(who: string, date: number | undefined, now: number): Row[] {
  const off = date === undefined ? 0 : Math.round(now - date);
  if (Math.abs(off) <= OFF_SECONDS) return [];
  return [
    warning(
      "clock",
      `the clock of this host is ${Math.abs(off)} s ${off > 0 ? "ahead of" : "behind"} that of ${who}`,
      "set it (timedatectl, chrony): TLS and signatures with dates go by it; promgen-agent refuses nothing because of it",
    ),
  ];
}

async function dateOf(url: URL, { source }: AgentConfig, signal: AbortSignal): Promise<number | undefined> {
  const client = new HttpClient(url, source);
  const deadline = new Attempt(source.timeout).deadline(signal);
  try {
    const answer = await client.get(url, {}, deadline);
    drop(answer);
    const { date, age } = answer.headers;
    // A cache passes on the date of when it was asked itself.
    const seconds = Date.parse(date ?? "") / 1000 + Number(age ?? 0);
    return Number.isNaN(seconds) ? undefined : seconds;
  } finally {
    deadline.done();
    client.close();
  }
}
