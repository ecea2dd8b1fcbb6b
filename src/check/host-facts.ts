/**
 * One pass over all hosts, the servers of shards and blackbox_exporter. Nearly every host is a plain lower-case name or an
 * ordinary IPv4 address about which no rule has anything to say; only the rest is looked at closely.
 */
import { canonicalHost, isIpv6 } from "../model/address.ts";
import { DEFAULT_PORTS } from "../model/default-ports.ts";
import { hostPortProblems, splitHostPort } from "../model/host-port.ts";
import type { HostProblem, HostProblemKind } from "../model/host-problem.ts";
import { hostProblems } from "../model/host-problem.ts";
import { restateRange } from "../model/host-range.ts";
import type { HostList } from "../model/host-list.ts";
import type { Inventory, Origin } from "../model/inventory.ts";
import { hostOrigin } from "../model/host-list.ts";
import { below, serverOrigin } from "../model/inventory.ts";
import { isPlainHostPort } from "../model/plain-hosts.ts";
import { showText } from "../model/show-text.ts";

export interface HostFinding extends Omit<HostProblem, "kind" | "instead"> {
  readonly where: Origin;
}

export interface HostFacts {
  /** Every host list once: those of farm documents, then those of projects. */
  readonly lists: readonly HostList[];
  /** What is wrong with hosts, in one kind. Of a range, only the first host with it. */
  problems(kind: HostProblemKind): readonly HostFinding[];
}

/** Collects the facts. */
export function collectHostFacts(inventory: Inventory): HostFacts {
  const lists: HostList[] = inventory.farms.map((farm) => farm.hosts);
  for (const project of inventory.projects) if (project.ownHosts !== undefined) lists.push(project.ownHosts);
  const found = new Map<HostProblemKind, HostFinding[]>();
  const add = ({ kind, message, help, ...more }: HostProblem, where: Origin): void => {
    const finding: HostFinding = {
      message,
      help,
      where,
      ...(more.severity && { severity: more.severity }),
      ...(more.redact && { redact: true }),
    };
    const list = found.get(kind);
    if (list === undefined) found.set(kind, [finding]);
    else list.push(finding);
  };
  const ports = portsOf(inventory);
  const words = new RangeWords(ports);
  for (const list of lists) checkList(list, ports, words, add);
  for (const shard of inventory.shards) {
    for (const [index, { text }] of shard.servers.entries()) {
      if (isPlainHostPort(text)) continue;
      for (const problem of hostPortProblems(text, ports)) add(problem, serverOrigin(shard, index));
    }
    if (shard.ownPrometheus.blackbox !== undefined)
      checkBlackbox(shard.ownPrometheus.blackbox, below(shard.origin, "prometheus", "blackbox"), ports, add);
  }
  const { file, prometheus } = inventory.config;
  checkBlackbox(prometheus.blackbox, { file, path: [0, "prometheus", "blackbox"] }, ports, add);
  return { lists, problems: (kind) => found.get(kind) ?? [] };
}

type Add = (problem: HostProblem, where: Origin) => void;

function checkList(list: HostList, ports: ReadonlySet<number>, words: RangeWords, add: Add): void {
  for (const { item, text, reason, help } of list.problems) {
    const path = [...list.origin.path, item];
    add(
      {
        kind: "range",
        message: `${showText(text)} is not a range of hosts: ${reason}`,
        help,
      },
      { file: list.origin.file, path: list.labels.has(item) ? [...path, "host"] : path },
    );
  }
  if (list.isPlainlyFine) return;
  let lastItem = -1;
  const said = new Set<HostProblemKind | "error">();
  for (const [index, name] of list.names.entries()) {
    if (isPlainlyFine(name)) continue;
    const item = list.items?.[index] ?? index;
    if (item !== lastItem) {
      lastItem = item;
      said.clear();
    }
    // One mistake in a range is in thousands of hosts.
    if (said.has("error")) continue;
    for (const problem of hostProblems(name, ports)) {
      if (said.has(problem.kind)) continue;
      said.add(problem.kind);
      if (isError(problem)) said.add("error");
      const range = list.ranges.get(item);
      add(range === undefined ? problem : words.of(problem, range), hostOrigin(list, index));
    }
  }
}

/** For more ranges than that, nobody reads what to write in the place of each. */
const MOST_RESTATED = 50;

/** Problems of hosts in the words of the range that they come from: who mends the range, mends all of its hosts. */
class RangeWords {
  readonly #ports: ReadonlySet<number>;
  #restated = 0;

  constructor(ports: ReadonlySet<number>) {
    this.#ports = ports;
  }

  of(problem: HostProblem, range: string): HostProblem {
    const { message, help, instead } = problem;
    const whole = instead === undefined ? undefined : this.#restate(problem, range);
    // A query may hold a token.
    const shown = showText(range.replace(/\?.*/su, "?…"));
    return {
      ...problem,
      message: `${message} (it comes from ${shown})`,
      help:
        whole === undefined || showText(whole) !== `\`${whole}\``
          ? `${help}; do so for every host of ${shown}`
          : `write \`${whole}\`${instead?.note}`,
    };
  }

  #restate({ kind }: HostProblem, range: string): string | undefined {
    if (this.#restated++ >= MOST_RESTATED) return undefined;
    return restateRange(range, (name) => {
      const problem = hostProblems(name, this.#ports).find((other) => other.kind === kind);
      return problem?.instead?.host ?? name;
    });
  }
}

/** It is reached from the server, so that a loopback address is the usual one. */
function checkBlackbox(text: string, where: Origin, ports: ReadonlySet<number>, add: Add): void {
  if (text === USUAL_BLACKBOX) return;
  const [problem] = hostPortProblems(text, ports);
  if (problem !== undefined && isError(problem)) add(problem, where);
  else if (splitHostPort(text).port === undefined) {
    add(
      {
        kind: "port-range",
        message: `${showText(text)} has no port, and Prometheus would take 80`,
        help: "write host and port, such as `127.0.0.1:9115`; IPv6 in brackets",
      },
      where,
    );
  }
}

function isError({ kind, severity }: HostProblem): boolean {
  return severity === undefined && kind !== "non-canonical" && kind !== "special-address";
}

function portsOf(inventory: Inventory): ReadonlySet<number> {
  const ports = new Set(DEFAULT_PORTS);
  for (const preset of inventory.config.presets.values()) if (preset.port !== undefined) ports.add(preset.port);
  for (const project of inventory.projects)
    project.exporters.forEach(({ port }) => {
      if (port !== undefined) ports.add(port);
    });
  return ports;
}

/** Lower-case labels of at most 63, no leading or trailing dash; the last label starts with a letter, so that it is no address. */
const PLAIN_NAME = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){0,8}[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Networks below 224 but for 0, 127 (loopback) and 169 (link-local), in canonical form. */
const PLAIN_IPV4 = /^(?!127\.|169\.)(?:[1-9]\d?|1\d\d|2[01]\d|22[0-3])(?:\.(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])){3}$/;

/** True for nearly every host; false says nothing. */
function isPlainlyFine(name: string): boolean {
  if (name.length > 250) return false;
  const first = name.charCodeAt(0);
  if (first >= 48 && first <= 57) {
    if (PLAIN_IPV4.test(name)) return true;
    // `10.1.2.x`
    if (name.endsWith("x")) return false;
    // 2000::/3, where all addresses of the Internet are; what may be a port at the end is looked at.
    if (first <= 51 && name.includes(":")) return isIpv6(name) && canonicalHost(name) === name && !/:\d{4}$/.test(name);
  }
  return (
    PLAIN_NAME.test(name) && !(name.endsWith("localhost") || name.endsWith("localdomain") || name.startsWith("ip6-"))
  );
}

const USUAL_BLACKBOX = "127.0.0.1:9115";
