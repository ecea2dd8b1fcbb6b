/**
 * User text inside a message: one line, nothing that cannot be seen, not endless, and without what in a URL may be a secret:
 * user name, password, query.
 */

const LONGEST = 80;

/**
 * Visible ASCII: of nearly all texts nothing more has to be asked. V8 takes milliseconds to prepare an expression with
 * properties of Unicode (`\\p{…}`), so each of those stands behind this one.
 */
const VISIBLE = /^[!-~]*$/;

/** With it, GitHub's runner finds a command anywhere in a line of the log: see report/visible.ts. */
const COMMAND = "##[";

/** True for text of ASCII letters, digits and signs alone, without white space. */
export function isVisibleAscii(text: string): boolean {
  return VISIBLE.test(text);
}

/** The text in backticks; in double quotes with escapes where white space or invisible characters matter. */
export function showText(text: string): string {
  const shown = cut(withoutUrlSecrets(withoutUserinfo(text)));
  const isActive = shown.includes("`") || shown.includes(COMMAND);
  if (shown !== "" && isVisibleAscii(shown) && !isActive) return `\`${shown}\``;
  return isActive || /[\s\p{Z}\p{Cc}\p{Cf}]/u.test(shown) || shown === "" ? `"${escape(shown)}"` : `\`${shown}\``;
}

/** `https://user:secret@host/x` → `https://…@host/x`. */
export function withoutUserinfo(text: string): string {
  const at = text.lastIndexOf("@");
  if (at < 0) return text;
  const scheme = /^\W*(?:https?|[a-z][a-z0-9+.-]*:)?:?\/\//i.exec(text)?.[0] ?? "";
  return `${scheme}…${text.slice(at)}`;
}

/** URLs in a text, or in what another program says, without user name and password, and without their query: it may be a token. */
export function withoutUrlSecrets(text: string): string {
  return text
    .replace(/((?<![a-z0-9+.-])[a-z0-9+.-]+:\/\/)(?!\u2026@)[^\s/?#"'`]*@/gi, "$1")
    .replace(/((?<![a-z0-9+.-])[a-z0-9+.-]+:\/\/[^\s?#"'`]*\?)[^\s#"'`]+/gi, "$1…");
}

/** One character by its sight or, where it has none, by its number. */
export function showCharacter(character: string): string {
  if (isVisibleAscii(character) && character !== "`") return `\`${character}\``;
  return /[\s\p{Z}\p{C}\p{M}]/u.test(character) ? codePoint(character) : character === "`" ? '"`"' : `\`${character}\``;
}

function cut(text: string): string {
  if (text.length <= LONGEST) return text;
  const characters = [...text];
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST).join("")}…` : text;
}

function escape(text: string): string {
  return text.replace(/[\s\p{Z}\p{Cc}\p{Cf}"\\]|(?<=##)\[/gu, (character) => {
    switch (character) {
      case " ":
        return " ";
      case "\n":
        return "\\n";
      case "\t":
        return "\\t";
      case '"':
      case "\\":
        return `\\${character}`;
      default:
        return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
    }
  });
}

export function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
