/**
 * Value → checked value: what kind of document it is, whether it fits the schema, and whether names and durations are
 * written as they must be. What does not fit is reported and taken out of the value, so that the model meets only what
 * it knows.
 */
import type { Path } from "../diagnostic.ts";
import { didYouMean, nearest } from "../model/nearest.ts";
import { nameOf } from "./expectation.ts";
import type { SchemaCode, SchemaDiagnostic } from "./finding.ts";
import { problemsOf } from "./problems.ts";
import { checkDurations, checkNames } from "./texts.ts";
import { validators } from "./validators.ts";

export type Kind = "service" | "farm" | "shard";

type Value = Record<string, unknown>;

export interface CheckedDocument {
  /** `undefined` where nothing of the document can be used. */
  readonly kind: Kind | undefined;
  readonly value: Value;
  readonly diagnostics: readonly SchemaDiagnostic[];
}

const KINDS: readonly Kind[] = ["service", "farm", "shard"];

/** Checks one document of the inventory. A null document (only comments) has no kind and no findings. */
export function checkDocument(file: string, index: number, value: unknown): CheckedDocument {
  if (value === null) return { kind: undefined, value: {}, diagnostics: [] };
  const path: Path = [index];
  if (!isMap(value)) {
    return unusable(
      file,
      path,
      "schema/wrong-type",
      `a document is a map with the key \`service\`, \`farm\` or \`shard\`, not ${nameOf(value)}`,
      "start it with `service: <name>`, `farm: <name>` or `shard: <name>`",
    );
  }
  const kind = KINDS.find((key) => Object.hasOwn(value, key));
  if (kind === undefined) return unknownKind(file, path, value);
  const diagnostics = problemsOf(file, path, kind, value, validators()[kind]);
  if (typeof value[kind] !== "string") return { kind: undefined, value, diagnostics };
  checkNames(file, path, kind, value, diagnostics);
  checkDurations(file, path, kind, value, diagnostics);
  return { kind, value, diagnostics };
}

/** Checks the document of promgen.yml; a null one is empty. */
export function checkConfig(
  file: string,
  documents: readonly unknown[],
): { value: Value; diagnostics: readonly SchemaDiagnostic[] } {
  const [first = null, ...others] = documents;
  const diagnostics: SchemaDiagnostic[] = [];
  for (const [index, other] of others.entries()) {
    if (other === null) continue;
    diagnostics.push({
      code: "schema/wrong-type",
      severity: "error",
      message: `${file} has more than one document`,
      where: { file, path: [index + 1] },
      help: "keep the settings in one document; shards, farms and services have files of their own",
    });
  }
  if (first === null) return { value: {}, diagnostics };
  if (!isMap(first)) {
    diagnostics.push({
      code: "schema/wrong-type",
      severity: "error",
      message: `${file} holds ${nameOf(first)}, not a map of settings`,
      where: { file, path: [0] },
      help: "write `key: value` lines",
    });
    return { value: {}, diagnostics };
  }
  diagnostics.push(...problemsOf(file, [0], "promgen", first, validators().promgen));
  checkDurations(file, [0], "promgen", first, diagnostics);
  return { value: first, diagnostics };
}

function unknownKind(file: string, path: Path, value: Value): CheckedDocument {
  const keys = Object.keys(value);
  for (const key of keys) {
    const near = nearest(key, KINDS);
    if (near === undefined) continue;
    const found = unusable(
      file,
      [...path, key],
      "schema/unknown-key",
      `unknown key \`${key}\`, and no \`service\`, \`farm\` or \`shard\` that tells what this document is`,
      didYouMean(key, KINDS),
    );
    return {
      ...found,
      diagnostics: found.diagnostics.map((finding) => ({ ...finding, where: { ...finding.where, part: "key" } })),
    };
  }
  const help = keys.includes("projects")
    ? "add `service: <name>`"
    : keys.includes("hosts")
      ? "add `farm: <name>`"
      : keys.includes("servers")
        ? "add `shard: <name>`"
        : "add `service: <name>`, `farm: <name>` or `shard: <name>`, or move the file out of the inventory";
  return unusable(
    file,
    path,
    "schema/missing-key",
    "this document has none of the keys `service`, `farm` and `shard` that tell what it is",
    help,
  );
}

function unusable(file: string, path: Path, code: SchemaCode, message: string, help: string): CheckedDocument {
  return {
    kind: undefined,
    value: {},
    diagnostics: [{ code, severity: "error", message, where: { file, path }, help }],
  };
}

function isMap(value: unknown): value is Value {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
