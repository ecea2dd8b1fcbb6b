/**
 * `init`: what a repository with an inventory needs. It adds what is missing and never touches what is there.
 */
import { existsSync, realpathSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { EnvironmentError, EXIT } from "../exit.ts";
import type { ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { CONFIG_FILE } from "../model/config.ts";
import { makeDirectories } from "../publish/make-directories.ts";
import { visible } from "../report/visible.ts";
import { directoryTree } from "../source/directory-tree.ts";
import { readCheckout } from "../source/git-checkout.ts";
import { repositoryPrefix } from "../source/git-state.ts";
import type { Addition } from "./init/by-hand.ts";
import { missingJobs, missingOwners, otherActions, ownersPath } from "./init/by-hand.ts";
import { codeOwners } from "./init/code-owners.ts";
import { editorFiles } from "./init/editor-files.ts";
import { EXAMPLE_FILES, settingsFile } from "./init/inventory-files.ts";
import { scaffold } from "./init/scaffold.ts";
import type { Scaffolded } from "./init/scaffold.ts";
import { readActions, UNKNOWN_ACTIONS, workflowFiles } from "./init/workflow-files.ts";
import { loadInventory } from "./load.ts";
import type { Loaded } from "./load.ts";
import { isAboutReading, unreadableFiles } from "./unreadable-files.ts";

export interface InitOptions {
  /** Relative to `io.cwd`; made where it is not there. */
  readonly directory?: string | undefined;
  /** `owner/repository@commit` of the workflows that are called. */
  readonly actions?: string | undefined;
}

const CODE_OWNERS = ".github/CODEOWNERS";
/** That of promgen.yml, or of what was meant to be it. */
const SETTINGS = /^promgen\.ya?ml$/i;

/** @returns always 0: what is there already is no mistake. Throws EnvironmentError for wrong usage and where the disk refuses */
export async function init(io: Io, options: InitOptions): Promise<ExitCode> {
  const actions = options.actions === undefined ? UNKNOWN_ACTIONS : readActions(options.actions);
  if (actions === undefined) {
    throw new EnvironmentError(
      `--actions ${visible(options.actions ?? "")} does not name a commit`,
      "write it as owner/promgen-gen@<commit>, with all 40 digits: whoever can move a branch or a tag could publish for you",
    );
  }
  const directory = resolve(io.cwd, options.directory ?? ".");
  makeDirectory(directory);
  const { branch = "main", repository } = await readCheckout(directory);

  const real = realpathSync(directory);
  const prefix = repositoryPrefix(real);
  const root = resolve(real, prefix.replaceAll(/[^/]+/g, ".."));
  const begun = await beginInventory(directory, repository);
  const loaded = await loadInventory(directoryTree(directory));
  const { inventory } = loaded;
  const editors = scaffold(directory, editorFiles(inventory.config.inventory));
  const owners = inventory.isComplete ? codeOwners(inventory, prefix, organisationOf(repository)) : undefined;
  // Of several, GitHub takes the first that it finds: another one would take the place of somebody's.
  const ownersThere = ownersPath(root);
  const inner = prefix.replace(/\/$/, "");
  // GitHub looks for these at the root of the repository alone.
  const forge = scaffold(root, {
    ...(owners === undefined || (ownersThere ?? CODE_OWNERS) !== CODE_OWNERS ? {} : { [CODE_OWNERS]: owners }),
    ...workflowFiles({ actions, branch, directory: inner }),
  });
  const way = relative(real, root);
  const done = joined([begun, editors, seenFrom(way, forge)]);
  io.stdout.write(listing(relative(io.cwd, directory) || ".", done));
  const missing = [
    ...(owners === undefined ? [noOwners(loaded, ownersThere)] : missingOwners(root, owners)),
    ...missingJobs(root, forge.kept, inner),
    ...otherActions(root, forge.kept, options.actions === undefined ? undefined : actions),
  ].map(([path, what]) => `  ${visible(join(way, path))}: ${visible(what)}\n`);
  if (missing.length > 0) io.stdout.write(`to be done by hand:\n${missing.join("")}`);
  if (done.made.length > 0) io.stdout.write(nextSteps(directory, done, actions === UNKNOWN_ACTIONS));
  return EXIT.ok;
}

function joined(parts: readonly Scaffolded[]): Scaffolded {
  return { made: parts.flatMap(({ made }) => made), kept: parts.flatMap(({ kept }) => kept) };
}

/** With the paths as they are from another directory. @param way to where the files are, "" for the same place */
function seenFrom(way: string, { made, kept }: Scaffolded): Scaffolded {
  return { made: made.map((path) => join(way, path)), kept: kept.map((path) => join(way, path)) };
}

function makeDirectory(directory: string): void {
  try {
    makeDirectories(directory);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new EnvironmentError(`cannot make ${directory}: ${code}`, "choose another directory with --dir");
  }
}

/** Beside an inventory that is there already, an example would be scraped; and only settings that can be read say where it is. */
async function beginInventory(directory: string, repository: string | undefined): Promise<Scaffolded> {
  const { inventory, files, diagnostics } = await loadInventory(directoryTree(directory));
  const wrong = diagnostics.find((finding) => isAboutReading(finding) && SETTINGS.test(finding.where.file));
  if (wrong !== undefined)
    throw new EnvironmentError(
      `nothing was made: ${wrong.where.file} has a mistake: ${wrong.message}`,
      "mend it first: `promgen-gen validate` says where it is",
    );
  const settings = scaffold(directory, settingsFile(repository));
  const own = files.filter((file) => file !== CONFIG_FILE);
  if (own.length > 0) return { made: settings.made, kept: [...settings.kept, `${inventory.config.inventory}/`] };
  if (inventory.config.inventory !== "targets") return settings;
  const example = scaffold(directory, EXAMPLE_FILES);
  return { made: [...settings.made, ...example.made], kept: [...settings.kept, ...example.kept] };
}

/** The organisation on a forge to which teams belong that are written without one. */
function organisationOf(repository: string | undefined): string | undefined {
  return /^https:\/\/[^/]+\/([\w-]+)\/[^/]+$/.exec(repository ?? "")?.[1];
}

/** Teams whose files cannot be read would be left out, and nobody would notice. */
function noOwners({ diagnostics }: Loaded, ownersThere: string | undefined): Addition {
  const why = `${unreadableFiles(diagnostics)} cannot be read in full`;
  if (ownersThere !== undefined) return [ownersThere, `whatever it lacks, which is not known: ${why}`];
  return [CODE_OWNERS, `it was not made, as ${why}: mend that, and run this again`];
}

function listing(name: string, { made, kept }: Scaffolded): string {
  const list = (paths: readonly string[]): string => paths.map((path) => `  ${path}\n`).join("");
  const parts = [
    made.length === 0 ? `nothing is missing in ${visible(name)}\n` : `made in ${visible(name)}:\n${list(made)}`,
    kept.length === 0 ? "" : `there already, and left as they are:\n${list(kept)}`,
  ];
  return parts.join("");
}

function nextSteps(directory: string, { made }: Scaffolded, needsActions: boolean): string {
  const hasExample = made.some((path) => Object.hasOwn(EXAMPLE_FILES, path));
  const hasWorkflows = made.some((path) => path.includes(".github/workflows/"));
  const isInstalled = existsSync(join(directory, "node_modules/promgen-gen/schema"));
  const steps = [
    ...(hasExample ? ["write your own shards, farms and services into targets/ in the place of the example"] : []),
    "run `npx promgen-gen validate`, then `npx promgen-gen build` to see in dist/ what Prometheus would get",
    ...(made.includes(".vscode/settings.json") && !isInstalled
      ? ["install promgen-gen here with `npm install --save-dev`: editors take its schemas from node_modules"]
      : []),
    ...(hasWorkflows && needsActions
      ? [
          "in .github/workflows, write your organisation's copy of promgen-gen in the place of <owner>, and the commit of it that you trust in that of <commit>; or delete them, and run deploy/ci/promgen-ci.sh of promgen-gen in your CI",
        ]
      : []),
    ...(hasWorkflows
      ? [
          'protect the branch: require the check "check / check" and a merge queue or branches that are up to date',
          "to sign what is published: `ssh-keygen -t ed25519 -N '' -C promgen -f ~/promgen-key`, outside of the repository, and the text of that file as the secret PROMGEN_SIGNING_KEY",
        ]
      : []),
    "commit what was made, and push",
  ];
  return `next:\n${steps.map((step, index) => `  ${index + 1}. ${step}\n`).join("")}`;
}
