/**
 * How many columns of a terminal a character takes.
 */

/**
 * Wide and full-width characters, as ranges: East_Asian_Width W and F of
 * https://www.unicode.org/Public/UCD/latest/ucd/EastAsianWidth.txt, with blocks rounded to their ends. Emoji are told by
 * their own property.
 */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18dff],
  [0x1aff0, 0x1b2ff],
  [0x20000, 0x3fffd],
];

/** Columns of one character (a code point): 0, 1 or 2. Not for control characters. */
export function widthOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  // Combining marks, and the vowels and finals of Hangul that join the syllable before them.
  if (/^[\p{Mn}\p{Me}\u1160-\u11ff\ud7b0-\ud7ff]$/u.test(character)) return 0;
  // A flag is two of these letters, and two columns wide.
  if (/^\p{Regional_Indicator}$/u.test(character)) return 1;
  return /^\p{Emoji_Presentation}$/u.test(character) || WIDE.some(([first, last]) => code >= first && code <= last)
    ? 2
    : 1;
}

/** Columns of a text. */
export function widthOfText(text: string): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}
