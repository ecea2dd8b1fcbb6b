/**
 * Findings of the schema room about inline YAML.
 */
import type { Path } from "../../src/diagnostic.ts";
import type { SchemaDiagnostic } from "../../src/schema/finding.ts";
import { checkConfig, checkDocument } from "../../src/schema/document.ts";
import type { CheckedConfig, CheckedDocument } from "../../src/schema/document.ts";
import { locatorOf, parseFile } from "../../src/parse/parse.ts";

export const FILE = "targets/web.yml";
export const CONFIG = "promgen.yml";

/** The documents of a file of the inventory, checked. */
export function checkText(text: string): CheckedDocument[] {
  const sourceAt = (path: Path): string | undefined => {
    const place = locatorOf(FILE, text)(path, "value");
    return place && text.slice(...place);
  };
  return parsed(FILE, text).map((value, index) => checkDocument(FILE, index, value, { sourceAt }));
}

/** The same for a file with one document. */
export function checkOne(text: string): CheckedDocument {
  return only(checkText(text));
}

export function checkConfigText(text: string): CheckedConfig {
  return checkConfig(CONFIG, parsed(CONFIG, text));
}

/** As `name "hosst"`: the name of the rule, and what is underlined. */
export function found(text: string): string[] {
  return checkText(text).flatMap(({ diagnostics }) => diagnostics.map((finding) => inShort(text, finding)));
}

export function foundInConfig(text: string): string[] {
  return checkConfigText(text).diagnostics.map((finding) => inShort(text, finding));
}

/** The help of the only finding. */
export function helpFor(text: string): string {
  return only(checkText(text).flatMap(({ diagnostics }) => diagnostics)).help ?? "";
}

export function configHelpFor(text: string): string {
  return only(checkConfigText(text).diagnostics).help ?? "";
}

/** A service with one project, whose further lines are given: `    hosts: [web1]`. */
export function project(lines: string): string {
  return `service: web\nshard: tokyo-a\nprojects:\n  - name: web\n${lines}\n`;
}

/** A project with one exporter, in flow style. */
export function exporter(text: string): string {
  return project(`    hosts: [web1]\n    exporters: [${text}]`);
}

export function probe(text: string): string {
  return project(`    hosts: [web1]\n    probes: [${text}]`);
}

function parsed(file: string, text: string): readonly unknown[] {
  const { documents, diagnostics } = parseFile(file, new TextEncoder().encode(text));
  const error = diagnostics.find(({ severity }) => severity === "error");
  if (error !== undefined) throw new Error(`${error.message}\n${text}`);
  return documents;
}

function inShort(text: string, { code, where }: SchemaDiagnostic): string {
  const [start, end] = locatorOf(where.file, text)(where.path, where.part ?? "value") ?? [0, 0];
  return `${code.replace("schema/", "")} ${JSON.stringify(text.slice(start, end))}`;
}

function only<T>(list: readonly T[]): T {
  const [first, second] = list;
  if (first === undefined || second !== undefined) throw new Error(`${list.length} findings instead of one`);
  return first;
}
