/**
 * Asks hostile servers for a file, one after the other, and says how that ended and how much memory it took.
 * Run as a program of its own: the memory of the tests is not the agent's.
 */
import { readFileSync } from "node:fs";
import { openHttpSource } from "../../../src/agent/source/http-source.ts";

const [maxBytes, ...urls] = process.argv.slice(2);
const endings: string[] = [];

async function ask(url: string): Promise<void> {
  const config = {
    urls: [],
    tls: {},
    allowHttp: false,
    allowPrivateRedirects: false,
    timeout: 60,
    maxBytes: Number(maxBytes),
    proxy: {},
    githubApi: "",
  };
  const source = openHttpSource(new URL(url), config, "");
  const { signal } = new AbortController();
  let bytes = 0;
  try {
    for await (const chunk of source.file("targets.json", "", signal)) bytes += chunk.length;
    endings.push(`complete after ${bytes}`);
  } catch (error) {
    endings.push((error as { reason?: string }).reason ?? String(error));
  }
  await source.close();
}

async function main(): Promise<void> {
  for (const url of urls) await ask(url);
  // What the system counts for the process holds that of the tests, too, which it was a copy of until it started Node.
  const [, peak] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  process.stdout.write(JSON.stringify({ endings, maxRss: Number(peak) * 1024 }));
}

void main();
