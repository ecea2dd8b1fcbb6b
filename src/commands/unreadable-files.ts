/** Files of an inventory that could not be read in full, for people. */
import type { Diagnostic } from "../diagnostic.ts";

/** More are counted. */
const MOST_NAMES = 3;

/** An error that keeps something of a file from being read. */
export function isAboutReading({ code, severity }: Diagnostic): boolean {
  return severity === "error" && /^(?:yaml|schema|security\/path)/.test(code);
}

/** As `a.yml, b.yml and 4 more`. @param diagnostics of an inventory that is not complete */
export function unreadableFiles(diagnostics: readonly Diagnostic[]): string {
  const files = new Set<string>();
  for (const finding of diagnostics) if (isAboutReading(finding)) files.add(finding.where.file);
  const names = [...files].slice(0, MOST_NAMES).join(", ");
  if (files.size === 0) return "something";
  return files.size > MOST_NAMES ? `${names} and ${files.size - MOST_NAMES} more` : names;
}
