/**
 * Labels with their sources as rows: name, value, who says it, where; below it what it overrides. What a target has in each
 * of its shards alike is said once.
 */
import type { Shard } from "../model/inventory.ts";
import type { ExplainedLabel, Layer, Source } from "./explain-labels.ts";
import { alarm, placeCell, quiet, strong } from "./explain-paper.ts";
import type { Paper, Row } from "./explain-paper.ts";

/** Rows of one label beyond this number are counted: they differ by the shard alone. */
const MAX_ROWS = 5;

interface Variant {
  readonly label: ExplainedLabel;
  readonly shards: Shard[];
  /** By their keys, each once. */
  readonly overridden: Map<string, Layer>;
}

/** @param labelsOf the labels in a shard; called once for each */
export function labelRows(
  paper: Paper,
  shards: readonly Shard[],
  labelsOf: (shard: Shard) => readonly ExplainedLabel[],
): Row[] {
  const byName = new Map<string, Map<string, Variant>>();
  for (const shard of shards) {
    for (const label of labelsOf(shard)) {
      let variants = byName.get(label.name);
      if (variants === undefined) byName.set(label.name, (variants = new Map()));
      const key = layerKey(label);
      let variant = variants.get(key);
      if (variant === undefined) variants.set(key, (variant = { label, shards: [], overridden: new Map() }));
      variant.shards.push(shard);
      for (const layer of label.overridden) variant.overridden.set(layerKey(layer), layer);
    }
  }
  const rows: Row[] = [];
  for (const variants of byName.values()) {
    const all = [...variants.values()];
    for (const variant of all.slice(0, MAX_ROWS)) rows.push(...variantRows(paper, variant, shards));
    if (all.length > MAX_ROWS) rows.push(["", quiet(`and ${all.length - MAX_ROWS} more, one for each other shard`)]);
  }
  return rows;
}

/** Who says something, in a few words. The page is about one project, exporter or probe at a time. */
export function sourceText({ level, name }: Source): string {
  switch (level) {
    case "shard":
    case "farm":
    case "preset":
      return `${level} ${name ?? ""}`;
    case "default":
      return name ?? level;
    default:
      return level;
  }
}

function variantRows(paper: Paper, { label, shards, overridden }: Variant, all: readonly Shard[]): Row[] {
  const { name, source } = label;
  const isObvious = shards.length === all.length || source.level === "shard" || name === "__shard";
  const only = isObvious ? "" : ` (in shard ${shards.map((shard) => shard.name).join(", ")})`;
  const value =
    label.value === null ? alarm("(no value: not rendered)") : strong(paper.guarded(shown(label.value), source.where));
  const rows: Row[] = [[name, value, `${sourceText(source)}${only}`, placeCell(source.where)]];
  for (const layer of overridden.values()) {
    const old = paper.guarded(shown(layer.value ?? "(no value)"), layer.source.where);
    rows.push([quiet("  overrides"), quiet(old), quiet(sourceText(layer.source)), placeCell(layer.source.where)]);
  }
  return rows;
}

function layerKey({ value, source }: Layer): string {
  return JSON.stringify([value, source.level, source.name, source.where?.file, source.where?.path]);
}

function shown(value: string): string {
  return value === "" || /^\s|\s$/.test(value) ? JSON.stringify(value) : value;
}
