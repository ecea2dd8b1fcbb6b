/**
 * Brackets and quotes that do not come in pairs, and brackets that nest too deep.
 */
import { excerpt } from "./excerpt.ts";
import { isKey, tabIndent } from "./explain-line.ts";
import { lineAt } from "./line.ts";
import type { Mistake, Range } from "./mistake.ts";
import { tokens } from "./tokens.ts";

/** Brackets or columns of indentation, far above what MAX_DEPTH lets through and far below what the stack holds. */
const MAX_RAW_DEPTH = 400;

/** Block nesting needs at least a column a level. */
const DEEP_INDENT = new RegExp(`^[ ?:-]{${MAX_RAW_DEPTH}}`, "m");

/**
 * Offset where the nesting could exhaust the stack: the reference parser is recursive, and V8 does not always throw then
 * but may end the process. `undefined` where it cannot.
 */
export function firstTooDeep(source: string): number | undefined {
  const indented = DEEP_INDENT.exec(source);
  if (indented !== null) return indented.index;
  if (count(source, "[") + count(source, "{") <= MAX_RAW_DEPTH) return undefined;
  const open: number[] = [];
  for (const { kind, text, start } of tokens(source)) {
    if (kind === "scalar") continue;
    if (text === "[" || text === "{") {
      if (open.push(start) > MAX_RAW_DEPTH) return open[0];
    } else if (text === "]" || text === "}") open.pop();
  }
  return undefined;
}

function count(source: string, bracket: string): number {
  let found = 0;
  for (let at = source.indexOf(bracket); at >= 0; at = source.indexOf(bracket, at + 1)) found++;
  return found;
}

const CLOSING: Readonly<Record<string, string>> = { "[": "]", "{": "}" };

interface Opening {
  readonly text: string;
  readonly start: number;
}

/**
 * The first bracket or quote of a document that lacks its other half.
 *
 * @param from where the document starts
 * @param to where to stop looking
 */
export function findUnpaired(source: string, from: number, to: number): Mistake | undefined {
  const open: Opening[] = [];
  for (const { kind, text, start: offset } of tokens(source.slice(from))) {
    const start = from + offset;
    const last = open.at(-1);
    if (start > to) break;
    if (kind === "flowEnd") {
      if (last !== undefined) return endOfFlow(source, last, start);
    } else if (kind === "scalar") {
      continue;
    } else if (text === "[" || text === "{") {
      open.push({ text, start });
    } else if (text === "]" || text === "}") {
      if (last === undefined) return closesNothing(text, start);
      if (CLOSING[last.text] !== text) return closesOther(last, text, start);
      open.pop();
    } else if ((text.startsWith('"') || text.startsWith("'")) && isUnclosed(text)) {
      return unclosedQuote(source, text.charAt(0), start);
    }
  }
  const last = open.at(-1);
  return last === undefined ? undefined : unclosed(source, last);
}

function isUnclosed(text: string): boolean {
  const quote = text.charAt(0);
  if (text.length === 1 || !text.endsWith(quote)) return true;
  // The last quote is part of the text where it is doubled, or a backslash stands before it.
  const before = quote === "'" ? "'" : "\\";
  let count = 0;
  while (text.length - 2 - count > 0 && text[text.length - 2 - count] === before) count++;
  return count % 2 === 1;
}

function unclosedQuote(source: string, quote: string, start: number): Mistake {
  return {
    message: `this ${quote === "'" ? "single" : "double"} quote is never closed`,
    range: toLineEnd(source, start),
    help: `add the closing ${quote} where the text ends`,
  };
}

function unclosed(source: string, { text, start }: Opening): Mistake {
  const other = CLOSING[text] ?? "]";
  const range = toLineEnd(source, start);
  const comment = /\s#.*/.exec(source.slice(...range))?.[0] ?? "";
  const isInComment = comment.endsWith(other) && count(comment, other) > count(comment, text);
  return {
    message: `this \`${text}\` is never closed`,
    range,
    help: isInComment ? `put the \`${other}\` before the comment, which begins at the \`#\`` : `add the \`${other}\``,
  };
}

function toLineEnd(source: string, start: number): Range {
  const { end } = lineAt(source, start);
  return [start, start + Math.max(1, source.slice(start, end).trimEnd().length)];
}

function endOfFlow(source: string, last: Opening, at: number): Mistake {
  const line = lineAt(source, at);
  const tab = tabIndent(source, line);
  if (tab !== undefined) return tab;
  const next = source.charAt(at);
  if (next !== CLOSING[last.text]) {
    const isNext = isKey(line.content) || /^(?:-|---|\.\.\.)(?:\s|$)/.test(line.content) || line.content === "";
    return isNext ? unclosed(source, last) : shallow(line.first, line.content, last);
  }
  return {
    message: `the closing \`${next}\` stands left of the key that its \`${last.text}\` belongs to`,
    range: [at, at + 1],
    help: "indent it as deep as that key, or deeper",
    related: [{ range: [last.start, last.start + 1], note: "opened here" }],
  };
}

function shallow(start: number, content: string, last: Opening): Mistake {
  return {
    message: `${excerpt(content)} is inside of brackets, but not indented deeper than the key before them`,
    range: [start, start + content.length],
    help: `indent the lines between \`${last.text}\` and \`${CLOSING[last.text] ?? "]"}\``,
    related: [{ range: [last.start, last.start + 1], note: "opened here" }],
  };
}

function closesNothing(text: string, start: number): Mistake {
  const opening = text === "]" ? "[" : "{";
  return {
    message: `this \`${text}\` closes nothing`,
    range: [start, start + 1],
    help: `remove it, or add the \`${opening}\` that it belongs to`,
  };
}

function closesOther(last: Opening, text: string, start: number): Mistake {
  return {
    message: `\`${last.text}\` is closed by \`${text}\``,
    range: [start, start + 1],
    help: `write \`${CLOSING[last.text] ?? "]"}\` here, or close the \`${last.text}\` before`,
    related: [{ range: [last.start, last.start + 1], note: "opened here" }],
  };
}
