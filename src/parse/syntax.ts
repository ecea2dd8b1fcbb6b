/**
 * What the reference parser calls an error → findings that say what to do.
 */
import type { Document, ErrorCode } from "yaml";
import type { YamlCode, YamlDiagnostic } from "./build.ts";

interface Explanation {
  readonly code?: YamlCode;
  readonly message: string;
  readonly help: string;
}

const INDENT_HELP = "align it with its neighbours: keys of one map and items of one list start in the same column";

const EXPLANATIONS: Partial<Record<ErrorCode, Explanation>> = {
  TAB_AS_INDENT: { code: "yaml/tab-indent", message: "a tab is used to indent", help: "replace it with spaces; most editors do so with `expandtab`, or with the .editorconfig of the repository" },
  BAD_ALIAS: { code: "yaml/anchor-alias", message: "an alias or anchor without a proper name", help: "quote the text, if `*` or `&` is meant as it stands" },
  BAD_INDENT: { message: "wrong indentation, or a bracket that is not closed", help: INDENT_HELP },
  BLOCK_AS_IMPLICIT_KEY: { message: "a second `key: value` on one line, or a value that continues where a key is expected", help: "start a new line for the second key, or quote the value if the colon belongs to it" },
  MULTILINE_IMPLICIT_KEY: { message: "this line is neither a `key: value` nor a list item", help: "add the missing colon or dash, or indent the line if it continues the one above" },
  BLOCK_IN_FLOW: { message: "a dash or an indented key inside brackets", help: "inside `[ ]` and `{ }` separate with commas" },
  MISSING_CHAR: { message: "something is missing here: a closing quote or bracket, a comma, or a space after a colon", help: "close it, or quote the whole text" },
  BAD_DQ_ESCAPE: { message: "an unknown escape after a backslash in double quotes", help: "use single quotes, where a backslash is just a backslash" },
  BAD_SCALAR_START: { message: "a value cannot start with this character", help: "put the value in quotes" },
  BAD_DIRECTIVE: { message: "a line that starts with `%` is a directive to YAML, and this one is unknown", help: "remove it, or quote the value" },
  KEY_OVER_1024_CHARS: { message: "a key is longer than 1,024 characters", help: "shorten it; is a quote or a line break missing?" },
  MULTIPLE_DOCS: { message: "more than one document", help: "separate documents with a line `---`" },
  UNEXPECTED_TOKEN: { message: "this does not fit here", help: INDENT_HELP },
};

/** Text that can only be an IPv6 address or a part of one: hex digits and at least two colons. */
export function looksLikeIpv6(text: string): boolean {
  return /^(?=[^:]*:[^:]*:)[0-9a-fA-F:.]+(?:%\w+)?$/.test(text);
}

/**
 * Findings for the errors of all documents. Errors that only follow from an earlier one in the same document
 * (what the parser calls unexpected after it lost its way, a second one on the same line) are left out.
 */
export function syntaxDiagnostics(file: string, source: string, documents: readonly Document.Parsed[]): YamlDiagnostic[] {
  const found: YamlDiagnostic[] = [];
  for (const document of documents) {
    let lastLine = -1;
    let isLost = false;
    for (const error of document.errors) {
      const start = Math.min(error.pos[0], source.length);
      const lineStart = source.lastIndexOf("\n", start - 1) + 1;
      if (lineStart === lastLine || (isLost && error.code === "UNEXPECTED_TOKEN")) continue;
      lastLine = lineStart;
      isLost = true;
      found.push(explain(file, source, error.code, error.message, [start, Math.max(error.pos[1], start)], lineStart));
    }
  }
  return found;
}

function explain(file: string, source: string, errorCode: ErrorCode, text: string, range: [number, number], lineStart: number): YamlDiagnostic {
  const lineEnd = source.indexOf("\n", lineStart);
  const line = source.slice(lineStart, lineEnd < 0 ? source.length : lineEnd);
  const address = /\[[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\](?::\d+)?|(?<![\w:.])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){1,6}::?(?=\s|$)/.exec(line);
  if (address !== null && looksLikeIpv6(address[0].replace(/^\[|\](?::\d+)?$/g, ""))) {
    const start = lineStart + address.index;
    return {
      code: "yaml/unquoted-ipv6",
      severity: "error",
      message: `\`${address[0]}\` without quotes is not text to YAML`,
      where: { file, path: [], range: [start, start + address[0].length] },
      help: `quote it: "${address[0]}"`,
    };
  }
  const known = EXPLANATIONS[errorCode];
  const where = { file, path: [], range } as const;
  if (known?.code === "yaml/tab-indent") {
    const column = range[0] - lineStart + 1;
    return { code: "yaml/tab-indent", severity: "error", message: `${known.message}: tab at column ${column}`, where, help: known.help };
  }
  return {
    code: known?.code ?? "yaml/syntax",
    severity: "error",
    message: known ? `${known.message} (${oneLine(text)})` : oneLine(text),
    where,
    help: known?.help ?? "see the line; quoting the value helps most often",
  };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
