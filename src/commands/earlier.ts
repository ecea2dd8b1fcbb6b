/** What a new generation comes after. */
import type { Io } from "../io.ts";
import { showText } from "../model/show-text.ts";
import type { Side } from "../plan/side.ts";
import type { Destination } from "../publish/destination.ts";
import { isPublishedSigned, readPublished } from "../publish/published.ts";
import type { Published } from "../publish/published.ts";
import { readManifest } from "../publish/read-manifest.ts";
import type { Manifest } from "../publish/read-manifest.ts";
import type { Repository } from "../publish/repository.ts";
import { findRevision } from "../source/git-revision.ts";
import { openBase } from "./base.ts";
import { checkDescent } from "./descent.ts";
import { sideOfInventory } from "./side.ts";

export interface Earlier {
  /** What the gate compares with; undefined where nothing ever was published, and no revision is named. */
  readonly side: Side | undefined;
  /** Undefined where nothing ever was. */
  readonly published: Published | undefined;
  /** Of what the destination has, which may be another generation than the published one. */
  readonly held: Manifest | undefined;
  /** Whether what is published has signatures. Throws EnvironmentError where that cannot be told. */
  isSigned(): Promise<boolean>;
  /** The highest generation of all that servers may have seen. */
  readonly generation: number | undefined;
  /** Its commit, where the one that is checked out descends from it: those after it may accept what the gate holds back. */
  readonly commit: string | undefined;
}

export interface EarlierOptions {
  /** Where what is published is found; where nothing is, or without it, where it is published to. */
  readonly published: string | undefined;
  /** A revision to compare with where nothing was ever published; without it, everything is new. It has to be there in any case. */
  readonly base: string | undefined;
  readonly acceptRewrite: string | undefined;
}

/**
 * Reads what is published, and sees that the commit that is checked out descends from it.
 *
 * Throws EnvironmentError where it does not, and where what is published cannot be read: it is never taken for nothing.
 */
export async function readEarlier(
  io: Io,
  destination: Destination,
  repository: Repository,
  options: EarlierOptions,
): Promise<Earlier> {
  const elsewhere = options.published;
  const there = elsewhere === undefined ? undefined : await readPublished(elsewhere, io);
  const isHeldSigned = destination.paths.has("manifest.json.sig");
  const isSigned = async (): Promise<boolean> =>
    isHeldSigned || (elsewhere !== undefined && there !== undefined && (await isPublishedSigned(elsewhere, io)));
  const published =
    there ?? (destination.published === undefined ? undefined : await readPublished(destination.published, io));
  // Where the name is a mistake, or somebody has deleted the branch, nobody would see that the gate lets everything pass.
  if (there === undefined && (elsewhere !== undefined || published === undefined))
    io.stderr.write(
      `note: nothing is published ${elsewhere === undefined ? `to ${destination.name}` : `at ${showText(elsewhere)}`} yet, so this is compared with ${insteadOf(destination, options.base)}\n`,
    );
  if (published === undefined) {
    const side = await baseSide(io, options.base);
    return { side, published, held: undefined, isSigned, generation: undefined, commit: side?.commit };
  }
  // It counts another time; that it is a mistake is told today.
  if (options.base !== undefined) await findRevision(io.cwd, options.base);
  const { manifest } = published;
  const commit =
    manifest.commit === undefined ? undefined : await checkDescent(repository, manifest.commit, options.acceptRewrite);
  const text = await destination.read("manifest.json");
  const held = text === undefined ? undefined : readManifest(Buffer.from(text), destination.name);
  const generation = Math.max(manifest.generation, held?.generation ?? 0);
  return { side: published, published, held, isSigned, generation, commit };
}

function insteadOf({ published, name }: Destination, base: string | undefined): string {
  if (published !== undefined) return `what ${name} holds`;
  return base === undefined ? "nothing" : showText(base);
}

async function baseSide(io: Io, name: string | undefined): Promise<Side | undefined> {
  if (name === undefined) return undefined;
  const { inventory, revision, time } = await (await openBase(io, name)).load(undefined);
  return sideOfInventory(inventory, "revision", { commit: revision.commit, generation: time });
}
