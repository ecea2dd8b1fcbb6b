/**
 * targets.json or urls.json as it was rendered → its groups, a line each.
 */
import type { GroupLine } from "../plan/side.ts";

const EMPTY = '[{"targets":[]}]\n';

/** The groups of a file; `undefined` where it does not have the form that it is rendered in. */
export function readGroupLines(text: string): GroupLine[] | undefined {
  if (text === EMPTY) return [];
  if (!text.startsWith("[\n") || !text.endsWith("\n]\n")) return undefined;
  const groups: GroupLine[] = [];
  for (const line of text.slice("[\n".length, -"\n]\n".length).split(",\n")) {
    // Unescaped quotes do not stand in the texts themselves.
    const { labels = "", targets = "" } =
      /^\{"labels":(?<labels>\{.*\}),"targets":\[(?<targets>.*)\]\}$/.exec(line)?.groups ?? {};
    if (!isLabels(labels) || !isTargets(targets)) return undefined;
    groups.push({ labels, targets });
  }
  return groups;
}

function isLabels(json: string): boolean {
  const value = parse(json);
  return (
    typeof value === "object" && value !== null && Object.values(value).every((label) => typeof label === "string")
  );
}

function isTargets(json: string): boolean {
  const value = parse(`[${json}]`);
  return Array.isArray(value) && value.every((target) => typeof target === "string");
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
