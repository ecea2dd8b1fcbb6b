/**
 * The fast path: js-yaml's events, for the YAML that people write nearly always.
 *
 * Whatever is out of the ordinary (anchor, alias, tag, directive, merge key, duplicate key, a collection as key, explicit
 * `?`, a suppression comment, an empty stream, any error) makes it give up, and the reference parser reads the whole file.
 */
import { MAX_DEPTH } from "./build.ts";
import type { Event } from "./events.ts";
import { jsYaml } from "./packages.ts";

/** The word that starts a suppression comment; only the reference parser sees comments. */
export const IGNORE_MARK = "promgen-ignore";

/** An explicit key: a `?` with white space after it. A false positive only costs time. */
const EXPLICIT_KEY = /\?(?:\s|$)/;

/** The events of a text, or `undefined` where the reference parser has to read it. */
export function fastEvents(text: string): readonly Event[] | undefined {
  if (text.includes(IGNORE_MARK) || EXPLICIT_KEY.test(text)) return undefined;
  let events;
  try {
    events = jsYaml().parseEvents(text, { maxDepth: MAX_DEPTH });
  } catch {
    return undefined;
  }
  if (events.length === 0) return undefined;
  for (const event of events) {
    switch (event.type) {
      case 4:
      case 3:
      case 2:
        if (event.anchorStart >= 0 || event.tagStart >= 0) return undefined;
        break;
      case 1:
        if (event.directives.length > 0) return undefined;
        break;
      case 5:
        return undefined;
      case 6:
        break;
    }
  }
  return events as readonly Event[];
}
