/**
 * Lines that are neither a key nor an item, and lines that start in the wrong column.
 */
import { excerpt } from "./excerpt.ts";
import { isListKey, signInWords } from "./foreign-marks.ts";
import type { Line, Starts } from "./line.ts";
import { contentLine, keyOfList, lineAbove, lineAt, lostList, openColumns } from "./line.ts";
import type { Mistake, Range } from "./mistake.ts";
import { ITEM_KEY_OF, ITEM_KEYS } from "./repeated-key.ts";

/** A dash without the space that makes an item of it. */
const NO_SPACE = /^-[^\s-]/;

/** A tab in the white space that a line begins with. */
export function tabIndent(source: string, line: Line): Mistake | undefined {
  const tab = source.slice(line.start, line.first).indexOf("\t");
  return tab < 0 ? undefined : tabMistake(source, line.start + tab);
}

export function tabMistake(source: string, at: number): Mistake {
  const line = lineAt(source, at);
  return {
    code: "yaml/tab-indent",
    message: `${line.content === "" ? "this line" : excerpt(line.content)} is indented with a tab (column ${at - line.start + 1}), which YAML does not allow`,
    range: [at, at + 1],
    help: "use spaces; most editors can write them when the Tab key is pressed",
    hidesRest: true,
  };
}

/** What is said of a line about which nothing better is known. */
export function unclear(source: string, offset: number): Mistake {
  const line = lineAt(source, offset);
  const { first, content } = line.content === "" ? (lineAbove(source, line) ?? line) : line;
  return {
    message: content === "" ? "YAML cannot read what stands here" : `YAML cannot read ${excerpt(content)}`,
    range: [first, first + content.length],
    help: "compare the line with its neighbours; putting the value in quotes helps most often",
  };
}

/** A line that is no `key: value`, though one has to stand there. */
export function explainLine(source: string, offset: number): Mistake {
  const line = contentLine(source, offset);
  const { content } = line;
  const text = content.replace(/^(?:- +)+/, "");
  const start = line.first + content.length - text.length;
  const range: Range = [start, start + text.length];
  const above = lineAbove(source, line);

  if (text === "") return unclear(source, offset);
  const tab = tabIndent(source, line);
  if (tab !== undefined) return tab;
  if (NO_SPACE.test(text)) {
    return {
      message: `a space is missing after the dash in ${excerpt(text)}`,
      range,
      help: `write \`- ${text.slice(1)}\``,
      edits: [{ range: [start, start + 1], text: "- " }],
    };
  }
  const marker = /^(---|\.\.\.)\s/.exec(content)?.[1];
  if (marker !== undefined) {
    return { message: `something follows \`${marker}\` on its line`, range, help: "start it in the next line" };
  }
  if (/^-(?:\s|$)/.test(content)) return misplacedItem(source, line, above);
  const list = lostList(source, line);
  if (list !== undefined && HOST_AND_PORT.test(text)) return missingDash(line, list.column);
  const noSpace = /^([\w.-]+):(?=[^\s/])(.*)/.exec(text);
  if (noSpace !== null && !text.includes(": ")) {
    const [, key = "", value = ""] = noSpace;
    return {
      message: `a space is missing after the colon in ${excerpt(text)}`,
      range,
      help: `write \`${key}: ${value}\``,
      edits: [{ range, text: `${key}: ${value}` }],
    };
  }
  const other = /^([\w.-]*\w)\s*(=>|:=|==?|->)\s*(.*)/.exec(text);
  if (other !== null) {
    const [, key = "", sign = "", value = ""] = other;
    return {
      message: `${excerpt(text)} has ${signInWords(sign)} where YAML has a colon`,
      range,
      help: `write \`${key}:${value === "" ? "" : ` ${value}`}\``,
      edits: [{ range, text: `${key}: ${value}` }],
    };
  }
  if (isKey(text)) return wrongColumn(source, line, range);
  if (isProse(text)) return missingHash(line, range);
  if (isKeyOfBlock(source, line, text)) {
    return {
      message: `a colon is missing behind ${excerpt(text)}`,
      range,
      help: `write \`${text}:\``,
      edits: [{ range: [range[1], range[1]], text: ":" }],
    };
  }
  if (list !== undefined || text.startsWith("{")) return missingDash(line, list?.column);
  return {
    message: `a colon is missing in ${excerpt(text)}`,
    range,
    help: "write `key: value`; if the line continues the text above, indent it deeper than the key of that text",
  };
}

/** A key with a number behind it is `port` or, of a shard's limits, `targets`. */
const HOST_AND_PORT = /^(?!(?:port|targets):)[\w.-]+:\d+$/;

/** A word that what stands below was meant to belong to: no item of a list has anything below but with a key of its own. */
function isKeyOfBlock(source: string, line: Line, text: string): boolean {
  if (!/^[\w.-]+$/.test(text)) return false;
  const next = contentLine(source, Math.min(line.end + 2, source.length));
  const indent = line.first - line.start + line.content.length - text.length;
  const deeper = next.first - next.start - indent;
  const isList = /^-(?:\s|$)/.test(next.content);
  if (deeper > 0) return isList || isKey(next.content);
  // In the column of its key, a list may be one that goes on: a key is told by its name, or by what stands above.
  if (deeper < 0 || !isList) return false;
  const isInList = openColumns(source, line, "dash").includes(indent + 1);
  return isListKey(text) || (!isInList && lineAbove(source, line)?.content.endsWith(":") !== true);
}

/** Several words, before a colon or without any: neither keys nor items of an inventory have as many. */
function isProse(text: string): boolean {
  return /^[\p{L}\d][^\s:]*(?: +[^\s:]+){2}/u.test(text) && !/[[\]{}"'|=]/.test(text);
}

function missingHash({ first }: Line, range: Range): Mistake {
  return {
    message: "these words are neither a key nor an item of a list",
    range,
    help: "write `# ` before them where they are a note to people; where they go on with the text above, indent them deeper than its key, and put all of it in quotes if it has a colon",
    edits: [{ range: [first, first], text: "# " }],
  };
}

/** @param column of the dashes; unknown where the line is in no list, but can only be an item */
function missingDash({ start, first, content }: Line, column?: number): Mistake {
  const isElsewhere = column !== undefined && column !== first - start + 1;
  return {
    message: `a dash is missing before ${excerpt(content)}`,
    range: [first, first + content.length],
    help: `write \`- ${content}\`${isElsewhere ? ` in column ${column}` : ""}, like the other items`,
    edits: [{ range: [isElsewhere ? start : first, first], text: `${isElsewhere ? " ".repeat(column - 1) : ""}- ` }],
    ...(isElsewhere ? { hidesRest: true } : {}),
  };
}

/** A key below `- text`, which has no keys: it begins an item, or the text was meant as the value of one. */
export function explainKeyInText(source: string, offset: number): Mistake | undefined {
  const line = contentLine(source, offset);
  const text = line.content.replace(/^(?:- +)+/, "");
  const next = contentLine(source, Math.min(line.end + 2, source.length));
  const column = line.first - line.start + 1;
  if (text === line.content || isKey(text) || !isKey(next.content) || next.first - next.start < column)
    return undefined;
  if (beginsItem(next)) return missingDash(next, column);
  const [, own, rest] = ITEM_WITHOUT_COLON.exec(text) ?? [];
  if (own !== undefined && rest !== undefined) {
    const start = line.first + line.content.length - text.length;
    return {
      message: `${text.startsWith(`${own}:`) ? "a space is missing after the colon" : "a colon is missing"} in ${excerpt(text)}`,
      range: [start, start + text.length],
      help: `write \`${own}: ${rest}\``,
      edits: [{ range: [start, start + text.length], text: `${own}: ${rest}` }],
    };
  }
  const key = ITEM_KEY_OF.get(keyOfList(source, line) ?? "");
  return {
    message: `${excerpt(next.content)} stands in the item ${excerpt(line.content)}, which is text and has no keys`,
    range: [next.first, next.first + next.content.length],
    help: `give that text a key${key === undefined ? "" : `, such as \`- ${key}: ${text}\``}; if an item begins here, write a dash before it`,
    hidesRest: true,
  };
}

/** `job a`, `module:a`. */
const ITEM_WITHOUT_COLON = new RegExp(`^(${[...ITEM_KEYS].join("|")})(?: +|:)(\\S+)$`);

/** True for a line with one of the keys that items begin with. */
function beginsItem({ content }: Line): boolean {
  return ITEM_KEYS.has(content.slice(0, content.indexOf(":")));
}

/**
 * Below a key without a value, the first line of an item whose own dash is missing: further in than the dashes, or `{ … }`
 * and quotes in their column, which are a whole value.
 */
function firstWithoutDash(source: string, dash: Line): Line | undefined {
  const indent = dash.first - dash.start;
  const beside = lineAbove(source, dash);
  if (beside !== undefined && beside.first - beside.start === indent) {
    const isUnderKey = lineAbove(source, beside)?.content.endsWith(":") === true;
    return isUnderKey && /^[{"']/.test(beside.content) ? beside : undefined;
  }
  let first: Line | undefined;
  for (let above = lineAbove(source, dash); above !== undefined; above = lineAbove(source, above)) {
    if (above.first - above.start <= indent)
      return first !== undefined && isKey(first.content) && above.content.endsWith(":") ? first : undefined;
    first = above;
  }
  return undefined;
}

/** A line in the wrong column. */
export function explainIndent(source: string, offset: number): Mistake {
  const line = contentLine(source, offset);
  const { content, first } = line;
  if (isProse(content)) return missingHash(line, [first, first + content.length]);
  const starts: Starts = content.startsWith("- ") || content === "-" ? "dash" : "key";
  return (isKey(content) && !NO_SPACE.test(content)) || starts === "dash"
    ? (tabIndent(source, line) ?? wrongColumn(source, line, [first, first + content.length]))
    : explainLine(source, offset);
}

/** True for a line that starts with a key. */
export function isKey(text: string): boolean {
  return /^(?:"[^"]*"|'[^']*'|[^\s#"'[{].*?)\s*:(?:\s|$)/.test(text);
}

function wrongColumn(source: string, line: Line, range: Range): Mistake {
  const column = range[0] - line.start + 1;
  const text = source.slice(...range);
  const starts: Starts = /^-(?:\s|$)/.test(text) ? "dash" : "key";
  const columns = openColumns(source, line, starts).filter((open) => open !== column);
  const [nearest, further] = columns;
  if (starts === "key" && beginsItem(line) && openColumns(source, line, "dash").includes(column))
    return missingDash(line);
  const first = starts === "dash" ? firstWithoutDash(source, line) : undefined;
  if (first !== undefined && (nearest === undefined || first.first - first.start === column - 1))
    return missingDash(first, column);
  if (nearest === undefined) {
    return {
      message: `${excerpt(text)} is ${starts === "dash" ? "an item of a list" : "a key"}, and what stands above it is none`,
      range,
      help: "a list and a map cannot stand in one place: write `key:` above the list, and indent the list",
      hidesRest: true,
    };
  }
  const above = starts === "dash" ? lineAbove(source, line) : undefined;
  if (above !== undefined && column > keyColumn(above) && hasValue(above)) return itemWithoutKey(line, above, nearest);
  const others = starts === "dash" ? "items" : "keys";
  return {
    message: `${excerpt(text)} starts in column ${column}, but the ${others} above it in column ${nearest}${further === undefined ? "" : ` or ${further}`}`,
    range,
    help: `start it in the same column as the ${others} that it belongs to`,
    hidesRest: true,
  };
}

function misplacedItem(source: string, line: Line, above: Line | undefined): Mistake {
  const range: Range = [line.first, line.first + line.content.length];
  if (above !== undefined && hasValue(above)) return itemWithoutKey(line, above);
  return wrongColumn(source, line, range);
}

/** `key: value`, also behind a dash. */
function hasValue({ content }: Line): boolean {
  const text = content.replace(/^(?:- +)+/, "");
  return isKey(text) && !text.endsWith(":");
}

/** Of the first key in a line, from 1. */
function keyColumn({ start, first, content }: Line): number {
  return first - start + (/^(?:- +)*/.exec(content)?.[0].length ?? 0) + 1;
}

/**
 * A list below a value: the line with its key was lost, or it is an item that is indented too far.
 *
 * @param column of the items above, where there are any
 */
export function itemWithoutKey(line: Line, above: Line, column?: number): Mistake {
  const other = column === undefined ? "" : `; if it belongs to the items above, start it in column ${column}`;
  return {
    message: `the list item ${excerpt(line.content)} stands where a key is expected, since ${excerpt(above.content)} has a value already`,
    range: [line.first, line.first + line.content.length],
    help: `write \`key:\` on a line before the list${other}`,
    hidesRest: true,
  };
}
