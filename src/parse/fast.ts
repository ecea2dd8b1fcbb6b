/**
 * The fast path: js-yaml's events, for the YAML that people write nearly always.
 *
 * Whatever is out of the ordinary (anchor, alias, tag, directive, merge key, duplicate key, a collection as key, explicit
 * `?`, a suppression comment, an empty stream, any error) makes it give up, here or in build.ts, and the reference parser
 * reads the whole file. So does whatever the two read differently; test/parse/differential.test.ts holds them together.
 */
import type { Event as JsYamlEvent } from "js-yaml";
import { MAX_DEPTH } from "./build.ts";
import { joinClosingLines } from "./closing.ts";
import type { Event, EventStream } from "./events.ts";
import { SCALAR } from "./events.ts";
import { jsYaml } from "./packages.ts";

/** The word that starts a suppression comment; only the reference parser sees comments. */
export const IGNORE_MARK = "promgen-ignore";

/** An explicit key: a `?` with white space after it. A false positive only costs time. */
const EXPLICIT_KEY = /\?(?:\s|$)/;

/** js-yaml drops directives that it does not know. */
const DIRECTIVE = /^%/m;

/** js-yaml takes a tab for indentation in places where YAML does not, and a carriage return alone for a line break. */
const TAB_INDENT = /^ *\t/m;
const LONE_RETURN = /\r(?!\n)/;

/** The events of a text, or `undefined` where the reference parser has to read it. */
export function fastEvents(source: string): EventStream | undefined {
  if (!isOrdinary(source)) return undefined;
  const events = tryParse(source) ?? parseJoined(source);
  if (events === undefined || events.length === 0) return undefined;
  if (source.includes("&") || source.includes("!")) {
    for (const event of events) {
      if ("anchorStart" in event && (event.type === 5 || event.anchorStart >= 0 || event.tagStart >= 0))
        return undefined;
    }
  }
  return { source, events: events as readonly Event[], texts: undefined };
}

function tryParse(source: string): JsYamlEvent[] | undefined {
  try {
    return jsYaml().parseEvents(source, { maxDepth: MAX_DEPTH });
  } catch {
    return undefined;
  }
}

function parseJoined(source: string): JsYamlEvent[] | undefined {
  const joined = joinClosingLines(source);
  const events = joined === undefined ? undefined : tryParse(joined);
  // Where the bracket became a part of a text, the text was meant to end before it.
  const hasBracket = (event: JsYamlEvent): boolean =>
    event.type === SCALAR && /\n *[\]}]/.test(source.slice(event.valueStart, event.valueEnd));
  return events?.some(hasBracket) === true ? undefined : events;
}

/** Looks for single characters first: that is far faster than an expression, and most files have none of them. */
function isOrdinary(source: string): boolean {
  return !(
    source.includes("\ufeff") ||
    source.includes("\x7f") ||
    (source.includes("?") && EXPLICIT_KEY.test(source)) ||
    (source.includes("%") && DIRECTIVE.test(source)) ||
    (source.includes("\t") && TAB_INDENT.test(source)) ||
    (source.includes("\r") && LONE_RETURN.test(source)) ||
    startsOddly(source) ||
    mayHoldSuppression(source)
  );
}

/** js-yaml does not see the indentation of a first line, nor a `...` before any document. */
function startsOddly(source: string): boolean {
  if (source.startsWith(" ") || source.startsWith("\t")) return true;
  let at = 0;
  for (;;) {
    const code = source.charCodeAt(at);
    if (code === 35) at = source.indexOf("\n", at);
    else if (code !== 32 && code !== 9 && code !== 10 && code !== 13) return source.startsWith("...", at);
    if (at < 0) return false;
    at++;
  }
}

/** Looks behind each `#`: there are fewer of them than of any letter of the word. */
function mayHoldSuppression(source: string): boolean {
  for (let at = source.indexOf("#"); at >= 0; at = source.indexOf("#", at + 1)) {
    let next = at + 1;
    while (source.charCodeAt(next) <= 32 && source.charCodeAt(next) !== 10) next++;
    if (source.startsWith(IGNORE_MARK, next)) return true;
  }
  return false;
}
