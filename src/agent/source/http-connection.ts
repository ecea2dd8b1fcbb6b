/**
 * One connection on which one question after the other is asked. node:http would do, but takes 25 ms to load and to hand
 * over the 5 MB of a large shard, which come in 10 here.
 */
import type { Socket } from "node:net";
import { MOST_HEADER_BYTES } from "./connection-limits.ts";
import type { Feed } from "./feed.ts";
import { chunkSize, malformed, readHead } from "./http-head.ts";
import type { Head } from "./http-head.ts";
import { connectionReset } from "./network-failure.ts";
import type { Heard } from "./question.ts";

const NOTHING = Buffer.alloc(0);
const START = "HTTP/1.";
const LINE_END = "\r\n";
const CARRIAGE_RETURN = 13;

export class HttpConnection {
  readonly socket: Socket;
  /** Nothing is asked at the moment, and something else may be. */
  isIdle = true;
  /** Something was asked before. */
  isReused: boolean;
  /** Has the beginning of its answer in `#rest`. */
  #asked: string | undefined;
  /** What has come and was not read. */
  #rest: Buffer;
  #error: unknown;
  #wake: (() => void) | undefined;
  #stop: (() => void) | undefined;

  /**
   * @param feed of the socket where it has one; else it gives its bytes as streams do
   * @param heard on it, of a question that somebody else has asked
   */
  constructor(socket: Socket, feed?: Feed, heard?: Pick<Heard, "request" | "bytes">) {
    this.socket = socket;
    this.isReused = heard !== undefined;
    this.#asked = heard?.request;
    this.#rest = heard?.bytes ?? NOTHING;
    if (feed === undefined) socket.on("data", (bytes: Buffer) => void (this.#take(bytes) || socket.pause()));
    else feed.take = this.#take;
    socket.on("error", (error) => this.#break(error)).on("close", () => this.#break(connectionReset()));
    socket.on("end", () => this.#break(connectionReset()));
    if (socket.destroyed) this.destroy();
  }

  /**
   * Asks, and waits for the head of the answer. What was asked already is not asked again.
   *
   * @param text of the request, in Latin-1, with the empty line at its end
   * @throws what broke the connection, or the reason of the signal
   */
  async ask(text: string, signal: AbortSignal): Promise<Head> {
    this.isIdle = false;
    const stop = (): void => this.#break(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    this.#stop = () => signal.removeEventListener("abort", stop);
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked === undefined) this.socket.write(text, "latin1");
    try {
      // As if it had been kept for too long: its owner opens another one.
      if (asked !== undefined && asked !== text) throw connectionReset();
      for (;;) {
        const head = readHead(await this.#readUpTo(LINE_END + LINE_END, START));
        // What is said beforehand is no answer (RFC 9110, 15.2). Nobody asked for another protocol.
        if (head.status === 101) throw malformed("HPE_INVALID_STATUS");
        if (head.status < 200) continue;
        // Whatever a proxy says of a body or of the connection: that is somebody else's from now on (RFC 9110, 9.3.6).
        if (head.length === 0 && !text.startsWith("CONNECT ")) this.#finish(head);
        return head;
      }
    } catch (error) {
      this.#break(error);
      throw error;
    }
  }

  /**
   * The body of an answer, as it comes. A chunk is what it is until the next one is asked for: their place is the same.
   *
   * @throws where it ends early
   */
  async *body(head: Head): AsyncGenerator<Uint8Array, void> {
    try {
      if (head.length === "chunks") {
        for (let size = -1; size !== 0;) {
          size = chunkSize(await this.#readUpTo(LINE_END));
          yield* this.#read(size);
          // The last one has fields behind it, which mean nothing to us, and an empty line.
          if (size > 0 && (await this.#readUpTo(LINE_END)) !== "") throw malformed("HPE_STRICT");
        }
        for (let most = MOST_HEADER_BYTES; ;) {
          const { length } = await this.#readUpTo(LINE_END);
          if (length === 0) break;
          most -= length + LINE_END.length;
          if (most < 0) throw malformed("HPE_HEADER_OVERFLOW");
        }
      } else yield* this.#read(head.length === "close" ? Infinity : head.length);
      this.#finish(head);
    } finally {
      if (!this.isIdle) this.destroy();
    }
  }

  /** Passes over a body that is there already; any other ends the connection. */
  skip({ length, isKept }: Head): void {
    if (this.isIdle) return;
    if (!isKept || length !== this.#rest.length) return this.destroy();
    this.#rest = NOTHING;
    this.#finish({ isKept });
  }

  /** Gives the socket to who speaks something else on it from now on. */
  release(): Socket {
    this.#stop?.();
    const { socket } = this;
    socket.removeAllListeners("data").removeAllListeners("end").pause();
    if (this.#rest.length > 0) socket.unshift(this.#rest);
    return socket;
  }

  destroy(): void {
    this.#break(connectionReset());
  }

  async *#read(length: number): AsyncGenerator<Uint8Array, void> {
    for (let left = length; left > 0;) {
      if (this.#rest.length === 0) await this.#more();
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  /** What stands before an end, and passes over both. */
  async #readUpTo(end: string, start = ""): Promise<string> {
    for (;;) {
      const at = this.#rest.indexOf(end, 0, "latin1");
      if ((at < 0 ? this.#rest.length : at) > MOST_HEADER_BYTES) throw malformed("HPE_HEADER_OVERFLOW");
      const text = this.#rest.toString("latin1", 0, at < 0 ? start.length : at);
      if (!text.startsWith(start.slice(0, text.length))) throw malformed("HPE_INVALID_CONSTANT");
      if (at >= 0) {
        this.#rest = this.#rest.subarray(at + end.length);
        return text;
      }
      // Who ends lines with less would be waited for in vain.
      const feed = this.#rest.indexOf("\n", 0, "latin1");
      if (feed >= 0 && this.#rest[feed - 1] !== CARRIAGE_RETURN) throw malformed("HPE_CR_EXPECTED");
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    if (this.#error === undefined) {
      // A copy: its place is where the next bytes come to.
      if (this.#rest.length > 0) this.#rest = Buffer.from(this.#rest);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.socket.resume();
      });
    }
    if (this.#error !== undefined) throw this.#error;
  }

  readonly #take = (bytes: Buffer): boolean => {
    const wake = this.#wake;
    // What nobody has asked for.
    if (wake === undefined && this.isReused && this.isIdle) this.destroy();
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#wake = undefined;
    wake?.();
    return false;
  };

  #finish({ isKept }: Pick<Head, "isKept">): void {
    this.#stop?.();
    this.isReused = true;
    if (!isKept || this.#rest.length > 0 || this.#error !== undefined) return this.destroy();
    this.isIdle = true;
    // So that it is seen when the server closes it.
    this.socket.resume();
  }

  #break(error: unknown): void {
    this.#stop?.();
    this.#error ??= error;
    this.isIdle = false;
    this.socket.destroy();
    this.#wake?.();
    this.#wake = undefined;
  }
}
