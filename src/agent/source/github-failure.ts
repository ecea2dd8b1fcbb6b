/** What GitHub's refusals mean for whoever runs the agent. */
import { Failure } from "../failure.ts";
import type { Reason } from "../failure.ts";

/** GitHub asks for at least a minute where it does not say how long. */
const RETRY_AFTER = 60;
/** Budgets are given anew every hour. */
const LONGEST_RETRY_AFTER = 3600;

/** An answer that is not the wanted one. */
export interface Refusal {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** What GitHub says in the body. */
  readonly message: string;
}

/**
 * @param label of the source
 * @param isAnonymous whether no credentials were sent
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export function gitHubFailure({ status, headers, message }: Refusal, label: string, isAnonymous: boolean): Failure {
  const fail = (reason: Reason, what: string, help: string, retryAfter?: number): Failure =>
    new Failure(reason, `${label} ${what} (${status})`, { help, ...(retryAfter === undefined ? {} : { retryAfter }) });

  const wait = retryAfterOf(headers);
  const isLimited = headers["x-ratelimit-remaining"] === "0" || wait !== undefined || /rate limit|abuse/i.test(message);
  if (status === 429 || (status === 403 && isLimited)) {
    const help = isAnonymous
      ? "60 questions an hour are answered without a token: name one with --credentials"
      : "all that uses this token shares its budget: ask less often, or let a mirror ask for all hosts";
    return fail("throttled", "is asked too often", help, wait ?? RETRY_AFTER);
  }
  if (status === 401)
    return fail("unauthorized", "does not accept the token", "see --credentials: it may have expired");
  if (status === 403 && /too.?large/i.test(message)) {
    return fail("too-large", "does not give files of this size", "use a git+https: or https: source");
  }
  if (status === 403) {
    const isSso = headers["x-github-sso"] !== undefined;
    const help = isSso
      ? "authorize the token for the organisation's single sign-on"
      : "it needs the right to read contents";
    return fail("unauthorized", "does not let this token read the repository", help);
  }
  if (status === 404) {
    const help = isAnonymous
      ? "check owner, repository and branch; GitHub says the same of private repositories: those need --credentials"
      : "check owner, repository and branch; GitHub says the same where the token may not read the repository's contents";
    return fail("unreachable", "is not there, or not for us", help);
  }
  if (status === 409) return fail("unreachable", "is an empty repository", "publish to its branch first");
  if (status >= 500) {
    return fail(
      "unreachable",
      "cannot answer at the moment",
      "see https://www.githubstatus.com, or your own server",
      wait,
    );
  }
  return fail("unreachable", "gives an answer that is of no use", "see --source and --github-api");
}

/** Seconds to wait, by the server's own clock; undefined where it does not ask us to. */
function retryAfterOf(headers: Refusal["headers"]): number | undefined {
  const told = Number.parseInt(headers["retry-after"] ?? "", 10);
  const reset = headers["x-ratelimit-remaining"] === "0" ? Number(headers["x-ratelimit-reset"]) : Number.NaN;
  const seconds = Number.isNaN(told) ? reset - Date.parse(headers["date"] ?? "") / 1000 : told;
  if (Number.isNaN(seconds)) return undefined;
  return Math.min(Math.max(Math.ceil(seconds), 1), LONGEST_RETRY_AFTER);
}
