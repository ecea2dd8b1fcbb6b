/**
 * Inventory → all artifacts of a generation, into a sink. Nothing here depends on the machine, the time or the order of
 * files.
 */
import type { Inventory, Project, Shard } from "../model/inventory.ts";
import type { FileFacts, Sink, Stamp } from "./artifact.ts";
import { GroupFile, writeText } from "./artifact.ts";
import { sortByBytes } from "./byte-order.ts";
import { encodeName } from "./file-name.ts";
import type { FileName, MergedGroup } from "./groups.ts";
import { groupsOf, targetsJson } from "./groups.ts";
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
  const kinds = inventory.config.artifacts;
  const shards = sortByBytes([...inventory.shardByName.values()], (shard) => shard.name);
  const files = {
    "targets.json": renderFile(inventory, "targets.json", shards, kinds.includes("all"), sink),
    "urls.json": renderFile(inventory, "urls.json", shards, kinds.includes("all"), sink),
  };

  const all = files["targets.json"].all;
  const allUrls = files["urls.json"].all;
  if (all !== undefined && allUrls !== undefined) {
    const times = widestTimes(shards.map((shard) => shard.prometheus));
    writeText(sink, "SHA256SUMS", sha256Sums("*", stamp, all, allUrls, times));
  }

  const facts: ShardFacts[] = [];
  let targets = 0;
  let urls = 0;
  for (const shard of shards) {
    const path = shardPath(shard);
    const own = {
      "targets.json": factsOf(files["targets.json"], shard),
      "urls.json": factsOf(files["urls.json"], shard),
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

interface RenderedFile {
  readonly all: FileFacts | undefined;
  readonly byShard: ReadonlyMap<Shard, FileFacts>;
}

function shardPath(shard: Shard): string {
  return `shards/${encodeName(shard.name)}`;
}

function factsOf(file: RenderedFile, shard: Shard): FileFacts {
  const facts = file.byShard.get(shard);
  if (facts === undefined) throw new Error(`shard ${shard.name} was not rendered`);
  return facts;
}

/** A group's line is the same in the whole file and in its shard's: each is made once. */
function renderFile(
  inventory: Inventory,
  file: FileName,
  shards: readonly Shard[],
  withAll: boolean,
  sink: Sink,
): RenderedFile {
  const all = withAll ? new GroupFile(sink, file) : undefined;
  const open = new Map(shards.map((shard) => [shard, new GroupFile(sink, `${shardPath(shard)}/${file}`)]));
  for (const group of groupsOf(inventory, file)) {
    const { line, count } = groupLine(group);
    all?.add(line, count);
    open.get(group[0].shard)?.add(line, count);
  }
  return { all: all?.close(), byShard: new Map([...open].map(([shard, opened]) => [shard, opened.close()])) };
}

function renderPart(inventory: Inventory, projects: readonly Project[], path: string, sink: Sink): void {
  renderGroups(groupsOf(inventory, "targets.json", projects), path, sink);
}

function renderGroups(groups: readonly MergedGroup[], path: string, sink: Sink): FileFacts {
  const file = new GroupFile(sink, path);
  for (const group of groups) {
    const { line, count } = groupLine(group);
    file.add(line, count);
  }
  return file.close();
}

const NOT_ASCII = /[^\0-\x7f]/;

/** Where lines are encoded, one after the other. */
let scratch = Buffer.allocUnsafeSlow(1 << 16);

/** The bytes are good until the next call. */
function groupLine(group: MergedGroup): { line: Uint8Array; count: number } {
  const { labels } = group[0];
  const { json, count, isAscii } = targetsJson(group);
  const text = `{"labels":${labels},"targets":[${json}]}`;
  // Copying bytes is several times as fast as encoding, and nearly every line is ASCII.
  const encoding = isAscii && !NOT_ASCII.test(labels) ? "latin1" : "utf8";
  const most = encoding === "latin1" ? text.length : text.length * 3;
  if (most > scratch.length) scratch = Buffer.allocUnsafeSlow(most);
  return { line: scratch.subarray(0, scratch.write(text, 0, encoding)), count };
}
