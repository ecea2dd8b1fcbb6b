/** The command line of what is done for a repository on GitHub and its pull requests. */
import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import type { CommentOptions } from "./comment.ts";
import type { InitOptions } from "./init.ts";

/** Of a plan with some 90,000 operations. Bytes. */
const MAX_PLAN = 20 * 1024 * 1024;

/** The options of `comment` as commander gives them. */
interface CommentWords {
  readonly plan: string;
  readonly pr?: number;
  readonly commit?: string;
  readonly repo?: string;
  readonly tokenFile?: string;
  readonly author?: string;
  readonly key: string;
  readonly url?: string;
  readonly maxBytes: number;
  readonly dryRun?: boolean;
  readonly required?: boolean;
}

export function defineComment(program: Command, take: (options: CommentOptions) => void): void {
  program
    .command("comment")
    .helpOption("-h, --help", "print this help")
    .summary("show a plan in a pull request on GitHub")
    .description(
      "Posts what `plan --format json` has written as a comment of a pull request, or changes the one that is there. The token comes from GITHUB_TOKEN, the address of the API from GITHUB_API_URL. Where GitHub refuses, it warns and ends with 0.",
    )
    .requiredOption("--plan <file>", "what `promgen-gen plan --format json` has written")
    .option("--pr <number>", "the pull request", pullNumber)
    .option(
      "--commit <id>",
      "its newest commit, which the plan is about; finds the pull request where --pr is left out",
      commitId,
    )
    .option("--repo <owner/name>", "the repository (default: GITHUB_REPOSITORY)")
    .option("--token-file <file>", "take the token from this file instead of GITHUB_TOKEN")
    .option(
      "--author <login>",
      "who comments, where GitHub does not say so: for the tokens of apps (default: github-actions[bot])",
    )
    .option("--key <text>", "tells the comments of several inventories in one repository apart", "targets")
    .option("--url <url>", "where all of the plan is (default: the run of the workflow)")
    .option(
      "--max-bytes <number>",
      "the largest plan that is read for GitHub: what a stranger's run has made may be anything",
      byteNumber,
      MAX_PLAN,
    )
    .option("--dry-run", "print the comment and ask nobody: for other forges, and for the summary of a job")
    .option("--required", "end with 2 where GitHub refuses")
    .action((options: CommentWords) => {
      const { plan, pr: pull, commit, repo: repository, tokenFile, author, key, url } = options;
      const { maxBytes, dryRun, required } = options;
      const flags = { dryRun: dryRun === true, required: required === true };
      take({ plan, pull, commit, repository, tokenFile, author, key, url, maxBytes, ...flags });
    });
}

export function defineInit(program: Command, take: (options: InitOptions) => void): void {
  program
    .command("init")
    .helpOption("-h, --help", "print this help")
    .summary("begin an inventory: example, settings, workflows")
    .description(
      "Makes what a repository with an inventory needs and does not have: promgen.yml, an example in targets/, workflows for GitHub, CODEOWNERS from the owners of the services, settings for editors and Git. What is there is left as it is.",
    )
    .option("--dir <path>", "the directory (default: this one)")
    .option(
      "--actions <owner/repository@commit>",
      "the workflows that are called: your copy of promgen-gen on GitHub, and a commit of it",
    )
    .action(({ dir, actions }: { dir?: string; actions?: string }) => take({ directory: dir, actions }));
}

function pullNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("It is not the number of a pull request.");
  return Number(text);
}

function byteNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError("It is not a number of bytes.");
  return Number(text);
}

function commitId(text: string): string {
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)) throw new InvalidArgumentError("It is not a whole commit id.");
  return text;
}
