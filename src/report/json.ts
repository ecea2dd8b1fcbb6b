/**
 * Findings for scripts. schema/report.schema.json says what is in it; a change that breaks readers needs a new version.
 */
import type { Position } from "./place.ts";
import type { Located, Place } from "./place.ts";
import { resolvePlaces } from "./place.ts";
import { fingerprints } from "./fingerprint.ts";
import type { ReportInput } from "./input.ts";
import { countFiles, countFindings } from "./summary.ts";
import { visibleJson } from "./visible.ts";

const VERSION = 1;

/** The lines of the json format, one a finding. Nothing in it depends on the machine or on the time it took. */
export function* jsonLines(input: ReportInput): Generator<string> {
  const located = resolvePlaces(input.diagnostics, input.textOf);
  const prints = fingerprints(located);
  const { files, targets, shards, unread, elsewhere, older } = input.summary;
  const counts = countFindings(input.diagnostics);
  yield "{";
  yield `"version": ${VERSION},`;
  yield `"summary": ${visibleJson({ ...counts, files, filesWithFindings: countFiles(input, true), targets, shards, unread, elsewhere, ...(older && { older }) })},`;
  yield `"findings": [`;
  for (const [index, finding] of located.entries()) {
    yield visibleJson(describe(finding, prints[index] ?? "")) + (index < located.length - 1 ? "," : "");
  }
  yield "]";
  yield "}";
}

interface Spot {
  readonly file: string;
  readonly start: Position | null;
  readonly end: Position | null;
}

function describe({ diagnostic, place, related }: Located, fingerprint: string): Record<string, unknown> {
  return {
    rule: diagnostic.code,
    severity: diagnostic.severity,
    message: diagnostic.message,
    help: diagnostic.help ?? null,
    ...spotOf(place),
    related: related.map((other) => ({ note: other.note, ...spotOf(other.place) })),
    fingerprint,
  };
}

function spotOf({ file, span }: Place): Spot {
  return { file, start: span?.start ?? null, end: span?.end ?? null };
}
