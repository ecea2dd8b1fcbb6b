/**
 * The command line: verbs, options and their help. It says what is asked for; program.ts does it.
 */
import { isAbsolute, join } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { OutputConfiguration } from "commander";
import { EXIT } from "../exit.ts";
import type { ExitCode } from "../exit.ts";
import { FORMATS } from "../report/formats.ts";
import type { Format } from "../report/formats.ts";
import { FAIL_ON } from "./arguments.ts";
import type { Command as Asked } from "./arguments.ts";
import { defineComment, defineInit } from "./usage-forge.ts";
import { definePlan } from "./usage-plan.ts";
import { definePublish, defineVerify } from "./usage-publish.ts";
import { defineNotify, defineServers, defineStatus } from "./usage-push.ts";

const EXITS = `
Exit codes:
  0   clean, or nothing changed
  1   findings at or above --fail-on
  2   wrong usage, or the environment failed: Git, disk, network
  3   changes present: only with plan --exit-code
  4   refused by the safety gate
  70  a bug of promgen-gen`;

/** The options of `validate` as commander gives them. */
interface ValidateWords {
  readonly format: Format;
  readonly failOn: (typeof FAIL_ON)[number];
  readonly verbose?: boolean;
  readonly newSince?: string;
}

/**
 * Reads the arguments. Help, and what is wrong with the usage, is printed; then there is only an exit code.
 *
 * @param version what `--version` prints
 * @param output where that goes: standard output and standard error, where it does not say otherwise
 */
export function readUsage(
  args: readonly string[],
  version: string,
  output: OutputConfiguration = {},
): Asked | ExitCode {
  let asked: Asked | undefined;
  const program = new Command("promgen-gen")
    .description("Prometheus targets from Git: checks an inventory in YAML and renders one targets.json per shard.")
    .usage("[-C <dir>] <command> [options]")
    .option("-C <dir>", "run in this directory instead, as git does", within)
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help; `promgen-gen <command> --help` for a command")
    .helpCommand(false)
    .showHelpAfterError("(run with --help to see what there is)")
    .exitOverride()
    .configureOutput(output)
    .addHelpText("after", EXITS);
  const directory = (): string | undefined => program.opts<{ C?: string }>().C;

  program
    .command("validate")
    .helpOption("-h, --help", "print this help")
    .summary("read and check everything; write nothing")
    .description("Reads promgen.yml and every file of the inventory, and says what is wrong, where, and what to do.")
    .argument("[path...]", "judge only the findings in these files or directories; everything is read all the same")
    .addOption(new Option("--format <format>", "how findings are printed").choices([...FORMATS]).default("text"))
    .addOption(
      new Option("--fail-on <severity>", "exit 1 for findings from this severity on")
        .choices([...FAIL_ON])
        .default("error"),
    )
    .option(
      "--new-since <revision>",
      "judge only the findings that this revision does not have: a branch, a tag or a commit",
    )
    .option("-v, --verbose", "print infos, too")
    .action((paths: string[], options: ValidateWords) => {
      const { format, failOn, verbose, newSince } = options;
      asked = {
        verb: "validate",
        directory: directory(),
        paths,
        options: { format, failOn, verbose: verbose === true, newSince },
      };
    });

  program
    .command("build")
    .helpOption("-h, --help", "print this help")
    .summary("validate, then render the artifacts")
    .description(
      "Validates, then renders the artifacts of every shard. Nothing is written where there are errors; the old artifacts stay until the new ones are complete.",
    )
    .option(
      "-o, --out <path>",
      "directory of the artifacts, replaced as a whole (default: dist); with --shard, --service or --project the file to write",
    )
    .option("--shard <name>", "render only the targets.json of this shard")
    .option("--service <name>", "render only the targets of this service")
    .option("--project <name>", "render only the targets of this project")
    .option("--stdout", "print that one artifact instead of writing it")
    .option("-v, --verbose", "print infos, too")
    .action(
      (options: {
        out?: string;
        shard?: string;
        service?: string;
        project?: string;
        stdout?: boolean;
        verbose?: boolean;
      }) => {
        const { out, shard, service, project } = options;
        const isTrue = { stdout: options.stdout === true, verbose: options.verbose === true };
        asked = { verb: "build", directory: directory(), options: { out, shard, service, project, ...isTrue } };
      },
    );

  program
    .command("explain")
    .helpOption("-h, --help", "print this help")
    .summary("where a target comes from, or what a rule means")
    .description(
      "Says which targets a host or project has, from which file and line, with which labels and where each came from, in which shards. Or prints the page of a rule.",
    )
    .argument(
      "<what>",
      "a host, host:port or URL; the name of a project, service, farm or shard; a rule such as topology/duplicate-target, or a group of rules",
      nonEmpty,
    )
    .action((what: string) => {
      asked = { verb: "explain", directory: directory(), what };
    });

  definePlan(program, (options) => void (asked = { verb: "plan", directory: directory(), options }));
  definePublish(program, (options) => void (asked = { verb: "publish", directory: directory(), options }));
  defineVerify(program, (where, options) => void (asked = { verb: "verify", directory: directory(), where, options }));
  defineServers(program, (options) => void (asked = { verb: "servers", directory: directory(), options }));
  defineNotify(program, (options) => void (asked = { verb: "notify", directory: directory(), options }));
  defineStatus(program, (options) => void (asked = { verb: "status", directory: directory(), options }));
  defineComment(program, (options) => void (asked = { verb: "comment", directory: directory(), options }));
  defineInit(program, (options) => void (asked = { verb: "init", directory: directory(), options }));

  refuseEmptyValues(program.commands);
  try {
    // As most programs understand it; commander's own way would list it as a command.
    const [verb, ...rest] = args;
    const isKnown = rest[0] === undefined || program.commands.some((command) => command.name() === rest[0]);
    const words = verb === "help" ? [...rest, ...(isKnown ? ["--help"] : [])] : [...args];
    program.parse(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.environment;
  }
  return asked ?? EXIT.ok;
}

/** Given again, `-C` goes on from there, https://git-scm.com/docs/git#Documentation/git.txt--Cltpathgt */
function within(directory: string, before: string | undefined): string {
  return before === undefined || isAbsolute(directory) ? directory : join(before, directory);
}

/** An empty value is a variable that nobody has set: it must not pass for the directory that this runs in, or for no option. */
function refuseEmptyValues(commands: readonly Command[]): void {
  for (const { options, commands: more } of commands) {
    for (const option of options) if (option.required && option.parseArg === undefined) option.argParser(nonEmpty);
    refuseEmptyValues(more);
  }
}

function nonEmpty(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("It is empty.");
  return text;
}
