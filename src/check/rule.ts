/**
 * What a rule about meaning is: an id, and a function over the whole inventory that reports what it finds.
 * Severities, overrides and suppressions are applied later, to the findings of all rooms at once (judge.ts).
 */
import type { Related, Severity, Where } from "../diagnostic.ts";
import type { Inventory } from "../model/inventory.ts";
import type { RuleId } from "../rules/registry.ts";
import type { HostFacts } from "./host-facts.ts";
import type { Identities } from "./identities.ts";

export interface Finding {
  readonly where: Where;
  /** One sentence, no newline. */
  readonly message: string;
  /** What to do, imperative. */
  readonly help?: string;
  readonly related?: readonly Related[];
  /** Where it differs from the rule's default. */
  readonly severity?: Severity;
  /** The line holds a secret and must not be shown. */
  readonly redact?: boolean;
}

export interface CheckContext {
  readonly inventory: Inventory;
  /** Hosts that need a closer look, found in one pass that all rules share. */
  readonly hosts: HostFacts;
  /** Targets that are the same, found in one pass that all rules share. */
  readonly identities: Identities;
  /** Options of the rule from promgen.yml: what stands beside `severity`. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly report: (finding: Finding) => void;
}

export interface Rule {
  readonly id: RuleId;
  readonly check: (context: CheckContext) => void;
}
