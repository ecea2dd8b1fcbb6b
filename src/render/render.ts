/**
 * Inventory → all artifacts of a generation, into a sink. Nothing here depends on the machine, the time or the order of
 * files.
 */
import type { Inventory, Project, Shard } from "../model/inventory.ts";
import type { FileFacts, Sink, Stamp } from "./artifact.ts";
import { writeText } from "./artifact.ts";
import { sortByBytes } from "./byte-order.ts";
import { encodeName } from "./file-name.ts";
import type { FileName, MergedGroup } from "./groups.ts";
import { groupsOf } from "./groups.ts";
import { GroupFiles } from "./group-files.ts";
import type { GroupFacts, GroupPaths } from "./group-files.ts";
import { linesOf } from "./lines.ts";
import type { LineBlock } from "./lines.ts";
import { manifestJson } from "./manifest.ts";
import type { ShardFacts } from "./manifest.ts";
import { scrapeConfig } from "./scrape-config.ts";
import { sha256Sums, widestTimes } from "./sums.ts";

export interface Rendered {
  /** Number of targets in all shards' targets.json. */
  readonly targets: number;
  readonly urls: number;
  readonly shards: number;
}

/** Renders everything that promgen.yml asks for. */
export function renderAll(inventory: Inventory, stamp: Stamp, sink: Sink): Rendered {
  const shards = sortedShards(inventory);
  const render = (file: FileName): GroupFacts =>
    writeLines(linesOfAll(inventory, file, shards), new GroupFiles(sink, pathsOf(inventory, file, shards)));
  return renderRest(inventory, stamp, sink, {
    "targets.json": render("targets.json"),
    "urls.json": render("urls.json"),
  });
}

/** Writes the files of groups somewhere else, those of one name after those of another. */
export interface GroupWriter {
  begin(paths: GroupPaths): void;
  /** Takes a block over, and gives another one. */
  add(block: LineBlock): Promise<LineBlock>;
  end(): Promise<GroupFacts>;
}

/** The same, but that somebody else writes the files of groups to where the sink writes the others. */
export async function renderAllThrough(
  writer: GroupWriter,
  inventory: Inventory,
  stamp: Stamp,
  sink: Sink,
): Promise<Rendered> {
  const shards = sortedShards(inventory);
  const render = async (file: FileName): Promise<GroupFacts> => {
    writer.begin(pathsOf(inventory, file, shards));
    const lines = linesOfAll(inventory, file, shards);
    for (let step = lines.next(); step.done !== true;) step = lines.next(await writer.add(step.value));
    return await writer.end();
  };
  const targets = await render("targets.json");
  return renderRest(inventory, stamp, sink, { "targets.json": targets, "urls.json": await render("urls.json") });
}

/** @param groups of the files that have them */
function renderRest(
  inventory: Inventory,
  stamp: Stamp,
  sink: Sink,
  groups: Readonly<Record<FileName, GroupFacts>>,
): Rendered {
  const kinds = inventory.config.artifacts;
  const shards = sortedShards(inventory);
  const { all } = groups["targets.json"];
  const { all: allUrls } = groups["urls.json"];
  if (all !== undefined && allUrls !== undefined) {
    const times = widestTimes(shards.map((shard) => shard.prometheus));
    writeText(sink, "SHA256SUMS", sha256Sums("*", stamp, all, allUrls, times));
  }

  const facts: ShardFacts[] = [];
  let targets = 0;
  let urls = 0;
  for (const [index, shard] of shards.entries()) {
    const path = shardPath(shard);
    const own = {
      "targets.json": factsOf(groups["targets.json"], index),
      "urls.json": factsOf(groups["urls.json"], index),
    };
    targets += own["targets.json"].targets ?? 0;
    urls += own["urls.json"].targets ?? 0;
    const config = writeText(sink, `${path}/scrape-config.yml`, scrapeConfig(shard));
    writeText(
      sink,
      `${path}/SHA256SUMS`,
      sha256Sums(shard.name, stamp, own["targets.json"], own["urls.json"], shard.prometheus),
    );
    facts.push({
      name: shard.name,
      path,
      servers: shard.servers.map((server) => server.text),
      files: { "scrape-config.yml": config, ...own },
    });
  }
  if (kinds.includes("services"))
    for (const service of inventory.services)
      renderPart(inventory, service.projects, `services/${encodeName(service.name)}/targets.json`, sink);
  if (kinds.includes("projects"))
    for (const project of inventory.projects)
      renderPart(inventory, [project], `projects/${encodeName(project.name)}/targets.json`, sink);
  writeText(
    sink,
    "manifest.json",
    manifestJson(
      stamp,
      facts,
      all === undefined || allUrls === undefined ? undefined : { "targets.json": all, "urls.json": allUrls },
    ),
  );
  return { targets, urls, shards: shards.length };
}

/** Renders the targets.json of one shard, or of some projects, alone. */
export function renderOne(
  inventory: Inventory,
  which: { readonly shard?: Shard; readonly projects?: readonly Project[] },
  path: string,
  sink: Sink,
): FileFacts {
  const { shard, projects } = which;
  return renderGroups(
    groupsOf(inventory, "targets.json", projects).filter(([group]) => shard === undefined || group.shard === shard),
    path,
    sink,
  );
}

function sortedShards(inventory: Inventory): readonly Shard[] {
  return sortByBytes([...inventory.shardByName.values()], (shard) => shard.name);
}

function shardPath(shard: Shard): string {
  return `shards/${encodeName(shard.name)}`;
}

function pathsOf({ config }: Inventory, file: FileName, shards: readonly Shard[]): GroupPaths {
  return {
    all: config.artifacts.includes("all") ? file : undefined,
    shards: shards.map((shard) => `${shardPath(shard)}/${file}`),
  };
}

/** A group's line is the same in the whole file and in its shard's: each is made once. */
function linesOfAll(
  inventory: Inventory,
  file: FileName,
  shards: readonly Shard[],
): Generator<LineBlock, void, LineBlock> {
  const indexes = new Map(shards.map((shard, index) => [shard, index]));
  return linesOf(groupsOf(inventory, file), (group) => indexes.get(group[0].shard) ?? -1);
}

function factsOf({ shards }: GroupFacts, index: number): FileFacts {
  const facts = shards[index];
  if (facts === undefined) throw new Error(`shard ${index + 1} was not rendered`);
  return facts;
}

function renderPart(inventory: Inventory, projects: readonly Project[], path: string, sink: Sink): void {
  renderGroups(groupsOf(inventory, "targets.json", projects), path, sink);
}

/** Writes one file alone. */
function renderGroups(groups: readonly MergedGroup[], path: string, sink: Sink): FileFacts {
  const files = new GroupFiles(sink, { all: undefined, shards: [path] });
  return factsOf(
    writeLines(
      linesOf(groups, () => 0),
      files,
    ),
    0,
  );
}

function writeLines(lines: Generator<LineBlock, void, LineBlock>, files: GroupFiles): GroupFacts {
  for (let step = lines.next(); step.done !== true; step = lines.next(step.value)) files.add(step.value);
  return files.close();
}
