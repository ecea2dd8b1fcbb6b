/**
 * Inventory → side of a plan: what its targets.json and urls.json say, line by line.
 */
import type { ArtifactKind, Inventory, Project } from "../model/inventory.ts";
import type { GroupLine, ShardSide, Side, UnchangedTargets } from "../plan/side.ts";
import type { Stamp } from "../render/artifact.ts";
import type { FileName } from "../render/groups.ts";
import { groupsOf, targetsJson } from "../render/groups.ts";
import { scrapeConfig } from "../render/scrape-config.ts";
import { sha256 } from "../render/sha256.ts";
import { TargetOrigins } from "./target-origin.ts";
import { countProjects, unchangedProjects } from "./unchanged.ts";

type Kind = "worktree" | "revision";
type When = Pick<Stamp, "commit" | "generation">;

/** An inventory, and when it was or is. */
export interface Dated {
  readonly inventory: Inventory;
  readonly when: When;
}

/** The side of a whole inventory. Mistakes in it do not matter: what cannot be rendered is left out. */
export function sideOfInventory(inventory: Inventory, kind: Kind, when: When): Side {
  const origins = new TargetOrigins(inventory);
  return makeSide({ inventory, when }, kind, linesOf(inventory, inventory.projects), undefined, (target) =>
    origins.find(target),
  );
}

/** Both sides of a change. What comes from documents that both inventories have is not rendered, but counted. */
export function sidesOfChange(before: Dated, after: Dated): { readonly before: Side; readonly after: Side } {
  const same = unchangedProjects(before.inventory, after.inventory);
  const unchanged = countProjects(after.inventory, same);
  const [old, now] = [new TargetOrigins(before.inventory), new TargetOrigins(after.inventory)];
  const changed = ({ inventory }: Dated): Lines =>
    linesOf(
      inventory,
      inventory.projects.filter((project) => !same.has(project)),
    );
  return {
    before: makeSide(before, "revision", changed(before), unchanged, (target) => old.find(target, now)),
    after: makeSide(after, "worktree", changed(after), unchanged, (target) => now.find(target, old)),
  };
}

/** File → shard → its lines. */
type Lines = Readonly<Record<FileName, ReadonlyMap<string, readonly GroupLine[]>>>;

function makeSide(
  { inventory, when: { commit, generation } }: Dated,
  kind: Kind,
  lines: Lines,
  unchanged: UnchangedTargets | undefined,
  locate: NonNullable<Side["locate"]>,
): Side {
  const shards = new Map<string, ShardSide>();
  for (const [name, shard] of inventory.shardByName) {
    const { servers, isEnabled } = shard;
    shards.set(name, {
      name,
      servers: servers.map(({ text }) => text),
      isEnabled,
      scrapeConfig: sha256(scrapeConfig(shard)),
      targets: lines["targets.json"].get(name) ?? [],
      urls: lines["urls.json"].get(name) ?? [],
    });
  }
  return {
    kind,
    ...(commit === undefined ? {} : { commit }),
    generation,
    ...(inventory.config.repository === undefined ? {} : { repository: inventory.config.repository }),
    artifacts: artifactsOf(inventory),
    shards,
    ...(unchanged === undefined ? {} : { unchanged }),
    ...(kind === "revision" ? { gate: inventory.config.gate } : {}),
    locate,
    isComplete: inventory.isComplete && inventory.faults.areNone,
  };
}

/** What is published besides the files of shards. */
export function artifactsOf({ config: { artifacts } }: Inventory): NonNullable<Side["artifacts"]> {
  return Object.fromEntries(
    (["all", "services", "projects"] satisfies ArtifactKind[]).map((kind) => [kind, artifacts.includes(kind)]),
  );
}

function linesOf(inventory: Inventory, projects: readonly Project[]): Lines {
  return {
    "targets.json": linesOfFile(inventory, "targets.json", projects),
    "urls.json": linesOfFile(inventory, "urls.json", projects),
  };
}

function linesOfFile(inventory: Inventory, file: FileName, projects: readonly Project[]): Map<string, GroupLine[]> {
  const byShard = new Map<string, GroupLine[]>();
  for (const group of groupsOf(inventory, file, projects)) {
    // An exporter without a port is a mistake, which is told elsewhere; nothing is scraped at port 0.
    const [first, ...more] = group.filter(({ targets }) => targets.kind !== "exporter" || targets.port !== 0);
    if (first === undefined) continue;
    const { json, rest } = targetsJson([first, ...more]);
    const line = { labels: first.labels, targets: `"${json}${rest}"` };
    const lines = byShard.get(first.shard.name);
    if (lines === undefined) byShard.set(first.shard.name, [line]);
    else lines.push(line);
  }
  return byShard;
}
