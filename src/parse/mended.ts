/**
 * A text in which some mistakes are mended as their help says, so that only what is wrong beside them is still found in it.
 */
import type { Edit, Mistake, Range } from "./mistake.ts";

/** The text, and where its places are in the one that it was made of. */
export interface Mended {
  readonly text: string;
  /** Gives the offset in the text before for one in this text. */
  readonly placeBefore: (offset: number) => number;
}

interface Piece {
  readonly edit: Edit;
  /** Of the new text in the mended one. */
  readonly start: number;
  readonly end: number;
}

/** Makes all these changes. Of two at one place, the first one is made. */
export function mend(source: string, mistakes: readonly Mistake[]): Mended {
  const edits = mistakes.flatMap(({ edits = [] }) => edits).sort((a, b) => a.range[0] - b.range[0]);
  const pieces: Piece[] = [];
  const parts: string[] = [];
  let copied = 0;
  let length = 0;
  const add = (part: string): void => {
    parts.push(part);
    length += part.length;
  };
  for (const edit of edits) {
    const [from, to] = edit.range;
    if (from < copied || (from === copied && pieces.length > 0)) continue;
    add(source.slice(copied, from));
    const start = length;
    add(edit.text);
    pieces.push({ edit, start, end: length });
    copied = to;
  }
  add(source.slice(copied));
  return { text: parts.join(""), placeBefore: (offset) => placeBefore(pieces, offset) };
}

function placeBefore(pieces: readonly Piece[], offset: number): number {
  const last = pieces.findLast(({ start }) => start <= offset);
  if (last === undefined) return offset;
  const { edit, start, end } = last;
  return offset < end ? Math.min(edit.range[0] + offset - start, edit.range[1]) : edit.range[1] + offset - end;
}

/** A mistake in the mended text, at its places in the text before. */
export function mistakeBefore(mistake: Mistake, place: (offset: number) => number): Mistake {
  const rangeBefore = ([start, end]: Range): Range => [place(start), place(end)];
  const { related } = mistake;
  return {
    ...mistake,
    range: rangeBefore(mistake.range),
    ...(related && { related: related.map(({ range, note }) => ({ range: rangeBefore(range), note })) }),
  };
}
