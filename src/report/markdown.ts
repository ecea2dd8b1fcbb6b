/**
 * Text from an inventory inside Markdown that a forge shows.
 *
 * It is always a code span. Backslashes and entities keep text from being Markdown, but not from being a mention: forges look
 * for `@team`, `#1`, `GH-1`, commit ids and addresses in what was rendered, where an escape is gone, and leave only code and
 * links alone (https://github.github.com/gfm/#code-spans,
 * https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls).
 * Zero-width characters would break these up too, but stay in what somebody copies. In a code span, however, nothing can be
 * escaped; so its fence has a length that the text does not have.
 */
import { visible } from "./visible.ts";

/** Longer text says nothing more to a reader, and would take the place of something else. */
const MAX_LENGTH = 200;

/**
 * The text as a code span in which nothing is Markdown, HTML or a mention, in running text, lists and tables. What cannot be
 * seen is an escape; so is `|`, since readers of tables differ in what an escaped one is. Not for HTML, `<summary>` included,
 * in which Markdown is not read.
 */
export function inertMarkdown(text: string): string {
  const shown = cut(visible(text).replaceAll("|", String.raw`\x7c`));
  // An empty span would be no span but two backticks.
  if (shown === "") return '`""`';
  const fence = "`".repeat(unusedRun(shown));
  // One space at both ends belongs to the fences, unless there are only spaces.
  const isPadded = /^`|`$/.test(shown) || /^ .*[^ ].* $/.test(shown);
  return isPadded ? `${fence} ${shown} ${fence}` : `${fence}${shown}${fence}`;
}

/**
 * The smallest number of backticks that does not stand together in a text. Not one more than the largest: GitHub's parser
 * knows fences of 80 at most (https://github.com/github/cmark-gfm/blob/master/src/inlines.c, MAXBACKTICKS).
 */
function unusedRun(text: string): number {
  const runs = new Set(Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  let length = 1;
  while (runs.has(length)) length++;
  return length;
}

function cut(text: string): string {
  if (text.length <= MAX_LENGTH) return text;
  const isSplit = /[\ud800-\udbff]/.test(text.charAt(MAX_LENGTH - 1));
  return `${text.slice(0, isSplit ? MAX_LENGTH - 1 : MAX_LENGTH)}…`;
}
