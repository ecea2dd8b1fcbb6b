/** Tells servers through their agents' webhooks that there is something new. */
import { createHmac, randomUUID } from "node:crypto";
import { EnvironmentError } from "../exit.ts";
import { readText } from "./amqp-login.ts";
import { ask } from "./ask.ts";
import type { Answer } from "./ask.ts";
import { eachAtOnce } from "./at-once.ts";
import type { FleetServer } from "./fleet.ts";
import { NO_ADDRESS } from "./server-url.ts";
import type { ServerAddress } from "./server-url.ts";

export interface News {
  readonly generation: number;
  readonly commit?: string | undefined;
}

export interface Recipient {
  readonly server: FleetServer;
  readonly address: ServerAddress;
}

export interface WebhookTrouble {
  /** Continues the address. Without secrets. */
  readonly message: string;
  readonly hint: string;
}

/** As the agent wants it. */
const SHORTEST_SECRET = 16;
/** For one agent. */
const MOST_SECONDS = 10;
/** What agents answer is a line. */
const MOST_ANSWER = 64 * 1024;

/**
 * Reads the secret that the agents know, too.
 *
 * @throws {EnvironmentError} never with anything of what the file holds
 */
export async function readWebhookSecret(path: string): Promise<string> {
  const secret = (await readText(path, "the secret of the webhooks")).replace(/\r?\n$/, "");
  if (secret.length >= SHORTEST_SECRET) return secret;
  throw new EnvironmentError(
    `the secret in ${path} is shorter than ${SHORTEST_SECRET} characters`,
    "make another one, such as with: openssl rand -hex 32",
  );
}

/**
 * Posts to each, signed as GitHub signs
 * (https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries). What is posted carries nothing but the
 * news: agents pull, with all their checks. Where one cannot be told, the others are.
 *
 * @param seconds for all of it
 * @returns how it went, in the order of the recipients; undefined where the agent pulls now
 */
export async function notifyWebhooks(
  recipients: readonly Recipient[],
  { generation, commit }: News,
  { secret, seconds }: { readonly secret: string; readonly seconds: number },
): Promise<(WebhookTrouble | undefined)[]> {
  const end = performance.now() + seconds * 1000;
  return await eachAtOnce(recipients, async ({ server: { shard }, address: { url } }) => {
    if (url === undefined) return { message: NO_ADDRESS, hint: "see --webhook, and `servers:` of the shard" };
    const left = (end - performance.now()) / 1000;
    if (left <= 0)
      return {
        message: `was not told within ${seconds} s, others did not answer`,
        hint: "give it more time with --timeout",
      };
    const body = JSON.stringify({
      version: 1,
      shard,
      generation,
      ...(commit === undefined ? {} : { commit }),
      // Signed with the rest: an agent takes it once, and not for long.
      sent: Math.floor(Date.now() / 1000),
      nonce: randomUUID(),
    });
    const signature = createHmac("sha256", secret).update(body).digest("hex");
    const headers = { "content-type": "application/json", "x-hub-signature-256": `sha256=${signature}` };
    const limits = { seconds: Math.min(left, MOST_SECONDS), limit: MOST_ANSWER };
    return troubleOf(await ask(url, { method: "POST", headers, body, ...limits }));
  });
}

function troubleOf(answer: Answer): WebhookTrouble | undefined {
  if ("trouble" in answer)
    return {
      message: answer.trouble,
      hint: "see that its agent runs with --listen, on an address that is reached from here",
    };
  const { status } = answer;
  if (status === 202) return undefined;
  if (status === 409)
    return {
      message: "takes it for a repetition (409)",
      hint: "compare the clocks of that host and of this machine: they may differ by five minutes at most",
    };
  if (status === 401)
    return { message: "refuses the signature (401)", hint: "give both sides the same --webhook-secret" };
  if (status === 404 || status === 405)
    return {
      message: `takes no webhooks (${status})`,
      hint: "see the path, /-/sync, and that its agent has a --webhook-secret",
    };
  return { message: `answers with status ${status}`, hint: "see its log, and what is between" };
}
