/**
 * The reference path: the `yaml` package reads the whole file, says what is wrong, and yields the same events as the fast
 * path. What cannot be kept (a merge key, a second value of one key, an unknown alias) is left out of the events, and the
 * file counts as not wholly read.
 */
import type { Alias, Document, Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import type { Related } from "../diagnostic.ts";
import type { YamlCode, YamlDiagnostic } from "./build.ts";
import { MAX_DEPTH } from "./build.ts";
import type { Event, EventStream, ScalarEvent } from "./events.ts";
import { DOCUMENT, DOUBLE_QUOTED, FOLDED, LITERAL, MAPPING, PLAIN, POP, SCALAR, SEQUENCE, SINGLE_QUOTED } from "./events.ts";
import { isNestedTooDeep, scanMarks } from "./marks.ts";
import { yaml } from "./packages.ts";
import { looksLikeIpv6, syntaxDiagnostics } from "./syntax.ts";

/** Aliases may make a document this many times larger, in nodes, before it counts as a bomb. */
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

export interface ReferenceResult {
  readonly stream: EventStream;
  readonly diagnostics: readonly YamlDiagnostic[];
  /** False where something was left out of the events. */
  readonly isComplete: boolean;
}

interface Walk {
  readonly file: string;
  readonly source: string;
  readonly events: Event[];
  readonly texts: Map<Event, string>;
  readonly diagnostics: YamlDiagnostic[];
  readonly anchors: Map<string, Node>;
  readonly expanding: Set<Node>;
  isComplete: boolean;
  depth: number;
  expandedNodes: number;
}

/** Reads a text with the `yaml` package. Never throws on bad input. */
export function referenceEvents(file: string, source: string): ReferenceResult {
  if (isNestedTooDeep(source)) return nothing(source, [tooDeep(file)]);
  const parsed = yaml().parseAllDocuments(source, { prettyErrors: false, uniqueKeys: false, merge: false, logLevel: "silent", version: "1.2" });
  const documents: readonly Document.Parsed[] = "empty" in parsed ? [] : parsed;
  const marks = scanMarks(file, source);
  const syntax = syntaxDiagnostics(file, source, documents);
  if (syntax.length > 0) return nothing(source, [...syntax, ...marks]);

  const walk: Walk = {
    file,
    source,
    events: [],
    texts: new Map(),
    diagnostics: [...marks],
    anchors: new Map(),
    expanding: new Set(),
    isComplete: marks.length === 0,
    depth: 0,
    expandedNodes: 0,
  };
  for (const document of documents) {
    walk.anchors.clear();
    walk.events.push({ type: DOCUMENT, explicitStart: false, explicitEnd: false, directives: [] });
    if (document.contents !== null) emit(walk, document.contents, undefined);
    walk.events.push(POP_EVENT);
  }
  const isBomb = walk.diagnostics.some((finding) => finding.code === "yaml/alias-bomb");
  if (isBomb) return nothing(source, walk.diagnostics);
  const { events, texts, diagnostics, isComplete } = walk;
  return { stream: { source, events, texts }, diagnostics, isComplete };
}

function nothing(source: string, diagnostics: readonly YamlDiagnostic[]): ReferenceResult {
  return { stream: { source, events: [], texts: undefined }, diagnostics, isComplete: false };
}

/** `within` is what the node stands in: a list, or the key of a map. */
function emit(walk: Walk, node: Node | null, within: "list" | { key: string } | undefined): void {
  if (node === null) {
    pushScalar(walk, -1, -1, PLAIN, "");
    return;
  }
  if (walk.expandedNodes > MAX_EXPANDED_NODES) return;
  if (walk.expanding.size > 0 && ++walk.expandedNodes > MAX_EXPANDED_NODES) {
    const bomb = `the aliases of this file stand for more than ${MAX_EXPANDED_NODES} nodes`;
    report(walk, "yaml/alias-bomb", bomb, rangeOf(node), "write the values out, or use `exporters:` of promgen.yml and farm documents to share them");
    return;
  }
  if (!yaml().isAlias(node) && node.anchor !== undefined) walk.anchors.set(node.anchor, node);
  if (yaml().isAlias(node)) emitAlias(walk, node, within);
  else if (yaml().isScalar(node)) emitScalar(walk, node);
  else if (yaml().isSeq(node) || yaml().isMap(node)) emitCollection(walk, node as YAMLSeq<Node> | YAMLMap<Node, Node | null>, within);
}

function emitScalar(walk: Walk, node: Scalar): void {
  const [start, end] = rangeOf(node);
  const isQuoted = node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE";
  const isMissing = start === end && !isQuoted && node.type === "PLAIN";
  const style = STYLES[node.type ?? "PLAIN"];
  const text = node.type === "PLAIN" ? (node.source ?? "") : String(node.value ?? "");
  if (style >= LITERAL) {
    const [contentStart, contentEnd] = contentOfBlock(walk.source, start, end);
    pushScalar(walk, contentStart, contentEnd, style, text);
  } else if (isMissing) pushScalar(walk, -1, -1, style, text);
  else pushScalar(walk, isQuoted ? start + 1 : start, isQuoted ? end - 1 : end, style, text);
}

function pushScalar(walk: Walk, valueStart: number, valueEnd: number, style: number, text: string): void {
  const event: ScalarEvent = { type: SCALAR, valueStart, valueEnd, ...NO_PROPERTIES, style, chomping: 1, indent: -1, fast: false };
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

function emitCollection(walk: Walk, node: YAMLSeq<Node> | YAMLMap<Node, Node | null>, within: "list" | { key: string } | undefined): void {
  const range = rangeOf(node);
  const address = unquotedAddress(walk.source, node, within);
  if (address !== undefined) {
    walk.isComplete = false;
    const what = yaml().isSeq(node) ? "a list" : "a map";
    report(walk, "yaml/unquoted-ipv6", `\`${address.text}\` without quotes is ${what} to YAML, not an address`, address.range, `quote it: "${address.text}"`);
    pushScalar(walk, -1, -1, PLAIN, "");
    return;
  }
  if (walk.depth >= MAX_DEPTH) {
    if (!walk.diagnostics.some((finding) => finding.code === "yaml/alias-bomb")) walk.diagnostics.push(tooDeep(walk.file, range));
    return;
  }
  walk.depth++;
  walk.events.push({ type: yaml().isSeq(node) ? SEQUENCE : MAPPING, start: range[0], ...NO_PROPERTIES, style: 1 });
  if (yaml().isSeq(node)) for (const item of node.items) emit(walk, item, "list");
  else emitPairs(walk, node.items);
  walk.events.push(POP_EVENT);
  walk.depth--;
}

function emitPairs(walk: Walk, pairs: readonly Pair<Node, Node | null>[]): void {
  const seen = new Map<string, Node>();
  for (const pair of pairs) {
    const key = yaml().isAlias(pair.key) ? walk.anchors.get(pair.key.source) : pair.key;
    if (!yaml().isScalar(key)) {
      walk.isComplete = false;
      report(walk, "yaml/syntax", "a list or a map cannot be a key", rangeOf(pair.key), "write a plain word before the colon, or quote the text");
      continue;
    }
    const text = key.type === "PLAIN" ? (key.source ?? "") : String(key.value ?? "");
    const first = seen.get(text);
    if (text === "<<" && key.type === "PLAIN") {
      walk.isComplete = false;
      report(walk, "yaml/merge-key", "merge keys (`<<`) are not part of YAML 1.2 and hide where a value comes from", rangeOf(key), MERGE_HELP);
    } else if (first !== undefined) {
      walk.isComplete = false;
      const related = [{ where: { file: walk.file, path: [], range: rangeOf(first) }, note: "first given here" }];
      report(walk, "yaml/duplicate-key", `the key \`${text}\` is given twice in one map`, rangeOf(key), "remove one of them, or merge their values", related);
    } else {
      seen.set(text, key);
      emitScalar(walk, key);
      emit(walk, pair.value, { key: text });
    }
  }
}

const MERGE_HELP =
  "put shared values where they are inherited: labels of a service, farm or shard, a preset under `exporters:` in promgen.yml, a farm document for hosts";

function emitAlias(walk: Walk, node: Alias, within: "list" | { key: string } | undefined): void {
  const target = walk.anchors.get(node.source);
  const written = `*${node.source}`;
  if (target === undefined) {
    walk.isComplete = false;
    const isWildcard = /[.:]/.test(node.source);
    const help = isWildcard ? `quote it, if the text is meant: "${written}" (no list of ours takes wildcards)` : `define it with \`&${node.source}\` before, or write the value out`;
    report(walk, "yaml/anchor-alias", `\`${written}\` is an alias of an anchor that this document does not define`, rangeOf(node), help);
    pushScalar(walk, -1, -1, PLAIN, "");
    return;
  }
  if (walk.expanding.has(target)) {
    walk.isComplete = false;
    report(walk, "yaml/alias-bomb", `\`${written}\` stands inside the value that it names`, rangeOf(node), "write the value out");
    return;
  }
  if (walk.expanding.size === 0) {
    const message = `\`${written}\` repeats a value that stands elsewhere, which grep and code owners do not see`;
    walk.diagnostics.push({
      code: "yaml/anchor-alias",
      severity: "info",
      message,
      where: { file: walk.file, path: [], range: rangeOf(node) },
      help: "write the value out, or share it through a preset, a farm or inherited labels",
    });
  }
  walk.expanding.add(target);
  emit(walk, target, within);
  walk.expanding.delete(target);
}

/** The text of a collection that is really an address somebody did not quote. */
function unquotedAddress(source: string, node: Node, within: "list" | { key: string } | undefined): { text: string; range: [number, number] } | undefined {
  const [start, end] = rangeOf(node);
  if (yaml().isSeq(node)) {
    const isHostPlace = within === "list" || (within !== undefined && within.key === "host");
    const only = node.items.length === 1 ? node.items[0] : undefined;
    if (!node.flow || !isHostPlace || !yaml().isScalar(only) || only.type !== "PLAIN" || !looksLikeIpv6(only.source ?? "")) return undefined;
    return { text: source.slice(start, end).trimEnd(), range: [start, end] };
  }
  if (!yaml().isMap(node) || node.items.length !== 1) return undefined;
  const pair = node.items[0];
  if (pair === undefined) return undefined;
  const key = pair.key as Node;
  if (!looksLikeIpv6(keyText(key))) return undefined;
  const from = rangeOf(key)[0];
  const text = /^[^\s,}]*/.exec(source.slice(from, from + 200))?.[0] ?? "";
  return { text, range: [from, from + text.length] };
}

/** `2001:db8:` of the pair that `2001:db8::` is to YAML; `::1` of the list that is the key in `[::1]:9100`. */
function keyText(key: Node): string {
  if (yaml().isSeq(key)) return key.items.length === 1 && yaml().isScalar(key.items[0]) ? (key.items[0].source ?? "") : "";
  return yaml().isScalar(key) && key.type === "PLAIN" ? `${key.source ?? ""}:` : "";
}

function report(walk: Walk, code: YamlCode, message: string, range: [number, number], help: string, related?: readonly Related[]): void {
  walk.diagnostics.push({ code, severity: "error", message, where: { file: walk.file, path: [], range }, help, ...(related ? { related } : {}) });
}

function tooDeep(file: string, range?: [number, number]): YamlDiagnostic {
  return {
    code: "yaml/alias-bomb",
    severity: "error",
    message: `lists and maps are nested more than ${MAX_DEPTH} deep`,
    where: { file, path: [], ...(range ? { range } : {}) },
    help: "an inventory needs about eight levels; look for brackets that are never closed",
  };
}

function rangeOf(node: Node): [number, number] {
  const range = node.range;
  return range ? [range[0], range[1]] : [0, 0];
}
