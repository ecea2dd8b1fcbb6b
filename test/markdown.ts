/**
 * What the tests of the documentation read in a Markdown file: fenced blocks, inline code, links and headings.
 */

export interface Fence {
  readonly language: string;
  /** Without the indentation of the fence; each line with its newline. */
  readonly text: string;
  /** Offsets of what stands between the fences. */
  readonly start: number;
  readonly end: number;
  readonly indent: string;
}

const FENCE = /^( *)```([\w-]*)[^\n`]*\n([^]*?)^\1```$/gm;

/** The fenced blocks, in order. */
export function fencesOf(markdown: string): Fence[] {
  return [...markdown.matchAll(FENCE)].map((match) => {
    const [whole, indent = "", language = "", text = ""] = match;
    const start = match.index + whole.indexOf("\n") + 1;
    const lines = text.split("\n").map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    return { language, text: lines.join("\n"), start, end: start + text.length, indent };
  });
}

/** Puts another text between the fences of a block. */
export function withText(markdown: string, { start, end, indent }: Fence, text: string): string {
  return markdown.slice(0, start) + text.replace(/^(?=.)/gm, indent) + markdown.slice(end);
}

/** The targets of the links outside of code. */
export function linksOf(markdown: string): string[] {
  return [...prose(markdown).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = ""]) => target);
}

/** The code in running text and tables. */
export function inlineCodeOf(markdown: string): string[] {
  return [...markdown.replace(FENCE, "").matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
}

/** What links may have after `#`: the headings as GitHub names them. */
export function anchorsOf(markdown: string): Set<string> {
  const headings = [...markdown.replace(FENCE, "").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{M}\p{N}\s_-]/gu, "")
        .replace(/\s/g, "-"),
    ),
  );
}

function prose(markdown: string): string {
  return markdown.replace(FENCE, "").replace(/`[^`\n]*`/g, "");
}
