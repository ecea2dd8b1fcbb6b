/**
 * The command line of what brings artifacts to the servers, and looks whether they are right.
 */
import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { showText } from "../model/show-text.ts";
import { acceptOption } from "./accept-option.ts";
import type { PublishOptions } from "./publish.ts";
import type { VerifyOptions } from "./verify.ts";

/** The options of both forms of `publish`, as commander gives them. */
interface PublishWords {
  readonly base?: string;
  readonly accept: readonly string[];
  readonly acceptRewrite?: string;
  readonly sign?: string;
  readonly unsigned?: boolean;
  readonly verbose?: boolean;
}

const DEFAULT_BRANCH = "artifacts";

const PUBLISH_EXITS = `
Where nothing changed, nothing is published, with exit code 0. Exit code 4: the
safety gate holds it back; the plan that is printed says why, and which digest
accepts it.`;

export function definePublish(program: Command, take: (options: PublishOptions) => void): void {
  const publish = program
    .command("publish")
    .helpOption("-h, --help", "print this help; `promgen-gen publish directory --help` for the other one")
    .helpCommand(false)
    .summary("render what is committed, and give it to the servers")
    .description(
      "Validates what is committed, holds what changes against the safety limits, renders it, and puts it where servers pull it from, in one step. What was published stays where anything fails.",
    )
    .addHelpText("after", () => `\n${branch.helpInformation()}${PUBLISH_EXITS}`);

  const branch = withOptions(
    publish
      .command("branch", { isDefault: true })
      .summary("to a Git branch that holds artifacts alone, one commit a generation (the default)")
      .description(
        "Publishes to a branch of this repository that holds artifacts alone, one commit a generation. Neither the work tree nor the index is touched, and nothing is ever forced.",
      )
      .allowExcessArguments()
      .option("--branch <name>", "the branch", DEFAULT_BRANCH)
      .option("--push <remote>", "push it to this remote, after what that one has"),
  );
  branch.action((words: PublishWords & { readonly branch: string; readonly push?: string }) => {
    const [place] = branch.args;
    // Commander would speak of a command that nobody has typed.
    if (place !== undefined)
      branch.error(
        `error: publish does not take ${showText(place)} alone: write \`publish directory <dir>\` for a directory, \`publish --branch <name>\` for a branch`,
      );
    const to = { branch: { branch: words.branch, remote: words.push } };
    take({ to, published: undefined, ...readWords(words) });
  });

  withOptions(
    publish
      .command("directory")
      .summary("to a directory: for a web server, rsync, an upload")
      .description("Publishes to a directory, which is replaced as a whole: for a web server, rsync or an upload.")
      .argument("<dir>", "the directory; nothing but artifacts may be in it")
      .option(
        "--published <where>",
        "what is published now, a URL, directory or branch, where the directory does not hold it",
      ),
  ).action((directory: string, words: PublishWords & { readonly published?: string }) => {
    take({ to: { directory }, published: words.published, ...readWords(words) });
  });
}

export function defineVerify(program: Command, take: (where: string, options: VerifyOptions) => void): void {
  program
    .command("verify")
    .helpOption("-h, --help", "print this help")
    .summary("check what is published: digests, signatures, that it can be rendered again")
    .description(
      "Reads what is published and checks that each file is the one that manifest.json and SHA256SUMS name; with --allowed-signers, who signed it; with --rebuild, that its commit renders the same bytes. Exit code 1 where something is wrong.",
    )
    .argument("<where>", "a URL, a directory, or a branch of this repository")
    .option(
      "--allowed-signers <file>",
      "refuse what is not signed by a key in this file (ssh-keygen(1), ALLOWED SIGNERS)",
    )
    .option("--identity <name>", "refuse what another one of that file has signed")
    .option("--rebuild", "render the commit of manifest.json again, and compare every byte")
    .action((where: string, words: { allowedSigners?: string; identity?: string; rebuild?: boolean }) => {
      const { allowedSigners, identity, rebuild } = words;
      take(where, { allowedSigners, identity, rebuild: rebuild === true });
    });
}

function withOptions(command: Command): Command {
  return command
    .helpOption("-h, --help", "print this help")
    .addOption(acceptOption())
    .option(
      "--accept-rewrite <commit>",
      "the published commit, where this one does not descend from it on purpose",
      partOfCommitId,
    )
    .option("--base <revision>", "what to compare with where nothing was ever published")
    .option(
      "--sign <file>",
      "sign with this SSH key, or with ssh-agent for a public key; PROMGEN_SIGNING_KEY may hold a key as text instead",
    )
    .addOption(
      new Option("--unsigned", "publish without a signature, though what is published has one").conflicts("sign"),
    )
    .option("-v, --verbose", "print infos, too")
    .addHelpText("after", PUBLISH_EXITS);
}

/** Where it is needed, it is compared with the published commit: see descent.ts. A slip of the pen is told in any case. */
function partOfCommitId(text: string): string {
  if (!/^[0-9a-f]{7,64}$/i.test(text)) throw new InvalidArgumentError("It is no commit id, nor 7 digits of one.");
  return text;
}

function readWords(words: PublishWords): Omit<PublishOptions, "to" | "published"> {
  const { base, accept, acceptRewrite, sign, unsigned, verbose } = words;
  return { base, accept, acceptRewrite, sign, unsigned: unsigned === true, verbose: verbose === true };
}
