/** The command line of `plan`. */
import { Option } from "commander";
import type { Command } from "commander";
import { PLAN_FORMATS } from "../report/plan-formats.ts";
import type { PlanFormat } from "../report/plan-formats.ts";
import { acceptOption } from "./accept-option.ts";
import type { PlanOptions } from "./plan.ts";

/** The options as commander gives them. */
interface PlanWords {
  readonly base?: string;
  readonly published?: string;
  readonly format: PlanFormat;
  readonly exitCode?: boolean;
  readonly accept: readonly string[];
  readonly verbose?: boolean;
}

const MORE = `
Signs:
  +  a target is new
  −  it is scraped no more
  ⇄  it goes to another shard
  ~  it is asked elsewhere, or has other labels: its series begin anew

Exit codes:
  0  the safety gate lets it pass
  1  errors in the inventory: nothing was planned
  2  wrong usage; the base, or what is published, cannot be read
  3  with --exit-code: it passes, and something changes
  4  the safety gate holds it back, with --exit-code as well; the plan says why,
     and how to accept it`;

/** @param take gets the options of the command that was asked for */
export function definePlan(program: Command, take: (options: PlanOptions) => void): void {
  program
    .command("plan")
    .helpOption("-h, --help", "print this help")
    .summary("what a change does to the scraping")
    .description(
      "Compares the inventory, as it is on disk, with what it was: which targets come, go, move to another shard or get other labels, in which file and line. The safety gate holds back what takes too much away (`gate:` in promgen.yml). Nothing is written.",
    )
    .option(
      "--base <revision>",
      "compare with this branch, tag or commit (default: the commit at which this branch left the default branch)",
    )
    .option(
      "--published <where>",
      "compare with what is published: a URL, a directory or a branch (branch:artifacts); with --base where nothing is published yet",
    )
    .addOption(new Option("--format <format>", "how the plan is printed").choices([...PLAN_FORMATS]).default("text"))
    .option("--exit-code", "end with 3 where something changes")
    .addOption(acceptOption())
    .option("-v, --verbose", "print every shard and target, and infos about the inventory")
    .addHelpText("after", MORE)
    .action(({ base, published, format, exitCode, accept, verbose }: PlanWords) => {
      take({ base, published, format, exitCode: exitCode === true, accept, verbose: verbose === true });
    });
}
