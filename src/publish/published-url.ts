/**
 * What is published behind a URL, on any static host.
 */
import { EnvironmentError } from "../exit.ts";
import { fetchTrouble } from "../model/fetch-trouble.ts";
import { showText } from "../model/show-text.ts";
import { unfit } from "./published-place.ts";
import type { Content, PublishedFiles, Wanted } from "./published-place.ts";

/** For one file, in milliseconds. */
const DEADLINE = 60_000;
const AT_ONCE = 8;

/** Throws EnvironmentError for what is no URL. */
export function openPublishedUrl(where: string): PublishedFiles {
  const name = showText(where);
  const base = readUrl(where, name);
  return {
    name,
    isUnsure: true,
    async read(files) {
      const contents: Content[] = [];
      const waiting = [...files.entries()];
      // Each takes what is next, until nothing is left or one fails.
      const work = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
          contents[next[0]] = await readFile(base, next[1]);
      };
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, files.length) }, work));
      return contents;
    },
  };
}

function readUrl(where: string, name: string): URL {
  const url = URL.canParse(where) ? new URL(where) : undefined;
  if (url === undefined) throw new EnvironmentError(`${name} is no URL`, "write https://<host>/<path>");
  if (url.username !== "" || url.password !== "") {
    throw new EnvironmentError(
      `${name} has a user or a password in it, which everybody on this machine could read`,
      "take them out: what is published behind a password cannot be read here",
    );
  }
  url.hash = "";
  url.search = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

async function readFile(base: URL, wanted: Wanted): Promise<Content> {
  // A name is percent-encoded in a path, and its path once more in a URL.
  const url = new URL(wanted.path.split("/").map(encodeURIComponent).join("/"), base);
  // Caches keep what they have for a URL: with its digest in it, no older file has it.
  if (wanted.sha256 !== undefined) url.search = wanted.sha256;
  try {
    const answer = await fetch(url, {
      // Half of what is published must not come from a cache: nobody could tell which.
      headers: { "cache-control": "no-cache", "accept-encoding": "identity" },
      signal: AbortSignal.timeout(DEADLINE),
    });
    if (answer.status === 404 || answer.status === 410) return undefined;
    if (!answer.ok || answer.body === null) throw refused(url, answer.status);
    return await readBody(answer.body, wanted.limit);
  } catch (error) {
    if (error instanceof EnvironmentError) throw error;
    throw unreachable(url, error);
  }
}

async function readBody(body: AsyncIterable<Uint8Array>, limit: number): Promise<Content> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) return unfit(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function refused(url: URL, status: number): EnvironmentError {
  const isShut = status === 401 || status === 403;
  return new EnvironmentError(
    `${shown(url)} answers with status ${status}`,
    isShut
      ? "what is compared with has to be readable without a password"
      : "run it again, or see what the server says",
  );
}

function unreachable(url: URL, error: unknown): EnvironmentError {
  return new EnvironmentError(
    `${shown(url)} cannot be read: ${url.host} ${fetchTrouble(error, url, DEADLINE / 1000)}`,
    "run it again, or check the address: the host, the port, and whether it is http or https",
  );
}

function shown(url: URL): string {
  return showText(`${url.origin}${url.pathname}`);
}
