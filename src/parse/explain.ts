/**
 * One error of the reference parser → what the person who wrote the line did, and what to write instead.
 *
 * The parser says what it expected. What was meant is told from the text: mostly a colon, a dash, a space, a comma or a
 * quote that is missing, or a line that is indented wrongly.
 */
import { excerpt, quoteIt } from "./excerpt.ts";
import { explainIndent, explainKeyInText, explainLine, tabMistake, unclear } from "./explain-line.ts";
import { unquotedTemplate } from "./foreign.ts";
import { explainSecondColon, restOfLine } from "./explain-value.ts";
import { lineAt } from "./line.ts";
import type { Mistake, ParserError, Range } from "./mistake.ts";

/** How far to look back in a line. */
const REACH = 500;

/** True for an error that a bracket or quote without its other half may have caused. */
export function isAboutPairs({ code, message }: ParserError): boolean {
  return (
    (code === "MISSING_CHAR" && message.startsWith("Missing closing")) ||
    / must (?:end|be sufficiently indented and end) with a /.test(message) ||
    (code === "UNEXPECTED_TOKEN" && message.includes("Unexpected flow-") && message.includes("-end token"))
  );
}

export function explain(source: string, error: ParserError): Mistake {
  const { code, message, pos } = error;
  switch (code) {
    case "TAB_AS_INDENT":
      return tabMistake(source, pos[0]);
    case "BAD_ALIAS":
      return explainAlias(source, pos);
    case "BAD_DQ_ESCAPE":
      return explainEscape(source, pos[0]);
    case "BAD_SCALAR_START":
      return explainStart(source, pos[0]);
    case "BAD_INDENT":
      return explainIndent(source, pos[0]);
    case "BLOCK_AS_IMPLICIT_KEY":
      return message.includes("block sequence") ? explainIndent(source, pos[0]) : explainSecondColon(source, pos[0]);
    case "BLOCK_IN_FLOW":
      return explainInBrackets(source, pos);
    case "MULTILINE_IMPLICIT_KEY":
      return message.includes("flow sequence")
        ? missingComma(source, pos)
        : (explainKeyInText(source, pos[0]) ?? explainLine(source, pos[0]));
    case "MISSING_CHAR":
      return explainMissing(source, error);
    case "UNEXPECTED_TOKEN":
      return explainUnexpected(source, error);
    case "KEY_OVER_1024_CHARS":
      return {
        message: "a key is longer than 1,024 characters, which YAML does not allow",
        range: firstLine(source, pos),
        help: "shorten it; if it is no key, put the text in quotes",
      };
    case "BAD_DIRECTIVE":
      return {
        message: "a line that starts with `%` is an instruction to the YAML reader, and this one is unknown",
        range: firstLine(source, pos),
        help: "remove it, or put the text in quotes",
      };
    default:
      return other(source, error);
  }
}

/** What is said where nothing better is known. */
function other(source: string, { message, pos }: ParserError): Mistake {
  const mistake = unclear(source, pos[0]);
  const said = message.replace(/\s+/g, " ").trim();
  return { ...mistake, message: `${mistake.message} (its parser says: ${said})` };
}

/** The part of a range that is in its first line, at least one character. */
function firstLine(source: string, [start, end]: Range): Range {
  const last = Math.min(end, lineAt(source, start).end);
  const length = source.slice(start, last).trimEnd().length;
  return [start, start + Math.max(1, length)];
}

/** Up to a comma or bracket of what is around it. */
const VALUE_IN_BRACKETS = /^(?:[^,[\]{}]|\[[^\]\r\n]*\]|\{[^}\r\n]*\})*/;

/** The same up to what ends a value in brackets, where one is open in the line. */
function restOfValue(source: string, start: number): Range {
  const [, end] = restOfLine(source, start);
  const before = source.slice(Math.max(lineAt(source, start).start, start - REACH), start);
  if (!/[[{][^\]}]*$/.test(before)) return [start, end];
  const text = VALUE_IN_BRACKETS.exec(source.slice(start, end))?.[0].trimEnd() ?? "";
  return [start, text === "" ? end : start + text.length];
}

function explainAlias(source: string, pos: Range): Mistake {
  const mark = source.charAt(pos[0]) === "&" ? "&" : "*";
  return {
    code: "yaml/anchor-alias",
    message: `\`${mark}\` starts ${mark === "&" ? "the name of an anchor" : "the name of an alias"}, and no name follows`,
    range: [pos[0], pos[0] + 1],
    help: `put it in quotes if the character is meant: "${mark}"`,
  };
}

function explainEscape(source: string, start: number): Mistake {
  const escape =
    /^\\(?:x[\da-fA-F]{0,2}|u[\da-fA-F]{0,4}|U[\da-fA-F]{0,8}|.)?/.exec(source.slice(start, start + 10))?.[0] ?? "\\";
  return {
    message: `${excerpt(escape)} means nothing inside double quotes`,
    range: [start, start + escape.length],
    help: "write `\\\\` for a backslash, or use single quotes, in which it is just a backslash",
  };
}

function explainStart(source: string, at: number): Mistake {
  const range = restOfValue(source, at);
  const text = source.slice(...range);
  if (text.trim() === "") return unclear(source, at);
  const bare = text.startsWith("`") && text.indexOf("`", 1) === text.length - 1 ? text.slice(1, -1) : text;
  const start = text.startsWith("`") ? "a backtick" : `\`${text.charAt(0)}\``;
  return (
    unquotedTemplate(text, range) ?? {
      message: `${excerpt(text)} starts with ${start}, which plain text must not do in YAML`,
      range,
      help: quoteIt(bare),
    }
  );
}

function explainInBrackets(source: string, pos: Range): Mistake {
  if (source.charAt(pos[0]) !== "-") return missingComma(source, pos);
  return {
    message: "a list with dashes stands inside brackets",
    range: firstLine(source, pos),
    help: "separate with commas inside the brackets, or remove the brackets",
  };
}

function missingComma(source: string, pos: Range): Mistake {
  const range = firstLine(source, pos);
  if (source.slice(...range).trim() === "") return unclear(source, pos[0]);
  const where = source.slice(...pos).trimEnd().length > range[1] - range[0] ? "behind" : "in";
  return {
    message: `a comma is missing ${where} ${excerpt(source.slice(...range))}`,
    range,
    help: "separate what is inside brackets with commas",
  };
}

function explainMissing(source: string, error: ParserError): Mistake {
  const { message, pos } = error;
  if (message.startsWith("Comments must be separated")) {
    return {
      message: "a comment needs a space before its `#`",
      range: firstLine(source, pos),
      help: "write a space before the `#`, or put the text in quotes if the `#` belongs to it",
    };
  }
  if (message.startsWith("Missing , or :")) return explainBetween(source, pos);
  if (message.startsWith("Missing space after :")) return explainLine(source, pos[0]);
  if (message.startsWith("Implicit map keys") || message.startsWith("Sequence item without"))
    return explainLine(source, pos[0]);
  if (message.startsWith("Block collection cannot start on same line")) {
    return {
      message: "something follows `---` on its line",
      range: restOfLine(source, lineAt(source, pos[0]).first),
      help: "start the document in the next line",
    };
  }
  if (message.startsWith("Block scalar")) return explainIndent(source, pos[0]);
  return other(source, error);
}

/** Up to a space, a comma or a bracket of what is around it. */
const WORD_WITH_BRACKETS = /^(?:[^\s,[\]{}]|\[[^\]\r\n]*\]?|\{[^}\r\n]*\}?)*/;

/** `[a "b"]`, `[web[1-3]]`: two things inside brackets, and nothing between. */
function explainBetween(source: string, pos: Range): Mistake {
  const start = pos[0];
  const before =
    /[^\s,[\]{}]*$/.exec(source.slice(Math.max(lineAt(source, start).start, start - REACH), start))?.[0] ?? "";
  const isBracket = source.charAt(start) === "[" || source.charAt(start) === "{";
  if (isBracket && before !== "") {
    const from = start - before.length;
    const rest = source.slice(from, Math.min(lineAt(source, start).end, start + REACH));
    const word = WORD_WITH_BRACKETS.exec(rest)?.[0] ?? before;
    const range: Range = [from, from + word.length];
    const bare = word.replace(/["'`]$/, "");
    return (
      unquotedTemplate(word, range) ?? {
        message: `${excerpt(word)} contains \`${source.charAt(start)}\`, which has a meaning of its own inside brackets`,
        range,
        help: quoteIt(bare),
        edits: [{ range, text: `"${bare.replaceAll('"', "")}"` }],
      }
    );
  }
  const text = /^[^,\]}\r\n]+/.exec(source.slice(start, start + REACH))?.[0].trimEnd() || source.charAt(start);
  if (text.trim() === "") return unclear(source, start);
  return {
    message: `a comma is missing before ${excerpt(text)}`,
    range: [start, start + text.length],
    help: "separate what is inside brackets with commas; or is a quote missing or too many?",
  };
}

function explainUnexpected(source: string, error: ParserError): Mistake {
  const { message, pos } = error;
  const range = restOfLine(source, pos[0]);
  const text = source.slice(...range);
  if (/Unexpected (?:block-seq-ind|seq-item-ind).* on same line with key/.test(message)) {
    if (lineAt(source, pos[0]).first === pos[0]) return explainLine(source, pos[0]);
    return {
      message: `the list item ${excerpt(text)} stands on the line of its key`,
      range,
      help: "start the list in the next line",
    };
  }
  if (/^Unexpected (?:, in|empty item)/.test(message)) {
    return {
      message: "nothing stands between two commas, or before the first one",
      range: firstLine(source, pos),
      help: "remove the comma, or write what is missing",
    };
  }
  if (message.startsWith("Not a YAML token") || message.startsWith("Block scalar header")) {
    return {
      message: `${excerpt(text)} stands behind \`|\` or \`>\`, whose text starts in the next line`,
      range,
      help: "move it to the next line, indented; or put all of it in quotes",
    };
  }
  // Inside of `{ }`, a value is over where a bracket begins.
  if (/^Unexpected flow-(?:map|seq)-start at node end/.test(message)) return explainBetween(source, pos);
  return explainBehind(source, pos[0]) ?? explainLine(source, pos[0]);
}

/** Text behind a closing quote or bracket. */
function explainBehind(source: string, start: number): Mistake | undefined {
  const line = lineAt(source, start);
  const before = source.slice(Math.max(line.start, start - REACH), start);
  const closing = /(["'\]}])\s*$/.exec(before)?.[1];
  if (closing === undefined) return undefined;
  const range = restOfLine(source, start);
  const text = source.slice(...range);
  const isQuote = closing === '"' || closing === "'";
  if (isQuote && /^[,;]$/.test(text))
    return {
      message: `a \`${text}\` follows the closing \`${closing}\`, and nothing is left that it could separate`,
      range,
      help: "remove it: only inside of brackets do items end with a comma",
      edits: [{ range, text: "" }],
    };
  const isApostrophe = closing === "'" && !/\s$/.test(before) && text.includes("'");
  return {
    message: `${excerpt(text)} follows the closing \`${closing}\``,
    range,
    help: isApostrophe
      ? "write '' for an apostrophe inside single quotes, or use double quotes"
      : isQuote
        ? "put all of the value inside the quotes"
        : `put all of the value in quotes if the \`${closing}\` belongs to it`,
  };
}
