/**
 * What a command line asks for, and the plain ones: those that usage.ts would take as they are. Loading what reads all
 * others takes longer than checking a small inventory.
 */
import { FORMATS } from "../report/formats.ts";
import { PLAN_FORMATS } from "../report/plan-formats.ts";
import type { BuildOptions } from "./build.ts";
import type { CommentOptions } from "./comment.ts";
import type { InitOptions } from "./init.ts";
import type { PlanOptions } from "./plan.ts";
import type { NotifyOptions } from "./notify.ts";
import type { PublishOptions } from "./publish.ts";
import type { ServersOptions } from "./servers.ts";
import type { StatusOptions } from "./status.ts";
import type { ValidateOptions } from "./validate.ts";
import type { VerifyOptions } from "./verify.ts";

/** A command with its arguments, and the value of `-C`. */
export type Command = { readonly directory: string | undefined } & (
  | { readonly verb: "validate"; readonly paths: readonly string[]; readonly options: ValidateOptions }
  | { readonly verb: "build"; readonly options: BuildOptions }
  | { readonly verb: "explain"; readonly what: string }
  | { readonly verb: "publish"; readonly options: PublishOptions }
  | { readonly verb: "verify"; readonly where: string; readonly options: VerifyOptions }
  | { readonly verb: "plan"; readonly options: PlanOptions }
  | { readonly verb: "servers"; readonly options: ServersOptions }
  | { readonly verb: "notify"; readonly options: NotifyOptions }
  | { readonly verb: "status"; readonly options: StatusOptions }
  | { readonly verb: "comment"; readonly options: CommentOptions }
  | { readonly verb: "init"; readonly options: InitOptions }
);

export const FAIL_ON = ["error", "warning", "info", "never"] as const;

/** The long names of each command's options that have a value behind them, as `--format json`. */
const WITH_VALUE = new Map([
  ["validate", ["--format", "--fail-on", "--new-since"]],
  ["build", ["--out", "--shard", "--service", "--project"]],
  ["plan", ["--base", "--published", "--format"]],
]);
/** And of those without one, beside `--verbose`. */
const WITHOUT_VALUE = new Map([
  ["build", ["--stdout"]],
  ["plan", ["--exit-code"]],
]);
const SHORT = new Map([
  ["-o", "--out"],
  ["-v", "--verbose"],
]);

/** Reads a plain command line; `undefined` where usage.ts has to, and for all that is wrong. */
export function readArguments(args: readonly string[]): Command | undefined {
  const hasDirectory = args[0] === "-C";
  const directory = hasDirectory ? args[1] : undefined;
  const [verb, ...rest] = hasDirectory ? args.slice(2) : args;
  if (hasDirectory && (directory === undefined || !isPlain(directory))) return undefined;
  const read = verb === undefined ? undefined : readOptions(verb, rest);
  if (read === undefined) return undefined;
  const { options, words } = read;
  const verbose = options.has("--verbose");
  if (verb === "validate") {
    const format = FORMATS.find((name) => name === (options.get("--format") ?? "text"));
    const failOn = FAIL_ON.find((name) => name === (options.get("--fail-on") ?? "error"));
    if (format === undefined || failOn === undefined) return undefined;
    return {
      verb,
      directory,
      paths: words,
      options: { format, failOn, verbose, newSince: options.get("--new-since") },
    };
  }
  if (verb === "build" && words.length === 0) {
    return {
      verb,
      directory,
      options: {
        out: options.get("--out"),
        shard: options.get("--shard"),
        service: options.get("--service"),
        project: options.get("--project"),
        stdout: options.has("--stdout"),
        verbose,
      },
    };
  }
  if (verb === "plan" && words.length === 0) {
    const format = PLAN_FORMATS.find((name) => name === (options.get("--format") ?? "text"));
    if (format === undefined) return undefined;
    const [base, published] = [options.get("--base"), options.get("--published")];
    return {
      verb,
      directory,
      options: { base, published, format, exitCode: options.has("--exit-code"), accept: [], verbose },
    };
  }
  const [what] = words;
  if (verb === "explain" && what !== undefined && words.length === 1 && options.size === 0)
    return what.trim() === "" ? undefined : { verb, directory, what };
  return undefined;
}

/** Options by their long names, and the words beside them; `undefined` where one is not plain, or there twice. */
function readOptions(
  verb: string,
  args: readonly string[],
): { options: ReadonlyMap<string, string>; words: readonly string[] } | undefined {
  const options = new Map<string, string>();
  const words: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? "";
    const option = SHORT.get(word) ?? word;
    let value = "";
    if (isPlain(word)) {
      words.push(word);
      continue;
    }
    if (WITH_VALUE.get(verb)?.includes(option) === true) {
      value = args[++index] ?? "";
      if (!isPlain(value)) return undefined;
    } else if (option !== "--verbose" && WITHOUT_VALUE.get(verb)?.includes(option) !== true) return undefined;
    if (options.has(option)) return undefined;
    options.set(option, value);
  }
  return { options, words };
}

function isPlain(word: string): boolean {
  return word.trim() !== "" && !word.startsWith("-");
}
