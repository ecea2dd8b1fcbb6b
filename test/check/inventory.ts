/**
 * Inventories from inline YAML, for tests of rules: files in, the findings of one rule out.
 */
import { checkInventory } from "../../src/check/check.ts";
import type { Rule } from "../../src/check/rule.ts";
import type { Diagnostic, Related, Severity } from "../../src/diagnostic.ts";
import { InventoryBuilder } from "../../src/model/build.ts";
import { CONFIG_FILE, readConfig } from "../../src/model/config.ts";
import { Faults } from "../../src/model/faults.ts";
import type { Inventory, LintValue } from "../../src/model/inventory.ts";
import { locatorOf, parseFile } from "../../src/parse/parse.ts";
import { checkConfig, checkDocument } from "../../src/schema/document.ts";
import type { SchemaDiagnostic } from "../../src/schema/finding.ts";

/** File name → YAML. `promgen.yml` holds the settings, all others are read as the inventory, in the order given. */
export type Files = Readonly<Record<string, string>>;

export interface Options {
  /** Settings of rules, over those of promgen.yml. */
  readonly lint?: Readonly<Record<string, LintValue>>;
  /** Files with mistakes in YAML or schema are meant; without it they are taken for mistakes of the test. */
  readonly faulty?: boolean;
  /** What equal files made, which is taken from there; all files are in the order of their names then. */
  readonly like?: { readonly files: Files; readonly inventory: Inventory };
}

/** A finding with its place taken apart. */
export interface Found {
  readonly code: string;
  readonly severity: Severity;
  readonly file: string;
  readonly path: readonly (string | number)[];
  readonly part?: "key" | "value";
  /** What stands at the place in the file, as report would underline it. */
  readonly text: string;
  readonly message: string;
  readonly help?: string;
  readonly related: readonly Related[];
  readonly redact: boolean;
}

/** Reads the files as the commands do. */
export function inventoryOf(files: Files, { lint = {}, faulty = false, like }: Options = {}): Inventory {
  const mistakes: Diagnostic[] = [];
  const faults = new Faults();
  let isComplete = true;
  const parse = (file: string): readonly unknown[] => {
    const parsed = parseFile(file, new TextEncoder().encode(files[file]));
    mistakes.push(...parsed.diagnostics);
    if (!parsed.isComplete) faults.addFile(file);
    isComplete &&= parsed.isComplete;
    return parsed.documents;
  };
  const note = (diagnostics: readonly SchemaDiagnostic[]): void => {
    mistakes.push(...diagnostics);
    for (const fault of diagnostics) faults.add(fault);
  };

  const settings = checkConfig(CONFIG_FILE, files[CONFIG_FILE] === undefined ? [] : parse(CONFIG_FILE));
  note(settings.diagnostics);
  const config = readConfig(settings.value);
  const builder = new InventoryBuilder({ ...config, lint: { ...config.lint, ...lint } });
  const isLike = (file: string): boolean =>
    like?.files[CONFIG_FILE] === files[CONFIG_FILE] && like?.files[file] === files[file];
  for (const file of Object.keys(files)) {
    if (file === CONFIG_FILE) continue;
    for (const [index, document] of parse(file).entries()) {
      const { kind, value, diagnostics } = checkDocument(file, index, document);
      note(diagnostics);
      if (kind !== undefined && !isLike(file)) builder.add(kind, value, { file, path: [index] });
    }
  }
  const first = mistakes.find(({ severity }) => severity === "error");
  if (first !== undefined && !faulty) {
    throw new Error(`${first.code} at ${first.where.file} ${JSON.stringify(first.where.path)}: ${first.message}`);
  }
  if (like !== undefined) builder.adopt(like.inventory, isLike);
  return builder.finish(isComplete, faults);
}

/** The findings of one rule, in the order in which it reports them. A rule that throws fails the test. */
export function findings(rule: Rule, files: Files, options: Options = {}): Found[] {
  const { diagnostics, failures } = checkInventory(inventoryOf(files, options), [rule]);
  for (const { error } of failures) throw error;
  return diagnostics.map(({ code, severity, where, message, help, related = [], redact = false }) => ({
    code,
    severity,
    file: where.file,
    path: where.path,
    ...(where.part === undefined ? {} : { part: where.part }),
    text: textAt(files, where),
    message,
    ...(help === undefined ? {} : { help }),
    related,
    redact,
  }));
}

/** The text at a place; "" for a file that is not there. */
export function textAt(files: Files, { file, path, part = "value", range }: Diagnostic["where"]): string {
  const source = files[file] ?? "";
  const [start, end] = range ?? locatorOf(file, source)(path, part) ?? [0, 0];
  return source.slice(start, end);
}
