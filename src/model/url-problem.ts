/**
 * A URL, a network or a piece of a URL in the place of a host, and which host to write instead.
 */
import { isIpv6 } from "./address.ts";
import type { HostProblem } from "./host-problem.ts";
import { linkedText } from "./link.ts";
import { showCharacter, showText } from "./show-text.ts";
import { writeHost, writeInstead } from "./write-instead.ts";

const kind = "url-in-host";

/** @param takesPort true where a port may follow the host: then it is kept in what to write instead */
export function urlProblem(text: string, takesPort: boolean): HostProblem | undefined {
  const linked = linkedText(text);
  if (linked !== undefined) return linkProblem(text, linked, takesPort);
  // A query may hold a token.
  const shown = showText(text.replace(/\?.*/su, "?…"));
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text) ?? /^(https?):(?!\d+$)/i.exec(text);
  if (scheme !== null || text.startsWith("//")) {
    const { authority } = readUrl(text.slice(scheme?.[0].length ?? 0).replace(/^\/+/, ""));
    const host = hostIn(authority, takesPort, USUAL_PORTS.get((scheme?.[1] ?? "").toLowerCase()));
    const note = takesPort ? "" : "; `scheme`, `port` and `path` are fields of the exporter";
    return { kind, message: `${shown} is a URL, not a host`, ...writeHost(host, note) };
  }
  const network = networkProblem(text, shown, takesPort);
  if (network !== undefined) return network;
  const { hasUser, authority: server } = readUrl(text);
  if (hasUser)
    return {
      kind,
      message: `${shown} has a user name in it`,
      ...writeHost(hostIn(server, takesPort), "; credentials belong to the servers' own configuration"),
    };
  const rest = /[/?#\\]/.exec(text);
  if (rest === null) return undefined;
  const authority = text.slice(0, rest.index);
  const host = hostIn(authority, takesPort);
  const fields = `${splitAuthority(authority).port === undefined ? "" : "port, "}path and query`;
  const path = /^\/[^?#]*/.exec(text.slice(rest.index))?.[0];
  // What stands before an `@` may be a password.
  const shownPath = path === undefined || text.includes("@") ? "" : `: \`path: ${path}\``;
  return {
    kind,
    message: `${shown} has ${rest[0] === "/" ? "a path" : `a ${showCharacter(rest[0])}`} in it`,
    ...writeHost(host, takesPort ? "" : `; ${fields} are the exporter's${shownPath}`),
  };
}

function linkProblem(text: string, linked: string, takesPort: boolean): HostProblem {
  const { authority } = readUrl(linked.replace(/^[a-z][a-z0-9+.-]*:\/\//i, ""));
  const message = `${showText(text.replace(/[?|].*/su, "…>"))} stands in the angle brackets of a link`;
  return { kind, message, ...writeHost(hostIn(authority, takesPort), "") };
}

/** `10.0.0.0/24`, also with a port after it. */
function networkProblem(text: string, shown: string, takesPort: boolean): HostProblem | undefined {
  const network =
    /^(?=[^/]{1,60}\/)(?<address>[0-9a-f:.[\]]*[:.][0-9a-f:.[\]]*)\/(?<bits>\d{1,3})(?::(?<port>\d+))?$/i.exec(
      text,
    )?.groups;
  if (network === undefined) return undefined;
  const { address = "", bits = "", port } = network;
  const isOneHost = address.includes(":") ? bits === "128" : bits === "32";
  const series = /^\d+\.\d+\.\d+\./.exec(address)?.[0];
  const list = takesPort
    ? "write each host out"
    : `list its hosts${series === undefined ? "" : `, such as \`"${series}[1-20]"\``}`;
  const message = `${shown} is a network, not a host`;
  const host = port !== undefined && takesPort ? `${isIpv6(address) ? `[${address}]` : address}:${port}` : address;
  const note = port !== undefined && !takesPort ? `; the port is the exporter's: \`port: ${port}\`` : "";
  if (isOneHost) return { kind, message, ...writeInstead(host, note) };
  if (/(?:\.0|::)$/.test(address)) return { kind, message, help: list };
  return { kind, message, ...writeInstead(host, `${note}, if that is meant; else ${list}`) };
}

/** Host and port of a URL without its scheme. An `@` in its path or query belongs to no user name. */
function readUrl(url: string): { hasUser: boolean; authority: string } {
  const start = url.replace(/[/?#].*/s, "");
  // No URL has a password with a `/`, but people write one: what is before the `/` is no host and port then.
  const isPassword = !start.includes("@") && !LIKE_IPV6.test(start) && /^[^:[]*:[^:]*[^\d:]/.test(start);
  const whole = isPassword ? url : start;
  const at = whole.lastIndexOf("@");
  return { hasUser: at >= 0, authority: whole.slice(at + 1).replace(/[/?#].*/s, "") };
}

/** An IPv6 address, or what is meant as one, with or without a port. */
const LIKE_IPV6 = /^\[?[\da-f.]*:[\da-f.]*:[\da-f:.]*(?:%[^:]*)?(?::\d+)?$/i;

/** The host, with its port where one may follow; empty where nobody knows it. */
function hostIn(authority: string, takesPort: boolean, usualPort?: string): string {
  const { host, port = usualPort } = splitAuthority(authority);
  return host !== "" && takesPort && port !== undefined ? `${host}:${port}` : host;
}

/** The host with the brackets that it needs before a port; empty where nobody knows where the port begins. */
function splitAuthority(authority: string): { host: string; port: string | undefined } {
  const last = authority.lastIndexOf(":");
  const before = authority.slice(0, last);
  const after = authority.slice(last + 1);
  const isPort = /^\d+$/.test(after);
  // `2001:db8::1:9090` is an address, too.
  if (isIpv6(authority))
    return isPort && isIpv6(before) && /^[1-9]\d{3}$/.test(after)
      ? { host: "", port: undefined }
      : { host: `[${authority}]`, port: undefined };
  if (isPort && isIpv6(before)) return { host: `[${before}]`, port: after };
  if (LIKE_IPV6.test(authority)) return { host: "", port: undefined };
  const [, host = "", port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?/.exec(authority) ?? [];
  return { host, port };
}

/** What a URL without a port means. */
const USUAL_PORTS: ReadonlyMap<string, string> = new Map([
  ["http", "80"],
  ["https", "443"],
]);
