/**
 * Pieces of a file inside a message: one line, not endless, nothing invisible.
 */
import { isInvisible } from "./invisible.ts";

const LONGEST = 60;

/** The text in backticks: its first line, cut with `…`, with invisible characters as `\u200b`. */
export function excerpt(text: string): string {
  // Not trim(), which would hide a no-break space.
  let start = 0;
  while (isBlank(text.charCodeAt(start))) start++;
  let end = text.length;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  const [line = ""] = text.slice(start, Math.min(end, start + 2 * LONGEST)).split(/[\r\n]/, 1);
  const characters = Array.from(line);
  const isCut = characters.length > LONGEST || start + line.length < end;
  return `\`${characters.slice(0, LONGEST).map(shown).join("").trimEnd()}${isCut ? "…" : ""}\``;
}

/** The text around a place in it, so that a long text still shows what the message is about. */
export function excerptAround(text: string, index: number): string {
  const start = text.length > LONGEST ? Math.max(0, index - LONGEST / 2) : 0;
  return start === 0 ? excerpt(text) : excerpt(text.slice(start)).replace("`", "`…");
}

/** What to do about text that is not text to YAML without quotes; with the text as it should be, where that is short. */
export function quoteIt(text: string): string {
  const isShort = text.length <= LONGEST && !/[\r\n\\]/.test(text);
  if (!isShort || (text.includes('"') && text.includes("'"))) return "put it in quotes";
  return text.includes('"') ? `put it in quotes: '${text}'` : `put it in quotes: "${text}"`;
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 13;
}

function shown(character: string): string {
  if (character === "`") return "'";
  if (!isInvisible(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\u{${code.toString(16)}}`;
}
