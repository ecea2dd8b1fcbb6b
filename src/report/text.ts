/**
 * Findings for people, drawn as rustc draws them.
 */
import picocolors from "picocolors";
import type { Severity } from "../diagnostic.ts";
import { holdsSecret } from "../model/secret-shapes.ts";
import type { ReportInput } from "./input.ts";
import { resolvePlaces } from "./place.ts";
import type { Located, Place, Span } from "./place.ts";
import { selectFirst } from "./select.ts";
import { drawSnippet } from "./snippet.ts";
import { countFindings, hiddenLines, notes, summaryLine } from "./summary.ts";
import { visible, visibleShort } from "./visible.ts";

/** Findings of one rule and severity that are printed. */
const SHOWN_PER_RULE = 20;
const SHOWN_RELATED = 10;
const DEFAULT_WIDTH = 160;
const MIN_WIDTH = 40;
const REDACTED = "(line not shown: it holds a secret)";

type Colors = ReturnType<typeof picocolors.createColors>;

/** True for the first line of a place that must not be shown. */
export type SecretLines = (file: string, span: Span) => boolean;

export interface Drawing {
  readonly color: boolean;
  readonly width?: number | undefined;
  /** Lines that hold a secret, as createSecretLines() makes it. */
  readonly secrets: SecretLines;
}

/** The lines of the text format, the summary line last. */
export function* textLines(input: ReportInput): Generator<string> {
  const { verbose, color, width } = input.options;
  const wanted = verbose ? input.diagnostics : input.diagnostics.filter(({ severity }) => severity !== "info");
  const { shown, hidden } = selectFirst(wanted, SHOWN_PER_RULE);

  // A line with a secret is hidden in other findings about the same line too, so these are resolved even where not shown.
  const isShown = new Set(shown);
  const files = new Set(
    shown.flatMap(({ where, related }) => [where.file, ...(related ?? []).map((other) => other.where.file)]),
  );
  const redacted = input.diagnostics.filter(
    (other) => other.redact === true && !isShown.has(other) && files.has(other.where.file),
  );
  const located = resolvePlaces([...shown, ...redacted], input.textOf, SHOWN_RELATED);
  const drawing: Drawing = { color, width, secrets: createSecretLines(located) };

  const colors = picocolors.createColors(color);
  let isFirst = true;
  for (const finding of located) {
    if (!isShown.has(finding.diagnostic)) continue;
    if (!isFirst) yield "";
    isFirst = false;
    yield* drawFinding(finding, drawing);
  }
  for (const line of [...hiddenLines(hidden), ...notes(input)]) yield colors.dim(line);
  const { errors, warnings } = countFindings(input.diagnostics);
  yield colors.bold((errors > 0 ? colors.red : warnings > 0 ? colors.yellow : colors.green)(summaryLine(input)));
}

/**
 * The lines that must not be shown: those of which a finding says that they hold a secret, and those that look like it,
 * whatever is said of them.
 */
export function createSecretLines(located: readonly Located[]): SecretLines {
  const secrets = new Map<string, boolean>();
  for (const { diagnostic, place } of located) {
    if (diagnostic.redact !== true || place.span === undefined) continue;
    for (let line = place.span.start.line; line <= place.span.end.line; line++)
      secrets.set(lineKey(place.file, line), true);
  }
  return (file, { start, lineText }) => {
    const key = lineKey(file, start.line);
    let isSecret = secrets.get(key);
    // One line of several megabytes may have thousands of findings.
    if (isSecret === undefined) secrets.set(key, (isSecret = holdsSecret(lineText)));
    return isSecret;
  };
}

/** Draws one finding, several lines without line breaks. */
export function drawFinding({ diagnostic, place, related }: Located, drawing: Drawing): string[] {
  const colors = picocolors.createColors(drawing.color);
  const paint = painter(colors, diagnostic.severity);
  const gutter = gutterWidth([place, ...related.map((other) => other.place)]);
  const margin = " ".repeat(gutter);
  const bar = colors.blue(`${margin} |`);
  const width = Math.max(MIN_WIDTH, drawing.width ?? DEFAULT_WIDTH) - gutter - 3;

  const code = colors.bold(paint(`${diagnostic.severity}[${visible(diagnostic.code)}]`));
  const lines = [`${code}${colors.bold(`: ${visibleShort(diagnostic.message)}`)}`];
  const source = (span: Span, file: string, mark: string, note: string, ink: (text: string) => string): void => {
    const number = colors.blue(`${String(span.start.line).padStart(gutter)} |`);
    if (diagnostic.redact === true || drawing.secrets(file, span)) {
      lines.push(`${number} ${REDACTED}`);
      if (note !== "") lines.push(`${bar} ${ink(note)}`);
      return;
    }
    const snippet = drawSnippet(span, width);
    lines.push(`${number} ${snippet.line}`.trimEnd());
    lines.push(`${bar} ${" ".repeat(snippet.indent)}${ink(`${mark.repeat(snippet.length)} ${note}`.trimEnd())}`);
  };

  if (place.file !== "") lines.push(`${margin}${colors.blue("-->")} ${formatPlace(place)}`);
  if (hasSource(place)) {
    lines.push(bar);
    source(place.span, place.file, "^", "", paint);
  }
  for (const other of related) {
    const note = visibleShort(other.note);
    const head = `${margin}${colors.blue(":::")} ${formatPlace(other.place)}`;
    lines.push(hasSource(other.place) ? head : `${head}: ${note}`);
    if (hasSource(other.place)) source(other.place.span, other.place.file, "-", note, colors.blue);
  }
  const more = (diagnostic.related?.length ?? 0) - related.length;
  if (more > 0) lines.push(`${margin}${colors.blue(":::")} and ${more} more`);
  if (diagnostic.help !== undefined)
    lines.push(`${margin} ${colors.blue("=")} ${colors.bold("help")}: ${visibleShort(diagnostic.help)}`);
  return lines;
}

/** `file:line:column`; without a column for a whole file, without a line for one that cannot be read. */
export function formatPlace({ file, span }: Place): string {
  const name = visible(file);
  if (span === undefined) return name;
  return span.isWholeFile ? `${name}:${span.start.line}` : `${name}:${span.start.line}:${span.start.column}`;
}

function hasSource(place: Place): place is Place & { readonly span: Span } {
  return place.span !== undefined && !place.span.isWholeFile;
}

function gutterWidth(places: readonly Place[]): number {
  return String(Math.max(1, ...places.filter(hasSource).map(({ span }) => span.start.line))).length;
}

function painter(colors: Colors, severity: Severity): (text: string) => string {
  switch (severity) {
    case "error":
      return colors.red;
    case "warning":
      return colors.yellow;
    case "info":
      return colors.cyan;
  }
}

function lineKey(file: string, line: number): string {
  return `${file}\n${line}`;
}
