/**
 * The targets of a plan in Markdown: a folded section for each operation.
 */
import { inertMarkdown } from "./markdown.ts";
import type { PlanDocument } from "./plan-document.ts";
import type { OperationName, PlanGroup, PlanGroupTarget, Spot } from "./plan-groups.ts";
import { OPERATION_ORDER } from "./plan-groups.ts";
import { differencesOf, shortCommit, SIGNS } from "./plan-words.ts";
import { grouped } from "./summary.ts";

const SHOWN_PER_GROUP = 25;
const SHOWN_DIFFERENCES = 8;

export const OPERATION_WORDS: Readonly<Record<OperationName, string>> = {
  add: "added",
  remove: "removed",
  move: "moved to another shard",
  change: "changed: address, path, scheme or parameters",
  relabel: "relabelled",
};

interface Sections {
  readonly sections: readonly string[];
  /** How many targets are in none of them. */
  readonly hidden: ReadonlyMap<OperationName, number>;
}

/**
 * A section for each operation, what goes first, for as long as there is room.
 *
 * @param room UTF-16 units for all of them, with a gap in front of each
 */
export function planSections(plan: PlanDocument, room: number, gap: number): Sections {
  const sections: string[] = [];
  const hidden = new Map<OperationName, number>();
  let left = room;
  for (const op of OPERATION_ORDER) {
    const groups = plan.groups.filter((group) => group.op === op);
    const count = groups.reduce((sum, { targets }) => sum + targets.length, 0);
    if (count === 0) continue;
    const section = drawSection(op, count, groups, plan, left - gap);
    if (section.shown < count) hidden.set(op, count - section.shown);
    if (section.shown === 0) continue;
    sections.push(section.text);
    left -= section.text.length + gap;
  }
  return { sections, hidden };
}

function drawSection(
  op: OperationName,
  count: number,
  groups: readonly PlanGroup[],
  plan: PlanDocument,
  room: number,
): { text: string; shown: number } {
  // Inside of HTML Markdown is read only behind an empty line.
  let text = `<details><summary>${SIGNS[op]} ${grouped(count)} ${OPERATION_WORDS[op]}</summary>\n`;
  const end = "\n</details>";
  let shown = 0;
  let last = "";
  for (const group of groups) {
    const targets = group.targets.slice(0, SHOWN_PER_GROUP).map((target) => `- ${targetWords(group, target, plan)}\n`);
    const heading = headingOf(group);
    let next = heading === last ? "" : `\n${heading}\n`;
    let fitting = 0;
    for (const line of targets) {
      if (text.length + next.length + line.length + MORE + end.length > room) break;
      next += line;
      fitting++;
    }
    if (fitting === 0) break;
    last = heading;
    text += next;
    shown += fitting;
    const rest = group.targets.length - fitting;
    if (rest > 0) text += `- … and ${grouped(rest)} more\n`;
  }
  return { text: text + end, shown };
}

/** Room for the line that says how many more there are. */
const MORE = 30;

function headingOf(group: PlanGroup): string {
  const names = [group.shard, group.project, group.job].map(inertMarkdown).join(" ▸ ");
  const differences = differencesOf(group).map(({ what, before, after }) => {
    const name = inertMarkdown(what);
    if (before === undefined) return `${name}: ${inertMarkdown(after ?? "")} (new)`;
    const old = inertMarkdown(before);
    return after === undefined ? `${name}: ${old} (gone)` : `${name}: ${old} → ${inertMarkdown(after)}`;
  });
  const more = differences.length - SHOWN_DIFFERENCES;
  const notes = [...differences.slice(0, SHOWN_DIFFERENCES), ...(more > 0 ? [`and ${more} more`] : [])];
  return [names, ...notes].join(" · ");
}

function targetWords({ op }: PlanGroup, target: PlanGroupTarget, { base }: PlanDocument): string {
  const { address, was, before, after } = target;
  const name = was === undefined ? inertMarkdown(address) : `${inertMarkdown(was)} → ${inertMarkdown(address)}`;
  const spot = op === "remove" ? before : after;
  if (spot === undefined) return name;
  const revision = op === "remove" && base.commit !== undefined ? ` at ${inertMarkdown(shortCommit(base.commit))}` : "";
  return `${name} in ${inertMarkdown(spotWords(spot))}${revision}`;
}

function spotWords({ file, line }: Spot): string {
  return line === undefined ? file : `${file}:${line}`;
}
