/**
 * Lists and maps in brackets, for plain.ts.
 */
import { holdsText, NotSimple } from "./build.ts";
import { isMeantAsList } from "./foreign-marks.ts";
import type { Scan } from "./plain-tokens.ts";
import { FLOW_PLAIN, NEW_LINE, NotYaml, readKey, readScalar, SPACE } from "./plain-tokens.ts";

const COMMA = 44;
export const OPEN_LIST = 91;
export const CLOSE_LIST = 93;
export const OPEN_MAP = 123;
export const CLOSE_MAP = 125;

/** No inventory is deeper; each level is a call. */
export const MAX_DEPTH = 20;

type Value = Record<string, unknown>;

/** A list in brackets. @param column of the map or list that it is in: its lines have to be further in */
export function readFlowList(scan: Scan, column: number, key: string, isText: boolean, depth: number): unknown[] {
  if (key === "host" || depth > MAX_DEPTH) throw new NotSimple("a host that is a list, or too deep");
  const items: unknown[] = [];
  for (let next = openFlow(scan, column); next !== CLOSE_LIST; next = nextInFlow(scan, column, CLOSE_LIST)) {
    if (next === OPEN_LIST) throw new NotSimple("a list in a list");
    items.push(
      next === OPEN_MAP
        ? readFlowMap(scan, column, holdsText(key), depth + 1)
        : readScalar(scan, next, FLOW_PLAIN, isText),
    );
  }
  closeFlow(scan);
  return items;
}

/** A map in brackets. */
export function readFlowMap(scan: Scan, column: number, isText: boolean, depth: number): Value {
  if (depth > MAX_DEPTH) throw new NotSimple("too deep");
  const { text } = scan;
  const result: Value = {};
  for (let next = openFlow(scan, column); next !== CLOSE_MAP; next = nextInFlow(scan, column, CLOSE_MAP)) {
    const key = readKey(scan, result);
    let at = scan.at;
    while (text.charCodeAt(at) === SPACE) at++;
    scan.at = at;
    const first = text.charCodeAt(at);
    if (first === OPEN_MAP) result[key] = readFlowMap(scan, column, holdsText(key), depth + 1);
    else if (first === OPEN_LIST) result[key] = readFlowList(scan, column, key, isText, depth + 1);
    else result[key] = asMeant(key, isText, readScalar(scan, first, FLOW_PLAIN, isText));
  }
  closeFlow(scan);
  return result;
}

/** The value of a key, but for a text that was meant as a list: that is for the parser that explains it. */
export function asMeant<T>(key: string, isText: boolean, value: T): T {
  if (!isText && typeof value === "string" && isMeantAsList(key, value)) throw new NotSimple("text in place of a list");
  return value;
}

/** Passes an opening bracket, and gives the first character behind it. */
export function openFlow(scan: Scan, column: number): number {
  scan.at++;
  scan.brackets++;
  return skipFlowSpace(scan, column);
}

function closeFlow(scan: Scan): void {
  scan.at++;
  scan.brackets--;
}

/** Passes a comma, which may also stand before the closing bracket, and gives the first character behind it. */
export function nextInFlow(scan: Scan, column: number, close: number): number {
  const next = skipFlowSpace(scan, column);
  if (next === close) return next;
  if (next !== COMMA) throw new NotSimple("no comma");
  scan.at++;
  return skipFlowSpace(scan, column);
}

/**
 * Passes spaces and line breaks in brackets, whose lines have to be further in than what the brackets are in. The one that
 * closes them may stand right below their key: YAML does not allow that, and the reference parser does.
 */
function skipFlowSpace(scan: Scan, column: number): number {
  const { text } = scan;
  let at = scan.at;
  while (text.charCodeAt(at) === SPACE) at++;
  while (text.charCodeAt(at) === NEW_LINE) {
    const line = ++at;
    while (text.charCodeAt(at) === SPACE) at++;
    if (at - line <= column && !(at - line === column && isLastClosing(scan, at)))
      throw /[\w"-]/.test(text.charAt(at))
        ? new NotYaml("an open bracket")
        : new NotSimple("brackets that are not indented");
  }
  scan.at = at;
  return text.charCodeAt(at);
}

function isLastClosing({ text, brackets }: Scan, at: number): boolean {
  return brackets === 1 && isClosing(text.charCodeAt(at));
}

/** True for a closing bracket. */
export function isClosing(character: number): boolean {
  return character === CLOSE_LIST || character === CLOSE_MAP;
}
