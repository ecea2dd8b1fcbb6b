/**
 * The reference parser's lexer, with offsets: what only it sees are tags, comments, quotes and brackets.
 */
import { yaml } from "./packages.ts";

/** The lexer's marks: control characters that stand for no text. */
const DOCUMENT_MARK = "\u0002";
const FLOW_END_MARK = "\u0018";
const SCALAR_MARK = "\u001f";

export interface Token {
  /** `flowEnd` has no text: brackets are still open, but the indentation says that they are over. */
  readonly kind: "scalar" | "flowEnd" | "other";
  readonly text: string;
  readonly start: number;
}

/**
 * The tokens of a text, in order. Plain scalars and the content of block scalars are `scalar`; a quoted scalar is `other`
 * and begins with its quote.
 */
export function* tokens(source: string): Generator<Token> {
  let start = 0;
  let isScalar = false;
  for (const text of new (yaml().Lexer)().lex(source)) {
    const isMark =
      !isScalar && (text === SCALAR_MARK || text === DOCUMENT_MARK || text === FLOW_END_MARK) && source[start] !== text;
    if (isMark) {
      isScalar = text === SCALAR_MARK;
      if (text === FLOW_END_MARK) yield { kind: "flowEnd", text: "", start };
      continue;
    }
    yield { kind: isScalar ? "scalar" : "other", text, start };
    isScalar = false;
    start += text.length;
  }
}
