/** Which requests go through a proxy, by HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the forms that curl knows. */
import { BlockList, isIP } from "node:net";
import type { SourceConfig } from "../config.ts";
import { Failure } from "../failure.ts";
import { bareHost, isLoopback } from "./address.ts";

export interface Proxy {
  /** Without credentials: for connecting, and for people. */
  readonly url: URL;
  /** The variable that names it, for people. */
  readonly variable: string;
  readonly port: number;
  /** Value of `Proxy-Authorization`. */
  readonly authorization: string | undefined;
}

/**
 * The proxy for a URL; undefined where the connection is direct. Loopback is always direct: no proxy could reach it.
 *
 * @throws {Failure} `configuration` for a proxy that is not one; never with its user or password
 */
export function proxyFor(url: URL, config: SourceConfig["proxy"]): Proxy | undefined {
  const [value, name] = url.protocol === "https:" ? [config.https, "HTTPS_PROXY"] : [config.http, "HTTP_PROXY"];
  if (value === undefined || value.trim() === "" || isLoopback(url.hostname)) return undefined;
  if (isExempt(url, config.none ?? "")) return undefined;
  return parseProxy(value.trim(), name);
}

/** The port that a URL speaks to. */
export function portOf({ port, protocol }: URL): number {
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}

function parseProxy(value: string, name: string): Proxy {
  const bad = (why: string): Failure =>
    new Failure("configuration", `${name} ${why}`, { help: "write it as http://[user:password@]host:port" });
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (!URL.canParse(text)) throw bad("is not the URL of a proxy");
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw bad(`names a proxy of the kind ${url.protocol}, but only http: and https: are known`);

  let authorization: string | undefined;
  if (url.username !== "" || url.password !== "") {
    authorization = `Basic ${Buffer.from(`${decode(url.username)}:${decode(url.password)}`).toString("base64")}`;
  }
  return { url: new URL(`${url.protocol}//${url.host}/`), variable: name, port: portOf(url), authorization };
}

/** A password with a bare `%` is taken as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `*`, `host` (and what is below it), `.suffix`, an address, a network in CIDR notation, each with `:port` or without. */
function isExempt(url: URL, list: string): boolean {
  const host = bareHost(url.hostname);
  return list.split(/[\s,]+/).some((entry) => matches(entry.toLowerCase(), host, portOf(url)));
}

function matches(entry: string, host: string, port: number): boolean {
  if (entry === "*") return true;
  const { name, only } = splitPort(entry);
  if (only !== undefined && only !== port) return false;
  const [network = "", prefix] = name.split("/");
  const bare = bareHost(network);
  if (isIP(host) !== 0) return isIn(host, bare, prefix);
  const suffix = bare.replace(/^\./, "");
  return host === suffix || host.endsWith(`.${suffix}`);
}

/** An IPv6 address has a port only behind its brackets. */
function splitPort(entry: string): { readonly name: string; readonly only: number | undefined } {
  const found = /^(\[[^\]]*\](?:\/\d+)?|[^:]*):(\d+)$/.exec(entry);
  return found === null ? { name: entry, only: undefined } : { name: found[1] ?? "", only: Number(found[2]) };
}

function isIn(address: string, network: string, prefix: string | undefined): boolean {
  const family = isIP(address) === 4 ? "ipv4" : "ipv6";
  if (isIP(network) !== isIP(address)) return false;
  const most = family === "ipv4" ? 32 : 128;
  const bits = Number(prefix ?? most);
  if (prefix === "" || !Number.isInteger(bits) || bits < 0 || bits > most) return false;
  const block = new BlockList();
  block.addSubnet(network, bits, family);
  return block.check(address, family);
}
