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
import type { Suppression } from "../parse/parse.ts";
import { checkConfig } from "../schema/document.ts";
import type { Tree } from "../source/tree.ts";
import type { ReadFile } from "./read-file.ts";
import { readFiles } from "./read-files.ts";
import type { SecondThread } from "./read-files.ts";
import type { Sharing } from "./shared-files.ts";

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

/**
 * Reads promgen.yml and every document of the inventory. Bad input is in `diagnostics`; only the environment throws.
 *
 * @param second reads a part of a large inventory in a thread of its own
 * @param sharing what another tree has as well
 */
export async function loadInventory(
  tree: Tree,
  progress: Progress = () => {},
  second?: SecondThread,
  sharing: Sharing = {},
): Promise<Loaded> {
  const diagnostics: Diagnostic[] = [];
  const suppressions = new Map<string, readonly Suppression[]>();
  const files: string[] = [];
  const faultyFiles = new Set<string>();

  const settings = readSettings(tree);
  diagnostics.push(...settings.diagnostics);
  if (settings.isRead) files.push(CONFIG_FILE);
  if (settings.suppressions.length > 0) suppressions.set(CONFIG_FILE, settings.suppressions);
  if (settings.isFaulty) faultyFiles.add(CONFIG_FILE);
  const { config } = settings;
  let isComplete = settings.isComplete;
  const listing = await tree.list(config.inventory);
  diagnostics.push(...listing.diagnostics);
  if (listing.diagnostics.length > 0) isComplete = false;

  const builder = new InventoryBuilder(config, sharing.hosts);
  const listed = listing.files.filter((file) => file !== CONFIG_FILE);
  const take = (read: ReadFile): void => {
    const { file } = read;
    sharing.note?.(read);
    files.push(file);
    for (const finding of read.diagnostics) diagnostics.push(finding);
    if (read.suppressions.length > 0) suppressions.set(file, read.suppressions);
    if (!read.isComplete) {
      isComplete = false;
      faultyFiles.add(file);
    }
    if (read.isEmpty) {
      diagnostics.push(emptyFile(file));
      isComplete = false;
    }
    for (const [document, checked] of read.documents.entries()) {
      if (!checked.isComplete) isComplete = false;
      if (checked.diagnostics.length > 0) faultyFiles.add(file);
      for (const finding of checked.diagnostics) diagnostics.push(finding);
      if (checked.kind !== undefined) builder.add(checked.kind, checked.value, { file, path: [document] });
    }
  };
  await readFiles(tree, listed, second, progress, take, sharing);
  const inventory = builder.finish(isComplete, faultyFiles);
  // Where promgen.yml has a mistake, the inventory may be in another directory.
  const isEmptyForSure = inventory.documents === 0 && isComplete && !faultyFiles.has(CONFIG_FILE);
  if (isEmptyForSure) diagnostics.push(emptyInventory(config, listing.files.length));
  return { inventory, diagnostics, suppressions, files, links: listing.links ?? [] };
}

interface Settings {
  readonly config: Config;
  readonly diagnostics: readonly Diagnostic[];
  readonly suppressions: readonly Suppression[];
  /** False without a promgen.yml. */
  readonly isRead: boolean;
  readonly isComplete: boolean;
  readonly isFaulty: boolean;
}

function readSettings(tree: Tree): Settings {
  const bytes = tree.read(CONFIG_FILE);
  const parsed = bytes === undefined ? undefined : parseFile(CONFIG_FILE, bytes);
  const isWhole = parsed?.isComplete ?? true;
  const checked = checkConfig(CONFIG_FILE, parsed?.documents ?? [], isWhole);
  return {
    config: readConfig(checked.value),
    diagnostics: [...(parsed?.diagnostics ?? []), ...checked.diagnostics],
    suppressions: parsed?.suppressions ?? [],
    isRead: parsed !== undefined,
    isComplete: isWhole && checked.isComplete,
    isFaulty: checked.isFaulty || !isWhole,
  };
}

/** The text of a file as the findings' offsets count it; `undefined` where there is none, as for a directory. */
export function textReader(tree: Tree): (file: string) => string | undefined {
  return (file) => {
    if (file.endsWith("/")) return undefined;
    const bytes = readIfAllowed(tree, file);
    return bytes === undefined ? undefined : decode(file, bytes).text;
  };
}

/** A finding may be that a file must not be read: it is told without its text. */
function readIfAllowed(tree: Tree, file: string): Uint8Array | undefined {
  try {
    return tree.read(file);
  } catch (error) {
    if (error instanceof EnvironmentError) return undefined;
    throw error;
  }
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
