/**
 * Hosts, servers and targets of a wrong type → how to write them instead. No host that is written somehow may be missing from
 * what the help shows, and no label.
 */
import { isIpv6, renderHost } from "../model/address.ts";
import type { Mend, Value } from "./mend.ts";
import { inList, isMap, listOfTexts, only, scalarText } from "./mend.ts";
import { code, flow, flowText, listItem } from "./words.ts";

export const hosts: Mend = (node) => {
  if (!isMap(node)) return listOfTexts(node);
  if (Object.hasOwn(node, "host")) return "put `- ` before `host`, and indent what follows to fit";
  const items = itemsOf(node);
  return items === undefined || items.length === 0
    ? undefined
    : `write a list, each host on a line of its own and without a port: ${inList(items)}${leftOut(node)}`;
};

export const host: Mend = (node) => {
  if (Array.isArray(node)) {
    const items = listed(node);
    return items === undefined || items.length === 0
      ? "remove the inner list: a list of hosts holds no lists"
      : `write each host as an item of its own, with one dash and without brackets: ${inList(items)}`;
  }
  if (!isMap(node)) return undefined;
  const items = itemsOf(node);
  if (items === undefined || items.length === 0) return undefined;
  if (items.length > 1) return `write each host as an item of its own: ${inList(items)}${leftOut(node)}`;
  const [, value] = only(node);
  const port = scalarText(value) === undefined ? "" : ", without a port: the exporter has it";
  return `write ${inList(items)}${value === null ? ", without the colon" : port}${leftOut(node)}`;
};

/** The hosts of a map as items of a list; `undefined` where a text may be a host, a label or a comment. */
function itemsOf(node: Value): string[] | undefined {
  const found = isGroup(node)
    ? Object.entries(node).map(([key, value]) => itemsInGroup(key, value))
    : Object.entries(node).map(([name, value]) => itemsFor(name, value));
  // A host may be in several groups.
  return found.every((items) => items !== undefined) ? [...new Set(found.flat())] : undefined;
}

/** Ansible has maps of hosts in maps of groups: https://docs.ansible.com/ansible/latest/inventory_guide/intro_inventory.html */
function isGroup(node: Value): boolean {
  return Object.hasOwn(node, "hosts") || Object.hasOwn(node, "children");
}

function itemsInGroup(key: string, value: unknown): string[] | undefined {
  if (key === "vars") return [];
  if (key === "hosts") return isMap(value) ? itemsOf(value) : listed(value ?? []);
  if (key !== "children") return undefined;
  // The hosts of a group that is only named stand elsewhere.
  const groups = isMap(value ?? {}) ? Object.values(value ?? {}) : [undefined];
  const found = groups.map((group: unknown) => (isMap(group) && isGroup(group) ? itemsOf(group) : undefined));
  return found.every((items) => items !== undefined) ? found.flat() : undefined;
}

function itemsFor(name: string, value: unknown): string[] | undefined {
  if (Array.isArray(value)) return listed(value);
  if (!isMap(value)) return value === null || /^\d+$/.test(scalarText(value) ?? "") ? [listItem(name)] : undefined;
  if (isGroup(value)) return itemsOf(value);
  const { labels, ...rest } = value;
  const all = isMap(labels) ? { ...rest, ...labels } : value;
  if (Object.keys(all).length === 0) return [listItem(name)];
  // What a label cannot have makes it something else than a host: `vars`, a group, a host's settings.
  const isLabelled = name !== "vars" && Object.values(all).every((text) => scalarText(text) !== undefined);
  return isLabelled ? [`- { host: ${flowText(name)}, labels: ${flow(all)} }`] : undefined;
}

function listed(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === "string" || isMap(item))
    ? value.map((item: string | Value) => (typeof item === "string" ? listItem(item) : `- ${flow(item)}`))
    : undefined;
}

/** Groups have variables beside their hosts; those of a host become its labels. */
function leftOut(node: Value): string {
  return hasVariables(node) ? "; what is below `vars` is no host: write as labels what of it is meant to be one" : "";
}

function hasVariables(node: Value): boolean {
  return (
    (isGroup(node) && Object.hasOwn(node, "vars")) ||
    Object.values(node).some((value) => isMap(value) && hasVariables(value))
  );
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
  if (text === undefined || (key === undefined && port === undefined && value !== null)) return undefined;
  if (port === undefined) return asText(text);
  // A URL has its port within, and `host:port` one already.
  const isHost = !text.includes("/") && (!text.includes(":") || isIpv6(text.replace(/^\[(.*)\]$/s, "$1")));
  return isHost && /^\d+$/.test(port) ? asText(`${renderHost(text)}:${port}`) : undefined;
};

function asText(text: string): string {
  return `write it as one text: ${code(listItem(text))}`;
}
