/** Files → a commit, without a work tree. */
import { join } from "node:path";
import type { Repository } from "./repository.ts";

/** Who commits where Git does not know who does: on a machine that only publishes, say. */
const NOBODY = { NAME: "promgen-gen", EMAIL: "promgen-gen@promgen-gen.invalid" };

export interface FilesOfCommit {
  /** The directory that holds them. */
  readonly files: string;
  /** Their paths below it. */
  readonly written: readonly string[];
  /** Path of a file that does not exist yet, for Git's use. */
  readonly index: string;
  readonly parent: string | undefined;
  readonly message: string;
}

/**
 * Makes the commit, and gives its id. No branch leads to it yet: where it is not used, Git removes it some day.
 *
 * Throws EnvironmentError where Git fails.
 */
export async function commitFiles(repository: Repository, commit: FilesOfCommit): Promise<string> {
  const { files, written, index, parent, message } = commit;
  // Stores only what the repository does not have.
  const paths = written.map((path) => `${join(files, path)}\n`).join("");
  const ids = await repository.git(["hash-object", "-w", "--no-filters", "--stdin-paths"], { input: paths });
  const entries = ids.split("\n").map((id, at) => `100644 ${id}\t${written[at] ?? ""}\0`);
  const variables = { GIT_INDEX_FILE: index };
  await repository.git(["update-index", "-z", "--add", "--index-info"], { input: entries.join(""), variables });
  const tree = await repository.git(["write-tree"], { variables });
  const parents = parent === undefined ? [] : ["-p", parent];
  return await repository.git(["-c", "i18n.commitEncoding=UTF-8", "commit-tree", tree, ...parents, "-F", "-"], {
    input: message,
    variables: await identity(repository),
  });
}

/** What makes up for a name and an address that nobody has set. */
async function identity(repository: Repository): Promise<Record<string, string>> {
  const text = (await repository.ask(["config", "-z", "--get-regexp", "^user\\.(name|email)$"])) ?? "";
  // The key, a line break and the value. Of several values of a key, the last one counts.
  const settings = new Map<string, string>();
  for (const entry of text.split("\0")) {
    const [key = "", value = ""] = entry.split("\n", 2);
    settings.set(key, value);
  }
  const variables: Record<string, string> = {};
  for (const [part, key] of [
    ["NAME", "user.name"],
    ["EMAIL", "user.email"],
  ] as const) {
    const isSet = (settings.get(key) ?? "") !== "";
    for (const role of ["AUTHOR", "COMMITTER"])
      if (!isSet && !repository.hasVariable(`GIT_${role}_${part}`)) variables[`GIT_${role}_${part}`] = NOBODY[part];
  }
  return variables;
}
