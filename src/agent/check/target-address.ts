/** `host:port` of targets.json. */
import { canonicalHost, isIpv6 } from "../../model/address.ts";
import { portReason, splitHostPort } from "../../model/host-port.ts";
import { showText } from "../../model/show-text.ts";
import type { Problem } from "./invalid-file.ts";

/** An address that is its own canonical form. Almost all are. */
const PLAIN = /^(?:(?!0\d)[a-z0-9_-]+\.)*(?!0\d)[a-z0-9_-]+:(?:[1-9]\d{0,3}|[1-5]\d{4})$/;

/** What is wrong with an address; undefined where nothing is. */
export function addressProblem(text: string): Problem | undefined {
  if (PLAIN.test(text)) return undefined;
  const why = reason(text);
  return why === undefined
    ? undefined
    : {
        trouble: "address",
        message: `the target ${showText(text.replace(/\?.*/su, "?…"))} cannot be scraped: ${why}`,
        help: "correct the host or the port in the inventory",
      };
}

/** The form in which two addresses are the same target, as `promgen-gen plan` compares them. */
export function canonicalAddress(text: string): string {
  if (PLAIN.test(text)) return text;
  const { host, port } = splitHostPort(text);
  return port === undefined ? canonicalHost(host) : `${canonicalHost(host)}:${port}`;
}

function reason(text: string): string | undefined {
  if (text === "") return "it is empty, and Prometheus drops it";
  if (/[\s\p{Z}\p{Cc}\p{Cf}]/u.test(text)) return "it has white space or an invisible character";
  if (text.includes("/")) return "it has a `/`, and Prometheus drops it";
  const odd = /[\\?#@%<>^`{|}"]/.exec(text)?.[0];
  if (odd !== undefined) return `it has the character ${odd}`;
  const { host, port } = splitHostPort(text);
  if (port === undefined) return isIpv6(host) ? "an IPv6 address without brackets has no port" : "it has no port";
  return portReason(port) ?? hostReason(host);
}

function hostReason(host: string): string | undefined {
  if (host === "") return "it has no host";
  if (!/[:[\]]/.test(host)) return undefined;
  if (!host.startsWith("[")) return "it has more than one `:` or a bracket";
  return isIpv6(host.slice(1, -1)) ? undefined : "there is no IPv6 address in its brackets";
}
