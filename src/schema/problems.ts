/**
 * ajv's errors → findings in a user's words, one for each mistake. What is wrong is then mended or taken out of the value,
 * so that everything else can be checked: text where a list belongs becomes a list, a misspelt name keeps its value.
 */
import type { ErrorObject } from "ajv";
import type { Path } from "../diagnostic.ts";
import { didYouMean } from "../model/nearest.ts";
import { isRuleId } from "../rules/registry.ts";
import { durationWords, isDuration } from "./durations.ts";
import type { SchemaCode, SchemaDiagnostic } from "./finding.ts";
import { NAMES, nodeAt, pointerSteps, rename, replace } from "./replace.ts";
import type { Shape } from "./shape.ts";
import type { DocumentKind } from "./shapes.ts";
import { shapeAt } from "./shapes.ts";
import { findUnindented, unindentedFields } from "./unindented.ts";
import { guessKey } from "./unknown-key.ts";
import validators from "./validators.cjs";
import { code, codes } from "./words.ts";
import type { SourceAt, Words } from "./wrong-type.ts";
import { exampleOf, giveOrRemove, subjectAt, wrongType } from "./wrong-type.ts";

type Value = Record<string, unknown>;

/**
 * Validates a document and mends it.
 *
 * @param path route of the document in its file
 * @param isWhole false where the parser left something out: what seems to be missing or empty may be that
 * @param sourceAt where the file's text is at hand
 */
export function problemsOf(
  file: string,
  path: Path,
  kind: DocumentKind,
  value: Value,
  isWhole: boolean,
  sourceAt?: SourceAt,
): SchemaDiagnostic[] {
  const validate = validators[kind];
  if (validate(value)) return [];
  const problems = new Problems(file, path, kind, value, isWhole, sourceAt);
  for (const error of validate.errors ?? []) problems.add(error);
  return problems.finish();
}

/** A map with keys that it should not have, or without some that it should. */
interface Misshapen {
  readonly steps: Path;
  readonly unknown: string[];
  readonly missing: string[];
}

class Problems {
  readonly #file: string;
  readonly #path: Path;
  readonly #kind: DocumentKind;
  readonly #root: Value;
  readonly #isWhole: boolean;
  readonly #sourceAt: SourceAt | undefined;
  readonly #found: SchemaDiagnostic[] = [];
  readonly #maps = new Map<string, Misshapen>();
  /** One node, one finding: a wrong type often breaks several keywords. */
  readonly #seen = new Set<string>();
  /** Done at the end: routes and words are about the value as it is written. */
  readonly #mends: (() => void)[] = [];

  constructor(file: string, path: Path, kind: DocumentKind, root: Value, isWhole: boolean, sourceAt?: SourceAt) {
    this.#file = file;
    this.#path = path;
    this.#kind = kind;
    this.#root = root;
    this.#isWhole = isWhole;
    this.#sourceAt = sourceAt;
  }

  add(error: ErrorObject): void {
    const steps = pointerSteps(this.#root, error.instancePath);
    if (this.#isLints(steps, error)) return;
    if (error.keyword === "additionalProperties" || error.keyword === "required") {
      let map = this.#maps.get(error.instancePath);
      if (map === undefined) this.#maps.set(error.instancePath, (map = { steps, unknown: [], missing: [] }));
      if (error.keyword === "required") map.missing.push(error.params["missingProperty"] as string);
      else map.unknown.push(error.params["additionalProperty"] as string);
      return;
    }
    if (this.#seen.has(error.instancePath)) return;
    this.#seen.add(error.instancePath);
    const node = nodeAt(this.#root, steps);
    const shape = shapeAt(this.#kind, steps);
    // A label or parameter without a value: label/empty-or-control says what that means.
    if (node === null && (steps.at(-2) === "labels" || steps.at(-2) === "params") && steps[0] !== "lint") return;
    if (error.keyword === "uniqueItems") return this.#addTwice(steps, node, error);
    const key = steps.at(-1);
    if (shape?.noun === "a preset" && this.#addEmptyPreset(shape, steps, String(key), error)) return;
    if (isDuration(key) && typeof node === "number") this.#report("schema/duration", steps, durationWords(key, node));
    else if (this.#isWhole || !isEmpty(node)) {
      const source = (): string | undefined => this.#sourceAt?.([...this.#path, ...steps]);
      this.#report("schema/wrong-type", steps, wordsFor(shape, steps, node, error, source));
    }
    this.#mends.push(() => replace(this.#root, steps, shape));
  }

  /** Says so where its fields stand beside it. */
  #addEmptyPreset(shape: Shape, steps: Path, name: string, { instancePath }: ErrorObject): boolean {
    const presets = nodeAt(this.#root, steps.slice(0, -1)) as Value;
    const fields = unindentedFields(shape, presets, name);
    if (fields.length === 0) return false;
    const help = `indent ${codes(fields)} below ${code(`${name}:`)}`;
    this.#report("schema/wrong-type", steps, { message: `${subjectAt(shape, steps)} has no value`, help });
    for (const field of fields) this.#seen.add(instancePath.replace(/[^/]*$/, field));
    this.#mends.push(() => {
      for (const field of fields) delete presets[field];
      replace(this.#root, steps, shape);
    });
    return true;
  }

  finish(): SchemaDiagnostic[] {
    for (const map of this.#maps.values()) this.#addMap(map);
    for (const mend of this.#mends) mend();
    return this.#found;
  }

  /** Names of rules, and what is set for rules that do not exist, are lint-config.ts's business. */
  #isLints(steps: Path, { keyword }: ErrorObject): boolean {
    if (this.#kind !== "promgen" || steps[0] !== "lint") return false;
    const depth = steps[1] !== "overrides" ? 1 : steps[3] === "rules" ? 4 : Number.POSITIVE_INFINITY;
    if (steps.length <= depth) return steps.length === depth && keyword === "additionalProperties";
    // And so are options that a rule does not have.
    return !isRuleId(String(steps[depth])) || (steps.length === depth + 1 && keyword === "additionalProperties");
  }

  #addTwice(steps: Path, node: unknown, error: ErrorObject): void {
    const index = error.params["i"] as number;
    const item = (node as unknown[])[index];
    // Of another kind: that is said already.
    if (typeof item !== "string") return;
    this.#report("schema/wrong-type", [...steps, index], {
      message: `${subjectAt(undefined, steps)} has ${code(item)} twice`,
      help: "remove one of the two",
    });
  }

  #addMap({ steps, unknown, missing }: Misshapen): void {
    const node = nodeAt(this.#root, steps) as Value;
    const shape = shapeAt(this.#kind, steps);
    if (shape === undefined) return;
    const isItem = typeof steps.at(-1) === "number";
    if (isItem && missing.length > 0 && this.#isNoMap(shape, node, unknown)) {
      const message = `${subjectAt(shape, steps)} must be ${shape.wants}, not a map with the key${unknown.length === 1 ? "" : "s"} ${codes(unknown)}`;
      this.#report("schema/wrong-type", steps, { message, help: shape.mend?.(node) ?? exampleOf(shape) });
      this.#mends.push(() => replace(this.#root, steps, shape));
      return;
    }
    const lacking = new Set(missing);
    const unindented = findUnindented(this.#kind, shape, node, unknown);
    for (const { keys, above, help } of unindented) {
      const words = { message: unknownKeys(shape, keys), help };
      this.#report("schema/unknown-key", [...steps, keys[0] ?? ""], words, "key", above);
      this.#mends.push(() => keys.forEach((key) => delete node[key]));
    }
    const explained = new Set(unindented.flatMap(({ keys }) => keys));
    for (const key of unknown) {
      if (explained.has(key)) continue;
      const guess = guessKey(this.#kind, shape, node, key);
      const [needed] = missing;
      if (guess.isStrange && needed !== undefined && NAMES.has(needed) && node[key] === null) {
        // `- node:` with `port: 9100` below it.
        const help = `write ${code(`${needed}: ${key}`)}`;
        this.#report(
          "schema/unknown-key",
          [...steps, key],
          { message: unknownKeys(shape, [key]), help },
          "key",
          needed,
        );
        lacking.delete(needed);
        this.#mends.push(() => rename(node, key, needed, key));
        continue;
      }
      const words = { message: unknownKeys(shape, [key]), help: guess.help };
      this.#report("schema/unknown-key", [...steps, key], words, "key", guess.key);
      if (guess.key !== undefined) lacking.delete(guess.key);
      this.#mends.push(() => rename(node, key, guess.key, node[key]));
    }
    if (this.#isWhole)
      for (const key of lacking)
        this.#report("schema/missing-key", steps, missingKey(shape, steps, node, key), undefined, key);
    // It would be a target without a job.
    if (lacking.has("job") || lacking.has("module")) this.#mends.push(() => (node["enabled"] = false));
  }

  /** `- node: 9100`, `- web1:`: no key is misspelt, a colon makes a map of what should be none. */
  #isNoMap(shape: Shape, node: Value, unknown: readonly string[]): boolean {
    return (
      unknown.length > 0 &&
      unknown.length === Object.keys(node).length &&
      unknown.every((key) => guessKey(this.#kind, shape, node, key).isStrange === true)
    );
  }

  #report(code: SchemaCode, steps: Path, { message, help }: Words, part?: "key", meant?: string): void {
    const where = { file: this.#file, path: [...this.#path, ...steps], ...(part === undefined ? {} : { part }) };
    this.#found.push({ code, severity: "error", message, where, help, ...(meant === undefined ? {} : { meant }) });
  }
}

function wordsFor(
  shape: Shape | undefined,
  steps: Path,
  node: unknown,
  { keyword, params }: ErrorObject,
  source: () => string | undefined,
): Words {
  const subject = subjectAt(shape, steps);
  switch (keyword) {
    case "minItems":
      return { message: `${subject} is an empty list`, help: giveOrRemove(shape) };
    case "pattern":
      if (node === "") return { message: `${subject} is empty`, help: giveOrRemove(shape) };
      // The other pattern is that of a severity.
      return steps.at(-2) === "prometheus" ? jsonFile(subject, String(node)) : wrongType(shape, steps, node, []);
    case "enum": {
      const words = wrongType(shape, steps, node, []);
      const allowed = (params["allowedValues"] as unknown[]).map(String);
      return steps.at(-1) === "severity" ? words : { ...words, help: didYouMean(String(node), allowed) };
    }
    default:
      return wrongType(
        shape,
        steps,
        node,
        ([] as string[]).concat((params["type"] ?? []) as string | string[]),
        source,
      );
  }
}

/** https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config: `.json`, `.yml` or `.yaml`. */
function jsonFile(subject: string, path: string): Words {
  // What Go's filepath.Glob, by which file_sd looks for files, takes for a pattern: a path like that finds no file.
  return /[*?[]/.test(path)
    ? {
        message: `${subject} must be the path of one file, not the pattern ${code(path)}`,
        help: "write it without `*`, `?` and `[`",
      }
    : {
        message: `${subject} must be the path of a file that ends in \`.json\`, not ${code(path)}`,
        help: "let its name end in `.json`: Prometheus takes no other for file_sd, and tells the format by it",
      };
}

function unknownKeys({ noun }: Shape, keys: readonly string[]): string {
  return `there ${keys.length === 1 ? "is no key" : "are no keys"} ${codes(keys)} in ${noun}`;
}

function missingKey(shape: Shape, steps: Path, node: Value, key: string): Words {
  const noun = shape.noun?.replace(/^an? /, "") ?? "map";
  const name = node["name"] ?? (steps.length === 0 ? node[noun] : undefined);
  const wanted = shape.keys?.[key];
  return {
    message: `${typeof name === "string" ? `the ${noun} ${code(name)}` : `this ${noun}`} has no \`${key}\``,
    help: `add \`${key}:\` with ${wanted?.wants}, such as \`${wanted?.example}\``,
  };
}

/** What stays of a value that could not be read. */
function isEmpty(node: unknown): boolean {
  return node === null || (typeof node === "object" && Object.keys(node).length === 0);
}
