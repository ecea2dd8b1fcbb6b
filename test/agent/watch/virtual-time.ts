/** A clock that costs no time: sleeping moves it, and what is due meanwhile happens on the way. */
import type { Clock } from "../../../src/agent/clock.ts";

export class VirtualTime implements Clock {
  #monotonic = 0;
  /** What the wall clock is ahead of the monotonic one. */
  #offset: number;
  #due: { readonly at: number; readonly act: () => void }[] = [];

  constructor(wall = 1_795_698_000) {
    this.#offset = wall;
  }

  now(): number {
    return this.#monotonic + this.#offset;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** Calls `act` at this monotonic second. */
  at(second: number, act: () => void): void {
    this.#due.push({ at: second, act });
    this.#due.sort((a, b) => a.at - b.at);
  }

  /** Sets the wall clock. */
  setWall(wall: number): void {
    this.#offset = wall - this.#monotonic;
  }

  /** The process does not run for so many seconds, though the clocks do. */
  freeze(seconds: number): void {
    this.#monotonic += seconds;
  }

  async sleep(seconds: number, signal?: AbortSignal): Promise<void> {
    const end = this.#monotonic + seconds;
    for (;;) {
      if (signal?.aborted === true) break;
      const [next] = this.#due;
      if (next === undefined || next.at > end) {
        this.#monotonic = Math.max(this.#monotonic, end);
        break;
      }
      this.#due.shift();
      this.#monotonic = Math.max(this.#monotonic, next.at);
      next.act();
    }
    await Promise.resolve();
  }
}
