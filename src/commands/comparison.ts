/**
 * What a plan compares: the working tree with a revision, or with what is published.
 */
import type { Io } from "../io.ts";
import { EnvironmentError } from "../exit.ts";
import type { Inventory } from "../model/inventory.ts";
import { showText, withoutUrlSecrets } from "../model/show-text.ts";
import type { Side } from "../plan/side.ts";
import { readPublished } from "../publish/published.ts";
import type { Published } from "../publish/published.ts";
import type { Stamp } from "../render/artifact.ts";
import type { TextOf } from "../report/place.ts";
import { openBase } from "./base.ts";
import type { Base } from "./base.ts";
import type { Twin } from "./load.ts";
import { artifactsOf, sideOfInventory, sidesOfChange } from "./side.ts";
import { TargetOrigins } from "./target-origin.ts";

export interface Comparison {
  /** For whoever reads the working tree. */
  readonly twin: Twin | undefined;
  /** The commit compared with, where it is in this repository. */
  readonly commit: string | undefined;
  /** What it was asked for by, for people. */
  readonly name: string | undefined;
  /** What to say of it. */
  readonly note: string | undefined;
  /**
   * Called once the working tree is read.
   *
   * @param head of the working tree; the base is read in the meantime
   */
  sides(inventory: Inventory, head: Promise<When>): Promise<Sides>;
}

export type When = Pick<Stamp, "commit" | "generation">;

export interface Sides {
  readonly before: Side;
  readonly after: Side;
  /** Files of the base, where they are known. */
  readonly textBefore: TextOf | undefined;
}

/**
 * Opens what the working tree is compared with. Throws EnvironmentError where that cannot be read: another base would have
 * other limits.
 *
 * @param names a revision and what is published, as they were asked for; what is published counts, where something is
 */
export async function openComparison(
  io: Io,
  names: { readonly base: string | undefined; readonly published: string | undefined },
): Promise<Comparison> {
  const { published: where } = names;
  if (where === undefined) return compareWithRevision(await openBase(io, names.base));
  const published = await readPublished(where, io);
  if (published !== undefined) return await compareWithPublished(io, published, withoutUrlSecrets(where));
  return {
    ...compareWithRevision(await openBase(io, names.base)),
    note: `nothing is published at ${showText(where)} yet, so this is compared with a revision`,
  };
}

function compareWithRevision(base: Base): Comparison {
  const { name, commit } = base.revision;
  return {
    twin: base.twin,
    commit,
    name,
    note: undefined,
    async sides(inventory, head) {
      const [loaded, when] = await Promise.all([base.load(inventory), head]);
      const before = { inventory: loaded.inventory, when: { commit, generation: loaded.time } };
      const sides = sidesOfChange(before, { inventory, when });
      const isComplete = sides.before.isComplete && loaded.submodules.length === 0;
      return { before: { ...sides.before, isComplete }, after: sides.after, textBefore: loaded.textOf };
    },
  };
}

/** The commit that was published says where targets were written; without it there are no places, and the rest is the same. */
export async function compareWithPublished(io: Io, published: Published, name: string): Promise<Comparison> {
  const base = await openCommit(io, published.commit);
  const isOpen = "revision" in base;
  return {
    twin: isOpen ? base.twin : undefined,
    commit: isOpen ? base.revision.commit : undefined,
    name,
    note: isOpen ? undefined : `where removed targets were written is not known: ${base.message}`,
    async sides(inventory, head) {
      const loading = isOpen ? base.load(inventory) : undefined;
      const [loaded, when] = await Promise.all([loading, head]);
      const after = sideOfInventory(inventory, "worktree", when);
      if (loaded === undefined) return { before: published, after, textBefore: undefined };
      const { inventory: old, textOf } = loaded;
      const [was, is] = [new TargetOrigins(old), new TargetOrigins(inventory)];
      return {
        // What was published besides, its commit knows; the manifest has a word for the whole inventory alone.
        before: {
          ...published,
          artifacts: { ...artifactsOf(old), ...published.artifacts },
          locate: (target) => was.find(target, is),
        },
        after: { ...after, locate: (target) => is.find(target, was) },
        textBefore: textOf,
      };
    },
  };
}

/** A commit, or why it cannot be read. */
async function openCommit(io: Io, commit: string | undefined): Promise<Base | EnvironmentError> {
  if (commit === undefined) return new EnvironmentError("what is published names no commit");
  try {
    return await openBase(io, commit);
  } catch (error) {
    if (error instanceof EnvironmentError) return error;
    throw error;
  }
}
