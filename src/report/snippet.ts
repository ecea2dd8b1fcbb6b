/**
 * A line of a file with marks below it, cut to a width.
 */
import type { Span } from "./place.ts";
import { visible } from "./visible.ts";
import { widthOf } from "./width.ts";

const TAB = 4;
const ELLIPSIS = "…";

export interface Snippet {
  readonly line: string;
  /** Columns before the marks. */
  readonly indent: number;
  /** Columns of the marks, at least one. */
  readonly length: number;
}

interface Cell {
  /** Offset in the line, in UTF-16 units. */
  readonly at: number;
  readonly text: string;
  readonly width: number;
}

/**
 * Draws the first line of a span.
 *
 * @param width columns that the line may take; a longer line is cut around the marks with `…`
 */
export function drawSnippet(span: Span, width: number): Snippet {
  const text = span.lineText;
  const from = Math.min(span.start.column - 1, text.length);
  const to = span.end.line === span.start.line ? Math.max(from, span.end.column - 1) : text.length;
  // A line may have megabytes: only what can be shown is looked at.
  const low = splitBefore(text, Math.max(0, from - 2 * width));
  const high = splitBefore(text, Math.min(text.length, from + 2 * width));
  const cells = cellsOf(text, low, high);
  const first = indexAt(cells, from);
  const last = Math.max(indexAt(cells, to), first);

  let begin = 0;
  let end = cells.length;
  if (low > 0 || high < text.length || widthBetween(cells, 0, end) > width) {
    const budget = width - 2 * ELLIPSIS.length;
    const marked = Math.min(Math.max(widthBetween(cells, first, last), 1), budget);
    begin = extendLeft(cells, first, Math.floor((budget - marked) / 2));
    end = extendRight(cells, begin, budget);
    if (end === cells.length) begin = extendLeft(cells, end, budget);
  }
  const before = begin > 0 || low > 0 ? ELLIPSIS : "";
  const after = end < cells.length || high < text.length ? ELLIPSIS : "";
  const shown = cells.slice(begin, end).map((cell) => cell.text);
  return {
    line: before + shown.join("") + after,
    indent: before.length + widthBetween(cells, begin, first),
    length: Math.max(1, widthBetween(cells, first, Math.min(last, end))),
  };
}

function cellsOf(text: string, low: number, high: number): Cell[] {
  const cells: Cell[] = [];
  let at = low;
  let column = 0;
  for (const character of text.slice(low, high)) {
    const cell = cellOf(text, character, at, column);
    cells.push(cell);
    at += character.length;
    column += cell.width;
  }
  return cells;
}

function cellOf(text: string, character: string, at: number, column: number): Cell {
  if (character === "\t") {
    const width = TAB - (column % TAB);
    return { at, text: " ".repeat(width), width };
  }
  // GitHub's runner reads `##[` as a command: a bracket is active behind two of these.
  const isActive = character === "[" && text.slice(Math.max(0, at - 2), at) === "##";
  const shown = isActive ? String.raw`\x5b` : visible(character);
  return { at, text: shown, width: shown === character ? widthOf(character) : shown.length };
}

/** The offset, or the one before it where it stands between the halves of a character. */
function splitBefore(text: string, offset: number): number {
  return (text.codePointAt(offset - 1) ?? 0) > 0xffff ? offset - 1 : offset;
}

function indexAt(cells: readonly Cell[], offset: number): number {
  const index = cells.findIndex((cell) => cell.at >= offset);
  return index < 0 ? cells.length : index;
}

function widthBetween(cells: readonly Cell[], from: number, to: number): number {
  let width = 0;
  for (let index = from; index < to; index++) width += cells[index]?.width ?? 0;
  return width;
}

function extendLeft(cells: readonly Cell[], from: number, budget: number): number {
  let index = from;
  let left = budget;
  while (index > 0 && (cells[index - 1]?.width ?? 0) <= left) left -= cells[--index]?.width ?? 0;
  return index;
}

function extendRight(cells: readonly Cell[], from: number, budget: number): number {
  let index = from;
  let left = budget;
  while (index < cells.length && (cells[index]?.width ?? 0) <= left) left -= cells[index++]?.width ?? 0;
  return index;
}
