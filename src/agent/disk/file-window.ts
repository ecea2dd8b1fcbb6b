/** An open file of which a part at a time is in memory: new memory costs more than reading again what the system has. */
import { fstatSync, readSync } from "node:fs";
import type { FileBytes } from "../check/file-bytes.ts";
import { Failure } from "../failure.ts";
import { attempt } from "./errno.ts";

const WINDOW = 1 << 18;

export class FileWindow implements FileBytes {
  readonly length: number;
  readonly #fd: number;
  readonly #path: string;
  #buffer = Buffer.allocUnsafeSlow(WINDOW);
  /** What of the file is in the buffer. */
  #start = 0;
  #end = 0;

  constructor(fd: number, path: string) {
    this.length = fstatSync(fd).size;
    this.#fd = fd;
    this.#path = path;
  }

  /** @throws {Failure} where it cannot be read, or has become shorter */
  view(start: number, length: number): Buffer {
    const end = Math.min(start + length, this.length);
    if (start < this.#start || end > this.#end) this.#fill(start, end);
    return this.#buffer.subarray(start - this.#start, end - this.#start);
  }

  #fill(start: number, end: number): void {
    if (end - start > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(end - start);
    this.#start = this.#end = start;
    while (this.#end < end) {
      const [from, at] = [this.#end - start, this.#end];
      const read = attempt(`read ${this.#path}`, () =>
        readSync(this.#fd, this.#buffer, from, this.#buffer.length - from, at),
      );
      if (read === 0) throw new Failure("disk", `${this.#path} became shorter while it was read`);
      this.#end += read;
    }
  }
}
