/**
 * What is in a file by accident: merge conflicts, templates, characters of another keyboard, addresses that YAML takes
 * apart. It explains an error better than the error does.
 */
import { FILL_IN, templateIn } from "../model/template.ts";
import { excerpt, quoteIt } from "./excerpt.ts";
import { findDiff, findFence, findForeignMark } from "./foreign-marks.ts";
import { firstInvisible, invisibleHelp } from "./invisible.ts";
import { contentLine, lineAt, openColumns } from "./line.ts";
import type { Line } from "./line.ts";
import type { Mistake, Range } from "./mistake.ts";

const CONFLICT = /^<{7}(?: .*)?$/m;
/** What stays of one where somebody removed a part of these lines. */
const CONFLICT_LINE = /^(?:[<>|]{7}(?: .*)?|={7})$/;

const TEMPLATE = /\{\{.*?(?:\}\}|$)|\{%.*?(?:%\}|$)/;

/**
 * Full-width forms where YAML's own character belongs, behind a plain key or in brackets: input methods for Chinese,
 * Japanese and Korean write them. Elsewhere they are text.
 */
const FULL_WIDTH =
  /^\s*[\uff0d\uff03]|^\s*(?:- +)*[\w.-]+\s*\uff1a|(?:^\s*|[:-] +)[\uff3b\uff5b]|[[{][^\]}\uff3d\uff5d\uff0c]*[\uff3d\uff5d\uff0c]/;
const FULL_WIDTH_OFFSET = 0xfee0;

/** A space that is none to YAML does harm in front of a line, and where a space has to follow a colon or a dash. */
const SPACE_PLACE = /^[ \t]*(?:-(?! ))?|:(?! )/g;

/** How far from an error, in characters, its cause is looked for. */
const REACH = 500;

/** What makes the whole file unreadable. */
export function lookAtFile(source: string): Mistake | undefined {
  const conflict = CONFLICT.exec(source);
  return conflict === null ? (findFence(source) ?? findDiff(source)) : conflictMistake(conflict[0], conflict.index);
}

function conflictMistake(line: string, start: number): Mistake {
  return {
    message: "the file contains an unresolved merge conflict",
    range: [start, start + line.trimEnd().length],
    help: "keep one of the sides, and remove the lines that start with `<<<<<<<`, `=======` and `>>>>>>>`",
    hidesRest: true,
  };
}

/** What makes the line of an error unreadable. */
export function lookAtLine(source: string, offset: number): Mistake | undefined {
  const line = contentLine(source, offset);
  if (CONFLICT_LINE.test(line.content) && line.first === line.start) return conflictMistake(line.content, line.start);
  const near = Math.max(line.start, offset);
  const start = Math.max(line.start, near - REACH);
  const text = withoutQuoted(source.slice(start, Math.min(line.end, near + REACH)));
  return (
    findTemplate(text, start) ??
    findForeignMark(source, line) ??
    findFullWidth(text, start) ??
    findSmartQuotes(text, start) ??
    findSpace(source, line, text, start) ??
    findAddress(text, start) ??
    findMarkedText(text, start)
  );
}

/** A key or an item behind a space that is none to YAML: text of the line above, to it. */
const OTHER_INDENT = /^[ \t]*[^\S \t\r\n][^\S\r\n]*(?:-[^\S\r\n]|[\w.-]+:(?=\s|$))/;

/** How many lines above an error about columns its cause is looked for. */
const LINES_ABOVE = 50;

/** What makes lines above unreadable, so that the columns of this one fit no more. @param top where the document begins */
export function lookAbove(source: string, top: number, offset: number): Mistake | undefined {
  let found: Mistake | undefined;
  let { start } = lineAt(source, offset);
  for (let lines = 0; lines < LINES_ABOVE && start > top; lines++) {
    const line = lineAt(source, start - 1);
    ({ start } = line);
    const text = source.slice(start, Math.min(line.end, start + REACH));
    if (OTHER_INDENT.test(text) && !isInBlockText(source, top, line))
      found = findSpace(source, line, text, start) ?? found;
  }
  return found;
}

/** Below a line that ends with `|` or `>`, anything is text. */
function isInBlockText(source: string, top: number, line: Line): boolean {
  const indentOf = ({ start, first }: Line): number => /^ */.exec(source.slice(start, first))?.[0].length ?? 0;
  const indent = indentOf(line);
  let { start } = line;
  for (let lines = 0; lines < LINES_ABOVE && start > top; lines++) {
    const above = lineAt(source, start - 1);
    ({ start } = above);
    if (above.content !== "" && indentOf(above) < indent) return /[|>][-+\d]*$/.test(above.content);
  }
  return false;
}

/** What is in quotes or a comment cannot be at fault. */
function withoutQuoted(line: string): string {
  return line.replace(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?<=^|\s)#.*/g, (text) =>
    (text.startsWith("#") ? " " : "_").repeat(text.length),
  );
}

function findTemplate(line: string, start: number): Mistake | undefined {
  const template = TEMPLATE.exec(line);
  return template === null ? undefined : templateMistake(template[0], start + template.index);
}

/** `{{ name }}` of Helm, Ansible or Jinja. */
export function templateMistake(text: string, start: number): Mistake {
  return {
    message: `${excerpt(text)} is a template, and nothing fills it in here`,
    range: [start, start + text.trimEnd().length],
    help: FILL_IN,
  };
}

/** One that YAML takes for something else without quotes; in them, the text of a label may be one. */
export function unquotedTemplate(text: string, range: Range): Mistake | undefined {
  const template = templateIn(text);
  if (template === undefined) return undefined;
  return {
    message: `${excerpt(text)} ${template === text ? "is" : "has"} a template${template === text ? "" : " in it"}, and nothing fills it in here`,
    range,
    help: `${FILL_IN}; where that text is meant, ${quoteIt(text)}`,
  };
}

function findFullWidth(line: string, start: number): Mistake | undefined {
  const found = FULL_WIDTH.exec(line);
  if (found === null) return undefined;
  const wide = found[0].slice(-1);
  const plain = String.fromCharCode(wide.charCodeAt(0) - FULL_WIDTH_OFFSET);
  const at = start + found.index + found[0].length - 1;
  return {
    message: `\`${wide}\` is a full-width character, which YAML does not take for \`${plain}\``,
    range: [at, at + 1],
    help: `write \`${plain}\`, with the input method switched off`,
    edits: [
      {
        range: [at, at + 1],
        text: /^[:#-]/.test(plain) && /\S/.test(line.charAt(at + 1 - start)) ? `${plain} ` : plain,
      },
    ],
  };
}

/** Around a value, and one of them at least is none to YAML. A straight pair was found to be one. */
const QUOTES =
  /(?<=(?:^|[[{]|[-:,] )\s*)(["\u201c-\u201f\uff02]|['\u2018-\u201b\uff07])([^"'\u2018-\u201f\uff02\uff07]*)(["'\u2018-\u201f\uff02\uff07])(?=\s*(?:[,\]}#]|$))/;

function findSmartQuotes(line: string, start: number): Mistake | undefined {
  const found = QUOTES.exec(line);
  const smart = found === null ? undefined : firstInvisible(found[0]);
  if (found === null || smart?.kind !== "quote") return undefined;
  const from = start + found.index;
  const to = from + found[0].length;
  const straight = `"${found[2] ?? ""}"`;
  return {
    message: `${excerpt(found[0])} has ${smart.name} (${smart.codePoint}), where YAML knows only straight ones`,
    range: [from, to],
    help: `write ${excerpt(straight)}, with straight quotes`,
    edits: [{ range: [from, to], text: straight }],
  };
}

/** @param text of the line, from `start` on */
function findSpace(source: string, line: Line, text: string, start: number): Mistake | undefined {
  for (const place of text.matchAll(SPACE_PLACE)) {
    const index = place.index + place[0].length;
    const found = firstInvisible(text.slice(index));
    if (found?.index !== 0 || found.kind === "quote") continue;
    const at = start + index;
    const others = /^[^\S\r\n]+/.exec(text.slice(index))?.[0] ?? text.charAt(index);
    return {
      message: `${excerpt(text)} contains ${found.name} (${found.codePoint}), where YAML knows only ordinary spaces`,
      range: [at, at + 1],
      help: invisibleHelp(found, text),
      edits: [{ range: [at, at + others.length], text: " ".repeat(spacesFor(source, line, at, others)) }],
    };
  }
  return undefined;
}

/** How many spaces are meant: as many, as many as one sees, or none, whichever makes the line fit to those above. */
function spacesFor(source: string, line: Line, at: number, others: string): number {
  if (at + others.length !== line.first) return others.length;
  const open = openColumns(source, line, line.content.startsWith("-") ? "dash" : "key");
  const wide = others.replaceAll("\u3000", "  ").length;
  return [others.length, wide, 0].find((count) => open.includes(at - line.start + count + 1)) ?? others.length;
}

/** Text that can only be an IPv6 address or a part of one: hex digits, and two colons in a row or seven in all. */
export function looksLikeIpv6(text: string): boolean {
  return /^[0-9a-fA-F:.]+(?:%\w+)?$/.test(text) && (text.includes("::") || text.split(":").length === 8);
}

/** Text that begins with what is an alias or anchor to YAML, and goes on. */
const MARKED = /(?<=^\s*(?:- +)*(?:[\w.-]+: +)?)[*&][^\s#].*?[^\w-].*?(?=\s*$)/;

function findMarkedText(line: string, start: number): Mistake | undefined {
  const found = MARKED.exec(line);
  if (found === null) return undefined;
  const [text] = found;
  const from = start + found.index;
  return {
    message: `${excerpt(text)} starts with \`${text.charAt(0)}\`, which begins ${text.startsWith("*") ? "an alias" : "an anchor"}, and no text, without quotes`,
    range: [from, from + text.length],
    help: quoteIt(text),
  };
}

/** In brackets, with or without a port; or one that ends with a colon, as a key does. */
const ADDRESS = /\[[0-9a-fA-F:.]+\](?::\d+)?|(?<![\w:.])[0-9a-fA-F:]*::(?=\s|$)/g;

function findAddress(line: string, start: number): Mistake | undefined {
  for (const { 0: address, index } of line.matchAll(ADDRESS)) {
    if (!looksLikeIpv6(address.replace(/^\[|\](?::\d+)?$/g, ""))) continue;
    return addressMistake(address, [start + index, start + index + address.length], "is not text to YAML");
  }
  return undefined;
}

/** @param what what the address is to YAML: "is a list to YAML" */
export function addressMistake(address: string, range: Range, what: string): Mistake {
  return {
    code: "yaml/unquoted-ipv6",
    message: `the IPv6 address ${excerpt(address)} ${what} without quotes`,
    range,
    help: quoteIt(address),
    edits: [{ range, text: `"${address}"` }],
  };
}
