/**
 * JSON that comes in pieces, token by token. A token that is not whole yet is waited for: what reads it is a generator that
 * yields until the next piece is there.
 */
import { showCharacter } from "../../model/show-text.ts";
import type { FileTrouble } from "./invalid-file.ts";

/** What reads on once more text is there. */
export type Step<T> = Generator<undefined, T, undefined>;

/** Makes what is thrown. */
export type Complain = (trouble: FileTrouble, message: string, help: string) => Error;

/** What to do about bytes that nobody meant. */
export const FETCH = "look at what the source has there, and at what stands between it and this host";

/** Longest text in characters. Names of hosts end at 253, and URLs that anybody probes at some thousands. */
const LONGEST_TEXT = 1 << 20;

const MORE = -1;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

export class JsonPieces {
  /** From 1. */
  line = 1;
  readonly #complain: Complain;
  #text = "";
  #at = 0;
  #isEnded = false;

  constructor(complain: Complain) {
    this.#complain = complain;
  }

  add(text: string): void {
    this.#text = this.#text.slice(this.#at) + text;
    this.#at = 0;
  }

  /** No more pieces will come. */
  end(): void {
    this.#isEnded = true;
  }

  /** The code of the next character that is no white space, without stepping over it. */
  *next(): Step<number> {
    let code = this.#peek();
    for (; code === MORE; code = this.#peek()) yield* this.#more();
    return code;
  }

  /** Waits for the next character that is no white space. @returns whether there is one */
  *hasMore(): Step<boolean> {
    while (this.#peek() === MORE) {
      if (this.#isEnded) return false;
      yield undefined;
    }
    return true;
  }

  /** Steps over a character that was looked at. */
  skip(): void {
    this.#at++;
  }

  /** A key, and steps over its colon. */
  *key(): Step<string> {
    if ((yield* this.next()) !== QUOTE) throw this.unexpected("a key in double quotes");
    const key = yield* this.text();
    if ((yield* this.next()) !== COLON) throw this.unexpected("`:`");
    this.#at++;
    return key;
  }

  /** A text, where its opening quote is next. */
  *text(): Step<string> {
    let text = this.#takeText();
    for (; text === undefined; text = this.#takeText()) yield* this.#more();
    return text;
  }

  /** The text that is next; undefined where it is none, or not all of it is there: then a step has to be made. */
  textHere(): string | undefined {
    return this.#peek() === QUOTE ? this.#takeText() : undefined;
  }

  /** A comma, or the bracket that closes; and steps over it. */
  *separator(close: number): Step<number> {
    const code = yield* this.next();
    if (code !== COMMA && code !== close) throw this.unexpected(`\`,\` or \`${String.fromCharCode(close)}\``);
    this.#at++;
    return code;
  }

  /** Steps over a comma, where there is one. */
  isCommaHere(): boolean {
    const isComma = this.#peek() === COMMA;
    if (isComma) this.#at++;
    return isComma;
  }

  /** The next character is not what belongs here. */
  unexpected(wanted: string): Error {
    return this.#complain("not-json", `${this.shown()} stands where ${wanted} belongs`, FETCH);
  }

  /** The next character, for a sentence. */
  shown(): string {
    return showCharacter(String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0));
  }

  *#more(): Step<undefined> {
    if (this.#isEnded) throw this.#complain("not-json", "the file ends here, in the middle: it was cut off", FETCH);
    yield undefined;
    return undefined;
  }

  #peek(): number {
    const text = this.#text;
    for (; this.#at < text.length; this.#at++) {
      const code = text.charCodeAt(this.#at);
      if (code === 10) this.line++;
      else if (code !== 32 && code !== 9 && code !== 13) return code;
    }
    return MORE;
  }

  /** The text whose opening quote is next; undefined where its closing quote has not come yet. */
  #takeText(): string | undefined {
    const text = this.#text;
    const start = this.#at + 1;
    let end = text.indexOf('"', start);
    while (end >= 0 && isEscaped(text, start, end)) end = text.indexOf('"', end + 1);
    if ((end < 0 ? text.length : end) - start > LONGEST_TEXT) {
      throw this.#complain("too-long", `a text has more than ${LONGEST_TEXT} characters`, FETCH);
    }
    if (end < 0) return undefined;
    this.#at = end + 1;
    const raw = text.slice(start, end);
    return UNUSUAL.test(raw) ? this.#unescape(raw) : raw;
  }

  /** The words do not show the text: it may be a secret. */
  #unescape(raw: string): string {
    let text: string;
    try {
      text = JSON.parse(`"${raw}"`) as string;
    } catch {
      throw this.#complain("not-json", "a text has a control character or a wrong escape", FETCH);
    }
    if (/\p{Cs}/u.test(text)) {
      const message = "a text has half of a surrogate pair, and Prometheus would take another text for it";
      throw this.#complain("lone-surrogate", message, FETCH);
    }
    return text;
  }
}

/** What a text that is not taken as it stands has: escapes, or characters that JSON does not allow. */
const UNUSUAL = /[\\\p{Cc}]/u;

function isEscaped(text: string, start: number, quote: number): boolean {
  let at = quote;
  while (at > start && text.charCodeAt(at - 1) === BACKSLASH) at--;
  return (quote - at) % 2 === 1;
}
