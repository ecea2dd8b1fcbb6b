/**
 * Characters that a reader of the YAML cannot see, or takes for others: a host name with one never resolves, and a label
 * value with one matches no alert rule. Sources: Unicode's Default_Ignorable_Code_Point and Bidi_Control properties.
 */

export interface Invisible {
  readonly name: string;
  /** As `U+00A0`. */
  readonly codePoint: string;
  readonly kind: "space" | "invisible" | "quote" | "control";
  /** Where it stands in the text, in UTF-16 units. */
  readonly index: number;
}

const INVISIBLE =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class -- these are the characters looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2018-\u201f\u2028-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uff02\uff07\uffa0\ufff0-\ufffb]|\udb40[\udc00-\udfff]/;

const NAMES: Readonly<Record<number, string>> = {
  0xa0: "a no-break space",
  0xad: "a soft hyphen",
  0x200b: "a zero-width space",
  0x200c: "a zero-width non-joiner",
  0x200d: "a zero-width joiner",
  0x200e: "a left-to-right mark",
  0x200f: "a right-to-left mark",
  0x2018: "a smart quote",
  0x2019: "a smart quote",
  0x201c: "a smart quote",
  0x201d: "a smart quote",
  0x202e: "a right-to-left override",
  0x3000: "a full-width space",
  0xfeff: "a byte order mark in the middle of the text",
};

/** The first such character of a text, named; `undefined` where there is none. */
export function firstInvisible(text: string): Invisible | undefined {
  const match = INVISIBLE.exec(text);
  if (match === null) return undefined;
  const code = match[0].codePointAt(0) ?? 0;
  const kind = kindOf(code);
  const name =
    NAMES[code] ??
    {
      space: "an unusual space",
      invisible: "an invisible character",
      quote: "a smart quote",
      control: "a control character",
    }[kind];
  return { name, codePoint: `U+${code.toString(16).toUpperCase().padStart(4, "0")}`, kind, index: match.index };
}

/** True for a character that would not be seen in a message. */
export function isInvisible(character: string): boolean {
  const found = firstInvisible(character);
  return found !== undefined && found.kind !== "quote";
}

/** Text within a pair of smart quotes, and nothing in it that straight ones would have to escape. */
const IN_QUOTES = /^[\u2018-\u201f\uff02\uff07]([^"\\\u2018-\u201f\uff02\uff07]{1,60})[\u2018-\u201f\uff02\uff07]$/;

/** What to do about it. @param text that it stands in */
export function invisibleHelp(found: Invisible, text: string): string {
  switch (found.kind) {
    case "space":
      return "replace it with an ordinary space, or remove it";
    case "quote": {
      const inner = IN_QUOTES.exec(text)?.[1];
      if (inner === undefined || firstInvisible(inner) !== undefined)
        return "replace it with a straight quote, or remove it";
      // A number in quotes is none, such as that of a port.
      return /^\d+$/.test(inner) ? `write \`${inner}\`` : `write \`"${inner}"\`, with straight quotes`;
    }
    case "invisible":
    case "control":
      return "remove it; retyping the text by hand is the surest way";
  }
}

function kindOf(code: number): Invisible["kind"] {
  if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return "control";
  if ((code >= 0x2018 && code <= 0x201f) || code === 0xff02 || code === 0xff07) return "quote";
  if (
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  )
    return "space";
  return "invisible";
}
