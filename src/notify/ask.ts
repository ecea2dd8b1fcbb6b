/** A question over HTTP, with an end: no answer, or one without an end, is a trouble in words. */

export interface Question {
  readonly method?: "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For all of it. */
  readonly seconds: number;
  /** Bytes: longer answers are not read. */
  readonly limit: number;
}

export type Answer = { readonly status: number; readonly text: string } | { readonly trouble: string };

/** Asks, once. Redirects are answers: nobody is led elsewhere with what was meant for one host. Never throws. */
export async function ask(url: URL, { method, headers, body, seconds, limit }: Question): Promise<Answer> {
  try {
    const answer = await fetch(url, {
      method: method ?? "GET",
      // What is packed may be large beyond its length.
      headers: { ...headers, "accept-encoding": "identity" },
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
      // It takes no parts of a millisecond, which what is left of a time has.
      signal: AbortSignal.timeout(Math.ceil(seconds * 1000)),
    });
    const text = await readText(answer.body, limit);
    return text === undefined ? { trouble: `answers with more than ${limit} bytes` } : { status: answer.status, text };
  } catch (error) {
    return {
      trouble: isBadPort(error) ? `is at port ${url.port}, at which no fetch of Node asks` : troubleOf(error, seconds),
    };
  }
}

async function readText(body: AsyncIterable<Uint8Array> | null, limit: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** https://fetch.spec.whatwg.org/#port-blocking; Node says it by these words alone. */
function isBadPort(error: unknown): boolean {
  return ((error as Error).cause as Error | undefined)?.message === "bad port";
}

/** By error code of the system, of TLS or of Node's HTTP client. The first that matches is taken. */
const WORDS: readonly (readonly [code: RegExp, what: string])[] = [
  [/^ECONNREFUSED$/, "refuses the connection: nothing listens there"],
  [/^(ENOTFOUND|EAI_\w+)$/, "is a name that cannot be looked up"],
  [/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|UND_ERR_\w*TIMEOUT)$/, "does not answer"],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_ABORTED)$/, "broke the connection off"],
  [/^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w+)$/, "has a certificate that is not trusted"],
  [/^(ERR_TLS_CERT|CERT_)/, "has a certificate that does not hold for it now"],
  [/^(ERR_SSL_|EPROTO)/, "does not speak TLS on this port"],
  [/^(HPE_|HTTPParserError$)/, "does not speak HTTP on this port"],
];

/** Codes alone are looked at: messages may quote what was sent. */
function troubleOf(error: unknown, seconds: number): string {
  if ((error as Error).name === "TimeoutError") return `does not answer within ${Math.round(seconds * 10) / 10} s`;
  const code = codeOf(error);
  const [, what] = WORDS.find(([pattern]) => pattern.test(code)) ?? [undefined, "cannot be asked"];
  return `${what} (${code})`;
}

/** fetch has what happened as its error's cause; a host with several addresses has an error for each. */
function codeOf(error: unknown): string {
  const { code, cause, errors, name } = error as Error & { code?: unknown; errors?: readonly unknown[] };
  if (typeof code === "string") return code;
  // From Node 24 on, what does not speak HTTP is known by this alone.
  if (name === "HTTPParserError") return name;
  if (errors !== undefined && errors.length > 0) return codeOf(errors[0]);
  return cause === undefined ? "unknown error" : codeOf(cause);
}
