/**
 * Every rule: its id, its default severity, and whether it is locked.
 *
 * A locked rule cannot be switched off or silenced, because what would be rendered without it is wrong.
 * A rule that reports at more than one severity has here the one of most of its findings.
 */
import type { Severity } from "../diagnostic.ts";

export interface RuleInfo {
  readonly severity: Severity | "off";
  readonly locked: boolean;
}

export const RULES = {
  "yaml/syntax": { severity: "error", locked: true },
  "yaml/duplicate-key": { severity: "error", locked: true },
  "yaml/tab-indent": { severity: "error", locked: true },
  "yaml/encoding": { severity: "error", locked: true },
  "yaml/invisible-char": { severity: "error", locked: false },
  "yaml/implicit-type": { severity: "warning", locked: false },
  "yaml/yaml11-ambiguous": { severity: "info", locked: false },
  "yaml/merge-key": { severity: "error", locked: true },
  "yaml/anchor-alias": { severity: "error", locked: true },
  "yaml/alias-bomb": { severity: "error", locked: true },
  "yaml/custom-tag": { severity: "error", locked: true },
  "yaml/unquoted-ipv6": { severity: "error", locked: true },
  "schema/unknown-key": { severity: "error", locked: true },
  "schema/missing-key": { severity: "error", locked: true },
  "schema/wrong-type": { severity: "error", locked: true },
  "schema/duration": { severity: "error", locked: true },
  "schema/invalid-name": { severity: "error", locked: true },
  "address/invalid-host": { severity: "error", locked: true },
  "address/whitespace": { severity: "error", locked: true },
  "address/port-range": { severity: "error", locked: true },
  "address/port-in-host": { severity: "error", locked: true },
  "address/ipv6": { severity: "error", locked: true },
  "address/range": { severity: "error", locked: true },
  "address/url-in-host": { severity: "error", locked: true },
  "address/non-canonical": { severity: "warning", locked: false },
  "address/special-address": { severity: "warning", locked: false },
  "address/suspicious-port": { severity: "info", locked: false },
  "address/path": { severity: "error", locked: true },
  "address/scheme": { severity: "error", locked: true },
  "address/scrape-timeout": { severity: "error", locked: true },
  "address/probe-target": { severity: "error", locked: true },
  "label/invalid-name": { severity: "error", locked: true },
  "label/reserved": { severity: "error", locked: true },
  "label/shadows-builtin": { severity: "error", locked: true },
  "label/required": { severity: "off", locked: false },
  "label/allowed-values": { severity: "off", locked: false },
  "label/near-miss-name": { severity: "warning", locked: false },
  "label/empty-or-control": { severity: "error", locked: true },
  "label/inconsistent": { severity: "warning", locked: false },
  "label/high-cardinality": { severity: "off", locked: false },
  "topology/unknown-ref": { severity: "error", locked: true },
  "topology/empty-inventory": { severity: "error", locked: true },
  "topology/farm-and-hosts": { severity: "error", locked: true },
  "topology/duplicate-id": { severity: "error", locked: true },
  "topology/similar-id": { severity: "error", locked: false },
  "topology/duplicate-target": { severity: "error", locked: false },
  "topology/duplicate-across-shards": { severity: "warning", locked: false },
  "topology/shared-target": { severity: "warning", locked: false },
  "topology/job-collision": { severity: "off", locked: false },
  "topology/empty-project": { severity: "warning", locked: false },
  "topology/empty-shard": { severity: "warning", locked: false },
  "topology/shard-without-servers": { severity: "warning", locked: false },
  "topology/shard-limit": { severity: "error", locked: false },
  "plan/mass-removal": { severity: "error", locked: true },
  "plan/mass-relabel": { severity: "error", locked: true },
  "plan/job-removed": { severity: "warning", locked: false },
  "plan/other-repository": { severity: "error", locked: true },
  "plan/whole-files-removed": { severity: "error", locked: true },
  "plan/closed-shard": { severity: "error", locked: true },
  "security/secret-in-data": { severity: "error", locked: false },
  "security/path-escape": { severity: "error", locked: true },
  "meta/unused-ignore": { severity: "warning", locked: false },
  "meta/expired-ignore": { severity: "warning", locked: false },
  "meta/ignore-without-reason": { severity: "warning", locked: false },
} as const satisfies Record<string, RuleInfo>;

export type RuleId = keyof typeof RULES;

/** The ids of one group, such as `yaml`: the closed union of codes that a room may report. */
export type RuleIdOf<Group extends string> = Extract<RuleId, `${Group}/${string}`>;

export function isRuleId(text: string): text is RuleId {
  return Object.hasOwn(RULES, text);
}

/** What is registered for a rule, without the narrowness of its literal type. */
export function ruleInfo(id: RuleId): RuleInfo {
  return RULES[id];
}
