/**
 * Names and durations: text that the schema's types cannot judge.
 */
import type { Path } from "../diagnostic.ts";
import { parseDuration } from "../model/duration.ts";
import { nameProblem } from "../model/name.ts";
import type { SchemaDiagnostic } from "./finding.ts";
import { isDuration } from "./expectation.ts";

type Value = Readonly<Record<string, unknown>>;

/** schema/invalid-name: the names that a document defines. References to others are topology/unknown-ref's business. */
export function checkNames(
  file: string,
  path: Path,
  kind: string,
  value: Value,
  diagnostics: SchemaDiagnostic[],
): void {
  const check = (what: string, name: unknown, steps: Path): void => {
    if (typeof name !== "string") return;
    const problem = nameProblem(name);
    if (problem === undefined) return;
    diagnostics.push({
      code: "schema/invalid-name",
      severity: "error",
      message: `${JSON.stringify(name)} is no name for a ${what}: ${problem}`,
      where: { file, path: [...path, ...steps] },
      help: "use letters and digits of any script, spaces, `_`, `-` and `.`; a letter, digit or `_` first, no space or dot last, 128 characters at most",
    });
  };
  check(kind, value[kind], [kind]);
  if (!Array.isArray(value["projects"])) return;
  for (const [index, project] of value["projects"].entries()) {
    if (typeof project !== "object" || project === null) continue;
    check("project", project.name, ["projects", index, "name"]);
    // With hosts of its own, a project's `farm` is no reference but a name that becomes a label.
    if (Array.isArray(project.hosts)) check("farm", project.farm, ["projects", index, "farm"]);
  }
}

/** schema/duration: not Prometheus' syntax, or zero. */
export function checkDurations(
  file: string,
  path: Path,
  kind: string,
  value: Value,
  diagnostics: SchemaDiagnostic[],
): void {
  const check = (owner: unknown, steps: Path): void => {
    if (typeof owner !== "object" || owner === null) return;
    for (const [key, text] of Object.entries(owner)) {
      if (!isDuration(key) || typeof text !== "string") continue;
      const milliseconds = parseDuration(text);
      if (milliseconds !== undefined && milliseconds > 0) continue;
      diagnostics.push({
        code: "schema/duration",
        severity: "error",
        message:
          milliseconds === 0 ? `\`${key}: ${text}\` is zero` : `\`${text}\` is not a duration that Prometheus reads`,
        where: { file, path: [...path, ...steps, key] },
        help: durationHelp(text),
      });
    }
  };
  check(value["prometheus"], ["prometheus"]);
  if (kind === "promgen") {
    for (const [name, preset] of Object.entries((value["exporters"] as object | null | undefined) ?? {}))
      check(preset, ["exporters", name]);
    return;
  }
  if (!Array.isArray(value["projects"])) return;
  for (const [index, project] of value["projects"].entries()) {
    if (typeof project !== "object" || project === null) continue;
    for (const list of ["exporters", "probes"]) {
      if (!Array.isArray(project[list])) continue;
      for (const [item, owner] of project[list].entries()) check(owner, ["projects", index, list, item]);
    }
  }
}

function durationHelp(text: string): string {
  if (/^\d+$/.test(text) && Number(text) > 0) return `add the unit: \`${text}s\``;
  const fraction = /^(\d+)\.(\d)([hms])$/.exec(text);
  const smaller: Readonly<Record<string, [number, string]>> = { h: [60, "m"], m: [60, "s"], s: [1000, "ms"] };
  const next = smaller[fraction?.[3] ?? ""];
  if (fraction !== null && next !== undefined)
    return `write whole numbers: \`${Number(`${fraction[1]}.${fraction[2]}`) * next[0]}${next[1]}\``;
  return "write whole numbers with units from large to small, such as `30s`, `1m30s`, `500ms`";
}
