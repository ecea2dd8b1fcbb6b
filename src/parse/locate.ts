/**
 * Routes → offsets. Runs only over files that have findings, so it reads the events again instead of keeping places.
 */
import type { Path } from "../diagnostic.ts";
import type { Event, EventStream, ScalarEvent } from "./events.ts";
import { DOCUMENT, POP, SCALAR, scalarRange, scalarText, SEQUENCE } from "./events.ts";
import { createDashes, firstLine, isOpening } from "./extent.ts";
import type { Range } from "./mistake.ts";

/**
 * Offsets (UTF-16 units, end exclusive) of the node at a route, or of its key. A node that is not there (`key:` alone)
 * gives its key, an item that is not there (`-` alone) its dash; a route that leads nowhere gives the deepest node that is
 * there; a list or map gives the part of it that is in its first line. `undefined` only for a file without any node.
 */
export type Locator = (path: Path, part: "key" | "value") => readonly [number, number] | undefined;

/** Makes the locator of a text from the events of either parser. */
export function createLocator(stream: EventStream): Locator {
  const { source, events } = stream;
  const ends = matchEnds(events);
  const dashOf = createDashes(source);
  return (path, part) => {
    const [document = 0, ...steps] = path;
    let at = documentStart(events, ends, Number(document));
    if (at === undefined) return undefined;
    let best = rangeOf(source, events[at], false);
    for (const [index, step] of steps.entries()) {
      const found = child(stream, ends, at, step);
      if (found === undefined) break;
      const start = startOf(events[at]);
      at = found.at;
      const key = found.key && scalarRange(source, found.key);
      const isKeyAsked = part === "key" && index === steps.length - 1;
      best =
        (isKeyAsked ? key : undefined) ??
        rangeOf(source, events[at], isOpening(source, start)) ??
        key ??
        dashOf(start, Number(step)) ??
        best;
    }
    return best;
  };
}

function child(
  stream: EventStream,
  ends: Int32Array,
  at: number,
  step: string | number,
): { at: number; key?: ScalarEvent } | undefined {
  const { events } = stream;
  const event = events[at];
  if (event === undefined || event.type === SCALAR || event.type === POP || event.type === DOCUMENT) return undefined;
  const end = ends[at] ?? 0;
  let next = at + 1;
  if (event.type === SEQUENCE) {
    for (let index = 0; next < end; index++, next = after(ends, next)) if (index === step) return { at: next };
    return undefined;
  }
  while (next < end) {
    const key = events[next];
    if (key?.type === SCALAR && scalarText(stream, key) === String(step)) return { at: next + 1, key };
    next = after(ends, next + 1);
  }
  return undefined;
}

function after(ends: Int32Array, at: number): number {
  return (ends[at] || at) + 1;
}

function documentStart(events: readonly Event[], ends: Int32Array, index: number): number | undefined {
  let seen = 0;
  for (let at = 0; at < events.length; at = after(ends, at)) {
    if (events[at]?.type !== DOCUMENT) continue;
    if (seen++ === index) return events[at + 1]?.type === POP ? undefined : at + 1;
  }
  return undefined;
}

/** For each event that opens something, the index of the POP that closes it. */
function matchEnds(events: readonly Event[]): Int32Array {
  const ends = new Int32Array(events.length);
  const open: number[] = [];
  for (const [index, event] of events.entries()) {
    if (event.type === POP) ends[open.pop() ?? 0] = index;
    else if (event.type !== SCALAR) open.push(index);
  }
  return ends;
}

/** Of a list or map; -1 for anything else. */
function startOf(event: Event | undefined): number {
  return event !== undefined && "start" in event ? event.start : -1;
}

/** @param isInBrackets what the node is in has brackets */
function rangeOf(source: string, event: Event | undefined, isInBrackets: boolean): Range | undefined {
  if (event?.type === SCALAR && event.valueStart >= 0) return scalarRange(source, event);
  const start = startOf(event);
  return start < 0 ? undefined : firstLine(source, start, isInBrackets);
}
