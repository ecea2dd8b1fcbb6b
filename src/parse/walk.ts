/**
 * The nodes of the `yaml` package → events, with aliases written out, and findings on what has no place in an inventory.
 */
import type { Alias, Document, Node, Scalar, YAMLMap, YAMLSeq } from "yaml";
import type { YamlDiagnostic } from "./build.ts";
import { holdsText, MAX_DEPTH } from "./build.ts";
import type { Event, ScalarEvent } from "./events.ts";
import {
  BLOCK,
  DOCUMENT,
  DOUBLE_QUOTED,
  FOLDED,
  LITERAL,
  MAPPING,
  PLAIN,
  POP,
  SCALAR,
  SEQUENCE,
  SINGLE_QUOTED,
} from "./events.ts";
import { excerpt } from "./excerpt.ts";
import { isMeantAsList, listMistake } from "./foreign-marks.ts";
import type { Mistake } from "./mistake.ts";
import { findingOf } from "./mistake.ts";
import { firstLine, keyMistake, oddKey, rangeOf, textOf, unknownAlias, unquotedAddress } from "./odd-node.ts";
import type { Within } from "./odd-node.ts";
import { yaml } from "./packages.ts";
import { beginningIn, beginsAgain, duplicateKey, repeatedFrom } from "./repeated-key.ts";
import type { Given } from "./repeated-key.ts";

/** Tags that say of a scalar only what type it has. */
const TYPE_TAG = /^tag:yaml\.org,2002:(?:str|int|float|bool|null)$/;

/** Aliases may make a file this many nodes larger before it counts as a bomb. */
const MAX_EXPANDED_NODES = 100_000;

const STYLES: Readonly<Record<Scalar.Type, number>> = {
  PLAIN,
  QUOTE_SINGLE: SINGLE_QUOTED,
  QUOTE_DOUBLE: DOUBLE_QUOTED,
  BLOCK_LITERAL: LITERAL,
  BLOCK_FOLDED: FOLDED,
};

const NO_PROPERTIES = { anchorStart: -1, anchorEnd: -1, tagStart: -1, tagEnd: -1 };
const POP_EVENT: Event = { type: POP };
const DOCUMENT_EVENT: Event = { type: DOCUMENT, explicitStart: false, explicitEnd: false, directives: [] };
const BETWEEN_DOCUMENTS: readonly Event[] = [POP_EVENT, DOCUMENT_EVENT];

export interface Walked {
  readonly events: readonly Event[];
  readonly texts: ReadonlyMap<Event, string>;
  readonly diagnostics: readonly YamlDiagnostic[];
  readonly isComplete: boolean;
}

interface Walk {
  readonly file: string;
  readonly source: string;
  readonly events: Event[];
  readonly texts: Map<Event, string>;
  readonly diagnostics: YamlDiagnostic[];
  readonly anchors: Map<string, Node>;
  /** The lists and maps that the walk is in. */
  readonly open: Set<Node>;
  /** The alias in the text that is being written out, if one is. */
  alias: Alias | undefined;
  expandedNodes: number;
  isComplete: boolean;
  isBomb: boolean;
}

/** Walks all documents of a file that has no syntax errors. No events come from one that is a bomb. */
export function walkDocuments(file: string, source: string, documents: readonly Document.Parsed[]): Walked {
  const walk: Walk = {
    file,
    source,
    events: [],
    texts: new Map(),
    diagnostics: [],
    anchors: new Map(),
    open: new Set(),
    alias: undefined,
    expandedNodes: 0,
    isComplete: true,
    isBomb: false,
  };
  for (const document of documents) {
    walk.anchors.clear();
    walk.events.push(DOCUMENT_EVENT);
    if (document.contents !== null) emit(walk, document.contents, undefined);
    walk.events.push(POP_EVENT);
  }
  return walk.isBomb ? { ...walk, events: [], isComplete: false } : walk;
}

function emit(walk: Walk, node: Node | null, within: Within): void {
  if (walk.isBomb) return;
  if (walk.alias !== undefined && ++walk.expandedNodes > MAX_EXPANDED_NODES) {
    walk.isBomb = true;
    report(walk, {
      code: "yaml/alias-bomb",
      message: `the aliases of this file stand for more than 100,000 values`,
      range: rangeOf(walk.alias),
      help: "write the values out, or share them through presets, farms and inherited labels",
    });
  } else if (node === null) emitNothing(walk);
  else if (yaml().isAlias(node)) emitAlias(walk, node, within);
  else {
    // An anchor inside of what an alias stands for was there before, and may have been given anew since.
    if (node.anchor !== undefined && walk.alias === undefined) walk.anchors.set(node.anchor, node);
    if (isUnknown(node)) emitNothing(walk);
    else if (yaml().isScalar(node)) emitScalar(walk, node);
    else if (yaml().isSeq(node) || yaml().isMap(node))
      emitCollection(walk, node as YAMLSeq<Node> | YAMLMap<Node, Node | null>, within);
  }
}

/** True for `!include f`: what that would be, only another program knows. The tag is a finding already. */
function isUnknown(node: Node | null): boolean {
  return yaml().isScalar(node) && node.tag !== undefined && !TYPE_TAG.test(node.tag);
}

function emitNothing(walk: Walk): void {
  pushScalar(walk, -1, -1, PLAIN, "");
}

function emitScalar(walk: Walk, node: Scalar): void {
  const [start, end] = rangeOf(node);
  const style = STYLES[node.type ?? "PLAIN"];
  const text = textOf(node);
  if (style >= LITERAL) pushScalar(walk, ...contentOfBlock(walk.source, start, end), style, text);
  else if (style === PLAIN && start === end) emitNothing(walk);
  else pushScalar(walk, start, end, style, text);
}

function pushScalar(walk: Walk, valueStart: number, valueEnd: number, style: number, text: string): void {
  const event: ScalarEvent = {
    type: SCALAR,
    valueStart,
    valueEnd,
    ...NO_PROPERTIES,
    style,
    chomping: 1,
    indent: -1,
    fast: false,
  };
  walk.events.push(event);
  walk.texts.set(event, text);
}

/** The lines below the `|` or `>`; that mark itself where there are none. */
function contentOfBlock(source: string, start: number, end: number): [start: number, end: number] {
  const header = source.indexOf("\n", start);
  const content = header < 0 || header >= end ? "" : source.slice(header + 1, end);
  if (content.trim() !== "") return [header + 1, end];
  return [start, start + (/^[|>][-+0-9]*/.exec(source.slice(start, start + 4))?.[0] ?? "|").length];
}

function emitCollection(walk: Walk, node: YAMLSeq<Node> | YAMLMap<Node, Node | null>, within: Within): void {
  const range = rangeOf(node);
  const address = unquotedAddress(walk.source, node, within);
  if (address !== undefined) {
    report(walk, address);
    emitNothing(walk);
    return;
  }
  if (walk.open.size >= MAX_DEPTH) {
    walk.isBomb = true;
    report(walk, {
      code: "yaml/alias-bomb",
      message: `lists and maps are nested more than ${MAX_DEPTH} deep`,
      range: walk.alias === undefined ? [range[0], range[0] + 1] : rangeOf(walk.alias),
      help: "an inventory needs about eight levels; look for brackets that are never closed",
    });
    return;
  }
  walk.open.add(node);
  if (yaml().isSeq(node)) {
    walk.events.push({ type: SEQUENCE, start: range[0], ...NO_PROPERTIES, style: BLOCK });
    for (const item of node.items) emit(walk, item, "list");
  } else {
    pushMap(walk, range[0]);
    emitPairs(walk, node, within);
  }
  walk.events.push(POP_EVENT);
  walk.open.delete(node);
}

function pushMap(walk: Walk, start: number): void {
  walk.events.push({ type: MAPPING, start, ...NO_PROPERTIES, style: BLOCK });
}

function emitPairs(walk: Walk, map: YAMLMap<Node, Node | null>, within: Within): void {
  const seen = new Map<string, Given>();
  const isText = typeof within === "object" && holdsText(within.key);
  const beginning = beginningIn(map, within);
  let other: Node | undefined;
  for (const [index, { key: written, value }] of map.items.entries()) {
    const key = yaml().isAlias(written) ? (walk.anchors.get(written.source) ?? written) : written;
    if (key.anchor !== undefined && walk.alias === undefined) walk.anchors.set(key.anchor, key);
    if (!yaml().isScalar(key)) {
      report(walk, keyMistake(walk.source, written));
      continue;
    }
    const text = textOf(key);
    const odd = oddKey(walk.source, key, value);
    const first = seen.get(text);
    const repeated =
      odd === undefined && beginning?.at.has(index) === true ? repeatedFrom(map, index, seen) : undefined;
    if (beginning !== undefined && repeated !== undefined) {
      report(walk, beginsAgain(walk.source, text, key, repeated, beginning));
      // What follows is read as it was meant, so that nothing else is said of it.
      walk.events.push(POP_EVENT, ...(beginning.of === "document" ? BETWEEN_DOCUMENTS : []));
      pushMap(walk, rangeOf(key)[0]);
      seen.clear();
    } else if (odd === undefined && first !== undefined) {
      report(walk, duplicateKey(text, { key, value, other }, seen, map.flow === true));
      continue;
    }
    if (beginning?.perhapsAt.has(index) === true) other = key;
    if (odd === undefined) {
      seen.set(text, { key, value, other });
      const list = isText ? undefined : meantAsList(walk.source, text, value);
      if (list !== undefined) report(walk, list);
      // It would be a key without a value to the schema.
      if (list !== undefined || isUnknown(value)) continue;
      emitScalar(walk, key);
      emit(walk, value, { key: text });
    } else report(walk, odd);
  }
}

function meantAsList(source: string, key: string, value: Node | null): Mistake | undefined {
  if (!yaml().isScalar(value) || value.type !== "PLAIN" || !isMeantAsList(key, textOf(value))) return undefined;
  return listMistake(source, key, rangeOf(value));
}

function emitAlias(walk: Walk, node: Alias, within: Within): void {
  const target = walk.anchors.get(node.source);
  if (target === undefined) {
    report(walk, unknownAlias(node));
    emitNothing(walk);
    return;
  }
  if (walk.open.has(target)) {
    report(walk, {
      code: "yaml/alias-bomb",
      message: `${excerpt(`*${node.source}`)} stands inside the value that it repeats, which would never end`,
      range: rangeOf(node),
      help: "write the value out",
    });
    emitNothing(walk);
    return;
  }
  if (walk.alias !== undefined) {
    emit(walk, target, within);
    return;
  }
  walk.diagnostics.push({
    code: "yaml/anchor-alias",
    severity: "info",
    message: `${excerpt(`*${node.source}`)} repeats a value that is written elsewhere, so a search finds it only there`,
    where: { file: walk.file, path: [], range: rangeOf(node) },
    help: "write the value out, or share it through a preset, a farm or inherited labels",
    related: [
      { where: { file: walk.file, path: [], range: firstLine(walk.source, rangeOf(target)) }, note: "written here" },
    ],
  });
  walk.alias = node;
  emit(walk, target, within);
  walk.alias = undefined;
}

function report(walk: Walk, mistake: Mistake): void {
  walk.isComplete = false;
  walk.diagnostics.push(findingOf(walk.file, mistake));
}
