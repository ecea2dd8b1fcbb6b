/**
 * `comment`: what a plan says, as the comment of a pull request on GitHub.
 */
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { EnvironmentError, EXIT } from "../exit.ts";
import type { ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { putComment } from "../publish/comment.ts";
import type { Outcome } from "../publish/comment.ts";
import { CommentApi } from "../publish/comment-api.ts";
import type { Access, PullRequest } from "../publish/comment-api.ts";
import { inertMarkdown } from "../report/markdown.ts";
import type { PlanDocument } from "../report/plan-document.ts";
import { planMarkdown } from "../report/plan-markdown.ts";
import { visible, visibleShort } from "../report/visible.ts";
import { planProblem } from "../schema/plan-document.ts";

export interface CommentOptions {
  /** The file that `plan --format json` wrote; relative to `io.cwd`. */
  readonly plan: string;
  /** Number of the pull request; without it, `commit` finds it. */
  readonly pull?: number | undefined;
  /** Head of the pull request when the plan was made. */
  readonly commit?: string | undefined;
  /** `owner/name`; by default GITHUB_REPOSITORY. */
  readonly repository?: string | undefined;
  /** Has the token; by default GITHUB_TOKEN. */
  readonly tokenFile?: string | undefined;
  /** Login whose comments are ours, where GitHub does not say it. */
  readonly author?: string | undefined;
  readonly key: string;
  /** Where all of the plan is; by default the run of the workflow. */
  readonly url?: string | undefined;
  /** The largest plan that is read for GitHub. Bytes. */
  readonly maxBytes: number;
  /** Print the text and ask nobody. */
  readonly dryRun: boolean;
  /** Fail where there is no comment in the end. */
  readonly required: boolean;
}

/** Longer ones are none. Bytes. */
const MAX_TOKEN = 4096;
/** Who speaks with the token of a workflow. */
const WORKFLOW_AUTHOR = "github-actions[bot]";

/** Throws EnvironmentError for wrong usage; for what GitHub refuses only with `required`, since a comment is not worth a job. */
export async function comment(io: Io, options: CommentOptions): Promise<ExitCode> {
  const path = resolve(io.cwd, options.plan);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
    throw new EnvironmentError(
      `--plan: there is no file ${visible(options.plan)}`,
      "write one with `promgen-gen plan --format json`",
    );
  if (options.dryRun) {
    io.stdout.write(planMarkdown(readPlan(path, Number.POSITIVE_INFINITY), { url: urlOf(io, options) }));
    return EXIT.ok;
  }
  const access = accessOf(io, options);
  if (options.pull === undefined && options.commit === undefined)
    throw new EnvironmentError("which pull request?", "name it with --pr, or its newest commit with --commit");
  try {
    const plan = readPlan(path, options.maxBytes);
    const api = await CommentApi.open(access);
    const pull = await findPullRequest(api, options);
    const outcome = await putComment(api, {
      pull: pull.number,
      author: options.author ?? (await api.login()) ?? WORKFLOW_AUTHOR,
      text: textOf(io, plan, pull, access.repository, options),
      key: options.key,
      commit: options.commit ?? plan.head.commit ?? "",
      isNews: plan.hasChanges || plan.isRefused || plan.findings.length > 0,
    });
    io.stdout.write(`#${pull.number}: ${OUTCOMES[outcome]}\n`);
    return EXIT.ok;
  } catch (error) {
    if (options.required || !(error instanceof EnvironmentError)) throw error;
    warn(io, error);
    return EXIT.ok;
  }
}

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  posted: "commented",
  changed: "the comment is changed",
  unchanged: "the comment says that already",
  outdated: "not commented, since the pull request has another commit by now",
  needless: "not commented, since nothing changes",
};

function readPlan(path: string, limit: number): PlanDocument {
  const name = visible(path);
  const { size } = statSync(path);
  if (size > limit)
    throw new EnvironmentError(
      `${name} has ${size} bytes, more than ${limit}, and is not read`,
      "where it is from a run of your own, allow more with --max-bytes; else read it with `promgen-gen plan`",
    );
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    throw new EnvironmentError(`${name} is no JSON`, "write it with `promgen-gen plan --format json`");
  }
  const problem = planProblem(value);
  if (problem === undefined) return value as PlanDocument;
  throw new EnvironmentError(
    `${name} is not what \`promgen-gen plan --format json\` writes: ${visibleShort(problem)}`,
    "write it with the same version of promgen-gen",
  );
}

function accessOf(io: Io, options: CommentOptions): Access {
  const { env, version } = io;
  const repository = options.repository ?? env["GITHUB_REPOSITORY"] ?? "";
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository))
    throw new EnvironmentError(
      repository === "" ? "which repository?" : `${visible(repository)} is no repository`,
      "name it with --repo, as owner/name",
    );
  return {
    baseUrl: apiOf(env["GITHUB_API_URL"] || "https://api.github.com"),
    token: tokenOf(io, options.tokenFile),
    repository,
    userAgent: `promgen-gen/${version}`,
  };
}

/** The token goes there: never over plain HTTP, but to this machine. */
function apiOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLocal = url?.protocol === "http:" && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  if (url !== undefined && (url.protocol === "https:" || isLocal)) return url.href.replace(/\/+$/, "");
  throw new EnvironmentError(
    `GITHUB_API_URL is not an address with https://: ${visibleShort(text)}`,
    "leave it out for github.com; for GitHub Enterprise Server it is https://<host>/api/v3",
  );
}

function tokenOf({ env, cwd }: Io, file: string | undefined): string {
  const token = (file === undefined ? (env["GITHUB_TOKEN"] ?? "") : readToken(resolve(cwd, file))).trim();
  // A header has no room for anything else.
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new EnvironmentError(
    token === "" ? "there is no token for GitHub" : "what is given as the token for GitHub is none",
    "put it into GITHUB_TOKEN, or into a file that --token-file names",
  );
}

function readToken(path: string): string {
  try {
    return statSync(path).size > MAX_TOKEN ? "\n too long" : readFileSync(path, "utf8");
  } catch (error) {
    throw new EnvironmentError(
      `--token-file: cannot read ${visible(path)}: ${(error as NodeJS.ErrnoException).code}`,
      "name a file that this user may read, or put the token into GITHUB_TOKEN",
    );
  }
}

async function findPullRequest(api: CommentApi, { pull, commit = "" }: CommentOptions): Promise<PullRequest> {
  if (pull !== undefined) return await api.pullRequest(pull);
  const [found, ...others] = await api.pullRequestsOf(commit);
  if (found === undefined)
    throw new EnvironmentError(
      `no open pull request proposes commit ${commit}`,
      "it has another commit by now, or is closed",
    );
  if (others.length > 0)
    throw new EnvironmentError(
      `several pull requests propose commit ${commit}: ${[found, ...others].map(({ number }) => `#${number}`).join(", ")}`,
      "name one with --pr",
    );
  return found;
}

function textOf(
  io: Io,
  plan: PlanDocument,
  { from }: PullRequest,
  repository: string,
  options: CommentOptions,
): string {
  const { commit } = options;
  const shown = commit === undefined ? plan : { ...plan, head: { ...plan.head, commit } };
  const text = planMarkdown(shown, { url: urlOf(io, options) });
  if (from?.toLowerCase() === repository.toLowerCase()) return text;
  const fork = from === undefined ? "a fork that is gone" : `the fork ${inertMarkdown(from)}`;
  return `${text}\nThe plan was made in a run of ${fork}, which decides what runs there: take it as its word. What is merged is checked again before it is published.\n`;
}

function urlOf({ env }: Io, { url }: CommentOptions): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env;
  if (url !== undefined || !server || !repository || !run) return url;
  return `${server}/${repository}/actions/runs/${run}`;
}

function warn(io: Io, { message, hint }: EnvironmentError): void {
  const text = visibleShort(`no comment: ${message}${hint === undefined ? "" : ` (${hint})`}`);
  // Where GitHub shows it; the log has it as well.
  if (io.env["GITHUB_ACTIONS"] === "true")
    io.stdout.write(`::warning title=promgen-gen::${text.replaceAll("%", "%25")}\n`);
  else io.stderr.write(`promgen-gen: warning: ${text}\n`);
}
