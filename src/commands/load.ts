/**
 * Files → Inventory: the stages source, parse, schema and model in a row, one file at a time.
 */
import type { Diagnostic } from "../diagnostic.ts";
import { EnvironmentError } from "../exit.ts";
import { InventoryBuilder } from "../model/build.ts";
import { CONFIG_FILE, readConfig } from "../model/config.ts";
import type { Config, Inventory } from "../model/inventory.ts";
import { decode } from "../parse/decode.ts";
import { parseFile } from "../parse/parse.ts";
import type { ParsedFile, Suppression } from "../parse/parse.ts";
import { checkConfig, checkDocument } from "../schema/document.ts";
import type { Tree } from "../source/tree.ts";

export interface Loaded {
  readonly inventory: Inventory;
  /** Of source, parse and schema; not judged yet. */
  readonly diagnostics: readonly Diagnostic[];
  /** By file; only files that have some. */
  readonly suppressions: ReadonlyMap<string, readonly Suppression[]>;
  /** The files that were read, promgen.yml first where there is one. */
  readonly files: readonly string[];
  /** Symbolic links in the inventory that were followed. */
  readonly links: readonly string[];
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

  const faultyFiles = new Set<string>();
  const parsedConfig = read(CONFIG_FILE);
  const isConfigWhole = parsedConfig?.isComplete ?? true;
  const settings = checkConfig(CONFIG_FILE, parsedConfig?.documents ?? [], isConfigWhole);
  diagnostics.push(...settings.diagnostics);
  if (settings.isFaulty || !isConfigWhole) faultyFiles.add(CONFIG_FILE);
  const config = readConfig(settings.value);
  let isComplete = isConfigWhole && settings.isComplete;
  const listing = await tree.list(config.inventory);
  diagnostics.push(...listing.diagnostics);
  if (listing.diagnostics.length > 0) isComplete = false;

  const builder = new InventoryBuilder(config);
  for (const [index, file] of listing.files.entries()) {
    if (file === CONFIG_FILE) continue;
    progress(index, listing.files.length);
    const parsed = read(file);
    // It was listed: going on without it would lose its targets without a word.
    if (parsed === undefined)
      throw new EnvironmentError(`${file} vanished while the inventory was read`, "run it again");
    if (!parsed.isComplete) {
      isComplete = false;
      faultyFiles.add(file);
    }
    if (parsed.isComplete && isEmpty(parsed, tree.read(file))) {
      diagnostics.push(emptyFile(file));
      isComplete = false;
    }
    for (const [document, value] of parsed.documents.entries()) {
      const checked = checkDocument(file, document, value, parsed.isComplete);
      if (!checked.isComplete) isComplete = false;
      if (checked.diagnostics.length > 0) faultyFiles.add(file);
      for (const finding of checked.diagnostics) diagnostics.push(finding);
      if (checked.kind !== undefined) builder.add(checked.kind, checked.value, { file, path: [document] });
    }
  }
  const inventory = builder.finish(isComplete, faultyFiles);
  // Where promgen.yml has a mistake, the inventory may be in another directory.
  const isEmptyForSure = inventory.documents === 0 && isComplete && !faultyFiles.has(CONFIG_FILE);
  if (isEmptyForSure) diagnostics.push(emptyInventory(config, listing.files.length));
  return { inventory, diagnostics, suppressions, files, links: listing.links ?? [] };
}

/** The text of a file as the findings' offsets count it; `undefined` where there is none, and for a directory. */
export function textReader(tree: Tree): (file: string) => string | undefined {
  return (file) => {
    if (file.endsWith("/")) return undefined;
    const bytes = tree.read(file);
    return bytes === undefined ? undefined : decode(file, bytes).text;
  };
}

/** Without any document. Somebody who puts everything into comments knows it. */
function isEmpty(parsed: ParsedFile, bytes: Uint8Array | undefined): boolean {
  return parsed.documents.every((value) => value === null) && bytes?.includes("#".charCodeAt(0)) !== true;
}

function emptyFile(file: string): Diagnostic {
  return {
    code: "schema/missing-key",
    severity: "error",
    message: "the file is empty",
    where: { file, path: [] },
    help: "restore what it held, or delete it",
  };
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
