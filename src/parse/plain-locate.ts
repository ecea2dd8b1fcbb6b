/**
 * Routes → offsets in a text that readPlain took, which is so regular that its lines can be walked over: what is below a key
 * or an item stands further in.
 */
import { firstLine } from "./extent.ts";
import type { Locator } from "./locate.ts";
import type { Range } from "./mistake.ts";
import {
  CLOSE_LIST,
  CLOSE_MAP,
  isClosing,
  nextInFlow,
  OPEN_LIST,
  OPEN_MAP,
  openFlow,
  readFlowList,
  readFlowMap,
} from "./plain-flow.ts";
import type { Scan } from "./plain-tokens.ts";
import {
  FLOW_PLAIN,
  HASH,
  isDash,
  isKey,
  NEW_LINE,
  PLAIN,
  readKey,
  readScalar,
  SPACE,
  toContent,
} from "./plain-tokens.ts";

/** Where a value begins. `column` is that of a map or list without brackets; -1 for a value in a line, -2 in brackets. */
interface Node {
  readonly at: number;
  readonly column: number;
}

const IN_LINE = -1;
const IN_BRACKETS = -2;

interface Child {
  /** Missing behind a key with nothing after it. */
  readonly node: Node | undefined;
  readonly key?: Range;
}

/** By keys or indices. */
type Children = ReadonlyMap<string | number, Child>;

/** Makes the locator of a text that readPlain took. */
export function plainLocator(source: string): Locator {
  const text = source.endsWith("\n") ? source : `${source}\n`;
  // Each list and map is walked over once, however many places in it are asked for.
  const known = new Map<number, Children>();
  let documents: (Node | undefined)[] | undefined;
  const childrenOf = (node: Node): Children => {
    let children = known.get(node.at);
    if (children === undefined) known.set(node.at, (children = readChildren(text, node)));
    return children;
  };
  return (path, part) => {
    const [document = 0, ...steps] = path;
    let node = (documents ??= readDocuments(text))[Number(document)];
    let best = node && rangeOf(text, node);
    for (const [index, step] of steps.entries()) {
      const found: Child | undefined = node && childrenOf(node).get(step);
      if (found === undefined) break;
      node = found.node;
      const isKeyAsked = part === "key" && index === steps.length - 1;
      best = (isKeyAsked ? found.key : undefined) ?? (node && rangeOf(text, node)) ?? found.key ?? best;
    }
    return best;
  };
}

/** One a document; `undefined` for one without content. */
function readDocuments(text: string): (Node | undefined)[] {
  const documents: (Node | undefined)[] = [];
  const scan: Scan = { text, at: 0, column: 0, brackets: 0 };
  toContent(scan, 0);
  for (let isMarked = false; ; isMarked = true) {
    if (scan.column >= 0) documents.push({ at: scan.at, column: scan.column });
    else if (isMarked) documents.push(undefined);
    while (scan.column >= 0) toNextLine(scan);
    if (scan.at >= text.length) return documents;
    toNextLine(scan);
  }
}

function toNextLine(scan: Scan): void {
  toContent(scan, scan.text.indexOf("\n", scan.at) + 1);
}

function readChildren(text: string, node: Node): Children {
  const scan: Scan = { text, at: node.at, column: node.column, brackets: 0 };
  if (node.column >= 0) return isDash(text, node.at) ? readItems(scan) : readEntries(scan);
  const first = text.charCodeAt(node.at);
  if (first === OPEN_LIST) return readItemsInBrackets(scan);
  return first === OPEN_MAP ? readEntriesInBrackets(scan) : new Map();
}

function readItems(scan: Scan): Children {
  const { column } = scan;
  const items = new Map<number, Child>();
  while (scan.column === column && isDash(scan.text, scan.at)) {
    const dash = scan.at++;
    skipSpaces(scan);
    items.set(items.size, { node: { at: scan.at, column: isKey(scan) ? column + scan.at - dash : IN_LINE } });
    do toNextLine(scan);
    while (scan.column > column);
  }
  return items;
}

function readEntries(scan: Scan): Children {
  const { text, column } = scan;
  const entries = new Map<string, Child>();
  const isBelow = (): boolean =>
    scan.column > column || (scan.column === column && (isDash(text, scan.at) || isClosing(text.charCodeAt(scan.at))));
  while (scan.column === column) {
    const start = scan.at;
    const name = readKey(scan, {});
    const key: Range = [start, start + name.length];
    skipSpaces(scan);
    const first = text.charCodeAt(scan.at);
    let node: Node | undefined;
    if (first !== NEW_LINE && first !== HASH) node = { at: scan.at, column: IN_LINE };
    toNextLine(scan);
    if (node === undefined && isBelow()) node = { at: scan.at, column: scan.column };
    entries.set(name, { key, node });
    while (isBelow()) toNextLine(scan);
  }
  return entries;
}

function readItemsInBrackets(scan: Scan): Children {
  const items = new Map<number, Child>();
  for (let next = openFlow(scan, -1); next !== CLOSE_LIST; next = nextInFlow(scan, -1, CLOSE_LIST)) {
    items.set(items.size, { node: { at: scan.at, column: IN_BRACKETS } });
    pass(scan, next);
  }
  return items;
}

function readEntriesInBrackets(scan: Scan): Children {
  const entries = new Map<string, Child>();
  for (let next = openFlow(scan, -1); next !== CLOSE_MAP; next = nextInFlow(scan, -1, CLOSE_MAP)) {
    const start = scan.at;
    const name = readKey(scan, {});
    skipSpaces(scan);
    entries.set(name, { key: [start, start + name.length], node: { at: scan.at, column: IN_BRACKETS } });
    pass(scan, scan.text.charCodeAt(scan.at));
  }
  return entries;
}

/** Passes a value in brackets; as no text, so that nothing is said of it. */
function pass(scan: Scan, first: number): void {
  if (first === OPEN_LIST) readFlowList(scan, -1, "", false, 0);
  else if (first === OPEN_MAP) readFlowMap(scan, -1, false, 0);
  else readScalar(scan, first, FLOW_PLAIN, false);
}

function skipSpaces(scan: Scan): void {
  while (scan.text.charCodeAt(scan.at) === SPACE) scan.at++;
}

function rangeOf(text: string, { at, column }: Node): Range {
  const first = text.charCodeAt(at);
  if (column >= 0 || first === OPEN_LIST || first === OPEN_MAP) return firstLine(text, at);
  const isQuoted = first === 34 || first === 39;
  const scan: Scan = { text, at, column: 0, brackets: 0 };
  readScalar(scan, first, column === IN_BRACKETS ? FLOW_PLAIN : PLAIN, false);
  return isQuoted ? [at + 1, scan.at - 1] : [at, scan.at];
}
