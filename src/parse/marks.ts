/**
 * Tags and comments: a tag is refused wherever it stands; a comment may hold a suppression.
 */
import type { YamlDiagnostic } from "./build.ts";
import { excerpt } from "./excerpt.ts";
import { IGNORE_MARK } from "./fast.ts";
import { tokens } from "./tokens.ts";

/** Findings of yaml/custom-tag: every `!tag`, with its place. */
export function scanTags(file: string, source: string): YamlDiagnostic[] {
  if (!source.includes("!")) return [];
  const found: YamlDiagnostic[] = [];
  for (const { kind, text, start } of tokens(source)) {
    if (kind !== "other" || !text.startsWith("!")) continue;
    found.push({
      code: "yaml/custom-tag",
      severity: "error",
      message: `${excerpt(text)} is a tag, an instruction to one YAML tool, and has no meaning here`,
      where: { file, path: [], range: [start, start + text.length] },
      help: helpAgainst(text),
    });
  }
  return found;
}

function helpAgainst(tag: string): string {
  if (/^!include/i.test(tag))
    return "remove it: every file of the inventory is read anyway, and a farm document shares hosts";
  if (/^!(?:vault|secret|env)/i.test(tag))
    return "remove it: an inventory holds no secrets, and nothing here fills in variables";
  if (tag === "!!str") return "remove it, and put the value in quotes";
  return "remove it; if the `!` belongs to the text, put the text in quotes";
}

/** A comment `# promgen-ignore <rule> [until=YYYY-MM-DD] -- <reason>`. */
export interface Suppression {
  /** Line of the comment, from 1. */
  readonly line: number;
  readonly range: readonly [number, number];
  /** Nothing but white space stands before it on its line. */
  readonly isAlone: boolean;
  readonly rules: readonly string[];
  /** `YYYY-MM-DD`, the last day on which it holds; several of them with a space between, which is none. */
  readonly until?: string;
  readonly reason?: string;
}

/** The suppression comments of a text, in order. */
export function readSuppressions(source: string): Suppression[] {
  if (!source.includes(IGNORE_MARK)) return [];
  const found: Suppression[] = [];
  let line = 1;
  let counted = 0;
  for (const { kind, text, start } of tokens(source)) {
    const order = kind === "other" ? /^#+[ \t]*promgen-ignore(?![-\w])(.*)$/s.exec(text)?.[1] : undefined;
    if (order === undefined) continue;
    for (; counted < start; counted++) if (source.charCodeAt(counted) === 10) line++;
    const isAlone = source.slice(source.lastIndexOf("\n", start - 1) + 1, start).trim() === "";
    found.push({ line, range: [start, start + text.trimEnd().length], isAlone, ...readOrder(order) });
  }
  return found;
}

function readOrder(text: string): Pick<Suppression, "rules" | "until" | "reason"> {
  const [order = "", ...reasons] = text.split(/\s--(?:\s|$)/);
  const words = order.split(/[\s,]+/).filter((word) => word !== "");
  const reason = reasons.join(" -- ").trim();
  // Behind the reason it is meant as well: passed over, the comment would hold for ever.
  const until = [...words, ...reason.split(/\s+/)].flatMap((word) => /^until=(.*)$/s.exec(word)?.[1] ?? []);
  return {
    rules: words.filter((word) => !word.startsWith("until=")),
    ...(until.length === 0 ? {} : { until: until.join(" ") }),
    ...(reason === "" ? {} : { reason }),
  };
}
