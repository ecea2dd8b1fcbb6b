/**
 * What is wrong with a host, and in which words. Each host has at most one error, the one that explains it best; whoever
 * mends that one sees what is left.
 */
import { asciiHost, isAscii, isIpv6, readIpv4 } from "./address.ts";
import { addressPatternProblem } from "./address-pattern.ts";
import { hostWarnings } from "./host-warning.ts";
import { ipv6Problem } from "./ipv6-problem.ts";
import { codePoint, showCharacter, showText } from "./show-text.ts";
import { FILL_IN, templateIn } from "./template.ts";
import { urlProblem } from "./url-problem.ts";
import { writeHost, writeInstead } from "./write-instead.ts";

export type HostProblemKind =
  | "whitespace"
  | "url-in-host"
  | "port-range"
  | "port-in-host"
  | "ipv6"
  | "range"
  | "invalid-host"
  | "non-canonical"
  | "special-address";

export interface HostProblem {
  readonly kind: HostProblemKind;
  /** A whole sentence. */
  readonly message: string;
  readonly help: string;
  /** Where the help is to write another host in the place of this one: that host, and what the help says after it. */
  readonly instead?: { readonly host: string; readonly note: string };
  /** Of a kind that is an error otherwise. */
  readonly severity?: "warning";
  /** The line holds a password. */
  readonly redact?: true;
}

const MAX_NAME = 253;
const MAX_LABEL = 63;

const NO_PORTS: ReadonlySet<number> = new Set();

/**
 * All that is wrong with a host as it is written: one error, or warnings.
 *
 * @param ports of exporters: where an IPv6 address without brackets ends in one of them, it is taken for a port
 */
export function hostProblems(host: string, ports: ReadonlySet<number> = NO_PORTS): readonly HostProblem[] {
  // Only for speed: most odd hosts are names in upper case.
  const isName = /^[\w.-]+$/.test(host);
  const error =
    (isName ? undefined : (textProblem(host) ?? portProblem(host, ports) ?? ipv6Problem(host) ?? rangeProblem(host))) ??
    nameProblem(host);
  if (error === undefined) return hostWarnings(host);
  return error.severity === "warning" ? [error, ...hostWarnings(host)] : [error];
}

/**
 * A template, a smart quote, white space, or a piece of a URL: what no host has, with a port or without.
 *
 * @param takesPort true where a port may follow the host: then it is kept in what to write instead
 */
export function textProblem(text: string, takesPort = false): HostProblem | undefined {
  const problem = templateProblem(text) ?? quoteProblem(text) ?? whitespaceProblem(text) ?? urlProblem(text, takesPort);
  return problem !== undefined && text.includes("@") ? { ...problem, redact: true } : problem;
}

function templateProblem(text: string): HostProblem | undefined {
  const template = templateIn(text);
  if (template === undefined) return undefined;
  const what = template === text ? "is a template" : `has the template ${showText(template)} in it`;
  return { kind: "invalid-host", message: `${showText(text)} ${what}, and nothing fills it in here`, help: FILL_IN };
}

/** Word processors write them where somebody typed `"`. */
const SMART_QUOTES = /[\u2018-\u201f]/g;

/** The text without smart quotes; `undefined` where it has none. */
export function withoutSmartQuotes(text: string): string | undefined {
  const bare = text.replaceAll(SMART_QUOTES, "");
  return bare === text ? undefined : bare;
}

function quoteProblem(text: string): HostProblem | undefined {
  const bare = withoutSmartQuotes(text);
  return bare === undefined ? undefined : { ...invalid(text, "it contains a smart quote", ""), ...writeHost(bare, "") };
}

/** A host, and a comment as it begins elsewhere, or in parentheses. */
const COMMENTED = /^([\w.[\]:,-]+)\s+(?:(?:\/\/+|--+|;+|[\u2013\u2014])\s*|(?=\())([\w( ][^`]*)$/;

function whitespaceProblem(text: string): HostProblem | undefined {
  if (!/\s/.test(text)) return undefined;
  const shown = showText(text);
  if (!/\S\s+\S/.test(text)) {
    const what = text.trim() === "" ? `${shown} is nothing but white space` : `${shown} has white space around it`;
    const isBlock = /\S\n+$/.test(text);
    return {
      kind: "whitespace",
      message: what,
      help: isBlock ? `write ${showText(text.trim())} on one line, without \`|\` or \`>\`` : "remove the white space",
    };
  }
  const [, host, comment] = COMMENTED.exec(text) ?? [];
  if (host !== undefined && comment !== undefined)
    return {
      kind: "whitespace",
      message: `${shown} has white space in it, and what follows may be a comment`,
      help: `begin a comment with \`#\`: \`${host} # ${comment}\``,
    };
  if (/\s-\s/.test(text))
    return {
      kind: "whitespace",
      message: `${shown} is one text, since its dashes do not stand below each other`,
      help: "write each host on a line of its own, its dash in the column of the first one",
    };
  return {
    kind: "whitespace",
    message: `${shown} has white space in it`,
    help: "remove the white space; where these are several hosts, give each an item of its own",
  };
}

function portProblem(host: string, ports: ReadonlySet<number>): HostProblem | undefined {
  const last = host.lastIndexOf(":");
  if (last < 0) return undefined;
  const before = host.slice(0, last);
  const after = host.slice(last + 1);
  const isBracketed = before.startsWith("[") && before.endsWith("]");
  if (isIpv6(host)) {
    // `2001:db8::1:9100` is an address, too, and in brackets nothing else.
    if (!/^[1-9]\d{3}$/.test(after) || !ports.has(Number(after)) || !before.includes("::") || !isIpv6(before))
      return undefined;
    return {
      kind: "port-in-host",
      message: `${showText(host)} ends in ${after}, which is an exporter's port`,
      help: `write \`${before}\` where ${after} is the port; where it is a part of the address, write \`"[${host}]"\``,
    };
  }
  const isPort = /^\d+$/.test(after);
  // Several colons and no word are an address gone wrong, unless all but the last piece are a good one.
  const isWord = !/::|^[0-9a-f:.%[\]]*$/i.test(before);
  const isAddress = isIpv6(before) && !before.endsWith(":");
  if (!isBracketed && /:|^\[/.test(before) && !(isPort && (isWord || isAddress))) return undefined;
  const name = isWord && !isBracketed ? before.replace(/:.*/s, "") : before;
  return {
    kind: "port-in-host",
    message: isPort ? `${showText(host)} carries a port` : `${showText(host)} has a \`:\` in it, as if a port followed`,
    ...writeHost(name, `; the port is the exporter's${isPort ? `: \`port: ${after}\`` : ""}`),
  };
}

/** Where ranges are expanded, none is left; elsewhere (servers, probes) they are not. */
function rangeProblem(host: string): HostProblem | undefined {
  if (!/[[\]]/.test(host) || isIpv6(host.slice(1, -1))) return undefined;
  return {
    kind: "range",
    message: `${showText(host)} has brackets, and ranges are not expanded here`,
    help: "write each host out",
  };
}

/** A range as shells and people write it: `{1..8}`, `{1,3}`, `(1-8)`. */
const OTHER_RANGE = /[({](\d+(?:(?:\.\.|-|,)\d+){1,20})[)}]/;

/** Word processors write one where somebody typed `-`. */
const OTHER_DASH = /^[\p{Pd}\u2212]$/u;

function nameProblem(host: string): HostProblem | undefined {
  if (host.includes(":"))
    return isIpv6(host.replace(/^\[|\]$/g, ""))
      ? undefined
      : invalid(host, "it contains `:`", "write a host name or an address");
  if (host === "" || host === ".")
    return invalid(host, "there is no name", "write a host name or an address, or remove the item");
  const pattern = addressPatternProblem(host);
  if (pattern !== undefined) return pattern;
  if (host.startsWith("*"))
    return invalid(host, "it contains `*`", "write each host out: Prometheus scrapes hosts, not patterns of names");
  const name = host.endsWith(".") ? host.slice(0, -1) : host;
  const wrong = /^[\w.-]*$/.test(name) ? null : /[^\p{L}\p{M}\p{N}._-]/u.exec(name);
  if (wrong !== null) {
    // It looks like the other one, so that it has to be named.
    if (OTHER_DASH.test(wrong[0]))
      return invalid(host, `it contains a dash that is no \`-\` (${codePoint(wrong[0])})`, "write `-` in its place");
    const bare = name.replace(/(?<![,;])[,;]+$/, "");
    if (bare !== name && /^[\w.-]+$/.test(bare))
      return { ...invalid(host, `it ends with ${showCharacter(wrong[0])}`, ""), ...writeHost(bare, "") };
    const range = name.replace(OTHER_RANGE, (_, list: string) => `[${list.replaceAll("..", "-")}]`);
    if (range !== name)
      return {
        ...invalid(host, `it contains ${showCharacter(wrong[0])}`, ""),
        help: `write \`"${range}"\` if that is meant: a range of hosts has square brackets`,
      };
    const help =
      wrong[0] === "," || wrong[0] === ";" ? "give each host an item of its own" : "use letters, digits, `-` and `.`";
    return invalid(host, `it contains ${showCharacter(wrong[0])}`, help);
  }
  const labels = name.split(".");
  if (labels.includes(""))
    return invalid(host, "it has a dot too many", "keep one dot between two parts, and none in front");
  const dashed = labels.find((label) => label.startsWith("-") || label.endsWith("-"));
  if (dashed !== undefined)
    return invalid(
      host,
      `${dashed === name ? "it" : `its part ${showText(dashed)}`} starts or ends with \`-\``,
      "use letters, digits or `_` there",
    );
  // A number alone is a name that search domains complete; Promgen takes it, too.
  if (labels.length > 1 && /^\d+$/.test(labels.at(-1) ?? "")) return addressProblem(host, name, labels);
  const ascii = isAscii(name) ? name : asciiHost(name);
  if (ascii === undefined)
    return invalid(
      host,
      "no internationalised host name (IDNA) is written that way",
      "write it as it is registered, or in its `xn--` form",
    );
  if (ascii.length > MAX_NAME)
    return invalid(host, `it has ${ascii.length} characters, and DNS allows ${MAX_NAME}`, "shorten it");
  const long = ascii.split(".").find((label) => label.length > MAX_LABEL);
  if (long !== undefined)
    return invalid(
      host,
      `one of its parts has ${long.length} characters, and DNS allows ${MAX_LABEL}`,
      "shorten that part",
    );
  const mixed = isAscii(name) ? undefined : labels.find((label) => MIXED.test(label));
  if (mixed !== undefined) return mixedProblem(host, mixed);
  if (!name.includes("_")) return undefined;
  return {
    kind: "invalid-host",
    severity: "warning",
    message: `${showText(host)} has a \`_\`, which DNS allows and host names do not have`,
    help: "check the name: many resolvers, proxies and certificates refuse it",
  };
}

/** Of these, many letters look like Latin ones; no registry has both in one part: https://www.unicode.org/reports/tr39/ */
const LIKE_LATIN = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}]/u;
const MIXED = new RegExp(`\\p{Script=Latin}.*${LIKE_LATIN.source}|${LIKE_LATIN.source}.*\\p{Script=Latin}`, "u");

function mixedProblem(host: string, label: string): HostProblem {
  const letter = LIKE_LATIN.exec(label)?.[0] ?? "";
  return {
    kind: "invalid-host",
    severity: "warning",
    message: `${showText(host)} has \`${letter}\` (${codePoint(letter)}) among Latin letters, and looks like another name`,
    help: "write that letter again by hand; the name may have been copied from somewhere",
  };
}

function invalid(host: string, reason: string, help: string): HostProblem {
  return { kind: "invalid-host", message: `${showText(host)} is not a host name or address: ${reason}`, help };
}

/** A name that ends in a number is an IPv4 address or nothing: https://url.spec.whatwg.org/#ends-in-a-number-checker */
function addressProblem(host: string, name: string, labels: readonly string[]): HostProblem | undefined {
  const help = "write four numbers from 0 to 255, or a name that does not end in a number alone";
  if (readIpv4(name) !== undefined)
    return name === host
      ? undefined
      : { ...invalid(host, "an address does not end in a dot", ""), ...writeInstead(name) };
  const isDotted = labels.length === 4 && labels.every((label) => /^\d+$/.test(label));
  const large = isDotted ? labels.find((label) => Number(label) > 255) : undefined;
  return invalid(
    host,
    large === undefined
      ? "it ends in a number, as only IPv4 addresses do, which have four"
      : `${showText(large)} is more than 255`,
    help,
  );
}
