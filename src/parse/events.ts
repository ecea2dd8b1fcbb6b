/**
 * The stream that both parsers produce and that values and places are built from.
 *
 * Its shape is that of js-yaml's `parseEvents`, so that the fast path needs no conversion; the reference parser
 * makes the same shape and says the decoded text in `text`. Offsets are UTF-16 units into the source.
 */
import type { ScalarEvent as JsYamlScalarEvent } from "js-yaml";
import { jsYaml } from "./packages.ts";

export const DOCUMENT = 1;
export const SEQUENCE = 2;
export const MAPPING = 3;
export const SCALAR = 4;
export const ALIAS = 5;
export const POP = 6;

export const PLAIN = 1;
export const SINGLE_QUOTED = 2;
export const DOUBLE_QUOTED = 3;

export interface DocumentEvent {
  readonly type: typeof DOCUMENT;
}

export interface CollectionEvent {
  readonly type: typeof SEQUENCE | typeof MAPPING;
  readonly start: number;
}

/** `valueStart` is -1 for a node that is not there (`key:` with nothing after it); quotes are not part of the range. */
export interface ScalarEvent {
  readonly type: typeof SCALAR;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly style: number;
  /** The text is the source between the offsets, as it stands. */
  readonly fast: boolean;
  /** The decoded text, where the reference parser decoded it. */
  readonly text?: string;
}

export interface PopEvent {
  readonly type: typeof POP;
}

export type Event = DocumentEvent | CollectionEvent | ScalarEvent | PopEvent;

/** The text of a scalar, decoded: folded, unescaped, unquoted. Not resolved to a type. */
export function scalarText(source: string, event: ScalarEvent): string {
  if (event.text !== undefined) return event.text;
  if (event.fast) return source.slice(event.valueStart, event.valueEnd);
  return jsYaml().getScalarValue(source, event as JsYamlScalarEvent);
}
