/**
 * Nodes that YAML allows and an inventory does not: what is wrong with each, in words.
 */
import type { Alias, Node, Scalar } from "yaml";
import { excerpt, quoteIt } from "./excerpt.ts";
import { addressMistake, looksLikeIpv6, templateMistake } from "./foreign.ts";
import { commentMistake, signInWords } from "./foreign-marks.ts";
import type { Line } from "./line.ts";
import { lineAt } from "./line.ts";
import type { Mistake, Range } from "./mistake.ts";
import { yaml } from "./packages.ts";

/** What a node stands in: a list, or the key of a map. */
export type Within = "list" | { readonly key: string } | undefined;

/** A key that is a list, a map or an unknown alias. */
export function keyMistake(source: string, key: Node): Mistake {
  const [start, end] = rangeOf(key);
  const line = /^[^\r\n]*/.exec(source.slice(start, Math.max(end, start + 1)))?.[0].trimEnd() ?? "";
  const range: Range = [start, start + line.length];
  if (yaml().isAlias(key)) return unknownAlias(key);
  // `{{ name }}` is a map in a map, and this is its key.
  if (line.startsWith("{") && source[start - 1] === "{") return templateMistake(`{${line}}`, start - 1);
  return {
    message: `${excerpt(line)} is ${yaml().isSeq(key) ? "a list" : "a map"} to YAML, and stands where a key is expected`,
    range,
    help: "write a plain word before the colon, or put the text in quotes",
  };
}

/** `<<: *b`, `: x`, `// a: b`, `a { b: c }`, and in brackets `a:b`, `a=b` and `a b`. */
export function oddKey(source: string, key: Scalar, value: Node | null): Mistake | undefined {
  const text = textOf(key);
  const [start, end] = rangeOf(key);
  if (key.type !== "PLAIN") return undefined;
  if (text === "<<") {
    return {
      code: "yaml/merge-key",
      message: "merge keys (`<<`) are not part of YAML 1.2, and hide where a value comes from",
      range: [start, end],
      help: "put shared values where they are inherited: labels of a service, farm or shard, `exporters:` of promgen.yml; hosts in a farm document",
    };
  }
  if (start === end) {
    const mark = source.slice(0, start).trimEnd().length - 1;
    const colon = source[mark] === "?" ? -1 : source.indexOf(":", start);
    const at = colon < 0 ? Math.max(mark, 0) : colon;
    return {
      message: "a key is missing here",
      range: [at, at + 1],
      help: "write the key, or put the text in quotes",
    };
  }
  const line = lineAt(source, start);
  const comment = commentMistake(line.content, [line.first, line.first + line.content.length]);
  if (comment !== undefined && line.first === start) return comment;
  const range: Range = [start, end];
  const bracket = /^([A-Za-z_][\w-]*) *[[{]/.exec(text);
  if (bracket !== null && /^[^\r\n]*[\]}]\s*(?:#.*)?$/m.test(source.slice(end, line.end)))
    return colonBefore(source, line, start, bracket[1] ?? "");
  const parts = value === null ? PAIR.exec(text) : null;
  if (parts === null) return undefined;
  const [, name = "", sign = "", rest = ""] = parts;
  const help = `write ${excerpt(`${name}: ${rest}`)}`;
  if (sign === ":") return { message: `a space is missing after the colon in ${excerpt(text)}`, range, help };
  return sign.trim() === ""
    ? { message: `a colon is missing in ${excerpt(text)}`, range, help }
    : { message: `${excerpt(text)} has ${signInWords(sign)} where YAML has a colon`, range, help };
}

/** A pair in brackets that is but a key to YAML: `a:b`, `a=b`, `a => b`, `a b`. */
const PAIR = /^([^\s:=>]+)(:| *(?:=>|:=|==?|->) *| +)([^\s:]+)$/;

/** `labels { a: b }`, the key of which is `labels { a`. */
function colonBefore(source: string, line: Line, start: number, name: string): Mistake {
  const text = source.slice(start, line.first + line.content.length);
  return {
    message: `a colon is missing behind \`${name}\` in ${excerpt(text)}`,
    range: [start, start + text.length],
    help: `write ${excerpt(`${name}: ${text.slice(name.length).trimStart()}`)}`,
  };
}

/** `*name` where nothing has that name; mostly a wildcard. */
export function unknownAlias(node: Alias): Mistake {
  const written = `*${node.source}`;
  const isWildcard = /[.:]/.test(node.source);
  return {
    code: "yaml/anchor-alias",
    message: isWildcard
      ? `${excerpt(written)} without quotes is an alias to YAML, not text`
      : `${excerpt(written)} is an alias, and this document has no anchor ${excerpt(`&${node.source}`)} before it`,
    range: rangeOf(node),
    help: isWildcard
      ? `${quoteIt(written)}; hosts take ranges such as \`web[1-9].example.com\`, not wildcards`
      : "write the value out, or put the text in quotes",
  };
}

/** A collection that is really an address somebody did not quote. */
export function unquotedAddress(source: string, node: Node, within: Within): Mistake | undefined {
  const [start, end] = rangeOf(node);
  if (yaml().isSeq(node)) {
    const isHostPlace = within === "list" || (within !== undefined && within.key === "host");
    const only = node.items.length === 1 ? node.items[0] : undefined;
    if (!node.flow || !isHostPlace || !yaml().isScalar(only) || !isAddress(only)) return undefined;
    return addressMistake(source.slice(start, end), [start, end], "is a list to YAML");
  }
  const pair = yaml().isMap(node) && node.items.length === 1 ? node.items[0] : undefined;
  if (pair === undefined) return undefined;
  const key = pair.key as Node;
  // `2001:db8:` of the pair that `2001:db8::` is to YAML; `::1` of the list that is the key in `[::1]:9100`.
  const only = yaml().isSeq(key) && key.items.length === 1 ? key.items[0] : undefined;
  const isPair = yaml().isScalar(only) ? isAddress(only) : yaml().isScalar(key) && isAddress(key, ":");
  if (!isPair) return undefined;
  const from = rangeOf(key)[0];
  const text = /^(?:\[[^\]\s]*\])?[^\s,\]}]*/.exec(source.slice(from, from + 200))?.[0] ?? "";
  return addressMistake(text, [from, from + text.length], "is a map to YAML");
}

function isAddress(node: Scalar, tail = ""): boolean {
  return node.type === "PLAIN" && looksLikeIpv6(`${node.source ?? ""}${tail}`);
}

/** The text of a scalar, decoded. */
export function textOf(node: Scalar): string {
  return node.source ?? "";
}

/** The part of a range that is in its first line. */
export function firstLine(source: string, [start, end]: Range): Range {
  const line = /^[^\r\n]*/.exec(source.slice(start, end))?.[0].trimEnd() ?? "";
  return [start, start + Math.max(1, line.length)];
}

/** Where a node is written; quotes are not part of it, as in the events. */
export function rangeOf(node: Node): [number, number] {
  const [start, end] = node.range ?? [0, 0];
  const isQuoted = yaml().isScalar(node) && (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE");
  return isQuoted ? [start + 1, end - 1] : [start, end];
}
