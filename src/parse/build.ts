/**
 * Events → values, and what can be said of single scalars on the way.
 *
 * Below a `labels` or `params` key every scalar is text, exactly as it is written: `version: 1.10` is "1.10" there, as it
 * is in Prometheus. Elsewhere plain scalars have the type that YAML gives them.
 *
 * This runs once for every node of the inventory: a plain ASCII word that can only be text leaves it after two comparisons.
 */
import type { Diagnostic } from "../diagnostic.ts";
import type { RuleIdOf } from "../rules/registry.ts";
import type { Event, EventStream, ScalarEvent } from "./events.ts";
import { BLOCK, DOCUMENT, DOUBLE_QUOTED, LITERAL, MAPPING, PLAIN, POP, SCALAR, scalarRange, scalarText, SEQUENCE } from "./events.ts";
import { firstInvisible, invisibleHelp } from "./invisible.ts";
import { canOnlyBeText, implicitReading, isAmbiguousInYaml11, plainValue } from "./scalar.ts";

export type YamlCode = RuleIdOf<"yaml">;
export type YamlDiagnostic = Diagnostic<YamlCode>;

/** A list or map nested deeper than this is refused; nothing in an inventory needs more than ten. */
export const MAX_DEPTH = 100;

/** Thrown for what only the reference parser may judge: a duplicate key, a collection as key. Never leaves the room. */
export class NotSimple extends Error {}

export interface BuildInput {
  readonly file: string;
  readonly stream: EventStream;
  /** Findings about single scalars are added here. */
  readonly diagnostics: YamlDiagnostic[];
  /** Plain ASCII text without escapes cannot hold an invisible character. */
  readonly isAscii: boolean;
  /** The events come from the reference parser: nobody else is left to ask. */
  readonly isReference: boolean;
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
  return new Builder(input).documents();
}

class Builder {
  readonly #file: string;
  readonly #stream: EventStream;
  readonly #source: string;
  readonly #events: readonly Event[];
  readonly #diagnostics: YamlDiagnostic[];
  readonly #isAscii: boolean;
  readonly #isReference: boolean;
  #next = 0;

  constructor({ file, stream, diagnostics, isAscii, isReference }: BuildInput) {
    this.#file = file;
    this.#stream = stream;
    this.#source = stream.source;
    this.#events = stream.events;
    this.#diagnostics = diagnostics;
    this.#isAscii = isAscii;
    this.#isReference = isReference;
  }

  documents(): unknown[] {
    const documents: unknown[] = [];
    while (this.#next < this.#events.length) {
      if (this.#events[this.#next++]?.type !== DOCUMENT) continue;
      documents.push(this.#events[this.#next]?.type === POP ? null : this.#value("", false));
      this.#next++;
    }
    return documents;
  }

  #value(key: string, isText: boolean): unknown {
    const event = this.#events[this.#next++];
    switch (event?.type) {
      case SCALAR:
        return this.#scalar(event, key, isText);
      case SEQUENCE:
        return this.#list(key, isText);
      case MAPPING:
        return this.#map(holdsText(key));
      default:
        throw new NotSimple("an alias or an unknown event");
    }
  }

  #list(key: string, isText: boolean): unknown[] {
    const list: unknown[] = [];
    for (;;) {
      const event = this.#events[this.#next];
      if (event?.type === SCALAR) {
        this.#next++;
        list.push(this.#scalar(event, key, isText));
      } else if (event?.type === POP) {
        this.#next++;
        return list;
      } else {
        // `- [::1]:9100` and `- [2001:db8::1]` are lists in a list to YAML; no list of ours holds lists.
        if (event?.type === SEQUENCE && !this.#isReference) throw new NotSimple("a list in a list");
        list.push(this.#value(key, isText));
      }
    }
  }

  #map(isText: boolean): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    for (;;) {
      const event = this.#events[this.#next++];
      if (event?.type === POP) return map;
      if (event?.type !== SCALAR) throw new NotSimple("a collection as key");
      const key = scalarText(this.#stream, event);
      if (!this.#isPlainWord(event)) this.#remark(event, key, "key");
      if (!this.#isReference && !this.#isSimpleKey(map, event, key)) throw new NotSimple("a key to look at");
      const valueEvent = this.#events[this.#next];
      const value = this.#value(key, isText);
      if (valueEvent?.type === SEQUENCE && valueEvent.style === BLOCK && !this.#isReference && !this.#isOnNewLine()) throw new NotSimple("a key behind a list");
      // An assignment would change the prototype instead.
      if (key === "__proto__") Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
      else map[key] = value;
    }
  }

  /**
   * False for a key that may occur twice (or has the name of what every object inherits), a merge key, a missing or
   * folded one, one with a colon (`2001:db8::` in a list is a map with the key `2001:db8:`), and where a host is a list
   * (`host: [2001:db8::1]`).
   */
  #isSimpleKey(map: Record<string, unknown>, event: ScalarEvent, key: string): boolean {
    if (map[key] !== undefined || !event.fast) return false;
    return key !== "<<" && !key.includes(":") && !(key === "host" && this.#events[this.#next]?.type === SEQUENCE);
  }

  /** js-yaml lets a key stand behind the last item of a list: `- "a" key: b`. */
  #isOnNewLine(): boolean {
    const event = this.#events[this.#next];
    if (event?.type !== SCALAR) return true;
    let at = event.valueStart - (event.style === PLAIN ? 1 : 2);
    while (this.#source.charCodeAt(at) === 32) at--;
    return this.#source.charCodeAt(at) === 10;
  }

  #scalar(event: ScalarEvent, key: string, isText: boolean): unknown {
    if (event.valueStart < 0) return null;
    const text = scalarText(this.#stream, event);
    if (this.#isPlainWord(event)) return text;
    if (!event.fast && !this.#isReference && !this.#isSimpleText(event)) throw new NotSimple("text in several lines");
    this.#remark(event, text, key === "description" ? "prose" : "text");
    if (event.style !== PLAIN) return text;
    const value = plainValue(text);
    if (!isText || value === null) return value;
    const reading = implicitReading(text);
    if (reading !== undefined) {
      this.#diagnostics.push({
        code: "yaml/implicit-type",
        severity: "warning",
        message: `\`${text}\` without quotes is a number or boolean in YAML (${reading}); the label or parameter is the text "${text}"`,
        where: this.#at(event),
        help: `quote it, so that every reader agrees: "${text}"`,
      });
    }
    return text;
  }

  #isSimpleText(event: ScalarEvent): boolean {
    const written = this.#source.slice(event.valueStart, event.valueEnd);
    if (event.style < LITERAL) return event.style !== DOUBLE_QUOTED || !written.includes("\n");
    const header = this.#source.slice(this.#source.lastIndexOf("\n", event.valueStart - 2) + 1, event.valueStart);
    return event.indent > 0 && /[|>][-+]?\r?\n$/.test(header) && written.trim() !== "";
  }

  /** True for most of an inventory: text in one piece, of which nothing is to be said. */
  #isPlainWord(event: ScalarEvent): boolean {
    return this.#isAscii && event.fast && event.style === PLAIN && canOnlyBeText(this.#source, event.valueStart, event.valueEnd);
  }

  #remark(event: ScalarEvent, text: string, what: "key" | "text" | "prose"): void {
    // A description is for people: smart quotes and no-break spaces do no harm there.
    const mayHide = what !== "prose" && (this.#isReference || !this.#isAscii || (!event.fast && event.style === DOUBLE_QUOTED));
    const found = mayHide ? firstInvisible(text) : undefined;
    if (found !== undefined) {
      this.#diagnostics.push({
        code: "yaml/invisible-char",
        severity: "error",
        message: `the ${what} contains ${found.name} (${found.codePoint}), which looks like something else or like nothing`,
        where: this.#at(event),
        help: invisibleHelp(found),
      });
    }
    if (event.style === PLAIN && isAmbiguousInYaml11(text)) {
      this.#diagnostics.push({
        code: "yaml/yaml11-ambiguous",
        severity: "info",
        message: `the ${what} \`${text}\` is text here; readers of YAML 1.1 (PyYAML, Ansible) take it for another type`,
        where: this.#at(event),
        help: `quote it, where other tools read this file: "${text}"`,
      });
    }
  }

  #at(event: ScalarEvent): { file: string; path: []; range: [number, number] } {
    return { file: this.#file, path: [], range: scalarRange(this.#source, event) };
  }
}
