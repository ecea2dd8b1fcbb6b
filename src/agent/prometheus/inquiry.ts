/** What a server can be asked, each as one call. All throw {@link NoAnswer}. */
import type { Exposition } from "./exposition.ts";
import { readExposition } from "./exposition.ts";
import type { HttpClient, Response } from "./http-client.ts";
import { textOf } from "./http-client.ts";
import type { LoadedConfig } from "./loaded-config.ts";
import { readLoadedConfig } from "./loaded-config.ts";
import { NoAnswer, statusTrouble } from "./no-answer.ts";

const MIB = 1 << 20;
/** A server with ten thousand jobs has some 50 MiB of metrics about them. */
const MOST_METRICS = 256 * MIB;
const MOST_CONFIG = 64 * MIB;
const MOST_TEXT = MIB;

/** A look at a server, and its `Date` (seconds since 1970). */
export interface Look extends Exposition {
  readonly version: string;
  readonly date: number | undefined;
}

/** How one server is asked. */
export class Inquiry {
  readonly client: HttpClient;
  /** Seconds for one answer. */
  readonly #seconds: number;

  constructor(client: HttpClient, seconds: number) {
    this.client = client;
    this.#seconds = seconds;
  }

  /** Its metrics. What is no Prometheus is a {@link NoAnswer} as well. */
  async look(signal: AbortSignal): Promise<Look> {
    const { exposition, date } = await this.#get("/metrics", MOST_METRICS, signal, async (response) => ({
      exposition: await readExposition(response.chunks),
      date: response.date,
    }));
    if (exposition.version === undefined)
      throw new NoAnswer("not-prometheus", `what answers at ${this.client.base} is no Prometheus`, {
        help: "give the address of Prometheus itself with --prometheus",
      });
    return { ...exposition, version: exposition.version, date };
  }

  /** Whether it is ready; false while it starts. */
  async isReady(signal: AbortSignal): Promise<boolean> {
    return await this.client.request(
      { path: "/-/ready", seconds: this.#seconds, most: MOST_TEXT, signal },
      ({ status }) => Promise.resolve(status !== 503),
    );
  }

  async loadedConfig(signal: AbortSignal): Promise<LoadedConfig> {
    const { yaml } = await this.#status("config", signal);
    if (typeof yaml !== "string") throw new NoAnswer("broken", `${this.client.base} shows no configuration`);
    return readLoadedConfig(yaml);
  }

  /** Its working directory, which relative paths are relative to; undefined where it does not say. */
  async workingDirectory(signal: AbortSignal): Promise<string | undefined> {
    const { CWD } = await this.#status("runtimeinfo", signal);
    return typeof CWD === "string" && CWD.startsWith("/") ? CWD : undefined;
  }

  /** Whether `POST /-/reload` is allowed. */
  async hasLifecycle(signal: AbortSignal): Promise<boolean> {
    return (await this.#status("flags", signal))["web.enable-lifecycle"] === "true";
  }

  /** Streams the answer of `/api/v1/targets`, of one pool (2.42 and later; before, all pools come) or all. */
  async targets<T>(
    pool: string | undefined,
    signal: AbortSignal,
    use: (chunks: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<T> {
    const query = pool === undefined ? "" : `?scrapePool=${encodeURIComponent(pool)}`;
    const seconds = Math.max(this.#seconds, 60);
    return await this.#get(
      `/api/v1/targets${query}`,
      Infinity,
      signal,
      async ({ chunks }) => await use(chunks),
      seconds,
    );
  }

  async #status(name: string, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
    const text = await this.#get(`/api/v1/status/${name}`, MOST_CONFIG, signal, textOf);
    try {
      return (JSON.parse(text) as { data: Record<string, unknown> }).data ?? {};
    } catch (cause) {
      throw new NoAnswer("broken", `${this.client.base}/api/v1/status/${name} is no JSON`, { cause });
    }
  }

  async #get<T>(
    path: string,
    most: number,
    signal: AbortSignal,
    use: (response: Response) => Promise<T>,
    seconds = this.#seconds,
  ): Promise<T> {
    return await this.client.request({ path, seconds, most, signal }, async (response) => {
      if (response.status === 200) return await use(response);
      throw statusTrouble(this.client.base, response.status, await headOf(response), response.location);
    });
  }
}

/** The beginning of a body, for its words. */
export async function headOf(response: Response): Promise<string> {
  let text = "";
  for await (const chunk of response.chunks) {
    text += Buffer.from(chunk).toString("utf8");
    if (text.length > 4096) break;
  }
  return text;
}
