/**
 * Value → checked value: what kind of document it is, whether it fits the schema, and whether names and durations are
 * written as they must be. What does not fit is reported, and mended or taken out of the value, so that the model meets
 * only what it knows.
 */
import type { Path } from "../diagnostic.ts";
import { nearest } from "../model/nearest.ts";
import { brokenTexts } from "./broken-texts.ts";
import { checkContents } from "./contents.ts";
import { checkDurations } from "./durations.ts";
import type { SchemaDiagnostic } from "./finding.ts";
import type { Kind } from "../model/kind.ts";
import { KINDS, MAIN, TELLING } from "../model/kind.ts";
import { checkLint } from "./lint-config.ts";
import { checkNames } from "./names.ts";
import { problemsOf } from "./problems.ts";
import { SHAPES } from "./shapes.ts";
import { guessKey } from "./unknown-key.ts";
import { takeApart } from "./two-documents.ts";
import { code, valueInWords } from "./words.ts";
import type { SourceAt } from "./wrong-type.ts";

type Value = Record<string, unknown>;

export interface CheckedDocument {
  /** `undefined` where nothing of the document can be used. */
  readonly kind: Kind | undefined;
  readonly value: Value;
  readonly diagnostics: readonly SchemaDiagnostic[];
  /** False where what the document defines or refers to is not all in `value`. */
  readonly isComplete: boolean;
}

/** What is known of the file that a document is in. */
export interface FileFacts {
  /** False where not all of it could be read: then nothing is called missing. Default: true. */
  readonly isWhole?: boolean;
  /** False where no text is written with escapes, so that none can be broken by one. Default: true. */
  readonly hasEscapes?: boolean;
  readonly sourceAt?: SourceAt;
}

export interface CheckedConfig {
  readonly value: Value;
  readonly diagnostics: readonly SchemaDiagnostic[];
  /** False where settings are lost, and nobody knows which. */
  readonly isComplete: boolean;
  /** A mistake stands where other documents take something from: presets, labels, defaults, the directory. */
  readonly isFaulty: boolean;
}

/** Checks one document of the inventory. A null document (only comments) has no kind and no findings. */
export function checkDocument(
  file: string,
  index: number,
  value: unknown,
  { isWhole = true, hasEscapes = true, sourceAt }: FileFacts = {},
): CheckedDocument {
  if (value === null) return { kind: undefined, value: {}, diagnostics: [], isComplete: true };
  const path: Path = [index];
  if (!isMap(value)) return unusable(noMap(file, path, value));
  const kind = kindOf(value);
  if (kind === undefined) return unusable(...(isWhole ? [noKind(file, path, value)] : []));
  const diagnostics: SchemaDiagnostic[] = takeApart(file, path, kind, value);
  const isTold = Object.hasOwn(value, kind);
  // That this kind is meant may be a wrong guess, unless the word is nearly there; of two documents in one, half is lost.
  const isClear = diagnostics.length === 0 && (isTold || misspelt(kind, value) !== undefined);
  const naming = isTold ? [] : [nameKind(file, path, kind, value)].filter((finding) => isWhole || !isMissing(finding));
  // The finding is made; what the document holds can be checked all the same, and is elsewhere below `farms:`.
  const isSubstitute = !Object.hasOwn(value, kind);
  const isElsewhere = isSubstitute && naming.some(({ code }) => code === "schema/unknown-key");
  if (isSubstitute) value[kind] = kind;
  const problems = problemsOf(file, path, kind, value, isWhole && !isElsewhere, sourceAt);
  if (isSubstitute) delete value[kind];
  if (hasEscapes) problems.push(...brokenTexts(file, path, kind, value));
  diagnostics.push(...naming, ...problems);
  checkNames(file, path, kind, value, diagnostics);
  if (isWhole) checkContents(file, path, kind, value, diagnostics);
  checkDurations(file, path, kind, value, diagnostics);
  if (kind === "service") {
    if (diagnostics.length > 0) nameNameless(file, index, value);
    return { kind, value, diagnostics, isComplete: isClear && !isLosing(problems, value) };
  }
  // Nobody knows what a document without a name would have defined.
  const isNamed = typeof value[kind] === "string";
  return { kind: isNamed ? kind : undefined, value, diagnostics, isComplete: isClear && isNamed };
}

/** Checks the document of promgen.yml; a null one is empty. @param isWhole as for documents */
export function checkConfig(file: string, documents: readonly unknown[], isWhole = true): CheckedConfig {
  const [first, ...others] = documents.flatMap((value, index) => (value === null ? [] : [{ value, index }]));
  const diagnostics: SchemaDiagnostic[] = [];
  for (const { index } of others) {
    const message = `${file} has more than one document`;
    const help = "write all settings in one; shards, farms and services have files of their own";
    diagnostics.push({ code: "schema/wrong-type", severity: "error", message, where: { file, path: [index] }, help });
  }
  if (first === undefined) return { value: {}, diagnostics, isComplete: true, isFaulty: false };
  const { value, index } = first;
  if (!isMap(value)) {
    const message = `${file} must be a map of settings, not ${valueInWords(value)}`;
    const help = "write `key: value` lines, such as `labels: { org: acme }`";
    diagnostics.push({ code: "schema/wrong-type", severity: "error", message, where: { file, path: [index] }, help });
    return { value: {}, diagnostics, isComplete: false, isFaulty: true };
  }
  diagnostics.push(...misplaced(file, index, value));
  diagnostics.push(...problemsOf(file, [index], "promgen", value, isWhole));
  diagnostics.push(...brokenTexts(file, [index], "promgen", value));
  if (isWhole) checkContents(file, [index], "promgen", value, diagnostics);
  checkDurations(file, [index], "promgen", value, diagnostics);
  const isFaulty = diagnostics.some(({ where }) => !["lint", "gate", "artifacts"].includes(String(where.path[1])));
  diagnostics.push(...checkLint(file, index, value));
  return { value, diagnostics, isComplete: others.length === 0, isFaulty };
}

function kindOf(value: Value): Kind | undefined {
  const has = (key: string): boolean => Object.hasOwn(value, key);
  const told = KINDS.find(has);
  // A service has the key `shard`, too, and may lack its own.
  const isService = (): boolean =>
    misspelt("service", value) !== undefined ||
    (has(MAIN.service) ? !has(MAIN.shard) : TELLING.service.some(has) && !TELLING.shard.some(has));
  if (told !== undefined) return told === "shard" && isService() ? "service" : told;
  return KINDS.find((kind) => misspelt(kind, value) !== undefined) ?? KINDS.find((kind) => TELLING[kind].some(has));
}

const DOCUMENT_KEYS = [...new Set(KINDS.flatMap((kind) => [kind, ...Object.keys(SHAPES[kind].keys ?? {})]))];

/** The key that was probably meant to tell the kind. */
function misspelt(kind: Kind, value: Value): string | undefined {
  return Object.keys(value).find((key) => key !== kind && nearest(key, DOCUMENT_KEYS) === kind);
}

/** The finding about a document whose kind is clear, but not said. */
function nameKind(file: string, path: Path, kind: Kind, value: Value): SchemaDiagnostic {
  const key = misspelt(kind, value) ?? (Object.hasOwn(value, "name") ? "name" : undefined);
  if (key === undefined) {
    const message = `this document has ${inWords(TELLING[kind].filter((name) => Object.hasOwn(value, name)))}, but no \`${kind}\``;
    const help = `add \`${kind}:\` with a name`;
    return { code: "schema/missing-key", severity: "error", message, where: { file, path }, help, meant: kind };
  }
  const name = value[key];
  delete value[key];
  if (typeof name === "string") value[kind] = name;
  return {
    code: "schema/unknown-key",
    severity: "error",
    message: `there is no key ${code(key)} in a ${kind}`,
    where: { file, path: [...path, key], part: "key" },
    meant: kind,
    help:
      typeof name === "string"
        ? `write ${code(`${kind}: ${name}`)}`
        : `did you mean \`${kind}: <name>\`? Each ${kind} is a document of its own`,
  };
}

function noMap(file: string, path: Path, value: unknown): SchemaDiagnostic {
  const [first] = Array.isArray(value) ? (value as readonly unknown[]) : [];
  let help = "begin it with `service: <name>`, `farm: <name>` or `shard: <name>`";
  if (isMap(first) && Object.hasOwn(first, "targets"))
    help = "write a service: this is Prometheus' own format for file_sd, which is rendered from services here";
  else if (isMap(first) && KINDS.some((kind) => Object.hasOwn(first, kind)))
    help = "remove the `- `, and write a line `---` between documents";
  return {
    code: "schema/wrong-type",
    severity: "error",
    message: `a document must be a map with the key \`service\`, \`farm\` or \`shard\`, not ${valueInWords(value)}`,
    where: { file, path },
    help,
  };
}

function noKind(file: string, path: Path, value: Value): SchemaDiagnostic {
  const isProject = ["exporters", "probes", "project"].some((key) => Object.hasOwn(value, key));
  return {
    code: "schema/missing-key",
    severity: "error",
    message: "this document has none of the keys `service`, `farm` and `shard`, one of which says what it is",
    where: { file, path },
    help: isProject
      ? "write `service: <name>` and below its `projects:` this as an item"
      : "add `service: <name>`, `farm: <name>` or `shard: <name>`, or move the file out of the inventory",
  };
}

/** A service, farm or shard in promgen.yml: one finding, not one for each of its keys. */
function misplaced(file: string, index: number, value: Value): SchemaDiagnostic[] {
  const known = SHAPES.promgen.keys ?? {};
  const kind = KINDS.find((key) => Object.hasOwn(value, key));
  if (kind === undefined) return [];
  for (const key of Object.keys(SHAPES[kind].keys ?? {})) if (!Object.hasOwn(known, key)) delete value[key];
  const message = `${file} holds settings, and no ${kind}`;
  const help = `move the ${kind} to a file of the inventory`;
  const where = { file, path: [index, kind], part: "key" } as const;
  return [{ code: "schema/unknown-key", severity: "error", message, where, help }];
}

/** Services and projects that lack a name get one, so that all else in them is checked. Nothing refers to them. */
function nameNameless(file: string, index: number, value: Value): void {
  // No two are the same, and no name that somebody gives has parentheses.
  const place = `${file}, document ${index + 1}`;
  if (typeof value["service"] !== "string") value["service"] = `(no name: ${place})`;
  if (!Array.isArray(value["projects"])) return;
  for (const [item, project] of (value["projects"] as readonly unknown[]).entries())
    if (isMap(project) && typeof project["name"] !== "string")
      project["name"] = `(no name: ${place}, project ${item + 1})`;
}

/** Projects, or the farm of one, that are not in the value any more. */
function isLosing(diagnostics: readonly SchemaDiagnostic[], value: Value): boolean {
  return diagnostics.some(({ code, where: { path }, meant }) => {
    const [, top, , key] = path;
    if (code === "schema/unknown-key") {
      if (path.length > 2) return false;
      if (meant === "projects") return true;
      return (
        value["projects"] === undefined && guessKey("service", SHAPES.service, value, String(top)).isStrange === true
      );
    }
    return (
      code === "schema/wrong-type" && top === "projects" && (path.length <= 3 || (path.length === 4 && key === "farm"))
    );
  });
}

function isMissing({ code }: SchemaDiagnostic): boolean {
  return code === "schema/missing-key";
}

function unusable(...diagnostics: readonly SchemaDiagnostic[]): CheckedDocument {
  return { kind: undefined, value: {}, diagnostics, isComplete: false };
}

function inWords(keys: readonly string[]): string {
  return keys.map((key) => `\`${key}\``).join(" and ");
}

function isMap(value: unknown): value is Value {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
