/** What changes in the files that are published, though no target does. */
import { sortTexts } from "../render/byte-order.ts";
import type { ArtifactKind } from "../model/inventory.ts";
import { digestOfRepository, digestOfWholeFiles } from "./digest.ts";
import type { Sha256 } from "./digest.ts";
import type { ArtifactsChange, ConfigChange, RepositoryChange } from "./plan.ts";
import type { Side } from "./side.ts";

/** Hosts that have seen none take any. What a base with mistakes of its own would have named, nobody knows. */
export function repositoryChange(before: Side, after: Side, sha256: Sha256): RepositoryChange | undefined {
  const [was, is] = [before.repository, after.repository];
  if (was === is || (was === undefined && !before.isComplete)) return undefined;
  return {
    ...(was === undefined ? {} : { before: was }),
    ...(is === undefined ? {} : { after: is }),
    ...(was === undefined ? {} : { digest: digestOfRepository(was, is, sha256) }),
  };
}

/** Nobody asks for files of services and projects but who knows them; those of the whole inventory, agents ask for. */
export function artifactsChange(before: Side, after: Side, sha256: Sha256): ArtifactsChange | undefined {
  const [was = {}, is = {}] = [before.artifacts, after.artifacts];
  const added = kindsIn(is).filter((kind) => is[kind] === true && was[kind] === false);
  const removed = kindsIn(was).filter((kind) => was[kind] === true && is[kind] === false);
  if (added.length + removed.length === 0) return undefined;
  return { added, removed, ...(removed.includes("all") ? { digest: digestOfWholeFiles(sha256) } : {}) };
}

function kindsIn(artifacts: NonNullable<Side["artifacts"]>): ArtifactKind[] {
  return sortTexts(Object.keys(artifacts)) as ArtifactKind[];
}

export function configChange(shard: string, before: Side, after: Side): ConfigChange {
  const [was, is] = [before, after].map(({ shards }) => shards.get(shard)?.scrapeConfig);
  return was === undefined || is === undefined || was === is ? {} : { hasOtherConfig: true };
}
