/**
 * Values of a wrong type → how to write them instead, where the value tells what was meant. Each function gives
 * `undefined` where it does not.
 */
import { blockText, code, flow, listItem } from "./words.ts";

export type Value = Readonly<Record<string, unknown>>;
export type Mend = (node: unknown) => string | undefined;

export const TRUE = /^(?:true|yes|y|on|1)$/i;
export const FALSE = /^(?:false|no|n|off|0)$/i;

export const truth: Mend = (node) => {
  const text = scalarText(node) ?? "";
  if (TRUE.test(text)) return "write `true`, without quotes";
  return FALSE.test(text) ? "write `false`, without quotes" : undefined;
};

export const port: Mend = (node) => {
  if (Array.isArray(node)) return "write an exporter for each port: each has one";
  const value = numberIn(scalarText(node)?.replace(/^:|\/tcp$/g, ""));
  return value !== undefined && Number.isInteger(value) && value > 0 && value < 65_536
    ? `write \`port: ${value}\`, a plain number`
    : undefined;
};

export const count =
  (key: string): Mend =>
  (node) => {
    const value = typeof node === "string" ? numberIn(node.replace(/ ?%$/, "")) : undefined;
    return value !== undefined && Number.isSafeInteger(value) && value >= 0
      ? `write \`${key}: ${value}\`, a plain number`
      : undefined;
  };

/** A list that YAML read as one text, since no space follows its dashes, or a `|` stands before it. */
const DASHED = /^\s*-/;

/** The same, where its first item has none: `a - b - c`. */
const DASHED_BELOW = /\s-\s/;

/** The items of a text that holds several. Commas within `[1-3,7]` belong to a host range. */
export function splitTexts(text: string): string[] {
  if (DASHED.test(text) || DASHED_BELOW.test(text))
    return text
      .split(DASHED.test(text) ? /(?:^|\s)-/ : DASHED_BELOW)
      .map((item) => item.trim())
      .filter((item) => item !== "");
  return text.split(/[\s,;]+(?![^[]*\])/).filter((item) => item !== "");
}

export const listOfTexts: Mend = (node) => {
  if (typeof node !== "string" || node.trim() === "") return undefined;
  const items = splitTexts(node);
  if (DASHED.test(node)) {
    const how = /\n\s*(?:-|$)/.test(node) ? "without `|` or `>` before it" : "with a space after each dash";
    return items.length === 0 ? undefined : `write a list, ${how}: ${inList(items.map(listItem))}`;
  }
  return items.length > 1
    ? `write a list, each item on a line of its own: ${inList(items.map(listItem))}`
    : `put it on a line of its own after \`- \`: ${inList([listItem(node)])}`;
};

/** The same where only these may be items. */
export const listOf =
  (words: readonly string[]): Mend =>
  (node) =>
    typeof node === "string" && splitTexts(node).every((item) => words.includes(item)) ? listOfTexts(node) : undefined;

export const exporter: Mend = (node) => {
  if (Array.isArray(node)) return "remove the inner brackets: a list of exporters holds no lists";
  const [job, value] = only(node);
  return job === undefined ? undefined : `write ${code(exporterItem(job, value))}`;
};

export const exporters: Mend = (node) => {
  if (!isMap(node)) return listOfTexts(node);
  const entries = Object.entries(node);
  if (entries.some(([key]) => key === "job")) return "put `- ` before `job`, and indent what follows to fit";
  return entries.length === 0
    ? undefined
    : `write a list: ${inList(entries.map(([job, value]) => exporterItem(job, value)))}`;
};

export const probe: Mend = (node) => {
  const module = typeof node === "string" ? node : only(node)[0];
  return module === undefined
    ? undefined
    : `write ${code(`- { module: ${module}, hosts: true }`)}, or \`targets:\` instead of \`hosts\``;
};

export const probes: Mend = (node) => {
  if (isMap(node) && Object.hasOwn(node, "module")) return "put `- ` before `module`, and indent what follows to fit";
  return probe(node);
};

export const probeHosts: Mend = (node) =>
  Array.isArray(node) || (typeof node === "string" && !TRUE.test(node) && !FALSE.test(node))
    ? "write `hosts: true` for all hosts of the project, or name these below `targets:`"
    : truth(node);

/** The names in a text that holds several; one of the brackets of a list may be missing. */
export function splitNames(text: string): string[] {
  return text.split(/[\s,;[\]]+/).filter((name) => name !== "");
}

export const shardNames: Mend = (node) => {
  if (typeof node === "string") return `write a list: ${code(`shard: [${splitNames(node).join(", ")}]`)}`;
  const [key, value] = only(node);
  const name = typeof value === "string" ? value : key;
  return name === undefined ? undefined : `write ${code(`shard: ${name}`)}`;
};

export const farmName: Mend = (node) =>
  Array.isArray(node) || isMap(node)
    ? "name one farm document, and write hosts of the project's own below `hosts:`, beside `name`"
    : undefined;

export const project: Mend = (node) => {
  if (Array.isArray(node)) return "remove the inner brackets: a list of projects holds no lists";
  const name = typeof node === "string" ? node : only(node)[0];
  return name === undefined
    ? undefined
    : `write ${code(`- name: ${name}`)}, with the project's other keys below \`name\``;
};

export const projects: Mend = (node) => {
  if (!isMap(node)) return project(node);
  const names = Object.keys(node);
  if (names.length === 0) return undefined;
  return Object.hasOwn(node, "name")
    ? "put `- ` before `name`, and indent what follows to fit"
    : `write a list: ${inList(names.map((name) => `- name: ${name}`))}, with the project's other keys below \`name\``;
};

export const presets: Mend = (node) => {
  if (!Array.isArray(node)) return undefined;
  const first: unknown = node[0];
  if (typeof first === "string") return `write a map: ${code(`${first}: { port: … }`)}`;
  if (!isMap(first)) return undefined;
  const name = scalarText(first["job"] ?? first["name"]) ?? only(first)[0];
  return name === undefined
    ? "write a map from job names to presets, without `- `"
    : `write a map, without \`- \`: ${code(`${name}: { port: ${scalarText(first["port"]) ?? "…"} }`)}`;
};

export const preset: Mend = (node) => {
  const value = numberIn(scalarText(node));
  return value === undefined ? undefined : `write \`{ port: ${value} }\``;
};

export const blackbox: Mend = (node) => {
  const value = numberIn(scalarText(node));
  return value === undefined ? undefined : `write the host, too: \`blackbox: 127.0.0.1:${value}\``;
};

export const limits: Mend = (node) => {
  const value = numberIn(scalarText(node));
  return value === undefined ? undefined : `write \`limits: { targets: ${value} }\``;
};

/** `a=b`, `a: b`, `a => b`, `a = "b c"`. */
const PAIR = /^([^=:\s]+?)\s*(?:[=:]+>?|->)\s*(?:("[^"]*"|'[^']*')|([^\s,]+))/;

/** Labels or parameters, in a list or as `a=b`. */
export const pairs: Mend = (node) => {
  const items: readonly unknown[] = Array.isArray(node) ? node : [node];
  if (items.length > 0 && items.every(isMap)) {
    const entries = items.map(named);
    return entries.every((entry) => entry !== undefined)
      ? `write a map: ${code(flow(Object.fromEntries(entries)))}`
      : "remove each `- `: a map has `name: value` lines alone";
  }
  const [first] = items;
  const match = typeof first === "string" ? PAIR.exec(first) : null;
  if (match === null) return undefined;
  const [, name, quoted, bare = ""] = match;
  return `write ${code(`${name}: ${quoted ?? blockText(bare)}`)}, one a line`;
};

/** `{ name: env, value: prod }`, as others write one pair. */
function named(pair: Value): readonly [name: string, value: unknown] | undefined {
  const { value, ...rest } = pair;
  const [key, name] = only(rest);
  return value !== undefined && key !== undefined && /^(?:name|key|label)$/.test(key) && typeof name === "string"
    ? [name, value]
    : undefined;
}

export const singleValue =
  (what: string): Mend =>
  (node) =>
    Array.isArray(node) && node.length === 1 && typeof node[0] === "string"
      ? `write ${code(blockText(node[0]))} alone: ${what} has one value, and no list`
      : `write one text: ${what} has one value`;

export const joined =
  (key: string): Mend =>
  (node) =>
    Array.isArray(node) && node.every((item) => typeof item === "string")
      ? `write one text: ${code(`${key}: ${node.join(", ")}`)}`
      : undefined;

/** The name of a document: `service: [a, b]`, `service: { name: a }`. */
export const documentName =
  (kind: string): Mend =>
  (node) => {
    if (Array.isArray(node)) return `write a document for each, with a line \`---\` between them`;
    return isMap(node)
      ? `write ${code(`${kind}: ${scalarText(node["name"]) ?? "…"}`)}, and its other keys below, not indented`
      : undefined;
  };

export const dashBefore =
  (key: string): Mend =>
  (node) =>
    isMap(node) && Object.hasOwn(node, key)
      ? `put \`- \` before \`${key}\`, and indent what follows to fit`
      : undefined;

const SEVERITIES: readonly (readonly [meant: RegExp, severity: string])[] = [
  [/^(?:warn|warnings?|minor)$/i, "`warning`"],
  [/^(?:err|errors?|fatal|critical|true|on|yes|deny)$/i, "`error`"],
  [/^(?:infos?|information|notice|note|hint)$/i, "`info`"],
  [/^(?:false|no|none|off|disabled?|ignored?|allow|0)$/i, '`"off"`'],
];

export const severity: Mend = (node) => {
  const text = scalarText(node);
  const meant = text === undefined ? undefined : SEVERITIES.find(([pattern]) => pattern.test(text))?.[1];
  return meant === undefined ? undefined : `write ${meant}`;
};

function exporterItem(job: string, value: unknown): string {
  if (value === null) return `- ${job}`;
  if (isMap(value)) {
    const [key, first] = Object.entries(value)[0] ?? [];
    const text = scalarText(first);
    const more = Object.keys(value).length > 1 ? ", …" : "";
    return key === undefined ? `- ${job}` : `- { job: ${job}, ${text === undefined ? "…" : `${key}: ${text}${more}`} }`;
  }
  return `- { job: ${job}, port: ${scalarText(value) ?? "…"} }`;
}

/** The single entry of a map. */
export function only(node: unknown): [key: string, value: unknown] | [undefined, undefined] {
  if (!isMap(node)) return [undefined, undefined];
  const [entry, second] = Object.entries(node);
  return entry === undefined || second !== undefined ? [undefined, undefined] : entry;
}

/** A number in another notation than YAML's plain decimal one. */
function numberIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^\+?(\d[\d_, ]*|0x[0-9a-f]+|0o[0-7]+|\d+e\d|\d+\.\d+)\s?([km])?$/i.exec(text);
  if (match === null) return undefined;
  const factor = { "": 1, k: 1000, m: 1_000_000 }[(match[2] ?? "").toLowerCase()] ?? 1;
  const value = Number((match[1] ?? "").replaceAll(/[_, ]/g, "")) * factor;
  return Number.isFinite(value) ? value : undefined;
}

/** More items than that tell nothing new. */
const MOST_SHOWN = 8;

/** All items, or as many as a line may have and `…`. */
export function inList(items: readonly string[]): string {
  return [...items.slice(0, MOST_SHOWN).map(code), ...(items.length > MOST_SHOWN ? ["…"] : [])].join(", ");
}

export function scalarText(node: unknown): string | undefined {
  return typeof node === "string" || typeof node === "number" || typeof node === "boolean" ? String(node) : undefined;
}

export function isMap(node: unknown): node is Value {
  return typeof node === "object" && node !== null && !Array.isArray(node);
}
