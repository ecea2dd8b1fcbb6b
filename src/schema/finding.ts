import type { Diagnostic } from "../diagnostic.ts";
import type { RuleIdOf } from "../rules/registry.ts";

/** What this room may report. */
export type SchemaCode = RuleIdOf<"schema">;
export interface SchemaDiagnostic extends Diagnostic<SchemaCode> {
  /** The key that is missing, or in whose place an unknown one stands, where that is clear. */
  readonly meant?: string;
}
