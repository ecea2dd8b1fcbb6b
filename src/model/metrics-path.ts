/**
 * An exporter's path with a query → `__metrics_path__` and `__param_*`. Both are read as Promgen does, with Python's
 * urlparse and parse_qs: `&` separates, `+` is a space, `%xx` is UTF-8. What Promgen drops or changes without a word is a
 * problem here.
 */
import { isVisibleAscii, showText } from "./show-text.ts";

export interface MetricsPath {
  /** As written; "" where there is none. */
  readonly text: string;
  /** Without query, still encoded. "" renders no `__metrics_path__`. */
  readonly path: string;
  /** Decoded; the first value of a key. */
  readonly query: readonly (readonly [key: string, value: string])[];
  /** What is wrong with it, each for the end of a sentence. None of them holds a value of the query. */
  readonly problems: readonly string[];
}

export const NO_PATH: MetricsPath = { text: "", path: "", query: [], problems: [] };

/** Reads a path; never fails. */
export function readMetricsPath(text: string): MetricsPath {
  if (text === "") return NO_PATH;
  const problems: string[] = [];
  const mark = text.indexOf("?");
  const path = mark < 0 ? text : text.slice(0, mark);
  if (/^[a-zA-Z][a-zA-Z0-9+.-]*:\/\//.test(path))
    problems.push("it is a whole URL; host, port and scheme have fields of their own");
  else if (path.startsWith("//")) problems.push("it starts with `//`, after which a host would follow");
  else if (path !== "" && !path.startsWith("/")) problems.push("it does not start with `/`");
  if (text.includes("#")) problems.push("it has a fragment (`#`), which is never sent");
  // Python's urlparse takes `;` parameters off the last segment alone.
  if (/;[^/]*$/.test(path)) problems.push("it has `;` parameters, which Promgen drops");
  if (!isVisibleAscii(text) && /[\s\p{Cc}]/u.test(text))
    problems.push("it contains white space or a control character");
  const query = mark < 0 ? [] : readQuery(text.slice(mark + 1), problems);
  return { text, path, query, problems };
}

/**
 * A path without its `%` escapes, as it is written so that Prometheus asks for it; `undefined` where it cannot be: for what
 * a path may not hold, and for a `/` that is no border between two parts.
 */
export function decodePath(path: string): string | undefined {
  if (/%2f/i.test(path)) return undefined;
  const text = decodeEscapes(path);
  const read = readMetricsPath(text);
  const isPath = read.path === text && read.problems.length === 0 && !/%[0-9a-f]{2}|\ufffd/i.test(text);
  return isPath ? text : undefined;
}

function readQuery(text: string, problems: string[]): [string, string][] {
  const found = new Map<string, string>();
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const key = decodeText(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? "" : decodeText(pair.slice(equals + 1));
    if (key === "") problems.push("a parameter has no name");
    else if (value === "")
      problems.push(`the parameter ${showText(key)} has no value, and is none to Promgen and Prometheus`);
    else if (found.has(key))
      problems.push(`the parameter ${showText(key)} is given twice, and a target has one value for each`);
    else found.set(key, value);
  }
  return [...found];
}

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Like Python's unquote_plus: what is no `%xx` stays, bytes that are not UTF-8 become U+FFFD. */
function decodeText(text: string): string {
  return /[+%]/.test(text) ? decodeEscapes(text.replaceAll("+", " ")) : text;
}

function decodeEscapes(text: string): string {
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (escaped) => {
    const bytes = Uint8Array.from(escaped.slice(1).split("%"), (hex) => Number.parseInt(hex, 16));
    return UTF8.decode(bytes);
  });
}
