/**
 * The command line: verbs, options and their help.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { OutputConfiguration } from "commander";
import { EXIT } from "../exit.ts";
import type { ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { FORMATS } from "../report/formats.ts";
import type { Format } from "../report/formats.ts";

const EXITS = `
Exit codes:
  0   clean, or nothing changed
  1   findings at or above --fail-on
  2   wrong usage, or the environment failed: Git, disk, network
  70  a bug of promgen-gen`;

/**
 * Parses the arguments and runs a command. Wrong usage prints what is wrong and gives 2.
 *
 * @param output where help and usage errors go: standard output and standard error, where it does not say otherwise
 */
export async function runProgram(
  args: readonly string[],
  makeIo: (directory: string | undefined) => Io,
  output: OutputConfiguration = {},
): Promise<ExitCode> {
  let exit: ExitCode = EXIT.ok;
  const program = new Command("promgen-gen")
    .description("Prometheus targets from Git: checks an inventory in YAML and renders one targets.json per shard.")
    .usage("[-C <dir>] <command> [options]")
    .option("-C <dir>", "run in this directory instead, as git does")
    .option("-V, --version", "print the version")
    .helpOption("-h, --help", "print this help; `promgen-gen <command> --help` for a command")
    .helpCommand(false)
    .showHelpAfterError("(run with --help to see what there is)")
    .exitOverride()
    .configureOutput(output)
    .addHelpText("after", EXITS);
  const io = (): Io => makeIo(program.opts<{ C?: string }>().C);

  program
    .command("validate")
    .helpOption("-h, --help", "print this help")
    .summary("read and check everything; write nothing")
    .description("Reads promgen.yml and every file of the inventory, and says what is wrong, where, and what to do.")
    .argument("[path...]", "judge only the findings in these files or directories; everything is read all the same")
    .addOption(new Option("--format <format>", "how findings are printed").choices([...FORMATS]).default("text"))
    .addOption(
      new Option("--fail-on <severity>", "exit 1 for findings from this severity on")
        .choices(["error", "warning", "info", "never"])
        .default("error"),
    )
    .option("-v, --verbose", "print infos, too")
    .action(
      async (
        paths: string[],
        options: { format: Format; failOn: "error" | "warning" | "info" | "never"; verbose?: boolean },
      ) => {
        const { validate } = await import("./validate.ts");
        exit = await validate(io(), paths, { ...options, verbose: options.verbose === true });
      },
    );

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
      async (options: {
        out?: string;
        shard?: string;
        service?: string;
        project?: string;
        stdout?: boolean;
        verbose?: boolean;
      }) => {
        const { build } = await import("./build.ts");
        exit = await build(io(), { ...options, stdout: options.stdout === true, verbose: options.verbose === true });
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
    .action(async (what: string) => {
      const { explain } = await import("./explain.ts");
      exit = await explain(io(), what);
    });

  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.environment;
  }
  return exit;
}

function nonEmpty(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("It is empty.");
  return text;
}
