/**
 * Marks of other notations in place of YAML's own: bullets and dashes that are no hyphen, comments of programs, fences of
 * Markdown, lists in parentheses.
 */
import { excerpt } from "./excerpt.ts";
import type { Line } from "./line.ts";
import { lineAbove, lineAt, lostList } from "./line.ts";
import type { Mistake, Range } from "./mistake.ts";

/** What word processors and Markdown write before an item; `*` and `+` are text without a space behind them. */
const BULLET = /^(?:[\u2010-\u2015\u2022\u2023\u2043\u2212\u25aa\u25cf\u25e6\u00b7\u30fb]\s*|(?:[*+]|--+)\s+)(?=\S)/;

/** What people write for `---`. */
const SEPARATOR = /^(?:-{2,}|[=_~*\u2013-\u2015]{2,})$/;

/** A line that a diff adds: no line of an inventory begins with a plus. */
const ADDED = /^\+(?:[\w"'#]| {2,}\S).*$/m;

const COMMENT = /^(?:\/\/+|\/\*+)(?=[\s-])\s*/;

const FENCE = /^(```|~~~)[\w-]*[ \t]*$/m;

/** Keys whose value is a list. */
const LISTS: ReadonlySet<string> = new Set(["shard", "projects", "hosts", "exporters", "probes", "targets", "servers"]);

/** The first fence of Markdown, at the start of a line. */
export function findFence(source: string): Mistake | undefined {
  const found = FENCE.exec(source);
  if (found === null) return undefined;
  const [line, fence = ""] = found;
  return {
    message: `${fence === "~~~" ? "`~~~`" : "three backticks"} fence code in Markdown, and mean nothing in YAML`,
    range: [found.index, found.index + line.trimEnd().length],
    help: "remove such lines, and keep what is between them",
    hidesRest: true,
  };
}

/** The first line that a diff adds. */
export function findDiff(source: string): Mistake | undefined {
  const found = ADDED.exec(source);
  if (found === null) return undefined;
  return {
    message: `${excerpt(found[0])} begins with the \`+\` of a diff`,
    range: [found.index, found.index + found[0].trimEnd().length],
    help: "remove the `+` before such lines, and the lines that the diff takes away; or restore the file",
    hidesRest: true,
  };
}

/** A line that begins with a comment of another language, or an item behind a mark that is no hyphen. */
export function findForeignMark(source: string, line: Line): Mistake | undefined {
  const range: Range = [line.first, line.first + line.content.length];
  return (
    separatorMistake(line, range) ??
    commentMistake(line.content, range) ??
    (mayBeItem(source, line) ? bulletMistake(line.content, range) : undefined)
  );
}

/** Below a key without a value, or among items. */
function mayBeItem(source: string, line: Line): boolean {
  return lineAbove(source, line)?.content.endsWith(":") === true || lostList(source, line) !== undefined;
}

function separatorMistake({ content, start, first }: Line, range: Range): Mistake | undefined {
  const isRight = content === "---";
  if (!SEPARATOR.test(content) || (isRight && first === start)) return undefined;
  return {
    message: isRight
      ? "`---` begins a document in the first column alone"
      : `${excerpt(content)} begins no document in YAML`,
    range,
    help: isRight ? "start it in column 1" : "write `---`, in column 1",
  };
}

function bulletMistake(text: string, range: Range): Mistake | undefined {
  const bullet = BULLET.exec(text)?.[0];
  if (bullet === undefined) return undefined;
  const mark = bullet.trimEnd();
  const code = mark.codePointAt(0) ?? 0;
  return {
    message: `\`${mark}\`${code < 0x80 ? "" : ` (U+${code.toString(16).toUpperCase().padStart(4, "0")})`} begins no item of a list: that takes a hyphen and a space`,
    range,
    help: `write \`- ${text.slice(bullet.length)}\`, and a hyphen in all items like it`,
  };
}

/** `// text`, also as the key of `// owner: a`. */
export function commentMistake(text: string, range: Range): Mistake | undefined {
  const mark = COMMENT.exec(text)?.[0];
  if (mark === undefined) return undefined;
  return {
    message: `\`${mark.trimEnd()}\` begins no comment in YAML`,
    range,
    help: `write \`# ${text.slice(mark.length).replace(/\s*\*+\/$/, "")}\``,
  };
}

/** True where the plain text of a key was meant as a list, or as a comment below the key. */
export function isMeantAsList(key: string, text: string): boolean {
  // This is asked for every text: most begin with a letter or digit, and none of the marks stands among those.
  const first = text.charCodeAt(0);
  if (first >= 48 && first < 128) return false;
  return LISTS.has(key) && (/^\(.*\)$/s.test(text) || BULLET.test(text) || COMMENT.test(text));
}

/** What is said of such a text. @param range where it is written */
export function listMistake(source: string, key: string, [start, end]: Range): Mistake {
  const line = lineAt(source, start);
  const text = source.slice(start, Math.min(end, line.first + line.content.length));
  const range: Range = [start, start + text.length];
  return commentMistake(text, range) ?? bulletMistake(text, range) ?? inParentheses(key, text, range, end);
}

function inParentheses(key: string, text: string, range: Range, end: number): Mistake {
  const inner = text.replace(/^\(\s*|\s*\)$/g, "");
  return {
    message: `${excerpt(text)} is text to YAML, whose lists have square brackets`,
    range,
    help:
      /[[\]{}]/.test(inner) || range[1] < end
        ? "write a list, each item on a line of its own behind `- `"
        : `write ${excerpt(`${key}: [${inner}]`)}`,
  };
}
