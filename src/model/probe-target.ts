/**
 * What a probe checks: a URL with http or https, a host, or host:port, as blackbox_exporter's prober of the module wants it.
 */
import { canonicalHost, isIpv6 } from "./address.ts";
import { hostPortProblems, portReason, splitHostPort } from "./host-port.ts";
import type { HostProblem } from "./host-problem.ts";
import { withoutSmartQuotes } from "./host-problem.ts";
import { linkedText } from "./link.ts";
import { showText, withoutUserinfo } from "./show-text.ts";
import { FILL_IN, templateIn } from "./template.ts";

export interface TargetProblem {
  readonly message: string;
  readonly help: string;
  /** What only the module's name speaks against. */
  readonly severity?: "warning";
  /** The line may hold a password. */
  readonly redact?: true;
}

const NO_PORTS: ReadonlySet<number> = new Set();

/** What is wrong with a target; `undefined` where nothing is. User names and passwords in URLs are no affair of ours. */
export function targetProblem(module: string, target: string): TargetProblem | undefined {
  const problem = shapeProblem(module, target) ?? moduleProblem(module, target);
  return problem !== undefined && target.includes("@") ? { ...problem, redact: true } : problem;
}

/** What is wrong with `hosts: true` in a probe, which gives the module hosts without a port. */
export function hostsProblem(module: string): TargetProblem | undefined {
  if (!isTcp(module)) return undefined;
  return {
    severity: "warning",
    message: `\`hosts: true\` gives module "${module}" hosts without a port, and it connects to \`host:port\``,
    help: "write `targets:` with a `host:port` for each",
  };
}

const URL_TARGET = /^(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?<authority>[^/?#]*)/i;

function shapeProblem(module: string, target: string): TargetProblem | undefined {
  const shown = (): string => showTarget(target);
  const bare = withoutSmartQuotes(target);
  if (bare !== undefined)
    return { message: `the target ${shown()} has a smart quote in it`, help: `write ${showTarget(bare)}` };
  const template = /\s/.test(target) ? templateIn(target) : undefined;
  if (template !== undefined)
    return {
      message: `the target ${shown()} has the template ${showText(template)} in it, and nothing fills it in here`,
      help: FILL_IN,
    };
  if (/\s/.test(target))
    return {
      message: `the target ${shown()} has white space in it or around it`,
      help: "remove the white space; several targets are several items",
    };
  const linked = linkedText(target);
  if (linked !== undefined)
    return {
      message: `the target ${shown()} stands in the angle brackets of a link`,
      help: `write ${showTarget(linked)}`,
    };
  const url = URL_TARGET.exec(target)?.groups;
  if (url !== undefined) return urlProblem(target, url["scheme"] ?? "", url["authority"] ?? "");
  const misspelt = /^(?<scheme>https?)(?::\/?|\/\/?|;\/\/|:\\\\)(?<rest>[^/\d].*)$/i.exec(target)?.groups;
  if (misspelt !== undefined) {
    const meant = `${(misspelt["scheme"] ?? "").toLowerCase()}://${misspelt["rest"] ?? ""}`;
    return {
      message: `the target ${shown()} is neither a URL nor a host: \`://\` is not written in full`,
      help: `write ${showTarget(meant)}`,
    };
  }
  if (/[/?#\\]/.test(target)) {
    const isPath = /^[^/?#\\]+[/?]/.test(target) && !isTcp(module) && !isHostOnly(module);
    return {
      message: `the target ${shown()} is neither a URL nor a host: it has a path or query, and no scheme`,
      help: isPath ? `write ${showTarget(`https://${target}`)}` : "write a host or `host:port`",
    };
  }
  const [error] = errorsOf(target);
  if (error === undefined) return undefined;
  return error.kind === "url-in-host"
    ? { message: error.message, help: "write a URL with its scheme, a host or `host:port`" }
    : { message: error.message, help: error.help };
}

function urlProblem(target: string, scheme: string, authority: string): TargetProblem | undefined {
  const shown = (): string => showTarget(target);
  if (!/^https?$/i.test(scheme)) {
    const host = authority.slice(authority.lastIndexOf("@") + 1);
    return {
      message: `the target ${shown()} has the scheme ${showText(scheme)}, and a probe's URL has http or https`,
      help: /^(?:tcp|udp|tls|ssh|icmp|dns|grpc)$/i.test(scheme)
        ? `write ${showText(host)}; the module says how it is checked`
        : "write `https://` or `http://`, or the host alone",
    };
  }
  const rest = target.slice(scheme.length);
  if (/^https?:$/i.test(authority) && /^:\/\/https?:\/\/./i.test(rest))
    return { message: `the target ${shown()} has two schemes`, help: `write ${showTarget(rest.slice("://".length))}` };
  // https://github.com/prometheus/blackbox_exporter/blob/master/prober/http.go looks for them in small letters.
  if (scheme !== scheme.toLowerCase())
    return {
      message: `the target ${shown()} has its scheme in upper case, and blackbox_exporter takes that for a host`,
      help: `write ${showTarget(`${scheme.toLowerCase()}${rest}`)}`,
    };
  const server = authority.slice(authority.lastIndexOf("@") + 1);
  if (server === "")
    return {
      message: `the target ${shown()} has no host`,
      help: "write a URL such as `https://pay.example.com/health`",
    };
  if (isIpv6(server)) {
    return {
      message: `the target ${shown()} has an IPv6 address without brackets`,
      help: `write \`${scheme}://[${server}]\``,
    };
  }
  const [error] = errorsOf(server);
  if (error === undefined) return undefined;
  // With an `@` further on, what looks like the host is a piece of a password that holds a `/`.
  const isUserinfo = target.includes("@") && !authority.includes("@");
  return isUserinfo
    ? {
        message: `the target ${shown()} has a user name or password that is not percent-encoded`,
        help: "encode `/`, `?` and `#` in it",
      }
    : { message: error.message, help: error.help };
}

function errorsOf(text: string): readonly HostProblem[] {
  return hostPortProblems(text, NO_PORTS).filter(
    ({ kind, severity }) => severity === undefined && kind !== "non-canonical" && kind !== "special-address",
  );
}

/** A module's name is free, and blackbox.yml is not here: what speaks against the name alone is a warning. */
function moduleProblem(module: string, target: string): TargetProblem | undefined {
  const authority = URL_TARGET.exec(target)?.groups?.["authority"];
  const isUrl = authority !== undefined;
  const { host, port } = splitHostPort(isUrl ? authority.slice(authority.lastIndexOf("@") + 1) : target);
  const shown = (): string => showTarget(target);
  if (isHostOnly(module)) {
    const what = isUrl ? "a scheme" : port !== undefined ? "a port" : host.startsWith("[") ? "brackets" : undefined;
    if (what === undefined) return undefined;
    return {
      severity: "warning",
      message: `the target ${shown()} has ${what}, which module "${module}" cannot use`,
      help: `write ${showText(host.replace(/^\[|\]$/g, ""))}`,
    };
  }
  if (asksUrls(module) && isIpv6(target))
    return {
      severity: "warning",
      message: `the target ${shown()} has no brackets, and module "${module}" puts \`http://\` before it`,
      help: `write \`[${target}]\``,
    };
  if (!isTcp(module)) return undefined;
  if (isUrl)
    return {
      severity: "warning",
      message: `the target ${shown()} is a URL, and module "${module}" connects to \`host:port\``,
      help: "write host and port",
    };
  if (port !== undefined && portReason(port) === undefined) return undefined;
  return {
    severity: "warning",
    message: `the target ${shown()} has no port, and module "${module}" connects to \`host:port\``,
    help: target.includes(":") && !target.startsWith("[") ? "write `[address]:port`" : `write \`${target}:<port>\``,
  };
}

/** https://github.com/prometheus/blackbox_exporter/blob/master/prober/icmp.go resolves all of the target, brackets too. */
function isHostOnly(module: string): boolean {
  return /^(?:icmp|ping)/i.test(module);
}

/** https://github.com/prometheus/blackbox_exporter/blob/master/prober/http.go puts `http://` before a target that is no URL. */
export function asksUrls(module: string): boolean {
  return /^http/i.test(module);
}

/** https://github.com/prometheus/blackbox_exporter/blob/master/prober/tcp.go splits it into host and port, and fails else. */
function isTcp(module: string): boolean {
  return /^(?:tcp|ssh|pop3|imap|smtp|irc)/i.test(module);
}

/** A target as a message may show it: without user, password and query, which may hold a token. */
function showTarget(target: string): string {
  const query = target.indexOf("?");
  return showText(query < 0 ? withoutUserinfo(target) : `${withoutUserinfo(target.slice(0, query))}?…`);
}

/**
 * The form in which two targets are compared: `host` and `host:port` by the canonical form of the host, whatever else (a
 * URL, above all) as it is written.
 */
export function canonicalTarget(target: string): string {
  if (target.includes("/")) return target;
  const match = /^(?<host>\[[^\]]*\]|[^:]*):(?<port>\d{1,5})$/.exec(target);
  if (match?.groups === undefined) return canonicalHost(target);
  const host = canonicalHost(match.groups["host"] ?? "");
  return `${host.includes(":") ? `[${host}]` : host}:${Number(match.groups["port"])}`;
}
