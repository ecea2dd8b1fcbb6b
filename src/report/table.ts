/** Rows of cells as lines, for terminals: the columns are as wide as what stands in them. */
import { widthOfText } from "./width.ts";

const GAP = "  ";

/**
 * @param rows texts in which nothing acts on a terminal, the same number in each row
 * @param paint colours a cell, which has its width already
 */
export function tableLines(
  rows: readonly (readonly string[])[],
  paint: (cell: string, row: number, column: number) => string = (cell) => cell,
): string[] {
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, column) => Math.max(all[column] ?? 0, widthOfText(cell))),
    [],
  );
  return rows.map((row, at) =>
    row
      .map((cell, column) => {
        const isLast = column === row.length - 1;
        const pad = isLast ? "" : " ".repeat((widths[column] ?? 0) - widthOfText(cell)) + GAP;
        return paint(cell, at, column) + pad;
      })
      .join("")
      .trimEnd(),
  );
}
