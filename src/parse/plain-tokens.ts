/**
 * The tokens of plain.ts: keys, scalars, and what lies between them.
 *
 * Expressions do the work, since V8 runs those as machine code from the second time on, and a run over a small inventory is
 * over before it has compiled anything else.
 */
import { NotSimple } from "./build.ts";
import { canOnlyBeText, implicitReading, isDotted, plainValue, yaml11Reading } from "./scalar.ts";

/** A key that begins like a word, with its colon. */
const KEY = /[A-Za-z_][\w./-]{0,200}:(?=[ \n])/y;

/**
 * Plain text, words with spaces between them: ` #` begins a comment, and `: ` a value. It does not begin with a character
 * that means something to YAML, which a dash does before a space alone, nor with a parenthesis, in which people write lists. Counted, since V8 remembers each turn of a loop for the way back.
 */
export const PLAIN =
  /(?:[^ \n?:,[\]{}()#&*!|>'"%@`-]|-(?=[^ \n]))[^ \n:]*(?::(?=[^ \n])[^ \n:]*){0,99}(?: +(?:[^ \n:#]|:(?=[^ \n]))[^ \n:]*(?::(?=[^ \n])[^ \n:]*){0,99}){0,999}/y;

/** The same in brackets. */
export const FLOW_PLAIN =
  /(?:[^ \n?:,[\]{}#&*!|>'"%@`-]|-(?=[^ \n,[\]{}]))[^ \n:,[\]{}#]*(?::(?=[^ \n,[\]{}])[^ \n:,[\]{}#]*){0,99}(?: +(?:[^ \n:,[\]{}#]|:(?=[^ \n,[\]{}]))[^ \n:,[\]{}#]*){0,99}/y;

/** Without escapes. */
const QUOTED = /"[^"\\\n]*"|'[^'\n]*'(?!')/y;

/** The rest of a line behind a value. */
const LINE_END = /(?: +#[^\n]*| *)\n/y;

/** What makes a key of the value before it. */
const SECOND_COLON = /:[ \n]/y;

export const NEW_LINE = 10;
export const SPACE = 32;
const DOUBLE_QUOTE = 34;
export const HASH = 35;
const SINGLE_QUOTE = 39;
const DASH = 45;

/** What no parser can read: there is no need to ask the second one before the one that says what is wrong. */
export class NotYaml extends NotSimple {}

export interface Scan {
  /** It ends with a line break: V8 drops the machine code of a function that looks behind the end. */
  readonly text: string;
  /** The next character to read. */
  at: number;
  /** Column of the next content; -1 at the end of a document. Good between lines alone. */
  column: number;
  /** Open brackets, and one more in the item of a list. */
  brackets: number;
}

/** Goes from the start of a line to the next content, or to the end of the document: a line of `---`, or of the text. */
export function toContent(scan: Scan, start: number): void {
  const { text } = scan;
  let at = start;
  while (at < text.length) {
    const line = at;
    while (text.charCodeAt(at) === SPACE) at++;
    const first = text.charCodeAt(at);
    if (first === HASH) at = text.indexOf("\n", at);
    else if (first !== NEW_LINE) {
      scan.at = at;
      scan.column = isMark(text, at, at - line) ? -1 : at - line;
      return;
    }
    at++;
  }
  scan.at = at;
  scan.column = -1;
}

function isMark(text: string, at: number, column: number): boolean {
  if (column > 0) return false;
  if (text.startsWith("...", at)) throw new NotSimple("the end of a document");
  if (!text.startsWith("---", at)) return false;
  if (text.charCodeAt(at + 3) !== NEW_LINE) throw new NotSimple("content behind ---");
  return true;
}

/** Behind a value: only a comment may follow in its line. @param isBehindKey the line has a key already */
export function endLine(scan: Scan, isBehindKey = false): void {
  const { text } = scan;
  if (text.charCodeAt(scan.at) !== NEW_LINE) {
    LINE_END.lastIndex = scan.at;
    if (!LINE_END.test(text)) {
      SECOND_COLON.lastIndex = scan.at;
      if (isBehindKey && SECOND_COLON.test(text)) throw new NotYaml("a second colon");
      throw new NotSimple("something behind a value");
    }
    toContent(scan, LINE_END.lastIndex);
  } else toContent(scan, scan.at + 1);
}

/** True at the dash of an item. */
export function isDash(text: string, at: number): boolean {
  return text.charCodeAt(at) === DASH && text.charCodeAt(at + 1) === SPACE;
}

/** True at a plain key, and goes nowhere. */
export function isKey({ text, at }: Scan): boolean {
  KEY.lastIndex = at;
  return KEY.test(text);
}

/** A key that the map does not have yet, and that is not what every object inherits. */
export function readKey(scan: Scan, owner: Readonly<Record<string, unknown>>): string {
  const { text, at } = scan;
  KEY.lastIndex = at;
  if (!KEY.test(text)) throw new NotSimple("no plain key");
  scan.at = KEY.lastIndex;
  const key = text.slice(at, scan.at - 1);
  if (owner[key] !== undefined) throw new NotSimple("a key given twice");
  if (!canOnlyBeText(text, at, scan.at - 1) && yaml11Reading(key) !== undefined) throw new NotSimple("an odd key");
  return key;
}

/** A word that no reader of YAML takes for anything else. */
const WORD = "(?:[A-EG-MP-SU-XZa-eg-mp-su-xz_][\\w.-]*|[FNOTYfnoty][\\w.-]{5,})";
const wordsIn: { readonly expression: RegExp; readonly separator: string }[] = [];

/** No list of an inventory is further in. */
const LAST_COLUMN = 40;

/** The items of a list from this one on that are words, as most hosts are, as far as they go; `undefined` for none. */
export function readWords(scan: Scan, column: number): string[] | undefined {
  if (column > LAST_COLUMN) return undefined;
  const { text, at } = scan;
  const { expression, separator } = (wordsIn[column] ??= wordsAt(column));
  expression.lastIndex = at - column;
  if (!expression.test(text)) return undefined;
  const end = expression.lastIndex;
  toContent(scan, end);
  return text.slice(at + 2, end - 1).split(separator);
}

function wordsAt(column: number): { expression: RegExp; separator: string } {
  const prefix = `${" ".repeat(column)}- `;
  return { expression: new RegExp(`(?:${prefix}${WORD}\\n){1,100}`, "y"), separator: `\n${prefix}` };
}

/** A scalar, plain or quoted. @param first its first character @param plain what is plain here: PLAIN or FLOW_PLAIN */
export function readScalar(scan: Scan, first: number, plain: RegExp, isText: boolean): unknown {
  const { text, at } = scan;
  const isQuoted = first === DOUBLE_QUOTE || first === SINGLE_QUOTE;
  const expression = isQuoted ? QUOTED : plain;
  expression.lastIndex = at;
  if (!expression.test(text))
    throw isQuoted && !text.includes(text.charAt(at), at + 1)
      ? new NotYaml("one quote")
      : new NotSimple("no plain text");
  const end = expression.lastIndex;
  scan.at = end;
  if (isQuoted) return text.slice(at + 1, end - 1);
  const word = text.slice(at, end);
  if (canOnlyBeText(text, at, end) || isDotted(word)) return word;
  const value = plainValue(word);
  const mayDiffer = isText || typeof value === "string";
  const isRemarkable = yaml11Reading(word) !== undefined || (mayDiffer && implicitReading(word, isText) !== undefined);
  if (isRemarkable) throw new NotSimple("text that may be something else");
  return isText && value !== null ? word : value;
}
