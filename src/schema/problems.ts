/**
 * ajv's errors → findings in a user's words. Each offending node is taken out of the value.
 */
import type { ErrorObject } from "ajv";
import type { Path } from "../diagnostic.ts";
import { didYouMean } from "../model/nearest.ts";
import { expectation, isDuration, nameOf } from "./expectation.ts";
import type { SchemaCode, SchemaDiagnostic } from "./finding.ts";
import type { Validate } from "./validators.ts";
import { validators } from "./validators.ts";

type Value = Record<string, unknown>;
type Kind = "service" | "farm" | "shard" | "promgen";

/**
 * Validates a document and prunes it.
 *
 * @param path route of the document in its file
 */
export function problemsOf(file: string, path: Path, kind: Kind, value: Value, validate: Validate): SchemaDiagnostic[] {
  if (validate(value)) return [];
  const diagnostics: SchemaDiagnostic[] = [];
  const pruned: (() => void)[] = [];
  const seen = new Set<string>();
  for (const error of validate.errors ?? []) {
    // One node, one finding: a wrong type often breaks several keywords.
    const subject = `${error.instancePath} ${error.keyword === "additionalProperties" ? error.params["additionalProperty"] : error.keyword === "required" ? error.params["missingProperty"] : ""}`;
    if (seen.has(subject)) continue;
    seen.add(subject);
    const steps = pointerSteps(value, error.instancePath);
    const node = nodeAt(value, steps);
    if (isEmptyLabel(steps, node)) continue;
    const problem = describe(kind, value, steps, node, error);
    const extra = error.keyword === "additionalProperties" ? [error.params["additionalProperty"] as string] : [];
    diagnostics.push({
      code: problem.code,
      severity: "error",
      message: problem.message,
      where: { file, path: [...path, ...steps, ...extra], ...(extra.length > 0 ? { part: "key" as const } : {}) },
      help: problem.help,
    });
    if (error.keyword !== "required") pruned.push(() => remove(value, [...steps, ...extra]));
  }
  for (const prune of pruned) prune();
  return diagnostics;
}

interface Problem {
  readonly code: SchemaCode;
  readonly message: string;
  readonly help: string;
}

function describe(kind: Kind, root: Value, steps: Path, node: unknown, error: ErrorObject): Problem {
  const key = steps.findLast((step) => typeof step === "string") ?? kind;
  switch (error.keyword) {
    case "additionalProperties":
      return unknownKey(kind, root, steps, String(error.params["additionalProperty"]), error.schemaPath);
    case "required":
      return missingKey(kind, root, steps, String(error.params["missingProperty"]));
    case "enum": {
      const allowed = (error.params["allowedValues"] as unknown[]).map(String);
      return {
        code: "schema/wrong-type",
        message: `\`${key}\` cannot be \`${String(node)}\``,
        help: didYouMean(String(node), allowed),
      };
    }
    case "pattern":
      return {
        code: "schema/wrong-type",
        message: `the severity of \`${key}\` cannot be \`${String(node)}\``,
        help: didYouMean(String(node), ["error", "warning", "info", "off"]),
      };
    case "minItems":
      return {
        code: "schema/wrong-type",
        message: `\`${key}\` is an empty list`,
        help: "name at least one, or leave the key out",
      };
    case "minimum":
      return {
        code: "schema/wrong-type",
        message: `\`${key}\` is ${String(node)}, less than ${String(error.params["limit"])}`,
        help: "write a larger number",
      };
    default:
      return wrongType(key, node, error);
  }
}

function wrongType(key: string, node: unknown, error: ErrorObject): Problem {
  if (isDuration(key) && (typeof node === "number" || typeof node === "string")) {
    return {
      code: "schema/duration",
      message: `\`${key}: ${String(node)}\` has no unit`,
      help: `write a Prometheus duration, such as \`${key}: ${String(node)}s\``,
    };
  }
  const types = ([] as string[]).concat(error.params["type"] as string | string[]);
  const wanted = expectation(key, types);
  const got = nameOf(node);
  return {
    code: "schema/wrong-type",
    message: `\`${key}\` must be ${wanted}, not ${got === "text" ? `the text \`${String(node)}\`` : got}`,
    help: howToWrite(key, types, node),
  };
}

function howToWrite(key: string, types: readonly string[], node: unknown): string {
  if (node === null) return "give it a value, or remove the key";
  if (types.includes("array") && typeof node === "string")
    return `write each item on a line of its own after \`- \`: \`- ${node}\``;
  if (types.includes("array")) return "write a list: each item on a line of its own after `- `";
  if (types.includes("string") && (typeof node === "number" || typeof node === "boolean"))
    return `quote it: \`${key}: "${String(node)}"\``;
  if (types.includes("integer") || types.includes("number")) {
    const digits = typeof node === "string" && /^0*[1-9]\d*$/.test(node) ? node.replace(/^0+/, "") : undefined;
    return digits === undefined
      ? "write a plain decimal number, without quotes"
      : `write ${digits}, without quotes or leading zeros`;
  }
  if (types.includes("boolean")) return "write `true` or `false`, without quotes";
  if (types.includes("object")) return "write a map: `key: value` lines, indented below it";
  return "see the example on the page of this rule";
}

function unknownKey(kind: Kind, root: Value, steps: Path, key: string, schemaPath: string): Problem {
  const allowed = validators().keys[kind]?.[schemaPath.replace(/\/additionalProperties$/, "")] ?? [];
  const owner = nodeAt(root, steps);
  const taken = typeof owner === "object" && owner !== null ? Object.keys(owner) : [];
  const free = allowed.filter((name) => !taken.includes(name));
  const within = steps.length === 0 ? `a ${kind === "promgen" ? "promgen.yml" : kind}` : ownerName(steps);
  const isRule = within === "lint" || steps.at(-1) === "rules";
  return {
    code: "schema/unknown-key",
    message: isRule ? `there is no rule \`${key}\`` : `unknown key \`${key}\` in ${within}`,
    help: didYouMean(key, free),
  };
}

function missingKey(kind: Kind, root: Value, steps: Path, key: string): Problem {
  const within =
    steps.length === 0
      ? `the ${kind}${typeof root[kind] === "string" ? ` "${root[kind]}"` : ""}`
      : `this ${ownerName(steps).replace(/^an? /, "")}`;
  return {
    code: "schema/missing-key",
    message: `${within} has no \`${key}\``,
    help: `add \`${key}:\` with ${expectation(key, ["string"])}`,
  };
}

/** "an exporter" for a route that ends in an item of `exporters`. */
function ownerName(steps: Path): string {
  const last = steps.at(-1);
  const list =
    typeof last === "number"
      ? steps.at(-2)
      : steps.at(-2) === "exporters" && steps.length === 2
        ? "presets"
        : undefined;
  const names: Readonly<Record<string, string>> = {
    projects: "a project",
    exporters: "an exporter",
    presets: "a preset",
    probes: "a probe",
    hosts: "a host",
    overrides: "an override",
  };
  return (typeof list === "string" ? names[list] : undefined) ?? `\`${String(last)}\``;
}

/** A label or parameter without a value: label/empty-or-control says what that means. */
function isEmptyLabel(steps: Path, node: unknown): boolean {
  const owner = steps.at(-2);
  return node === null && (owner === "labels" || owner === "params");
}

/** A JSON pointer (RFC 6901) as a route; list indices become numbers. */
function pointerSteps(root: unknown, pointer: string): (string | number)[] {
  const steps: (string | number)[] = [];
  let node = root;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    const step = Array.isArray(node) ? Number(key) : key;
    steps.push(step);
    node = (node as Value | undefined)?.[step];
  }
  return steps;
}

function nodeAt(root: unknown, steps: Path): unknown {
  let node = root;
  for (const step of steps) node = (node as Value | null | undefined)?.[step];
  return node;
}

/** Takes a node out; an item of a list stays as a gap, so that the indices of the others keep their places. */
function remove(root: Value, steps: Path): void {
  const last = steps.at(-1);
  const owner = nodeAt(root, steps.slice(0, -1));
  if (last === undefined || typeof owner !== "object" || owner === null) return;
  if (Array.isArray(owner)) owner[last as number] = undefined;
  else delete (owner as Value)[last];
}
