import type { Diagnostic } from "../diagnostic.ts";
import type { RuleIdOf } from "../rules/registry.ts";

/** What this room may report. */
export type SchemaCode = RuleIdOf<"schema">;
export type SchemaDiagnostic = Diagnostic<SchemaCode>;
