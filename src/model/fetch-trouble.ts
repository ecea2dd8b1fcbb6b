/** Why a server could not be asked by fetch, in words. */

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

/**
 * What became of a fetch that failed, to stand behind the name of the server: "refuses the connection: … (ECONNREFUSED)". Codes
 * alone are looked at: messages may quote what was sent.
 *
 * @param error what fetch, or reading the body of its answer, threw
 * @param url what was asked for
 * @param seconds how long it was waited for an answer
 */
export function fetchTrouble(error: unknown, url: URL, seconds: number): string {
  if ((error as Error).name === "TimeoutError") return `does not answer within ${Math.round(seconds * 10) / 10} s`;
  if (isBadPort(error)) return `is at port ${url.port}, at which no fetch of Node asks`;
  const code = codeOf(error);
  const [, what] = WORDS.find(([pattern]) => pattern.test(code)) ?? [undefined, "cannot be asked"];
  return `${what} (${code})`;
}

/** https://fetch.spec.whatwg.org/#port-blocking; Node says it by these words alone. */
function isBadPort(error: unknown): boolean {
  return ((error as Error).cause as Error | undefined)?.message === "bad port";
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
