/**
 * Whether the files that are read are what a commit has of them. `git status` does not tell: it looks into no submodule that
 * ignores a file, follows no symbolic link, and takes for the same what a filter has changed on this machine.
 */
import { realpathSync } from "node:fs";
import { EnvironmentError } from "../exit.ts";
import type { Io } from "../io.ts";
import { CONFIG_FILE } from "../model/config.ts";
import { showText } from "../model/show-text.ts";
import { Repository } from "../publish/repository.ts";
import { directoryTree } from "../source/directory-tree.ts";
import { algorithmOf, blobIds } from "../source/git-blob.ts";
import { findRepository, repositoryPrefix } from "../source/git-state.ts";
import { gitTree } from "../source/git-tree.ts";
import type { GitTree } from "../source/git-tree.ts";
import type { Twin } from "./load.ts";
import type { ReadFile } from "./read-file.ts";

export class CommittedFiles implements Twin {
  readonly algorithm: Twin["algorithm"];
  readonly #io: Io;
  readonly #commit: string;
  readonly #tree: GitTree;
  /** What is read as other bytes than the commit has, or is not in it: path → id of what was read. */
  readonly #others = new Map<string, string | undefined>();

  private constructor(io: Io, commit: string, tree: GitTree) {
    this.#io = io;
    this.algorithm = algorithmOf(commit);
    this.#commit = commit;
    this.#tree = tree;
  }

  /** @param commit its id, with all digits. Throws EnvironmentError where Git fails */
  static async open(io: Io, commit: string): Promise<CommittedFiles> {
    const files = new CommittedFiles(io, commit, await gitTree(io.cwd, commit));
    const settings = directoryTree(io.cwd).read(CONFIG_FILE);
    if (settings !== undefined) files.note({ file: CONFIG_FILE, blob: blobIds(files.algorithm)(settings) });
    return files;
  }

  note({ file, blob }: Pick<ReadFile, "file" | "blob">): void {
    if (this.#tree.entryOf(file)?.id !== blob) this.#others.set(file, blob);
  }

  /**
   * Throws EnvironmentError for the first file of which the commit does not have what was read. What differs by Git's own
   * conversion of line breaks is the same: it makes nothing else of a YAML file. Other conversions do.
   */
  async check(): Promise<void> {
    const commit = `commit ${this.#commit.slice(0, 12)}`;
    const directory = realpathSync(this.#io.cwd);
    const below = repositoryPrefix(directory);
    const entries = [...this.#others].map(([file, read]) => {
      const entry = this.#tree.entryOf(file);
      if (entry !== undefined) return { file, read, id: entry.id, path: `${below}${entry.path}` };
      throw new EnvironmentError(
        `${showText(file)} is not in ${commit}, and only what is committed is published`,
        "commit the file itself, or take it out of the inventory: what a submodule holds, what Git ignores and what a symbolic link leads to outside of it is in no commit of this repository",
      );
    });
    if (entries.length === 0) return;
    // From there, all of Git's commands take paths alike.
    const repository = new Repository({ ...this.#io, cwd: findRepository(directory) ?? directory });
    const conversions = await conversionsOf(repository, entries);
    const ids = await convertedIds(repository, entries);
    const tree = directoryTree(directory);
    const blobId = blobIds(this.algorithm);
    for (const [index, { file, read, id }] of entries.entries()) {
      // Git was asked of what is there now, which may have been put back since it was read.
      const bytes = tree.read(file);
      const filter = conversions[index]?.(bytes ?? new Uint8Array());
      if (filter === undefined && ids[index] === id && bytes !== undefined && blobId(bytes) === read) continue;
      throw new EnvironmentError(
        `${showText(file)} is not what ${commit} has, and only what is committed is published`,
        filter === undefined
          ? "commit it or take it back: `git status --ignored` shows what it is"
          : `commit what is to be published, and take \`${filter}\` off it in .gitattributes: what it makes of a file at a checkout, no commit has`,
      );
    }
  }
}

interface Path {
  /** From the root of the repository, with links followed. */
  readonly path: string;
}

/** The attribute by which Git makes something else of the bytes of a file, as .gitattributes has it, where there is one. */
type Conversion = (bytes: Uint8Array) => string | undefined;

/** https://git-scm.com/docs/gitattributes, in its order of application at a checkout. */
const ATTRIBUTES = ["ident", "working-tree-encoding", "filter"] as const;

async function conversionsOf(repository: Repository, entries: readonly Path[]): Promise<Conversion[]> {
  const input = entries.map(({ path }) => `${path}\0`).join("");
  const fields = (await repository.git(["check-attr", "-z", "--stdin", ...ATTRIBUTES], { input })).split("\0");
  return entries.map((_, entry) => {
    const valueOf = (name: (typeof ATTRIBUTES)[number]): string | undefined => {
      const value = fields[(entry * ATTRIBUTES.length + ATTRIBUTES.indexOf(name)) * 3 + 2] ?? "";
      return value === "unspecified" || value === "unset" ? undefined : value;
    };
    const [ident, encoding, filter] = ATTRIBUTES.map(valueOf);
    return (bytes) => {
      if (filter !== undefined) return `filter=${filter}`;
      // The one that Git itself stores is none.
      if (encoding !== undefined && !/^utf-?8$/i.test(encoding)) return `working-tree-encoding=${encoding}`;
      return ident !== undefined && Buffer.from(bytes).includes("$Id") ? "ident" : undefined;
    };
  });
}

/** The ids that Git would give to what is on disk now, by its own conversions. */
async function convertedIds(repository: Repository, entries: readonly Path[]): Promise<readonly string[]> {
  // One path a line: one that has a line break in it is not asked for, and so is another one.
  const asked = entries.filter(({ path }) => !path.includes("\n"));
  const input = asked.map(({ path }) => `${path}\n`).join("");
  const ids = (await repository.git(["hash-object", "--stdin-paths"], { input })).split("\n");
  const idOf = new Map(asked.map((entry, index) => [entry, ids[index] ?? ""]));
  return entries.map((entry) => idOf.get(entry) ?? "");
}
