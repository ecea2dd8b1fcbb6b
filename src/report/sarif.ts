/**
 * Findings as SARIF 2.1.0, for GitHub's code scanning and editors.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
import type { Severity } from "../diagnostic.ts";
import { isRuleId, ruleInfo } from "../rules/registry.ts";
import { fingerprints } from "./fingerprint.ts";
import type { ReportInput, ReportOptions } from "./input.ts";
import { resolvePlaces } from "./place.ts";
import type { Located, Place } from "./place.ts";
import { notes, quantity } from "./summary.ts";
import { visibleJson, visibleShort } from "./visible.ts";

/** GitHub refuses a file with more: https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads */
const MAX_RESULTS = 25_000;
const MAX_RELATED = 1000;

const LEVELS: Readonly<Record<Severity | "off", string>> = {
  error: "error",
  warning: "warning",
  info: "note",
  off: "none",
};
const SEVERITIES = ["error", "warning", "info"] as const;

/** The lines of the sarif format, one a result. */
export function* sarifLines(input: ReportInput): Generator<string> {
  const all = resolvePlaces(input.diagnostics, input.textOf, MAX_RELATED);
  const prints = fingerprints(all);
  const printOf = new Map(all.map((finding, index) => [finding, prints[index] ?? ""]));
  const worstFirst = SEVERITIES.flatMap((severity) => all.filter(({ diagnostic }) => diagnostic.severity === severity));
  const kept = all.length > MAX_RESULTS ? worstFirst.slice(0, MAX_RESULTS) : all;
  const rules = [...new Set(kept.map(({ diagnostic }) => diagnostic.code))].sort();
  const indexOf = new Map(rules.map((rule, index) => [rule, index]));
  const notifications = notes(input);
  if (kept.length < all.length) notifications.push(`${quantity(all.length - kept.length, "more finding")} left out`);

  yield `{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{`;
  yield `"tool":${visibleJson({ driver: driver(rules, input.options) })},`;
  yield `"invocations":[${visibleJson(invocation(notifications))}],`;
  yield `"columnKind":"utf16CodeUnits",`;
  yield `"results":[`;
  for (const [index, finding] of kept.entries()) {
    const result = describe(
      finding,
      indexOf.get(finding.diagnostic.code) ?? -1,
      printOf.get(finding) ?? "",
      input.options.prefix ?? "",
    );
    yield visibleJson(result) + (index < kept.length - 1 ? "," : "");
  }
  yield "]}]}";
}

function driver(rules: readonly string[], { version, describeRule }: ReportOptions): Record<string, unknown> {
  return {
    name: "promgen-gen",
    ...(version === undefined ? {} : { version }),
    rules: rules.map((id) => {
      const description = describeRule?.(id);
      return {
        id,
        ...(description === undefined ? {} : { shortDescription: { text: message(description) } }),
        ...(isRuleId(id) ? { defaultConfiguration: { level: LEVELS[ruleInfo(id).severity] } } : {}),
      };
    }),
  };
}

function invocation(notifications: readonly string[]): Record<string, unknown> {
  return {
    executionSuccessful: true,
    ...(notifications.length === 0
      ? {}
      : { toolExecutionNotifications: notifications.map((text) => ({ level: "note", message: { text } })) }),
  };
}

function describe(
  { diagnostic, place, related }: Located,
  ruleIndex: number,
  fingerprint: string,
  prefix: string,
): Record<string, unknown> {
  const text = diagnostic.help === undefined ? diagnostic.message : `${diagnostic.message}. Help: ${diagnostic.help}`;
  return {
    ruleId: diagnostic.code,
    ruleIndex,
    level: LEVELS[diagnostic.severity],
    message: { text: message(text) },
    locations: [{ physicalLocation: physicalLocation(place, prefix) }],
    ...(related.length === 0
      ? {}
      : {
          relatedLocations: related.map((other, index) => ({
            id: index + 1,
            physicalLocation: physicalLocation(other.place, prefix),
            message: { text: message(other.note) },
          })),
        }),
    // Not `primaryLocationLineHash`: GitHub's upload action makes that itself, and warns where it finds another.
    partialFingerprints: { "promgenGen/v1": fingerprint },
  };
}

function physicalLocation({ file, span }: Place, prefix: string): Record<string, unknown> {
  return {
    artifactLocation: { uri: uriOf(prefix + file), uriBaseId: "%SRCROOT%" },
    ...(span === undefined ? {} : { region: regionOf(span) }),
  };
}

function regionOf({ start, end, isWholeFile }: NonNullable<Place["span"]>): Record<string, number> {
  if (isWholeFile) return { startLine: 1 };
  return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
}

/** `[text](target)` is a link in a SARIF message (§3.11.6), so the two brackets must not touch. */
function message(text: string): string {
  return visibleShort(text).replaceAll("](", "] (");
}

function uriOf(file: string): string {
  return file
    .replace(/\p{Cs}/gu, "\ufffd")
    .split("/")
    .map(encodeURIComponent)
    .join("/");
}
