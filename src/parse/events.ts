/**
 * The stream that both parsers produce and that values and places are built from.
 *
 * Its shape is that of js-yaml's `parseEvents`, so that the fast path needs no conversion; the reference parser makes the
 * same shapes, property for property, so that what reads them stays fast after a file with mistakes. Offsets are UTF-16
 * units into the source.
 */
import type { ScalarEvent as JsYamlScalarEvent } from "js-yaml";
import { jsYaml } from "./packages.ts";

export const DOCUMENT = 1;
export const SEQUENCE = 2;
export const MAPPING = 3;
export const SCALAR = 4;
export const POP = 6;

export const PLAIN = 1;
export const SINGLE_QUOTED = 2;
export const DOUBLE_QUOTED = 3;
export const LITERAL = 4;
export const FOLDED = 5;

/** Style of a collection without brackets. */
export const BLOCK = 1;

export interface DocumentEvent {
  readonly type: typeof DOCUMENT;
  readonly explicitStart: boolean;
  readonly explicitEnd: boolean;
  readonly directives: readonly unknown[];
}

export interface CollectionEvent {
  readonly type: typeof SEQUENCE | typeof MAPPING;
  readonly start: number;
  readonly anchorStart: number;
  readonly anchorEnd: number;
  readonly tagStart: number;
  readonly tagEnd: number;
  readonly style: number;
}

/** `valueStart` is -1 for a node that is not there (`key:` with nothing after it); quotes are not part of the range. */
export interface ScalarEvent {
  readonly type: typeof SCALAR;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly anchorStart: number;
  readonly anchorEnd: number;
  readonly tagStart: number;
  readonly tagEnd: number;
  readonly style: number;
  readonly chomping: number;
  readonly indent: number;
  /** The text is the source between the offsets, as it stands. */
  readonly fast: boolean;
}

export interface PopEvent {
  readonly type: typeof POP;
}

export type Event = DocumentEvent | CollectionEvent | ScalarEvent | PopEvent;

export interface EventStream {
  readonly source: string;
  readonly events: readonly Event[];
  /** The decoded text of scalars, where the reference parser decoded it. */
  readonly texts: ReadonlyMap<Event, string> | undefined;
}

/** The text of a scalar, decoded: folded, unescaped, unquoted. Not resolved to a type. */
export function scalarText({ source, texts }: EventStream, event: ScalarEvent): string {
  if (event.fast) return source.slice(event.valueStart, event.valueEnd);
  return texts?.get(event) ?? jsYaml().getScalarValue(source, event as JsYamlScalarEvent);
}

/** Start and end of what is written: for text in a block (`|`, `>`), without the white space around it. */
export function scalarRange(source: string, event: ScalarEvent): [start: number, end: number] {
  if (event.style < LITERAL) return [event.valueStart, event.valueEnd];
  const content = source.slice(event.valueStart, event.valueEnd);
  const start = event.valueEnd - content.trimStart().length;
  return start === event.valueEnd
    ? [event.valueStart, event.valueStart]
    : [start, event.valueStart + content.trimEnd().length];
}
