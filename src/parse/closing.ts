/**
 * Closing brackets in the column of their key, which js-yaml refuses, the reference parser takes, and people write:
 *
 *     hosts: [
 *       web1,
 *     ]
 */

interface Opening {
  /** Of the key in the line. */
  readonly column: number;
  readonly endsWithBracket: boolean;
}

/**
 * The text with such brackets at the end of the line above, at the same offsets; `undefined` where there are none. It is
 * for finding tokens alone: a quoted text that goes over such a line break is not the same any more.
 */
export function joinClosingLines(source: string): string | undefined {
  const open: Opening[] = [];
  const parts: string[] = [];
  let copied = 0;
  let hasComment = false;
  for (let start = 0; start < source.length;) {
    const next = source.indexOf("\n", start);
    const end = next < 0 ? source.length : next;
    const line = source.slice(start, end).trimEnd();
    const column = indentOf(line);
    if (column < line.length) {
      const isClosing = line.startsWith("]", column) || line.startsWith("}", column);
      let isInner = false;
      while ((open.at(-1)?.column ?? -1) >= column + Number(isClosing)) {
        const endedWithBracket = open.pop()?.endsWithBracket === true;
        isInner ||= endedWithBracket;
      }
      const opening = open.at(-1);
      if (!isClosing) {
        open.push({ column: indentOf(line.replaceAll("- ", "  ")), endsWithBracket: /[[{]$/.test(line) });
      } else if (opening?.column === column && opening.endsWithBracket) {
        // Where a bracket further in is open, this one closes that.
        open.pop();
        if (isInner || hasComment) return undefined;
        const lineBreak = source[start - 2] === "\r" ? 2 : 1;
        parts.push(source.slice(copied, start - lineBreak), " ".repeat(lineBreak));
        copied = start;
      }
      // A bracket at the end of a comment would be part of it.
      hasComment = line.includes("#");
    }
    start = end + 1;
  }
  return copied === 0 ? undefined : parts.join("") + source.slice(copied);
}

function indentOf(line: string): number {
  let indent = 0;
  while (line.charCodeAt(indent) === 32) indent++;
  return indent;
}
