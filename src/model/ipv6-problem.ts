/**
 * Text that is meant to be an IPv6 address and is none.
 */
import { isIpv6 } from "./address.ts";
import type { HostProblem } from "./host-problem.ts";
import { showText } from "./show-text.ts";

/** What is wrong with an IPv6 address; `undefined` for a good one and for text that is not meant as one. */
export function ipv6Problem(host: string): HostProblem | undefined {
  const opens = host.startsWith("[");
  const closes = host.endsWith("]");
  const inner = host.slice(opens ? 1 : 0, closes ? -1 : undefined);
  const colons = inner.split(":").length - 1;
  if (colons < 2 && !(opens && colons > 0)) return undefined;
  if (isIpv6(inner)) {
    if (opens === closes) return undefined;
    return problem(
      `${showText(host)} has only ${opens ? "an opening" : "a closing"} bracket`,
      `write \`"[${inner}]"\`, or \`${inner}\` without brackets`,
    );
  }
  const zone = inner.indexOf("%");
  if (zone > 0 && isIpv6(inner.slice(0, zone))) {
    return problem(
      `${showText(host)} has a zone id (${showText(inner.slice(zone))}), which names a network interface of one machine`,
      "write an address that the Prometheus servers reach without it",
    );
  }
  // Words with colons are not meant as an address, unless they stand in brackets.
  if (!opens && !inner.includes("::") && !/^[0-9a-f:.[\]%]*$/i.test(inner)) return undefined;
  return problem(
    `${showText(host)} is not an IPv6 address: ${reasonOf(inner)}`,
    "write eight groups of up to four hexadecimal digits, with one `::` at most for groups of zeros",
  );
}

function problem(message: string, help: string): HostProblem {
  return { kind: "ipv6", message, help };
}

function reasonOf(text: string): string {
  const wrong = /[^0-9a-f:.]/i.exec(text);
  if (wrong !== null) return `it contains \`${wrong[0]}\``;
  if (text.includes(":::")) return "it has three colons in a row";
  const gaps = text.split("::").length - 1;
  if (gaps > 1) return "`::` occurs twice";
  const groups = text.split(":").filter((group) => group !== "");
  const long = groups.find((group) => group.length > 4 && !group.includes("."));
  if (long !== undefined) return `the group \`${long}\` has more than four digits`;
  if (text.includes(".")) return "it has a dotted part that is no IPv4 address at its end";
  if (/^:[^:]|[^:]:$/.test(text)) return "it starts or ends with a single colon";
  return `it has ${groups.length} groups${gaps === 0 ? "" : " beside `::`"}`;
}
