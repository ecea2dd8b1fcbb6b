/**
 * `host` or `host:port`: servers of a shard, blackbox_exporter, targets of probes.
 */
import { isIpv6 } from "./address.ts";
import type { HostProblem } from "./host-problem.ts";
import { hostProblems, textProblem } from "./host-problem.ts";
import { showText } from "./show-text.ts";

export interface HostPort {
  /** IPv6 with the brackets that it is written with. */
  readonly host: string;
  /** As written, digits or not; `undefined` where there is none. */
  readonly port: string | undefined;
}

/** Splits at the last colon; an IPv6 address without brackets has no port. */
export function splitHostPort(text: string): HostPort {
  const last = text.lastIndexOf(":");
  const host = text.slice(0, last);
  const isSplit = last >= 0 && (!host.includes(":") || (host.startsWith("[") && host.endsWith("]")));
  return isSplit ? { host, port: text.slice(last + 1) } : { host: text, port: undefined };
}

/** What is wrong with a port, for the end of a sentence; `undefined` where nothing is. */
export function portReason(port: string | number): string | undefined {
  const text = String(port);
  if (text === "") return "there is nothing after the `:`";
  if (!/^-?\d+$/.test(text)) return `${showText(text)} is not a number`;
  if (typeof port === "string" && /^0\d/.test(port)) return `${showText(text)} has a leading zero`;
  const number = Number(text);
  return number >= 1 && number <= 65_535 ? undefined : `${text} is not between 1 and 65535`;
}

/** All that is wrong with a `host` or `host:port`: one error, or warnings. */
export function hostPortProblems(text: string, ports: ReadonlySet<number>): readonly HostProblem[] {
  const whole = textProblem(text, true);
  if (whole !== undefined) return [whole];
  const { host, port } = splitHostPort(text);
  const reason = port === undefined ? undefined : portReason(port);
  if (reason !== undefined) {
    return [
      {
        kind: "port-range",
        message: `the port of ${showText(text)} is no port: ${reason}`,
        help: `write ${showText(host)} with a port from 1 to 65535`,
      },
    ];
  }
  if (host === "" && port !== undefined) {
    const message = `${showText(text)} has a port and no host`;
    return [{ kind: "invalid-host", message, help: "write the host before the `:`" }];
  }
  return hostProblems(host, ports).map((problem) => {
    if (problem.kind === "range") return { ...problem, help: "write each host out" };
    return problem.kind === "port-in-host" ? unbracketed(text) : problem;
  });
}

/** Here a port may follow, but an address without brackets does not say where it begins. */
function unbracketed(text: string): HostProblem {
  const last = text.lastIndexOf(":");
  const host = text.slice(0, last);
  if (!isIpv6(host)) {
    return {
      kind: "port-range",
      message: `${showText(text)} has more than one port`,
      help: "write one port after the host",
    };
  }
  return {
    kind: "ipv6",
    message: `${showText(text)} does not say where the address ends and the port begins`,
    help: `write \`"[${host}]:${text.slice(last + 1)}"\``,
  };
}
