/**
 * Host ranges as pdsh and Slurm write them: `web[01-20]`, `r[1-3,7]n[1-2]`. The zero padding of the start is kept.
 */

import { templateIn } from "./template.ts";

/** One item may stand for this many hosts. */
export const MAX_HOSTS_PER_ITEM = 100_000;

export type Expansion = { readonly names: readonly string[] } | RangeFlaw;

/** Why a range cannot be expanded. */
export interface RangeFlaw {
  /** For the end of a sentence. */
  readonly reason: string;
  /** What to do, imperative. */
  readonly help: string;
}

const HOW = "write numbers and `first-last` between the brackets, such as `web[01-20,31]`";
const FEWER =
  "check the numbers for a digit too many; where all of these hosts are meant, split them into several items";

/** True where a host's text has brackets that are not those of an IPv6 address, or of what is meant as one, or of a template. */
export function isRange(text: string): boolean {
  if (!text.includes("[")) return text.includes("]") && !text.includes(":");
  return !/^\[[^[\]]*:/.test(text) && templateIn(text) === undefined;
}

/** Expands a range, or says what is wrong with it. */
export function expandRange(text: string): Expansion {
  const parts: (string | readonly string[])[] = [];
  let total = 1;
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf("[", at);
    const literal = text.slice(at, open < 0 ? text.length : open);
    if (literal.includes("]")) return { reason: "a `]` has no `[` before it", help: HOW };
    if (literal !== "") parts.push(literal);
    if (open < 0) break;
    const close = text.indexOf("]", open);
    if (close < 0) return { reason: "the `[` is not closed", help: HOW };
    const numbers = expandList(text.slice(open + 1, close), MAX_HOSTS_PER_ITEM / total);
    if ("reason" in numbers) return numbers;
    total *= numbers.length;
    parts.push(numbers);
    at = close + 1;
  }
  let names: string[] = [""];
  for (const part of parts) {
    if (typeof part === "string") names = names.map((name) => name + part);
    else names = names.flatMap((name) => part.map((number) => name + number));
  }
  return { names };
}

/** More hosts than that are not tried. */
const MOST_TRIED = 5000;

/**
 * The range whose hosts are those of another one with something taken off them, or in small letters; `undefined` where there
 * is none, or it would have to be tried on very many hosts.
 *
 * @param mend gives for each host of the range what it is to be
 */
export function restateRange(text: string, mend: (name: string) => string): string | undefined {
  const names = namesOf(text);
  if (names === undefined || names.length > MOST_TRIED) return undefined;
  const wanted = names.map(mend);
  const [first = ""] = wanted;
  for (const letters of [text, text.normalize("NFKC").toLowerCase()])
    for (const piece of piecesFor(letters, first)) if (namesOf(piece)?.join(" ") === wanted.join(" ")) return piece;
  return undefined;
}

/** The pieces of a range whose first host is this one. */
function* piecesFor(range: string, first: string): Iterable<string> {
  const parts = range.match(/\[[^\]]*\]|./gsu) ?? [];
  const firsts = parts.map((part) => (part.startsWith("[") ? (/\d+/.exec(part)?.[0] ?? "") : part));
  for (let start = 0; start < parts.length; start++) {
    let name = "";
    for (let end = start; end < parts.length && name.length < first.length;) {
      name += firsts[end++];
      if (name === first) yield parts.slice(start, end).join("");
    }
  }
}

function namesOf(text: string): readonly string[] | undefined {
  if (!isRange(text)) return [text];
  const expansion = expandRange(text);
  return "names" in expansion ? expansion.names : undefined;
}

/** What to write for `2..4`, as shells have it, or `2:4`, as Ansible has it. */
function howFor(part: string): string {
  const [, first, last] = /^(\d+) ?(?:\.\.|:|[\u2010-\u2015]|to) ?(\d+)$/.exec(part) ?? [];
  return first === undefined || last === undefined ? HOW : `write \`${first}-${last}\` in its place`;
}

function expandList(text: string, most: number): readonly string[] | RangeFlaw {
  const numbers: string[] = [];
  for (const part of text.split(",")) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part.trim());
    if (match === null)
      return part.trim() === ""
        ? { reason: "there is nothing between the brackets or commas", help: HOW }
        : { reason: `\`${part.trim()}\` is neither a number nor \`first-last\``, help: howFor(part.trim()) };
    const [, first = "", last = first] = match;
    const from = Number(first);
    const to = Number(last);
    // Of `8-012`, pdsh would make `8` to `12`, and whoever wrote it has other names.
    if (last.length !== first.length && last.startsWith("0") && last !== "0")
      return {
        reason: `\`${part.trim()}\` has more zeros in front of the last number than of the first`,
        help: `write as many digits in both: \`${first.padStart(last.length, "0")}-${last}\` or \`${from}-${to}\``,
      };
    if (first.length > 15 || last.length > 15) return { reason: `\`${part.trim()}\` has too many digits`, help: FEWER };
    if (to < from)
      return {
        reason: `\`${first}-${last}\` runs backwards`,
        help: `write the smaller number first: \`${last}-${first}\``,
      };
    if (to - from + 1 + numbers.length > most)
      return { reason: `it stands for more than ${MAX_HOSTS_PER_ITEM} hosts`, help: FEWER };
    for (let number = from; number <= to; number++) numbers.push(String(number).padStart(first.length, "0"));
  }
  return numbers;
}
