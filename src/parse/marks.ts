/**
 * What only the lexer sees: tags, comments. A tag is refused wherever it stands; a comment may hold a suppression.
 */
import type { YamlDiagnostic } from "./build.ts";
import { IGNORE_MARK } from "./fast.ts";
import { yaml } from "./packages.ts";

/** The lexer's marks before a scalar and before a document: control characters that no source text starts a token with. */
const SCALAR_MARK = "\u001f";
const CONTROL_TOKENS = new Set(["\u0002", "\u0018", SCALAR_MARK]);

/** Brackets or columns of indentation, far above what MAX_DEPTH lets through and far below what the stack holds. */
const MAX_RAW_DEPTH = 400;

/** Block nesting needs at least a column a level. */
const DEEP_INDENT = new RegExp(`^[ ?:-]{${MAX_RAW_DEPTH}}`, "m");

interface Token {
  readonly text: string;
  readonly start: number;
}

/**
 * True where the nesting could exhaust the stack: the reference parser is recursive, and V8 does not always throw then
 * but may end the process.
 */
export function isNestedTooDeep(source: string): boolean {
  if (DEEP_INDENT.test(source)) return true;
  let depth = 0;
  for (const { text } of tokens(source)) {
    if (text === "[" || text === "{") {
      if (++depth > MAX_RAW_DEPTH) return true;
    } else if ((text === "]" || text === "}") && depth > 0) depth--;
  }
  return false;
}

/** Findings of yaml/custom-tag: every `!tag`, with its place. */
export function scanMarks(file: string, source: string): YamlDiagnostic[] {
  if (!source.includes("!")) return [];
  const found: YamlDiagnostic[] = [];
  for (const token of tokens(source)) {
    if (!token.text.startsWith("!")) continue;
    found.push({
      code: "yaml/custom-tag",
      severity: "error",
      message: `tags such as \`${token.text}\` are not understood here, and Prometheus drops them without a word`,
      where: { file, path: [], range: [token.start, token.start + token.text.length] },
      help: token.text.startsWith("!include") ? "every file below the inventory is read anyway; share hosts through a farm document" : "remove the tag; quote the value if it is text",
    });
  }
  return found;
}

/** A comment `# promgen-ignore <rule> [until=YYYY-MM-DD] -- <reason>`. */
export interface Suppression {
  /** Line of the comment, from 1. */
  readonly line: number;
  readonly range: readonly [number, number];
  readonly rules: readonly string[];
  /** `YYYY-MM-DD`, the last day on which it holds. */
  readonly until?: string;
  readonly reason?: string;
}

/** The suppression comments of a text, in order. */
export function readSuppressions(source: string): Suppression[] {
  if (!source.includes(IGNORE_MARK)) return [];
  const found: Suppression[] = [];
  let line = 1;
  let counted = 0;
  for (const token of tokens(source)) {
    const mark = token.text.startsWith("#") ? /^#+\s*promgen-ignore(?![-\w])(.*)$/s.exec(token.text) : null;
    if (mark === null) continue;
    for (; counted < token.start; counted++) if (source.charCodeAt(counted) === 10) line++;
    found.push({ line, range: [token.start, token.start + token.text.trimEnd().length], ...readOrder(mark[1] ?? "") });
  }
  return found;
}

function readOrder(text: string): Pick<Suppression, "rules" | "until" | "reason"> {
  const [order = "", ...reasons] = text.split(/\s--(?:\s|$)/);
  const words = order.split(/[\s,]+/).filter((word) => word !== "");
  const until = words.find((word) => word.startsWith("until="))?.slice("until=".length);
  const reason = reasons.join(" -- ").trim();
  return {
    rules: words.filter((word) => !word.startsWith("until=")),
    ...(until === undefined ? {} : { until }),
    ...(reason === "" ? {} : { reason }),
  };
}

/** The lexer's tokens with their offsets, without the text of scalars. */
function* tokens(source: string): Generator<Token> {
  let start = 0;
  let isScalarNext = false;
  for (const text of new (yaml().Lexer)().lex(source)) {
    if (CONTROL_TOKENS.has(text) && source[start] !== text) {
      isScalarNext = text === SCALAR_MARK;
      continue;
    }
    if (!isScalarNext) yield { text, start };
    isScalarNext = false;
    start += text.length;
  }
}
