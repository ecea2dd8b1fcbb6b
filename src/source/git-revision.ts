/**
 * Which commit is meant: by a name, or as the base of a change where none is given.
 */
import { EnvironmentError } from "../exit.ts";
import { showText } from "../model/show-text.ts";
import { ask, gitFailure, openGit } from "./git-command.ts";
import type { Git } from "./git-command.ts";
import { findRepository } from "./git-state.ts";

export interface Revision {
  /** For people: as it was asked for, or the branch that the change comes from. */
  readonly name: string;
  /** 40 or 64 hex digits. */
  readonly commit: string;
}

/** Where the default branch may be, the most telling first. The first one is what the remote itself says. */
const DEFAULT_BRANCHES = ["origin/HEAD", "origin/main", "origin/master"]
  .map((name) => ({ name, ref: `refs/remotes/${name}` }))
  .concat(["main", "master"].map((name) => ({ name, ref: `refs/heads/${name}` })));

/**
 * The commit that a name stands for: a branch, a tag, an id, anything that `git help revisions` describes.
 *
 * @param root absolute path of a directory in the checkout
 * Throws EnvironmentError where there is no such commit; it says what to fetch.
 */
export async function findRevision(root: string, name: string): Promise<Revision> {
  return await inRepository(root, async (git) => {
    // Git would take the one for an option; the others are in no name, but in what attackers write.
    const isName = name !== "" && !/^-|\p{Cc}/u.test(name);
    // Before Git is asked which it takes: of one that is ambiguous, its answer may be no more than the warning.
    if (isName) await refuseAmbiguous(git, name);
    const commit = isName ? await ask(git, ["rev-parse", "--verify", "--quiet", `${name}^{commit}`]) : undefined;
    // `^main` means "not main", and Git answers with a `^` in front.
    if (commit !== undefined && /^[0-9a-f]+$/.test(commit)) return { name, commit };
    if (!isName) throw new EnvironmentError(`${showText(name)} is no name of a revision`, "name a branch or a commit");
    throw await missing(git, name);
  });
}

/**
 * Git takes a tag before a branch, and warns where nobody reads it: a tag that somebody has pushed would be the base.
 *
 * Throws EnvironmentError where a name stands for several commits.
 */
async function refuseAmbiguous(git: Git, name: string): Promise<void> {
  const [ref = ""] = name.split(/[~^@:]/, 1);
  if (ref === "" || ref === "HEAD" || ID.test(ref)) return;
  const wanted = new Map(REF_PREFIXES.map((prefix) => [`${prefix}${ref}`, prefix]));
  const format = "--format=%(refname) %(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)";
  const lines = (await git.text(["for-each-ref", format, "--", ...wanted.keys()])).split("\n");
  // A pattern fits whatever is below a name, too.
  const found = lines.map((line) => line.split(" ")).filter(([known = ""]) => wanted.has(known));
  if (new Set(found.map(([, id]) => id)).size < 2) return;
  const names = found.map(([known = ""]) => `\`${name.replace(ref, known)}\``);
  throw new EnvironmentError(`${showText(name)} stands for several commits here`, `say ${names.join(" or ")}`);
}

/** All digits of an id: Git looks for no other name then. */
const ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
/** Where Git looks for a name, https://git-scm.com/docs/gitrevisions */
const REF_PREFIXES = ["refs/", "refs/tags/", "refs/heads/", "refs/remotes/"];

/**
 * The commit from which the checked out one and the default branch went apart: on the default branch itself, and where
 * nothing was committed since, that is the checked out commit.
 *
 * Throws EnvironmentError where it cannot be told; it says what to fetch.
 */
export async function findBase(root: string): Promise<Revision> {
  return await inRepository(root, async (git) => {
    const refs = DEFAULT_BRANCHES.map(({ ref }) => ref);
    const format = "--format=%(refname) %(objectname) %(HEAD)";
    const lines = (await git.text(["for-each-ref", format, ...refs])).split("\n").map((line) => line.split(" "));
    const known = new Map(lines.map(([ref = "", id = "", mark]) => [ref, { id, isCheckedOut: mark === "*" }]));
    const branch = DEFAULT_BRANCHES.find(({ ref }) => known.has(ref));
    if (branch === undefined) throw await noDefaultBranch(git);
    const { id = "", isCheckedOut = false } = known.get(branch.ref) ?? {};
    // No need to ask: that is where it is.
    if (isCheckedOut) return { name: branch.name, commit: id };
    const commit = await ask(git, ["merge-base", "HEAD", branch.ref]);
    if (commit !== undefined) return { name: branch.name, commit };
    throw (await isShallow(git))
      ? new EnvironmentError(
          `this clone is shallow: it does not have the commit from which HEAD and ${branch.name} went apart`,
          "run `git fetch --unshallow origin`, or name a revision that is here with --base",
        )
      : new EnvironmentError(`HEAD and ${branch.name} have no commit in common`, "name a revision with --base");
  });
}

async function inRepository<T>(root: string, act: (git: Git) => Promise<T>): Promise<T> {
  if (findRepository(root) === undefined)
    throw new EnvironmentError(
      "this is no Git repository, so there is nothing to compare with",
      "run this in a clone of the inventory's repository, or name one with -C; `promgen-gen validate` needs none",
    );
  try {
    return await act(await openGit(root));
  } catch (error) {
    throw gitFailure(error);
  }
}

async function isShallow(git: Git): Promise<boolean> {
  return (await ask(git, ["rev-parse", "--is-shallow-repository"])) === "true";
}

async function noDefaultBranch(git: Git): Promise<EnvironmentError> {
  if ((await ask(git, ["rev-parse", "--verify", "--quiet", "HEAD"])) === undefined)
    return new EnvironmentError(
      "there is no commit here yet, so there is nothing to compare with",
      "commit what there is; from the second commit on, `plan` says what changes",
    );
  const depth = (await isShallow(git)) ? "--unshallow " : "";
  const fetch = `, or run \`git fetch ${depth}origin '+refs/heads/*:refs/remotes/origin/*'\``;
  return new EnvironmentError(
    "the default branch is not known here, so there is nothing to compare with",
    `name a revision with --base${(await hasOrigin(git)) ? fetch : ""}`,
  );
}

async function hasOrigin(git: Git): Promise<boolean> {
  return (await ask(git, ["config", "--get", "remote.origin.url"])) !== undefined;
}

async function missing(git: Git, name: string): Promise<EnvironmentError> {
  const shallow = await isShallow(git);
  const message = shallow
    ? `this clone is shallow, and does not have the revision ${showText(name)}`
    : `there is no revision ${showText(name)} here`;
  return new EnvironmentError(
    message,
    ((await hasOrigin(git)) ? fetching(name, shallow) : undefined) ?? "see `git branch --all` and `git tag`",
  );
}

/** How to get a revision from the remote, as a command for a shell. */
function fetching(name: string, shallow: boolean): string | undefined {
  const depth = shallow ? "--depth=1 " : "";
  if (/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(name)) return `run \`git fetch ${depth}origin ${name}\``;
  // Relative to another one, or a part of an id: only the history knows.
  if (/[~^@:]|^[0-9a-f]{7,}$/.test(name)) return shallow ? "run `git fetch --unshallow origin`" : undefined;
  const branch = name.replace(/^(?:refs\/heads\/|refs\/remotes\/origin\/|origin\/)/, "");
  // Nothing that a shell would read otherwise is put into a command that somebody copies.
  if (!/^[\w./+-]+$/.test(branch)) return undefined;
  const command = `git fetch ${depth}origin +refs/heads/${branch}:refs/remotes/origin/${branch}`;
  return `if it is a branch of the remote, run \`${command}\`${name === branch ? ` and name origin/${branch}` : ""}`;
}
