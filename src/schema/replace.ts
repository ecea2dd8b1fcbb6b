/**
 * What becomes of a wrong value, so that everything else can be checked: what can be used of it stays.
 */
import type { Path } from "../diagnostic.ts";
import { splitTexts } from "./mend.ts";
import type { Shape } from "./shape.ts";

type Value = Record<string, unknown>;

/** Keys that name something: their value is kept under the key that was meant, and as text where it is a number. */
export const NAMES: ReadonlySet<string> = new Set(["service", "farm", "shard", "name", "job", "module", "host"]);

/** Takes an unknown key out of a map; a name is kept as that of `meant`. */
export function rename(owner: Value, key: string, meant: string | undefined, value: unknown): void {
  delete owner[key];
  if (meant === undefined || !NAMES.has(meant) || Object.hasOwn(owner, meant)) return;
  const isList = meant === "shard" && Array.isArray(value) && value.every((item) => typeof item === "string");
  if (typeof value === "string" || isList) owner[meant] = value;
}

/** Puts in the place of a wrong value what can be used of it, or nothing. Items of a list keep their indices. */
export function replace(root: Value, steps: Path, shape: Shape | undefined): void {
  const last = steps.at(-1);
  const owner = nodeAt(root, steps.slice(0, -1));
  if (last === undefined || typeof owner !== "object" || owner === null) return;
  const node = (owner as Value)[last];
  const key = steps.findLast((step) => typeof step === "string");
  if (key === "shard" && typeof last === "string" && steps.length > 1) (owner as Value)[last] = [];
  else if ((Number.isInteger(node) || typeof node === "boolean") && key !== undefined && NAMES.has(key))
    (owner as Value)[last] = String(node);
  else if (typeof node === "string" && shape?.takesTexts === true) (owner as Value)[last] = splitTexts(node);
  else if (Array.isArray(owner))
    owner[last as number] = key === "exporters" || key === "probes" ? { enabled: false } : undefined;
  else if (shape?.noun === "a preset") (owner as Value)[last] = {};
  else delete (owner as Value)[last];
}

/** A JSON pointer (RFC 6901) as a route; list indices become numbers. */
export function pointerSteps(root: unknown, pointer: string): (string | number)[] {
  const steps: (string | number)[] = [];
  let node = root;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    const step = Array.isArray(node) ? Number(key) : key;
    steps.push(step);
    node = (node as Value | null | undefined)?.[step];
  }
  return steps;
}

/** The value at a route; `undefined` where there is none. */
export function nodeAt(root: unknown, steps: Path): unknown {
  let node = root;
  for (const step of steps) node = (node as Value | null | undefined)?.[step];
  return node;
}
