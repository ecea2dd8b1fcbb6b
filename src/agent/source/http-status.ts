/** What an answer other than the expected one means. */
import { Failure } from "../failure.ts";
import type { Reason } from "../failure.ts";
import type { Answer } from "./http-client.ts";
import { shown } from "./shown.ts";

/** Nobody is waited for longer: a server that says 10^9 seconds is mistaken, or wants us silent. */
const LONGEST_RETRY_AFTER = 3600;

/** Why an answer that is not the wanted 200 is of no use. */
export function refusal(answer: Answer): Failure {
  const { status, url, headers } = answer;
  const fail = (reason: Reason, what: string, help: string): Failure => {
    const retryAfter = retryAfterOf(headers["retry-after"], headers.date);
    return new Failure(reason, `${shown(url)} ${what} (${status})`, {
      help,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
  };
  switch (status) {
    case 400:
      return fail(
        "unreachable",
        "does not understand what is asked",
        url.protocol === "http:" ? "write https:// if it speaks TLS on this port" : "see the server's log",
      );
    case 401:
      return fail(
        "unauthorized",
        "does not accept our credentials, or asks for some",
        "see --credentials and its file",
      );
    case 403:
      return fail(
        "unauthorized",
        "is forbidden for us",
        "see --credentials; object stores also answer so where there is no such file: see --source and --shard",
      );
    case 404:
    case 410:
      return fail("unreachable", "is not there", "see --source: it is the directory that holds manifest.json");
    case 429:
      return fail("throttled", "is asked too often", "ask less often");
    case 502:
    case 503:
    case 504:
      return fail("unreachable", "is not available at the moment", "see the server and proxies on the way");
    case 511:
      return fail("unreachable", "is behind a login page of the network", "log this host in, or exempt it there");
    case 206:
      return fail("unreachable", "answers with a part of the file that nobody asked for", "see caches on the way");
    case 304:
      return fail("unreachable", "says that nothing changed, but nobody asked that", "see caches on the way");
    default:
      return fail("unreachable", "gives an answer that is of no use", "see the server's log");
  }
}

/**
 * Why a 200 is not what it seems: packed although that was declined, or a web page.
 *
 * @returns undefined where its body is worth reading
 */
export function unusable(answer: Answer): Failure | undefined {
  const { url, headers } = answer;
  const fail = (what: string, help: string): Failure => new Failure("unreachable", `${shown(url)} ${what}`, { help });
  const encoding = headers["content-encoding"]?.trim().toLowerCase() ?? "";
  if (encoding !== "" && encoding !== "identity")
    return fail(
      "comes packed, although that was declined",
      "switch Content-Encoding off for it, at the server and at proxies",
    );
  if (/^(text\/html|application\/xhtml\+xml)\b/i.test(headers["content-type"] ?? "")) return webPage(url);
  return undefined;
}

export function emptyAnswer(url: URL): Failure {
  return new Failure("unreachable", `${shown(url)} is empty`, { help: "see the server, and caches on the way" });
}

export function webPage(url: URL): Failure {
  return new Failure("unreachable", `${shown(url)} answers with a web page instead of the file`, {
    help: "see --source; and whether a login page, a proxy's error page or a captive portal answers instead",
  });
}

/**
 * Seconds to wait, from `Retry-After`: seconds or a date. The date is compared with the server's own clock where it says
 * the time.
 */
function retryAfterOf(value: string | undefined, date: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  let seconds: number;
  if (/^\d+$/.test(value)) {
    seconds = Number(value);
  } else {
    const now = Date.parse(date ?? "");
    seconds = (Date.parse(value) - (Number.isNaN(now) ? Date.now() : now)) / 1000;
  }
  return seconds > 0 ? Math.min(Math.ceil(seconds), LONGEST_RETRY_AFTER) : undefined;
}
