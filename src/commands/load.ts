/**
 * Files → Inventory: the stages source, parse, schema and model in a row, one file at a time.
 */
import type { Diagnostic } from "../diagnostic.ts";
import { InventoryBuilder } from "../model/build.ts";
import { CONFIG_FILE, readConfig } from "../model/config.ts";
import type { Config, Inventory } from "../model/inventory.ts";
import { decode } from "../parse/decode.ts";
import { parseFile } from "../parse/parse.ts";
import type { ParsedFile, Suppression } from "../parse/parse.ts";
import { checkConfig, checkDocument } from "../schema/document.ts";
import { checkLint } from "../schema/lint-config.ts";
import type { Tree } from "../source/tree.ts";

export interface Loaded {
  readonly inventory: Inventory;
  /** Of source, parse and schema; not judged yet. */
  readonly diagnostics: readonly Diagnostic[];
  /** By file; only files that have some. */
  readonly suppressions: ReadonlyMap<string, readonly Suppression[]>;
  /** The files that were read, promgen.yml first where there is one. */
  readonly files: readonly string[];
}

/** Told now and then how far reading has come. */
export type Progress = (done: number, total: number) => void;

/** Reads promgen.yml and every document of the inventory. Bad input is in `diagnostics`; only the environment throws. */
export async function loadInventory(tree: Tree, progress: Progress = () => {}): Promise<Loaded> {
  const diagnostics: Diagnostic[] = [];
  const suppressions = new Map<string, readonly Suppression[]>();
  const files: string[] = [];
  const read = (file: string): ParsedFile | undefined => {
    const bytes = tree.read(file);
    if (bytes === undefined) return undefined;
    const parsed = parseFile(file, bytes);
    files.push(file);
    for (const finding of parsed.diagnostics) diagnostics.push(finding);
    if (parsed.suppressions.length > 0) suppressions.set(file, parsed.suppressions);
    return parsed;
  };

  const parsedConfig = read(CONFIG_FILE);
  const config = loadConfig(parsedConfig, diagnostics);
  let isComplete = parsedConfig?.isComplete ?? true;
  const listing = await tree.list(config.inventory);
  diagnostics.push(...listing.diagnostics);
  if (listing.diagnostics.length > 0) isComplete = false;

  const builder = new InventoryBuilder(config);
  const faultyFiles = new Set<string>();
  for (const [index, file] of listing.files.entries()) {
    if (file === CONFIG_FILE) continue;
    progress(index, listing.files.length);
    const parsed = read(file);
    if (parsed === undefined) continue;
    if (!parsed.isComplete) isComplete = false;
    for (const [document, value] of parsed.documents.entries()) {
      const checked = checkDocument(file, document, value);
      if (checked.diagnostics.length > 0) {
        faultyFiles.add(file);
        for (const finding of checked.diagnostics) diagnostics.push(finding);
      }
      if (checked.kind !== undefined) builder.add(checked.kind, checked.value, { file, path: [document] });
      // Nobody knows what a document without a readable name would have defined.
      else if (checked.diagnostics.length > 0) isComplete = false;
    }
  }
  const inventory = builder.finish(isComplete, faultyFiles);
  if (inventory.documents === 0 && isComplete) diagnostics.push(emptyInventory(config, listing.files.length));
  return { inventory, diagnostics, suppressions, files };
}

/** The text of a file as the findings' offsets count it; `undefined` where there is none. */
export function textReader(tree: Tree): (file: string) => string | undefined {
  return (file) => {
    const bytes = tree.read(file);
    return bytes === undefined ? undefined : decode(file, bytes).text;
  };
}

function loadConfig(parsed: ParsedFile | undefined, diagnostics: Diagnostic[]): Config {
  if (parsed === undefined) return readConfig({});
  const { value, diagnostics: found } = checkConfig(CONFIG_FILE, parsed.documents);
  diagnostics.push(...found, ...checkLint(CONFIG_FILE, value));
  return readConfig(value);
}

function emptyInventory(config: Config, files: number): Diagnostic {
  const directory = config.inventory.replace(/\/*$/, "/");
  return {
    code: "topology/empty-inventory",
    severity: "error",
    message:
      files === 0 ? `there is no .yml or .yaml file below ${directory}` : `no file below ${directory} holds a document`,
    where: { file: directory, path: [] },
    help: "run this in the repository of the inventory (or with -C <dir>), or name its directory with `inventory:` in promgen.yml",
  };
}
