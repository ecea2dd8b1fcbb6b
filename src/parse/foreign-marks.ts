/**
 * Marks of other notations in place of YAML's own: bullets and dashes that are no hyphen, comments of programs, fences of
 * Markdown, lists in parentheses.
 */
import { KINDS } from "../model/kind.ts";
import { excerpt } from "./excerpt.ts";
import type { Line } from "./line.ts";
import { contentLine, lineAbove, lineAt, lostList } from "./line.ts";
import type { Mistake, Range } from "./mistake.ts";
import { tokens } from "./tokens.ts";

/** What word processors and Markdown write before an item; `*` and `+` are text without a space behind them. */
const BULLET = /^(?:[\u2010-\u2015\u2022\u2023\u2043\u2212\u25aa\u25cf\u25e6\u00b7\u30fb]\s*|(?:[*+]|--+)\s+)(?=\S)/;

/** What people write for `---`; one dash alone may be that, or an item without anything. */
const SEPARATOR = /^(?:[-\u2010-\u2015]{2,}|[=_~*+]{2,})$/;
const ONE_DASH = /^[-\u2010-\u2015]$/;

/** A line that a diff adds: no line of an inventory begins with a plus. */
const ADDED = /^\+(?:[\w"'#]| {2,}\S).*$/m;

/** What begins a comment elsewhere: in C, SQL, INI files, HTML. */
const COMMENT = /^(?:\/\/+(?![\w.-]+\/)|(?:\/\*+|;+|<!--+)(?=[\s-]))\s*/;

/** What begins one behind it as well as an item, which is told from what follows. */
const DASHES = /^(?:[\u2010-\u2015\u2212]|--+)\s+/;

/** One word, or a key, or what a quote or bracket begins: what an item of an inventory is. */
const ITEM = /^(?:["'[{]|[^\s:]+:(?:\s|$)|\S+$)/;

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
    separatorMistake(source, line, range) ??
    withRest(source, line, commentMistake(line.content, range)) ??
    (mayBeItem(source, line) ? withAlike(source, line, bulletMistake(line.content, range)) : undefined)
  );
}

/** Below a key without a value, or among items. */
function mayBeItem(source: string, line: Line): boolean {
  return lineAbove(source, line)?.content.endsWith(":") === true || lostList(source, line) !== undefined;
}

function separatorMistake(source: string, line: Line, range: Range): Mistake | undefined {
  const { content, start, first } = line;
  const isRight = content === "---";
  const isMeant = SEPARATOR.test(content) || (ONE_DASH.test(content) && isBeforeDocument(source, line));
  if (!isMeant || (isRight && first === start)) return undefined;
  return {
    message: isRight
      ? "`---` begins a document in the first column alone"
      : `${excerpt(content)} begins no document in YAML`,
    range,
    help: isRight ? "start it in column 1" : "write `---`, in column 1",
    edits: [{ range: [start, range[1]], text: "---" }],
  };
}

/** A line of `---` that is a part of a text, since it is not in the first column. */
const MARK_IN_TEXT = /\n[ \t]+---(?=[ \t]*(?:\r?\n|$))/;

/** `---farm: a`, the whole of which is a key to YAML. */
const MARK_IN_KEY = new RegExp(`^-{2,}(?=(?:${KINDS.join("|")})[ \\t]*:)`, "gm");

/** True for a plain text that goes on over such a line. */
export function hasMark(text: string): boolean {
  return MARK_IN_TEXT.test(text);
}

/** Documents that YAML sees no beginning of: in a plain text, which would be in quotes or below a `|`, or in a key. */
export function findLostMarks(source: string): Mistake[] {
  return [...marksInTexts(source), ...marksInKeys(source)];
}

function marksInTexts(source: string): Mistake[] {
  if (!hasMark(source)) return [];
  return [...tokens(source)].flatMap(({ kind, text, start }) => {
    const index = kind === "scalar" && /^\S/.test(text) ? text.search(MARK_IN_TEXT) : -1;
    return index < 0 ? [] : (findForeignMark(source, lineAt(source, start + index + 1)) ?? []);
  });
}

function marksInKeys(source: string): Mistake[] {
  return [...source.matchAll(MARK_IN_KEY)].map(({ 0: mark, index }) => {
    const { content } = lineAt(source, index);
    return {
      message: `${excerpt(content)} begins no document: \`---\` is a line of its own`,
      range: [index, index + content.length],
      help: `write \`---\`, and ${excerpt(content.slice(mark.length))} in the next line`,
      edits: [{ range: [index, index + mark.length], text: "---\n" }],
    };
  });
}

/** In the first column, and what follows is the first key of a document. */
function isBeforeDocument(source: string, { start, first, end }: Line): boolean {
  const next = contentLine(source, Math.min(end + 2, source.length));
  return start === first && next.start === next.first && KINDS.some((kind) => next.content.startsWith(`${kind}:`));
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
    edits: [{ range: [range[0], range[0] + bullet.length], text: "- " }],
  };
}

/** The same for all items like it: the lines below in its column that begin with the same mark. */
function withAlike(source: string, line: Line, mistake: Mistake | undefined): Mistake | undefined {
  const [edit] = mistake?.edits ?? [];
  if (mistake === undefined || edit === undefined) return mistake;
  const mark = source.slice(...edit.range);
  const edits = [edit];
  for (let start = line.end; start < source.length;) {
    const below = lineAt(source, source.indexOf("\n", start) + 1 || source.length);
    start = below.end;
    const isAlike = below.first - below.start === line.first - line.start && below.content.startsWith(mark);
    if (isAlike && ITEM.test(below.content.slice(mark.length)))
      edits.push({ range: [below.first, below.first + mark.length], text: edit.text });
  }
  return { ...mistake, edits };
}

/** How comments end that begin with a mark and may have several lines. */
const ENDS: readonly (readonly [begin: string, end: string])[] = [
  ["/*", "*/"],
  ["<!--", "-->"],
];

/** The same for all lines of a comment that goes on. */
function withRest(source: string, line: Line, mistake: Mistake | undefined): Mistake | undefined {
  const close = ENDS.find(([begin]) => line.content.startsWith(begin))?.[1];
  if (mistake === undefined || close === undefined || line.content.includes(close)) return mistake;
  const end = source.indexOf(close, line.end);
  if (end < 0) return mistake;
  const edits = [...(mistake.edits ?? [])];
  for (let { start } = lineAt(source, Math.min(line.end + 2, end)); start < end; start = lineAt(source, start).end + 1)
    edits.push({ range: [start, start], text: "# " });
  return { ...mistake, help: `${mistake.help}, and \`# \` before each line up to \`${close}\``, edits };
}

/** `// text`, also as the key of `// owner: a`; `– some words`, which no item of an inventory is. */
export function commentMistake(text: string, range: Range): Mistake | undefined {
  const dashes = DASHES.exec(text)?.[0];
  const mark = COMMENT.exec(text)?.[0] ?? (ITEM.test(text.slice(dashes?.length)) ? undefined : dashes);
  if (mark === undefined) return undefined;
  return {
    message: `\`${mark.trimEnd()}\` begins no comment in YAML`,
    range,
    help: `write \`# ${text.slice(mark.length).replace(/\s*(?:\*+\/|--+>)$/, "")}\``,
    edits: [{ range: [range[0], range[0] + mark.length], text: "# " }],
  };
}

/** True where the plain text of a key was meant as a list, or as a comment below the key. */
export function isMeantAsList(key: string, text: string): boolean {
  // This is asked for every text: most begin with a letter or digit, and none of the marks stands among those.
  if (beginsLikeWord(text)) return false;
  return LISTS.has(key) && (/^\(.*\)$/s.test(text) || BULLET.test(text) || COMMENT.test(text));
}

/** What people write for a colon, inside a sentence. */
export function signInWords(sign: string): string {
  return sign.trim() === "=" ? "an equals sign" : `\`${sign.trim()}\``;
}

/** True for a letter or digit of ASCII, and for what is behind those in it. */
export function beginsLikeWord(text: string): boolean {
  const first = text.charCodeAt(0);
  return first >= 65 ? first < 128 : first >= 48 && first < 58;
}

/** True for a key that a list is below. */
export function isListKey(key: string): boolean {
  return LISTS.has(key);
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
