/**
 * The first path: the plain subset of YAML that nearly all files of an inventory keep to, read without any parser.
 *
 * Block maps and lists, plain and quoted scalars in one line, lists and maps in brackets. It knows only what it takes: a
 * character that is not expected gives the whole file to fast.ts, and so does everything of which a finding would be made.
 * test/parse/plain.test.ts holds it to the reference parser.
 */
import { holdsText, NotSimple } from "./build.ts";
import { IGNORE_MARK } from "./fast.ts";
import { firstInvisible } from "./invisible.ts";
import { asMeant, MAX_DEPTH, OPEN_LIST, OPEN_MAP, readFlowList, readFlowMap } from "./plain-flow.ts";
import type { Scan } from "./plain-tokens.ts";
import {
  endLine,
  HASH,
  isDash,
  isKey,
  NotYaml,
  NEW_LINE,
  PLAIN,
  readKey,
  readScalar,
  readWords,
  SPACE,
  toContent,
} from "./plain-tokens.ts";

/** What is neither a line break nor visible ASCII; and, where there are other letters, what is no letter for sure. */
const NOT_ASCII_TEXT = /[^\n -~]/;
// oxlint-disable-next-line no-control-regex -- these are the characters looked for
const NOT_TEXT = /[\0-\t\v-\x1f\x7f-\x9f\u2028\u2029\ufdd0-\ufdef\ufffe\uffff]/;

type Value = Record<string, unknown>;

/**
 * The documents of a text; `undefined` where another parser has to read it, `broken` where only mistakes are left to tell.
 *
 * @param isAscii nothing else is in the text
 */
export function readPlain(text: string, isAscii: boolean): unknown[] | "broken" | undefined {
  if ((isAscii ? NOT_ASCII_TEXT : NOT_TEXT).test(text) || text.includes(IGNORE_MARK)) return undefined;
  if (!isAscii && firstInvisible(text) !== undefined) return undefined;
  try {
    return readDocuments({ text: text.endsWith("\n") ? text : `${text}\n`, at: 0, column: 0, brackets: 0 });
  } catch (error) {
    if (error instanceof NotSimple) return error instanceof NotYaml ? "broken" : undefined;
    throw error;
  }
}

function readDocuments(scan: Scan): unknown[] | undefined {
  const documents: unknown[] = [];
  toContent(scan, 0);
  for (let isMarked = false; ; isMarked = true) {
    if (scan.column >= 0) documents.push(readBlock(scan, "", false, 0));
    // Before the first `---` there may be comments alone.
    else if (isMarked) documents.push(null);
    if (scan.column >= 0) throw new NotSimple("content behind the content");
    if (scan.at >= scan.text.length) return documents.length === 0 ? undefined : documents;
    toContent(scan, scan.at + "---\n".length);
  }
}

/** A map or list at the scan's column. */
function readBlock(scan: Scan, key: string, isText: boolean, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new NotSimple("too deep");
  return isDash(scan.text, scan.at)
    ? readList(scan, scan.column, key, isText, depth)
    : readMap(scan, scan.column, holdsText(key), depth);
}

/**
 * Behind what is below a key or dash: no text can go on here, so that a line further in than that is a mistake.
 *
 * @param column of the key or dash
 * @param own that of what was below
 */
function endBlock<T>(scan: Scan, column: number, own: number, value: T): T {
  if (scan.column > column && scan.column < own) throw new NotYaml("indentation that fits nothing");
  return value;
}

function readMap(scan: Scan, column: number, isText: boolean, depth: number): Value {
  const { text } = scan;
  const result: Value = {};
  scan.column = column;
  do {
    const key = readKey(scan, result);
    let at = scan.at;
    while (text.charCodeAt(at) === SPACE) at++;
    const first = text.charCodeAt(at);
    if (first !== NEW_LINE && first !== HASH) {
      scan.at = at;
      result[key] = asMeant(key, isText, readInline(scan, first, column, key, isText, depth));
      // What stands before a colon in brackets, the reference parser reads all the same.
      endLine(scan, first !== OPEN_LIST && first !== OPEN_MAP);
    } else {
      // A `#` stands behind a space here: that is a part of KEY.
      endLine(scan);
      const isListBelow = scan.column === column && isDash(text, scan.at);
      const own = scan.column;
      const value =
        own > column || isListBelow ? endBlock(scan, column, own, readBlock(scan, key, isText, depth + 1)) : null;
      if (key === "host" && Array.isArray(value)) throw new NotSimple("a host that is a list");
      result[key] = value;
    }
  } while (scan.column === column);
  if (scan.column > column) throw new NotSimple("indentation that fits nothing");
  return result;
}

function readList(scan: Scan, column: number, key: string, isText: boolean, depth: number): unknown[] {
  const { text } = scan;
  let items: unknown[] = [];
  while (scan.column === column && isDash(text, scan.at)) {
    const words = readWords(scan, column);
    if (words !== undefined) {
      if (items.length === 0) items = words;
      else for (const word of words) items.push(word);
      continue;
    }
    const dash = scan.at;
    let at = dash + 1;
    while (text.charCodeAt(at) === SPACE) at++;
    scan.at = at;
    const first = text.charCodeAt(at);
    if (isKey(scan)) {
      if (depth > MAX_DEPTH) throw new NotSimple("too deep");
      const own = column + at - dash;
      items.push(endBlock(scan, column, own, readMap(scan, own, holdsText(key), depth + 1)));
    } else {
      if (first === OPEN_LIST) throw new NotSimple("a list in a list");
      scan.brackets++;
      items.push(readInline(scan, first, column, key, isText, depth));
      scan.brackets--;
      endLine(scan);
    }
  }
  if (scan.column > column) throw new NotSimple("indentation that fits nothing");
  return items;
}

/** A value in the line that begins there. @param column of the map or list that it is in */
function readInline(scan: Scan, first: number, column: number, key: string, isText: boolean, depth: number): unknown {
  if (first === OPEN_MAP) return readFlowMap(scan, column, holdsText(key), depth);
  if (first === OPEN_LIST) return readFlowList(scan, column, key, isText, depth);
  return readScalar(scan, first, PLAIN, isText);
}
