/**
 * Pieces of YAML and values inside a sentence.
 */
import { withoutSecrets } from "../model/secret-shapes.ts";
import { isVisibleAscii, showText, withoutUserinfo } from "../model/show-text.ts";

const LONGEST = 80;

/** A piece of YAML in backticks, as somebody would write it, without secrets; with escapes where it could not be seen. */
export function code(yaml: string): string {
  const safe = withoutSecrets(withoutUserinfo(yaml));
  const isPlain = isVisibleAscii(safe.replaceAll(" ", "")) && !safe.includes("`");
  if (!isPlain && /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}`]/u.test(safe)) return showText(safe);
  const characters = [...safe];
  return `\`${characters.length > LONGEST ? `${characters.slice(0, LONGEST).join("")}…` : safe}\``;
}

/** Several of them, one at least: `a`, `b` and `c`. */
export function codes(pieces: readonly string[]): string {
  const shown = pieces.map(code);
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}

/** An item of a list. */
export function listItem(text: string): string {
  return `- ${blockText(text)}`;
}

/** A text on a line of its own or after a key: in quotes where YAML would take it for something else. */
export function blockText(text: string): string {
  return /^[*&!|>%@`'"#{}[\],?:-]|: |:$| #/.test(text) ? JSON.stringify(text) : text;
}

/** Words that YAML takes for something else than text, the older version included. */
const NO_TEXT = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

/** A text in flow style: in quotes, unless it is a plain word or address. */
export function flowText(text: string): string {
  const isPlain = /^(?:[a-z_][\w./-]*|\d+(?:\.\d+){3})$/i.test(text) && !NO_TEXT.test(text);
  return isPlain ? text : JSON.stringify(text);
}

/** A map in flow style. Numbers are `…`: they may be written otherwise than they print, and `1.10` is no label `1.1`. */
export function flow(node: unknown): string {
  if (typeof node === "string") return flowText(node);
  if (typeof node !== "object" || node === null || Array.isArray(node)) return "…";
  const pairs = Object.entries(node).map(([key, value]) => `${flowText(key)}: ${flow(value)}`);
  return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
}

/** A value by its type, for "…, not a list". Numbers with a fraction may be written otherwise than they print. */
export function valueInWords(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return value === "" ? "an empty text" : `the text ${code(value)}`;
    case "number":
      return Number.isInteger(value) ? `the number ${value}` : "a number with a fraction";
    case "boolean":
      return `\`${value}\``;
    default:
      return "a map";
  }
}
