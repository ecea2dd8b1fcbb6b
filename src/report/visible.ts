/**
 * Text from the inventory is written by anyone who may open a pull request. What a terminal, a log or a viewer would act
 * upon is shown as an escape instead, in every format.
 */

let active: RegExp | undefined;

/**
 * What acts without being seen: control characters (so terminal escapes and line breaks), bidi controls and everything
 * else that has no shape (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing), halves of characters; and
 * `##[`, with which GitHub's runner finds a command anywhere in a line
 * (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs, TryParse).
 *
 * Made when it is first needed: V8 takes milliseconds to read it.
 */
function activeCharacters(): RegExp {
  return (active ??=
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]|(?<=##)\[/gu);
}

const PLAIN = /^[\x20-\x7e]*$/;

/** Longer text says nothing more to a reader. */
const MAX_LENGTH = 1000;

const SHORT: Readonly<Record<string, string>> = { "\n": String.raw`\n`, "\r": String.raw`\r`, "\t": String.raw`\t` };

/** The text with everything active as a visible escape: `\n`, `\x1b`, `\u202e`, `\u{e0041}`. */
export function visible(text: string): string {
  return isPlain(text) ? text : text.replace(activeCharacters(), escapeActive);
}

/** The same, cut with `…` where it is too long to be read. */
export function visibleShort(text: string): string {
  if (text.length <= MAX_LENGTH) return visible(text);
  const isSplit = /[\ud800-\udbff]/.test(text.charAt(MAX_LENGTH - 1));
  return `${visible(text.slice(0, isSplit ? MAX_LENGTH - 1 : MAX_LENGTH))}…`;
}

/** JSON in which no active character stands as itself; a reader gets back exactly the value. */
export function visibleJson(value: unknown): string {
  const json = JSON.stringify(value);
  return isPlain(json) ? json : json.replace(activeCharacters(), jsonEscape);
}

function isPlain(text: string): boolean {
  return PLAIN.test(text) && !text.includes("##[");
}

function escapeActive(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\u{${hex}}`;
}

function jsonEscape(character: string): string {
  let escaped = "";
  for (let at = 0; at < character.length; at++) {
    escaped += `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}
