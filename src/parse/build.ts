/**
 * Events → values, and what can be said of single scalars on the way.
 *
 * Below a `labels` or `params` key every scalar is text, exactly as it is written: `version: 1.10` is "1.10" there, as it
 * is in Prometheus. Elsewhere plain scalars have the type that YAML gives them, where that can be told back from their text.
 *
 * This runs for every node of every inventory; a plain ASCII word leaves it after few comparisons.
 */
import type { Diagnostic } from "../diagnostic.ts";
import type { RuleIdOf } from "../rules/registry.ts";
import type { Event, EventStream, ScalarEvent } from "./events.ts";
import {
  BLOCK,
  DOCUMENT,
  DOUBLE_QUOTED,
  LITERAL,
  MAPPING,
  PLAIN,
  POP,
  SCALAR,
  scalarRange,
  scalarText,
  SEQUENCE,
} from "./events.ts";
import { excerpt, excerptAround, quoteIt } from "./excerpt.ts";
import { beginsLikeWord, hasMark, isMeantAsList } from "./foreign-marks.ts";
import { firstInvisible, invisibleHelp } from "./invisible.ts";
import { canOnlyBeText, implicitReading, plainValue, yaml11Reading } from "./scalar.ts";

export type YamlCode = RuleIdOf<"yaml">;
export type YamlDiagnostic = Diagnostic<YamlCode>;

/** A list or map nested deeper than this is refused; nothing in an inventory needs more than ten. */
export const MAX_DEPTH = 100;

const MAX_SIMPLE_KEY = 1000;

/** Thrown for what only the reference parser may judge: a duplicate key, a collection as key. Never leaves the room. */
export class NotSimple extends Error {}

export interface BuildInput {
  readonly file: string;
  readonly stream: EventStream;
  /** Findings about single scalars are added here. */
  readonly diagnostics: YamlDiagnostic[];
  /** Plain ASCII text without escapes cannot hold an invisible character; control characters go to the reference. */
  readonly isAscii: boolean;
  /** The events come from the reference parser: nobody else is left to ask. */
  readonly isReference: boolean;
}

interface Builder extends BuildInput {
  readonly source: string;
  readonly events: readonly Event[];
  next: number;
}

/** Keys whose map holds text values. */
export function holdsText(key: string): boolean {
  return key === "labels" || key === "params";
}

/**
 * Builds the value of each document of a stream.
 *
 * Throws NotSimple for what the reference parser has to look at; never on the reference parser's own events.
 */
export function buildDocuments(input: BuildInput): unknown[] {
  const { file, stream, diagnostics, isAscii, isReference } = input;
  const { source, events } = stream;
  // Spelt out: an object made by spreading another is a slow dictionary to Node 20.
  const builder: Builder = { file, stream, diagnostics, isAscii, isReference, source, events, next: 0 };
  const documents: unknown[] = [];
  while (builder.next < events.length) {
    const event = events[builder.next++];
    if (event?.type !== DOCUMENT) continue;
    if (event.explicitEnd || event.directives.length > 0) throw new NotSimple("a directive or a `...`");
    documents.push(events[builder.next]?.type === POP ? null : build(builder, "", false));
    builder.next++;
  }
  return documents;
}

function build(builder: Builder, key: string, isText: boolean): unknown {
  const event = builder.events[builder.next++];
  switch (event?.type) {
    case SCALAR:
      return scalar(builder, event, key, isText);
    case SEQUENCE:
      return list(builder, key, isText);
    case MAPPING:
      return map(builder, holdsText(key));
    default:
      throw new NotSimple("an alias or an unknown event");
  }
}

function list(builder: Builder, key: string, isText: boolean): unknown[] {
  const items: unknown[] = [];
  for (;;) {
    const event = builder.events[builder.next];
    if (event?.type === SCALAR) {
      builder.next++;
      items.push(scalar(builder, event, key, isText));
    } else if (event?.type === POP) {
      builder.next++;
      return items;
    } else {
      // `- [::1]:9100` and `- [2001:db8::1]` are lists in a list to YAML; no list of ours holds lists.
      if (event?.type === SEQUENCE && !builder.isReference) throw new NotSimple("a list in a list");
      items.push(build(builder, key, isText));
    }
  }
}

function map(builder: Builder, isText: boolean): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (;;) {
    const event = builder.events[builder.next++];
    if (event?.type === POP) return result;
    if (event?.type !== SCALAR) throw new NotSimple("a collection as key");
    let key = plainWord(builder, event);
    if (key === undefined) remark(builder, event, (key = scalarText(builder.stream, event)), "key");
    const isBlockList = isBlockSequence(builder.events[builder.next]);
    if (!builder.isReference && !isSimpleKey(builder, result, event, key)) throw new NotSimple("a key to look at");
    const value = build(builder, key, isText);
    if (!builder.isReference && !isText && typeof value === "string" && isMeantAsList(key, value))
      throw new NotSimple("text in place of a list");
    if (isBlockList && !builder.isReference && !isAtLineStart(builder)) throw new NotSimple("a key behind a list");
    // An assignment would change the prototype instead.
    if (key.length === 9 && key === "__proto__")
      Object.defineProperty(result, key, { value, enumerable: true, configurable: true, writable: true });
    else result[key] = value;
  }
}

/**
 * False for a key that may occur twice (or has the name of what every object inherits), a merge key, a missing or decoded
 * one, one with a colon (`2001:db8::` in a list is a map with the key `2001:db8:`) or with what may be a pair (`a=b`), or that
 * may be a comment of another language (`// a`), and where a host is a list (`host: [2001:db8::1]`).
 */
function isSimpleKey(builder: Builder, result: Record<string, unknown>, event: ScalarEvent, key: string): boolean {
  if (result[key] !== undefined || !event.fast || key === "<<" || /[:=> [{]/.test(key) || isLong(builder, event))
    return false;
  return beginsLikeWord(key) && !(builder.events[builder.next]?.type === SEQUENCE && key === "host");
}

/** YAML ends a key after 1,024 characters, counted up to its colon; js-yaml does not. */
function isLong({ source }: Builder, { valueStart, valueEnd }: ScalarEvent): boolean {
  let end = valueEnd;
  while (source.charCodeAt(end) === 32) end++;
  return end - valueStart > MAX_SIMPLE_KEY;
}

function isBlockSequence(event: Event | undefined): boolean {
  return event?.type === SEQUENCE && event.style === BLOCK;
}

/** js-yaml lets a key stand behind the last item of a list: `- "a" key: b`. */
function isAtLineStart({ source, events, next }: Builder): boolean {
  const event = events[next];
  if (event?.type !== SCALAR) return true;
  let at = event.valueStart - (event.style === PLAIN ? 1 : 2);
  while (source.charCodeAt(at) === 32) at--;
  return source.charCodeAt(at) === 10;
}

function scalar(builder: Builder, event: ScalarEvent, key: string, isText: boolean): unknown {
  if (event.valueStart < 0) return null;
  const word = plainWord(builder, event);
  if (word !== undefined) return word;
  if (!event.fast && !builder.isReference && !isSimpleText(builder.source, event))
    throw new NotSimple("text in several lines");
  const text = scalarText(builder.stream, event);
  remark(builder, event, text, key === "description" ? "prose" : "text");
  if (event.style !== PLAIN) return text;
  const value = plainValue(text);
  if (value === null || (!isText && typeof value !== "string")) return value;
  const reading = implicitReading(text, isText);
  if (reading !== undefined) {
    builder.diagnostics.push({
      code: "yaml/implicit-type",
      severity: "warning",
      message: `${excerpt(text)} without quotes is the ${typeof reading} ${reading} to YAML, and its text here`,
      where: at(builder, event),
      help: `${quoteIt(text)}, so that every tool reads the same`,
    });
  }
  return isText ? text : value;
}

/** The text of most scalars: a word in one piece, of which nothing is to be said. */
function plainWord({ source, isAscii }: Builder, event: ScalarEvent): string | undefined {
  if (!isAscii || !event.fast || event.style !== PLAIN) return undefined;
  return canOnlyBeText(source, event.valueStart, event.valueEnd)
    ? source.slice(event.valueStart, event.valueEnd)
    : undefined;
}

/**
 * True where both parsers decode alike what is not simply the source: not so a `\` before a line break, or `|2`. Nor is a
 * text that goes on over a line `---`.
 */
function isSimpleText(source: string, event: ScalarEvent): boolean {
  const written = source.slice(event.valueStart, event.valueEnd);
  if (event.style === PLAIN) return !hasMark(written);
  if (event.style < LITERAL) return event.style !== DOUBLE_QUOTED || !written.includes("\n");
  const header = source.slice(source.lastIndexOf("\n", event.valueStart - 2) + 1, event.valueStart);
  return /[|>][-+]?\r?\n$/.test(header) && written.trim() !== "";
}

function remark(builder: Builder, event: ScalarEvent, text: string, what: "key" | "text" | "prose"): void {
  const mayHide = builder.isReference || !builder.isAscii || (!event.fast && event.style === DOUBLE_QUOTED);
  // A description is for people: smart quotes and no-break spaces do no harm there.
  const found = mayHide && what !== "prose" ? firstInvisible(text) : undefined;
  if (found !== undefined) {
    builder.diagnostics.push({
      code: "yaml/invisible-char",
      severity: "error",
      message: `${excerptAround(text, found.index)} contains ${found.name} (${found.codePoint})`,
      where: at(builder, event),
      help: invisibleHelp(found, text),
    });
  }
  const reading = event.style === PLAIN ? yaml11Reading(text) : undefined;
  if (reading !== undefined) {
    builder.diagnostics.push({
      code: "yaml/yaml11-ambiguous",
      severity: "info",
      message: `${what === "key" ? "the key " : ""}${excerpt(text)} without quotes is text here, but ${reading} to YAML 1.1 tools such as Ansible and PyYAML`,
      where: at(builder, event),
      help: `${quoteIt(text)}, if such tools read this file too`,
    });
  }
}

function at(builder: Builder, event: ScalarEvent): { file: string; path: []; range: [number, number] } {
  return { file: builder.file, path: [], range: scalarRange(builder.source, event) };
}
