/**
 * Events → values, and what can be said of single scalars on the way.
 *
 * Below a `labels` or `params` key every scalar is text, exactly as it is written: `version: 1.10` is "1.10" there, as it
 * is in Prometheus. Elsewhere plain scalars have the type that YAML gives them.
 */
import type { Diagnostic } from "../diagnostic.ts";
import type { RuleIdOf } from "../rules/registry.ts";
import type { Event, ScalarEvent } from "./events.ts";
import { DOCUMENT, DOUBLE_QUOTED, MAPPING, PLAIN, POP, SCALAR, scalarText, SEQUENCE } from "./events.ts";
import { firstInvisible, invisibleHelp } from "./invisible.ts";
import { implicitReading, isAmbiguousInYaml11, plainValue } from "./scalar.ts";

export type YamlCode = RuleIdOf<"yaml">;
export type YamlDiagnostic = Diagnostic<YamlCode>;

/** A list or map nested deeper than this is refused; nothing in an inventory needs more than ten. */
export const MAX_DEPTH = 100;

/** Thrown for what only the reference parser may judge: a duplicate key, a collection as key. Never leaves the room. */
export class NotSimple extends Error {}

export interface BuildInput {
  readonly file: string;
  readonly source: string;
  readonly events: readonly Event[];
  /** Findings about single scalars are added here. */
  readonly diagnostics: YamlDiagnostic[];
  /** Plain ASCII text without escapes cannot hold an invisible character. */
  readonly isAscii: boolean;
  /** The events come from the reference parser: nobody else is left to ask. */
  readonly isReference: boolean;
}

interface Builder extends BuildInput {
  next: number;
}

/** Keys whose map holds text values. */
function holdsText(key: string): boolean {
  return key === "labels" || key === "params";
}

/**
 * Builds the value of each document of a stream.
 *
 * Throws NotSimple for what the reference parser has to look at; never on the reference parser's own events.
 */
export function buildDocuments(input: BuildInput): unknown[] {
  const builder: Builder = { ...input, next: 0 };
  const { events } = builder;
  const documents: unknown[] = [];
  while (builder.next < events.length) {
    if (events[builder.next++]?.type !== DOCUMENT) continue;
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
    case SEQUENCE: {
      const list: unknown[] = [];
      for (let event = builder.events[builder.next]; event?.type !== POP; event = builder.events[builder.next]) {
        // `- [::1]:9100` and `- [2001:db8::1]` are lists in a list to YAML; no list of ours holds lists.
        if (event?.type === SEQUENCE && !builder.isReference) throw new NotSimple("a list in a list");
        list.push(build(builder, key, isText));
      }
      builder.next++;
      return list;
    }
    case MAPPING:
      return mapping(builder, holdsText(key));
    default:
      throw new NotSimple("an alias or an unknown event");
  }
}

function mapping(builder: Builder, isText: boolean): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  while (builder.events[builder.next]?.type !== POP) {
    const event = builder.events[builder.next++];
    if (event?.type !== SCALAR) throw new NotSimple("a collection as key");
    const key = scalarText(builder.source, event);
    checkText(builder, event, key, "key");
    checkYaml11(builder, event, key, "key");
    if (!builder.isReference && !isSimpleKey(builder, map, key)) throw new NotSimple("a key to look at");
    const value = build(builder, key, isText);
    // An assignment would change the prototype instead.
    if (key === "__proto__") Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
    else map[key] = value;
  }
  builder.next++;
  return map;
}

/**
 * False for a key that may occur twice (or has the name of what every object inherits), a merge key, a key with a colon
 * (`2001:db8::` in a list is a map with the key `2001:db8:`), and where a host is a list (`host: [2001:db8::1]`).
 */
function isSimpleKey(builder: Builder, map: Record<string, unknown>, key: string): boolean {
  return map[key] === undefined && key !== "<<" && !key.includes(":") && !(key === "host" && builder.events[builder.next]?.type === SEQUENCE);
}

function scalar(builder: Builder, event: ScalarEvent, key: string, isText: boolean): unknown {
  if (event.valueStart < 0) return null;
  const text = scalarText(builder.source, event);
  // A description is prose for people: smart quotes and no-break spaces do no harm there.
  if (key !== "description") checkText(builder, event, text, "text");
  if (event.style !== PLAIN) return text;
  checkYaml11(builder, event, text, "text");
  if (!isText) return plainValue(text);
  if (plainValue(text) === null) return null;
  const reading = implicitReading(text);
  if (reading !== undefined) {
    builder.diagnostics.push({
      code: "yaml/implicit-type",
      severity: "warning",
      message: `\`${text}\` without quotes is a number or boolean in YAML (${reading}); the label or parameter is the text "${text}"`,
      where: at(builder, event),
      help: `quote it, so that every reader agrees: "${text}"`,
    });
  }
  return text;
}

function checkText(builder: Builder, event: ScalarEvent, text: string, what: "key" | "text"): void {
  if (builder.isAscii && (event.fast || event.style !== DOUBLE_QUOTED)) return;
  const found = firstInvisible(text);
  if (found === undefined) return;
  builder.diagnostics.push({
    code: "yaml/invisible-char",
    severity: "error",
    message: `the ${what} contains ${found.name} (${found.codePoint}), which looks like something else or like nothing`,
    where: at(builder, event),
    help: invisibleHelp(found),
  });
}

function checkYaml11(builder: Builder, event: ScalarEvent, text: string, what: "key" | "text"): void {
  if (event.style !== PLAIN || !isAmbiguousInYaml11(text)) return;
  builder.diagnostics.push({
    code: "yaml/yaml11-ambiguous",
    severity: "info",
    message: `the ${what} \`${text}\` is text here; readers of YAML 1.1 (PyYAML, Ansible) take it for another type`,
    where: at(builder, event),
    help: `quote it, where other tools read this file: "${text}"`,
  });
}

function at(builder: Builder, event: ScalarEvent): { file: string; path: []; range: [number, number] } {
  return { file: builder.file, path: [], range: [event.valueStart, event.valueEnd] };
}
