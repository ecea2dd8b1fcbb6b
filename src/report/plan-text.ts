/**
 * A plan for people: totals first, then the verdict, then each shard, then the targets.
 */
import picocolors from "picocolors";
import type { Located } from "./place.ts";
import { touchedShards } from "./plan-document.ts";
import type { PlanDocument, PlanFinding } from "./plan-document.ts";
import type { OperationName, PlanGroup, PlanGroupTarget, Spot } from "./plan-groups.ts";
import { selectTargets } from "./plan-select.ts";
import {
  adjustedWords,
  artifactsWords,
  differencesOf,
  digestsHeld,
  headline,
  INCOMPLETE_BASE,
  otherShards,
  repositoryWords,
  shardNotes,
  shortCommit,
  SHOWN_SERVERS,
  SIGNS,
} from "./plan-words.ts";
import type { Difference } from "./plan-words.ts";
import { grouped, quantity } from "./summary.ts";
import { createSecretLines, drawFinding } from "./text.ts";
import { visible, visibleShort } from "./visible.ts";
import { widthOfText } from "./width.ts";

export interface PlanTextOptions {
  /** Everything, however long. */
  readonly verbose: boolean;
  readonly color: boolean;
}

const SHOWN_PER_GROUP = 10;
const SHOWN_TARGETS = 100;
const SHOWN_FINDINGS = 20;
const SHOWN_SHARDS = 40;
const SHOWN_DIFFERENCES = 10;

type Colors = ReturnType<typeof picocolors.createColors>;

/** The lines of the text format. A plan without changes is one line, and one more for each thing that is odd about it. */
export function* planTextLines(plan: PlanDocument, options: PlanTextOptions): Generator<string> {
  const colors = picocolors.createColors(options.color);
  const { base } = plan;
  yield `${colors.bold(headline(plan))} · compared with ${baseWords(plan)}`;
  if (!base.isComplete) yield colors.yellow(`note: ${INCOMPLETE_BASE}`);
  const adjusted = adjustedWords(plan);
  if (adjusted !== undefined) yield adjusted;
  const repository = repositoryWords(plan, visibleShort);
  if (repository !== undefined) yield repository;
  const artifacts = artifactsWords(plan);
  if (artifacts !== undefined) yield artifacts;
  if (plan.hasChanges || plan.isRefused) yield verdictLine(plan, colors);
  yield* findingLines(plan, options);
  yield* shardLines(plan, options.verbose, colors);
  yield* targetLines(plan, options.verbose, colors);
}

function baseWords({ base }: PlanDocument): string {
  const commit = base.commit === undefined ? [] : [shortCommit(base.commit)];
  if (base.kind !== "published")
    return visibleShort([...(base.name === undefined ? [] : [base.name]), ...commit].join(" at "));
  const generation = base.generation === undefined ? [] : [`generation ${base.generation}`];
  const facts = [...generation, ...commit.map((id) => `commit ${id}`)].join(", ");
  return visibleShort(`what is published${base.name === undefined ? "" : ` at ${base.name}`} (${facts})`);
}

function verdictLine(plan: PlanDocument, colors: Colors): string {
  const { isRefused, trips, repository, artifacts, refusedProjects } = plan;
  if (isRefused) {
    const others = [repository, artifacts].flatMap((change) => (change?.digest === undefined ? [] : [change]));
    const held = [...trips, ...others];
    const count = held.filter(({ isAccepted }) => !isAccepted).length + refusedProjects.length;
    return colors.bold(colors.red(`held back by the safety gate, for ${quantity(count, "reason")}`));
  }
  const accepted = [
    ...(trips.length === 0 ? [] : [`what exceeds ${quantity(trips.length, "limit")} was accepted`]),
    ...(repository?.isAccepted === true ? ["the other repository was accepted"] : []),
    ...(artifacts?.isAccepted === true ? ["that files go was accepted"] : []),
  ];
  return colors.green(["passes the safety gate", ...accepted].join("; "));
}

function* findingLines(plan: PlanDocument, { color, verbose }: PlanTextOptions): Generator<string> {
  const shown = verbose ? plan.findings : plan.findings.slice(0, SHOWN_FINDINGS);
  // What several are helped by is said once, below the last.
  const lastWith = new Map(shown.map((finding) => [finding.help, finding]));
  for (const finding of shown) {
    yield "";
    yield* drawFinding(locatedOf(finding, lastWith.get(finding.help) === finding), {
      color,
      secrets: createSecretLines([]),
    });
  }
  const rest = plan.findings.length - shown.length;
  if (rest > 0) yield `… and ${grouped(rest)} more (--verbose shows all)`;
  if (digestsHeld(plan).length < 2) return;
  yield "";
  yield `to accept all of it: --accept ${visible(plan.digest ?? "")}`;
}

/** Without the text of the line: it is about what is not there any more. */
function locatedOf(finding: PlanFinding, hasHelp: boolean): Located {
  const { rule, severity, message, help, file, line } = finding;
  const start = { line: line ?? 1, column: 1 };
  return {
    diagnostic: {
      code: rule,
      severity,
      message,
      where: { file, path: [] },
      ...(help === undefined || !hasHelp ? {} : { help }),
    },
    place: {
      file,
      span: line === undefined ? undefined : { start, end: start, lineText: "", isWholeFile: true },
    },
    related: [],
  };
}

const COUNTS = [
  ["before", "before"],
  ["+", "added"],
  ["−", "removed"],
  ["⇄ in", "movedIn"],
  ["⇄ out", "movedOut"],
  ["~", "changed"],
  ["after", "after"],
] as const;

function* shardLines(plan: PlanDocument, verbose: boolean, colors: Colors): Generator<string> {
  const touched = touchedShards(plan);
  if (touched.length === 0) return;
  const shown = verbose ? plan.shards : touched.slice(0, SHOWN_SHARDS);
  const rows = shown.map((shard) => {
    const counts = { ...shard, changed: shard.changed + shard.relabelled };
    return {
      name: visibleShort(shard.name),
      cells: COUNTS.map(([title, count]) =>
        counts[count] === 0 && title !== "before" && title !== "after" ? "" : grouped(counts[count]),
      ),
      notes: shardNotes(shard, visibleShort, verbose ? Number.POSITIVE_INFINITY : SHOWN_SERVERS).join(", "),
    };
  });
  const titles = COUNTS.map(([title]) => title);
  const nameWidth = Math.max(...["shard", ...rows.map(({ name }) => name)].map(widthOfText));
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map(({ cells }) => cells[column]?.length ?? 0)),
  );
  const draw = (name: string, cells: readonly string[], notes: string): string => {
    const counts = cells.map((cell, column) => cell.padStart(widths[column] ?? 0));
    return [name + " ".repeat(nameWidth - widthOfText(name)), ...counts, notes].join("  ").trimEnd();
  };
  yield "";
  yield colors.dim(draw("shard", titles, ""));
  for (const { name, cells, notes } of rows) yield draw(name, cells, notes);
  if (!verbose && touched.length > shown.length) yield `… and ${quantity(touched.length - shown.length, "more shard")}`;
  const others = otherShards(plan.shards.length - touched.length);
  if (!verbose && others !== undefined) yield colors.dim(others);
}

function* targetLines(plan: PlanDocument, verbose: boolean, colors: Colors): Generator<string> {
  const all = Number.POSITIVE_INFINITY;
  const { shown, hidden } = verbose
    ? selectTargets(plan.groups, all, all)
    : selectTargets(plan.groups, SHOWN_PER_GROUP, SHOWN_TARGETS);
  let last = "";
  let lastDifference: string | undefined;
  for (const group of plan.groups) {
    const count = shown.get(group);
    if (count === undefined) continue;
    const heading = [group.shard, group.project, group.job].map((name) => visibleShort(name)).join(" ▸ ");
    if (heading !== last) {
      yield "";
      yield colors.bold(heading);
    }
    // Groups that differ in what stays as it is are one to a reader.
    const difference = differenceLine(group, colors);
    if (difference !== undefined && (heading !== last || difference !== lastDifference)) yield difference;
    [last, lastDifference] = [heading, difference];
    yield* groupLines(group, count, plan, colors);
  }
  if (hidden.size === 0) return;
  yield "";
  const counts = [...hidden].map(([op, count]) => `${SIGNS[op]}${grouped(count)}`);
  yield colors.bold(`not shown: ${counts.join(" ")} (--verbose shows all)`);
}

/** What is different about targets that are still there. */
function differenceLine(group: PlanGroup, colors: Colors): string | undefined {
  if (!isHeaded(group)) return undefined;
  const differences = differencesOf(group);
  const notes = differences.slice(0, SHOWN_DIFFERENCES).map(differenceWords);
  if (differences.length > notes.length) notes.push(`and ${differences.length - notes.length} more`);
  return `  ${painter(colors, group.op)(SIGNS[group.op])} ${notes.join(" · ") || OPERATION_WORDS[group.op]}`;
}

function isHeaded({ op }: PlanGroup): boolean {
  return op !== "add" && op !== "remove";
}

function* groupLines(group: PlanGroup, count: number, plan: PlanDocument, colors: Colors): Generator<string> {
  const sign = isHeaded(group) ? " " : painter(colors, group.op)(SIGNS[group.op]);
  const targets = group.targets.slice(0, count).map((target) => ({ target, text: addressWords(target) }));
  const width = Math.min(60, Math.max(...targets.map(({ text }) => widthOfText(text))));
  for (const { target, text } of targets) {
    const fill = " ".repeat(Math.max(0, width - widthOfText(text)));
    yield `  ${sign} ${text}${fill}  ${colors.dim(placeWords(group, target, plan))}`.trimEnd();
  }
  const rest = group.targets.length - count;
  if (rest > 0) yield `    … and ${grouped(rest)} more`;
}

/** Where nothing else tells what is different: an address, or what is not shown. */
const OPERATION_WORDS: Readonly<Record<OperationName, string>> = {
  add: "added",
  remove: "removed",
  move: "moved",
  change: "changed",
  relabel: "relabelled",
};

function differenceWords({ what, before, after }: Difference): string {
  const name = visibleShort(what);
  if (before === undefined) return `${name}: ${shownValue(after)} (new)`;
  return after === undefined
    ? `${name}: ${shownValue(before)} (gone)`
    : `${name}: ${shownValue(before)} → ${shownValue(after)}`;
}

function shownValue(value: string | undefined): string {
  return value === undefined || value === "" ? `""` : visibleShort(value);
}

function addressWords({ address, was }: PlanGroupTarget): string {
  return was === undefined ? visibleShort(address) : `${visibleShort(was)} → ${visibleShort(address)}`;
}

/** Where it is written, and of what goes, in which revision. */
function placeWords({ op }: PlanGroup, { before, after }: PlanGroupTarget, { base }: PlanDocument): string {
  if (op !== "remove") return after === undefined ? "" : spotWords(after);
  if (before === undefined) return "";
  return base.commit === undefined ? spotWords(before) : `${spotWords(before)} at ${visible(shortCommit(base.commit))}`;
}

function spotWords({ file, line }: Spot): string {
  return line === undefined ? visible(file) : `${visible(file)}:${line}`;
}

function painter(colors: Colors, op: OperationName): (text: string) => string {
  switch (op) {
    case "add":
      return colors.green;
    case "remove":
      return colors.red;
    case "move":
      return colors.cyan;
    case "change":
    case "relabel":
      return colors.yellow;
  }
}
