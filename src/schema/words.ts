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

/** An item of a list, in quotes where YAML would take it for something else. */
export function listItem(text: string): string {
  return /^[*&!|>%@`'"#{}[\],?:-]|: |:$| #/.test(text) ? `- ${JSON.stringify(text)}` : `- ${text}`;
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
