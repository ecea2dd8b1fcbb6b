/**
 * Values with a colon in them, and lines below a key that has a value already.
 */
import { excerpt, quoteIt } from "./excerpt.ts";
import { explainLine, itemWithoutKey, unclear } from "./explain-line.ts";
import type { Line } from "./line.ts";
import { contentLine, lineAt, openColumns } from "./line.ts";
import type { Mistake, Range } from "./mistake.ts";

/** From an offset to the end of its line, a comment not counted. */
export function restOfLine(source: string, start: number): Range {
  const { first, content } = lineAt(source, start);
  return [start, Math.max(start + 1, first + content.length)];
}

/** `a: b: c` on one line; or a key below a value, indented as if it belonged to it. */
export function explainSecondColon(source: string, start: number): Mistake {
  const range = restOfLine(source, start);
  const text = source.slice(...range);
  if (!/:(?:\s|$)/.test(text)) return explainBelowValue(source, start);
  const bracket = explainBracket(source, start);
  if (bracket !== undefined) return bracket;
  return {
    message: `${excerpt(text)} contains \`: \`, which makes it a second key on this line to YAML`,
    range,
    help: `start a new line for the second key; if the colon belongs to the value, ${quoteIt(text)}`,
  };
}

/** `labels { a: b, c: d }`, `labels:{ a: b }`, and `- host: a, labels: { b: c } }`. */
function explainBracket(source: string, start: number): Mistake | undefined {
  const { first, content } = lineAt(source, start);
  const text = content.replace(/^(?:- +)+/, "");
  const from = first + content.length - text.length;
  const range: Range = [from, from + text.length];
  const [, name, colon, value] = /^([A-Za-z_][\w-]*)(:?) *([[{].*[\]}])$/.exec(text) ?? [];
  if (name !== undefined && value !== undefined) {
    const right = `${name}: ${value}`;
    return {
      message: `a ${colon === ":" ? "space is missing after the colon" : "colon is missing"} behind \`${name}\` in ${excerpt(text)}`,
      range,
      help: `write ${excerpt(right)}`,
      edits: [{ range, text: right }],
    };
  }
  const count = (bracket: string): number => text.split(bracket).length - 1;
  if (!text.endsWith("}") || count("}") !== count("{") + 1) return undefined;
  return {
    message: `the last \`}\` of ${excerpt(text)} closes nothing`,
    range,
    help: `write \`{ \` before ${excerpt(text.slice(0, text.search(/[\s:]/)))}, or remove the \`}\``,
    edits: [{ range: [from, from], text: "{ " }],
  };
}

function explainBelowValue(source: string, start: number): Mistake {
  const line = lineAt(source, start);
  const next = contentLine(source, Math.min(line.end + 2, source.length));
  const key = /^[^\s].*?(?=:(?:\s|$))/.exec(line.content.replace(/^(?:- +)+/, ""))?.[0];
  if (key === undefined || next.content === "") return unclear(source, start);
  if (/^-\S/.test(line.content)) return explainLine(source, start);
  const column = next.first - next.start + 1;
  if (/^-(?:\s|$)/.test(next.content)) return itemWithoutKey(next, line);
  const isWord = /^["'\w]/.test(line.content);
  if (isWord && line.first - line.start < next.first - next.start && openColumns(source, line, "key").includes(column))
    return outdented(line, column);
  return {
    message: `${excerpt(next.content)} is indented as if it belonged to ${excerpt(key)}, which has the value ${excerpt(source.slice(...restOfLine(source, start)))} already`,
    range: [next.first, next.first + next.content.length],
    help: `start it in the same column as \`${key}\`; if it belongs below that key, move the value to where it belongs`,
    hidesBlock: true,
  };
}

/** A line that stands further left than those around it, which fit to each other. */
function outdented({ start, first, content }: Line, column: number): Mistake {
  return {
    message: `${excerpt(content)} starts in column ${first - start + 1}, but the keys above and below it in column ${column}`,
    range: [first, first + content.length],
    help: "start it in the same column as the keys that it belongs to",
    edits: [{ range: [start, first], text: " ".repeat(column - 1) }],
  };
}
