/** GitHub's refusals, in words. https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api */
import { EnvironmentError } from "../exit.ts";
import { visibleShort } from "../report/visible.ts";
import type { Access } from "./comment-api.ts";

/** As much as matters of what octokit throws. */
interface Refusal extends Error {
  readonly status: number;
  readonly response?: { readonly headers: Readonly<Record<string, string | number | undefined>> };
}

/** The status of an answer; undefined where there was none. */
export function statusOf(error: unknown): number | undefined {
  return isRefusal(error) && error.response !== undefined ? error.status : undefined;
}

/** What to say of what octokit threw; anything else is given back as it is. It never holds the token. */
export function commentFailure(error: unknown, access: Pick<Access, "baseUrl" | "repository">): unknown {
  if (!isRefusal(error)) return error;
  const { response, status } = error;
  if (response === undefined) return unreachable(error, access);
  const said = visibleShort(error.message.replace(/ - https:\/\/docs\.github\.com\/\S+$/, ""));
  switch (status) {
    case 401:
      return new EnvironmentError(
        "GitHub does not accept the token",
        "see whether GITHUB_TOKEN, or the file of --token-file, holds one that is still valid",
      );
    case 403:
    case 429:
      return forbidden(said, response.headers);
    case 404:
      return new EnvironmentError(
        `GitHub does not know the pull request, or the repository ${access.repository}`,
        "see whether --repo and --pr are right, and whether the token may read pull requests of this repository",
      );
    case 422:
      return new EnvironmentError(
        `GitHub refuses the comment: ${said}`,
        "the plan itself is there: read it in the log of the job, or with `promgen-gen plan`",
      );
    default:
      return new EnvironmentError(
        status >= 500 ? `GitHub has a problem: status ${status}` : `GitHub answers with status ${status}: ${said}`,
        status >= 500 ? "run this again later; https://www.githubstatus.com/ may say more" : undefined,
      );
  }
}

function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && error.name === "HttpError" && typeof (error as Partial<Refusal>).status === "number";
}

function forbidden(said: string, headers: NonNullable<Refusal["response"]>["headers"]): EnvironmentError {
  if (/rate limit/i.test(said) || headers["x-ratelimit-remaining"] === "0") {
    const reset = Number(headers["x-ratelimit-reset"]);
    const until = headers["x-ratelimit-remaining"] === "0" && reset > 0 ? `, until ${timeOf(reset)}` : "";
    return new EnvironmentError(
      `GitHub takes no more requests with this token for now${until}`,
      "run this again later, or with another token",
    );
  }
  if (/not accessible by/i.test(said))
    return new EnvironmentError(
      "this token may not write comments",
      "give the job `pull-requests: write`; where the pull request comes from a fork or from Dependabot, GitHub does not, and a second workflow has to comment",
    );
  if (/locked/i.test(said))
    return new EnvironmentError(
      "the conversation is locked, so nothing can be said there",
      "unlock it on the page of the pull request, and run this again",
    );
  return new EnvironmentError(`GitHub forbids it: ${said}`, "see which permissions the token has");
}

/** Seconds since 1970, as a time of day. */
function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/^.*T(\d\d:\d\d).*$/, "$1 UTC");
}

function unreachable(error: Refusal, { baseUrl }: Pick<Access, "baseUrl">): EnvironmentError {
  const { cause } = error;
  const deepest = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = (deepest as NodeJS.ErrnoException | undefined)?.code;
  const why = typeof code === "string" ? code : visibleShort(error.message);
  if (/redirect/i.test(`${String(deepest)} ${why}`))
    return new EnvironmentError(
      `${baseUrl} sends us elsewhere, as for a repository that was renamed`,
      "give its new name with --repo",
    );
  return new EnvironmentError(
    `${baseUrl} cannot be reached: ${why}`,
    "see whether GITHUB_API_URL is right, and whether there is a proxy (Node 24 and newer use HTTPS_PROXY with NODE_USE_ENV_PROXY=1)",
  );
}
