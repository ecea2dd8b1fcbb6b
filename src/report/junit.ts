/**
 * Findings as a JUnit report, for GitLab, Jenkins and others: one suite, one test case a finding. There is no standard;
 * this is what https://github.com/testmoapp/junitxml describes and these read.
 */
import type { ReportInput } from "./input.ts";
import { resolvePlaces } from "./place.ts";
import type { Located } from "./place.ts";
import { countFindings, notes } from "./summary.ts";
import { createSecretLines, drawFinding } from "./text.ts";
import type { Drawing } from "./text.ts";
import { visible, visibleShort } from "./visible.ts";

const MAX_RELATED = 10;

/** The lines of the junit format. Errors and warnings are failures; infos pass and say their words. */
export function* junitLines(input: ReportInput): Generator<string> {
  const located = resolvePlaces(input.diagnostics, input.textOf, MAX_RELATED);
  const { errors, warnings } = countFindings(input.diagnostics);
  const drawing: Drawing = { color: false, secrets: createSecretLines(located) };
  const totals = `tests="${Math.max(1, located.length)}" failures="${errors + warnings}" errors="0" skipped="0"`;
  yield `<?xml version="1.0" encoding="UTF-8"?>`;
  yield `<testsuites name="promgen-gen" ${totals}>`;
  yield `<testsuite name="promgen-gen" ${totals}>`;
  if (located.length === 0) yield `<testcase name="no findings" classname="promgen-gen"/>`;
  const seen = new Map<string, number>();
  for (const finding of located) yield* testCase(finding, drawing, input.options.prefix ?? "", seen);
  const words = notes(input);
  if (words.length > 0) yield `<system-out>${escapeXml(words.join("\n"))}</system-out>`;
  yield "</testsuite>";
  yield "</testsuites>";
}

function* testCase(finding: Located, drawing: Drawing, prefix: string, seen: Map<string, number>): Generator<string> {
  const { diagnostic, place } = finding;
  const title = `${diagnostic.code}: ${visibleShort(diagnostic.message)}`;
  // GitLab takes cases of one class and name for the same one and shows the last.
  const key = `${place.file}\n${title}`;
  const times = (seen.get(key) ?? 0) + 1;
  seen.set(key, times);
  const line = place.span === undefined ? "" : attribute("line", String(place.span.start.line));
  const name = times === 1 ? title : `${title} (${times})`;
  yield `<testcase${attribute("name", name)}${attribute("classname", place.file)}${attribute("file", prefix + place.file)}${line}>`;
  const body = escapeXml(drawFinding(finding, drawing).join("\n"));
  yield diagnostic.severity === "info"
    ? `<system-out>${body}</system-out>`
    : `<failure${attribute("type", diagnostic.severity)}${attribute("message", visibleShort(diagnostic.message))}>${body}</failure>`;
  yield "</testcase>";
}

function attribute(name: string, value: string): string {
  return ` ${name}="${escapeXml(visible(value))}"`;
}

/** For text that is visible already: XML 1.0 has no way to write most control characters, not even as references. */
function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
