/**
 * What `explain` writes on: lines in columns, with colour where somebody looks, and places as `file:line`. All text goes
 * through here and comes out inert, whoever wrote it.
 */
import picocolors from "picocolors";
import type { Where } from "../diagnostic.ts";
import type { Places, Span } from "../report/place.ts";
import { visible, visibleShort } from "../report/visible.ts";
import { widthOfText } from "../report/width.ts";

/** What a text is to the reader: the subject, a name, beside the point, or why something is missing. */
export type Ink = "strong" | "name" | "quiet" | "alarm";

/** A text in a column. A place is written as `file:line`. */
export type Cell = string | { readonly text: string; readonly ink: Ink } | { readonly where: Where };

export type Row = readonly Cell[];

/** A longer cell does not push its column apart. */
const MAX_COLUMN = 44;

export class Paper {
  readonly #colors: ReturnType<typeof picocolors.createColors>;
  readonly #places: Places;
  /** Places whose text must not be shown, as `placeKey` has them. */
  readonly #secrets: ReadonlySet<string>;
  readonly #lines: string[] = [];
  /** To find a place in a long list takes time, and the page of a host names the same ones again and again. */
  readonly #shownPlaces = new Map<string, string>();

  constructor(color: boolean, places: Places, secrets: Iterable<Where> = []) {
    this.#colors = picocolors.createColors(color);
    this.#places = places;
    this.#secrets = new Set(Array.from(secrets, placeKey));
  }

  /** All that was written, with a line break at its end. */
  get text(): string {
    return this.#lines.map((line) => `${line}\n`).join("");
  }

  /** An empty line before what comes next, unless nothing came before. */
  gap(): void {
    if (this.#lines.length > 0 && this.#lines.at(-1) !== "") this.#lines.push("");
  }

  line(...cells: Row): void {
    const painted = cells.map((cell) => this.#paint(this.#textOf(cell), cell));
    this.#lines.push(painted.join("  ").trimEnd());
  }

  /** Rows with their columns aligned; the last column is as wide as it likes. */
  table(rows: readonly Row[], indent: number): void {
    const widths: number[] = [];
    const texts = rows.map((row) => row.map((cell) => this.#textOf(cell)));
    for (const row of texts) {
      for (const [column, text] of row.slice(0, -1).entries()) {
        widths[column] = Math.max(widths[column] ?? 0, Math.min(MAX_COLUMN, widthOfText(text)));
      }
    }
    for (const [index, row] of rows.entries()) {
      let line = " ".repeat(indent);
      for (const [column, cell] of row.entries()) {
        const text = texts[index]?.[column] ?? "";
        const fill = column === row.length - 1 ? 0 : Math.max(0, (widths[column] ?? 0) - widthOfText(text)) + 2;
        line += this.#paint(text, cell) + " ".repeat(fill);
      }
      this.#lines.push(line.trimEnd());
    }
  }

  /** Text of the inventory that may have to stay hidden. */
  guarded(text: string, where: Where | undefined): string {
    return where !== undefined && this.#secrets.has(placeKey(where)) ? "(hidden: it looks like a secret)" : text;
  }

  /** Whether a map of the inventory has a key: not one that a preset or a default stands in for. */
  readonly has = (where: Where): boolean => {
    const { span } = this.#places.placeOf({ ...where, part: "key" });
    return span !== undefined && unquote(textIn(span)) === where.path.at(-1);
  };

  /** What stands at a place, where that is in one line. */
  written(where: Where): string | undefined {
    const { span } = this.#places.placeOf(where);
    return span === undefined ? undefined : unquote(textIn(span));
  }

  #textOf(cell: Cell): string {
    if (typeof cell === "string") return visibleShort(cell);
    if ("text" in cell) return visibleShort(cell.text);
    const key = placeKey(cell.where);
    let text = this.#shownPlaces.get(key);
    if (text === undefined) {
      const { file, span } = this.#places.placeOf(cell.where);
      text = span === undefined ? visible(file) : `${visible(file)}:${span.start.line}`;
      this.#shownPlaces.set(key, text);
    }
    return text;
  }

  #paint(text: string, cell: Cell): string {
    if (typeof cell === "string") return text;
    const colors = this.#colors;
    switch ("text" in cell ? cell.ink : "quiet") {
      case "strong":
        return colors.bold(text);
      case "name":
        return colors.cyan(text);
      case "quiet":
        return colors.dim(text);
      case "alarm":
        return colors.yellow(text);
    }
  }
}

export function strong(text: string): Cell {
  return { text, ink: "strong" };
}

export function quiet(text: string): Cell {
  return { text, ink: "quiet" };
}

/** Why something is not there. */
export function alarm(text: string): Cell {
  return { text, ink: "alarm" };
}

/** `file:line`; nothing where there is no place. */
export function placeCell(where: Where | undefined): Cell {
  return where === undefined ? "" : { where };
}

function placeKey({ file, path }: Where): string {
  return JSON.stringify([file, ...path]);
}

function textIn({ start, end, lineText }: Span): string | undefined {
  return start.line === end.line ? lineText.slice(start.column - 1, end.column - 1) : undefined;
}

function unquote(text: string | undefined): string | undefined {
  return text?.replace(/^(["'])(.*)\1$/, "$2");
}
