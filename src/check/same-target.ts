/**
 * Words and places for targets that are the same.
 */
import type { Where } from "../diagnostic.ts";
import { canonicalHost, renderHost } from "../model/address.ts";
import { hostOrigin } from "../model/host-list.ts";
import { below, probeTargetOrigin } from "../model/inventory.ts";
import { withoutUserinfo } from "../model/show-text.ts";
import type { Identities, Run, TargetRef } from "./identities.ts";
import { findSecret } from "../model/secret-shapes.ts";

/** Projects that name the same targets, each project once. */
export interface Meeting {
  /** The first identity that they share, one target of each project. */
  readonly targets: readonly TargetRef[];
  /** How many identities they share by the same exporters or probes. */
  readonly count: number;
}

/** Where projects meet: one meeting for each set of exporters (or probes), so that a whole shared farm is one. */
export function meetingsOf(identities: Identities): Meeting[] {
  const meetings = new Map<string, { targets: readonly TargetRef[]; count: number }>();
  for (const same of identities.same) {
    const targets = onePerProject(same);
    if (targets.length < 2) continue;
    const key = targets.map(({ run }) => run.order).join(" ");
    const meeting = meetings.get(key);
    if (meeting === undefined) meetings.set(key, { targets, count: 1 });
    else meeting.count++;
  }
  return [...meetings.values()];
}

/** Projects of one name are one: that there are two is topology/duplicate-id. */
function onePerProject(targets: readonly TargetRef[]): readonly TargetRef[] {
  const name = targets[0]?.run.project.name;
  if (targets.every(({ run }) => run.project.name === name)) return targets.slice(0, 1);
  const seen = new Set<string>();
  return targets.filter(({ run }) => !seen.has(run.project.name) && seen.add(run.project.name));
}

/** Where a meeting is seen: at the host where that is the only one and the project's own, else at the exporter or probe. */
export function meetingPlace({ count }: Meeting, target: TargetRef): Where {
  const { hosts, project } = target.run;
  return count === 1 && (hosts === undefined || hosts === project.ownHosts)
    ? targetPlace(target)
    : runPlace(target.run);
}

/** The place of a target's own text: its host, or its item in the `targets:` of a probe. */
export function targetPlace({ run, at }: TargetRef): Where {
  if (run.hosts !== undefined) return hostOrigin(run.hosts, at);
  return probeTargetOrigin(run.project, run.index, at);
}

/** The place of the exporter or probe that makes a target. */
export function runPlace({ project, kind, index }: Run): Where {
  if (kind === "probe") return below(project.origin, "probes", index, "module");
  const place = below(project.origin, "exporters", index);
  return project.exporters[index]?.isMap === true ? below(place, "job") : place;
}

/** `web1.example.com:9100 (job "node")` */
export function describeTarget({ run, text }: TargetRef): string {
  const { name } = run.endpoint;
  if (run.hosts === undefined) return `${isSecret(text) ? withoutSecret(text) : text} (module "${name}")`;
  if (run.kind === "probe") return `${renderHost(text)} (module "${name}")`;
  return `${renderHost(text)}:${run.project.exporters[run.index]?.port} (job "${name}")`;
}

/** `redact` for a finding about targets of which one holds a secret. */
export function redaction(targets: readonly TargetRef[]): { redact?: true } {
  return targets.some(({ run, text }) => run.hosts === undefined && isSecret(text)) ? { redact: true } : {};
}

function isSecret(text: string): boolean {
  return findSecret(text) !== undefined;
}

function withoutSecret(url: string): string {
  return withoutUserinfo(url).replace(/\?.*$/s, "?…");
}

/** Why two targets that are written differently are the same, for the end of a note; "" where they are written alike. */
export function sameness(shown: TargetRef, other: TargetRef): string {
  return shown.text === other.text ? "" : ` (the same ${difference(shown.text, other.text)})`;
}

function difference(shown: string, other: string): string {
  const hasDot = other.endsWith(".");
  const dot = shown.endsWith(".") === hasDot ? "" : hasDot ? "without the trailing dot" : "with a trailing dot";
  const [left, right] = [shown.replace(/\.$/, ""), other.replace(/\.$/, "")];
  if (left === right) return dot;
  if (left.toLowerCase() === right.toLowerCase()) return dot === "" ? "in lower case" : `in lower case, ${dot}`;
  if (/^[\d.]+$/.test(left + right)) return "without leading zeros";
  if (canonicalHost(left).includes(":")) return "address in another form";
  return "in another form";
}

/** `"a", "b" and 7 more` */
export function quoteNames(names: readonly string[], most = 3): string {
  const shown = names.length > most + 1 ? names.slice(0, most) : names;
  const quoted = shown.map((name) => `"${name}"`);
  if (shown.length < names.length) quoted.push(`${names.length - shown.length} more`);
  const last = quoted.pop() ?? "";
  return quoted.length === 0 ? last : `${quoted.join(", ")} and ${last}`;
}

/** `shard "a"`, `shards "a" and "b"` */
export function quoteShards(names: readonly string[]): string {
  return `${names.length === 1 ? "shard" : "shards"} ${quoteNames(names)}`;
}

/** ` and 119 more targets`, "" for none. */
export function andMore(count: number): string {
  return count === 0 ? "" : ` and ${count} more ${count === 1 ? "target" : "targets"}`;
}
