/**
 * Hosts, servers and targets of a wrong type → how to write them instead. No host that is written somehow may be missing from
 * what the help shows, and no label.
 */
import type { Mend } from "./mend.ts";
import { inList, isMap, listOfTexts, only, scalarText } from "./mend.ts";
import { code, flow, flowText, listItem } from "./words.ts";

export const hosts: Mend = (node) => {
  if (!isMap(node)) return listOfTexts(node);
  if (Object.hasOwn(node, "host")) return "put `- ` before `host`, and indent what follows to fit";
  const items = itemsOf(node);
  return items === undefined || items.length === 0
    ? undefined
    : `write a list, each host on a line of its own and without a port: ${inList(items)}`;
};

export const host: Mend = (node) => {
  if (Array.isArray(node)) return "remove the inner brackets: a list of hosts holds no lists";
  if (!isMap(node)) return undefined;
  const items = itemsOf(node);
  if (items === undefined || items.length === 0) return undefined;
  if (items.length > 1) return `write each host as an item of its own: ${inList(items)}`;
  const [, value] = only(node);
  const without = value === null ? ", without the colon" : ", without a port: the exporter has it";
  return `write ${inList(items)}${isMap(value) || Array.isArray(value) ? "" : without}`;
};

/** The hosts of a map as items of a list; `undefined` where a text may be a host, a label or a comment. */
function itemsOf(node: Readonly<Record<string, unknown>>): string[] | undefined {
  const items: string[] = [];
  for (const [name, value] of Object.entries(node)) {
    // Ansible has maps of hosts in maps of groups.
    const inside = isMap(value) && /^(?:all|hosts|children)$/.test(name) ? itemsOf(value) : itemsFor(name, value);
    if (inside === undefined) return undefined;
    items.push(...inside);
  }
  return items;
}

function itemsFor(name: string, value: unknown): string[] | undefined {
  if (Array.isArray(value))
    return value.every((item) => typeof item === "string" || isMap(item))
      ? value.map((item: unknown) => (typeof item === "string" ? listItem(item) : `- ${flow(item)}`))
      : undefined;
  if (isMap(value)) {
    const { labels, ...rest } = value;
    const all = isMap(labels) ? { ...rest, ...labels } : value;
    return [Object.keys(all).length === 0 ? listItem(name) : `- { host: ${flowText(name)}, labels: ${flow(all)} }`];
  }
  return value === null || /^\d+$/.test(scalarText(value) ?? "") ? [listItem(name)] : undefined;
}

/** Keys under which others write what is one text here. */
const ADDRESS = ["url", "target", "address", "host", "server", "instance", "name"];

/** A URL, `host` or `host:port`, written as a map. */
export const endpoint: Mend = (node) => {
  if (!isMap(node)) return undefined;
  const key = ADDRESS.find((word) => typeof node[word] === "string");
  const [name, value] = only(node);
  const text = key === undefined ? name : (node[key] as string);
  const port = scalarText(node["port"] ?? (key === undefined ? value : undefined));
  const isPort = port !== undefined && /^\d+$/.test(port);
  if (text === undefined || (key === undefined && !isPort && value !== null)) return undefined;
  return `write it as one text: ${code(listItem(isPort ? `${text}:${port}` : text))}`;
};
