/**
 * Where documents have mistakes of form: what seems to be missing there may only be misspelt, or was taken out. Whoever
 * calls something missing asks here first, so that one mistake is one finding and hides no other.
 */
import type { Path, Where } from "../diagnostic.ts";
import type { Origin } from "./inventory.ts";

/** A mistake of form, as the schema found it. */
export interface Fault {
  readonly where: Where;
  /** The key of the same map in whose place an unknown key stands, or that is missing; without it, any key may be meant. */
  readonly meant?: string;
}

/** The mistakes of an inventory. Each question takes as long as its route has steps, however many there are. */
export class Faults {
  /** Files with a mistake: most have none, and of them nothing else is to be asked. */
  readonly #files = new Set<string>();
  /** Values that are lost, with all below them. */
  readonly #lost = new Set<string>();
  /** Maps with a key that nobody knows. */
  readonly #open = new Set<string>();
  /** Unknown keys: some are keys of a map further in. */
  readonly #strays = new Set<string>();
  /** Everything that has a mistake somewhere in it. */
  readonly #around = new Set<string>();

  /** True where there are none. */
  get areNone(): boolean {
    return this.#lost.size + this.#open.size === 0;
  }

  /** A file of which something could not be read, nobody knows what. */
  addFile(file: string): void {
    this.#files.add(file);
    this.#lost.add(file);
  }

  add({ where: { file, path, part }, meant }: Fault): void {
    this.#files.add(file);
    const isKey = part === "key";
    const map = isKey ? path.slice(0, -1) : path;
    if (meant !== undefined) this.#lose(file, [...map, meant]);
    else if (!isKey) this.#lose(file, path);
    else {
      const key = path.at(-1) ?? "";
      this.#open.add(placeOf(file, map));
      this.#strays.add(placeOf(file, path));
      // Indented too far, it is a key of a map further out.
      for (let depth = 1; depth < map.length; depth++) this.#lose(file, [...map.slice(0, depth), key]);
      this.#enclose(file, map);
    }
  }

  /** True where a map has no such key only because of a mistake, maybe. */
  mayHide({ file, path }: Origin, key: string | number): boolean {
    if (!this.#files.has(file)) return false;
    if (this.#open.has(placeOf(file, path))) return true;
    for (let depth = 0; depth <= path.length; depth++) {
      const outer = path.slice(0, depth);
      if (this.#lost.has(placeOf(file, outer)) || this.#strays.has(placeOf(file, [...outer, key]))) return true;
    }
    return this.#lost.has(placeOf(file, [...path, key]));
  }

  /** True where what a map has under the key has a mistake in it. */
  isBroken({ file, path }: Origin, key: string | number): boolean {
    return this.#files.has(file) && this.#around.has(placeOf(file, [...path, key]));
  }

  /** True where the key, or a part of what it has, may be missing only because of a mistake. */
  mayHidePart(owner: Origin, key: string | number): boolean {
    return this.mayHide(owner, key) || this.isBroken(owner, key);
  }

  #lose(file: string, path: Path): void {
    this.#lost.add(placeOf(file, path));
    this.#enclose(file, path.slice(0, -1));
  }

  #enclose(file: string, path: Path): void {
    for (let depth = 0; depth <= path.length; depth++) this.#around.add(placeOf(file, path.slice(0, depth)));
  }
}

/** No name of a file or key holds the separator unescaped. */
function placeOf(file: string, path: Path): string {
  return path.length === 0 ? file : `${file}\0${JSON.stringify(path)}`;
}
