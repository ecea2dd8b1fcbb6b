/**
 * Files → Inventory: the stages source, parse, schema and model in a row, one file at a time.
 */
import type { Diagnostic } from "../diagnostic.ts";
import { EnvironmentError } from "../exit.ts";
import { InventoryBuilder } from "../model/build.ts";
import { CONFIG_FILE, readConfig } from "../model/config.ts";
import type { Fault } from "../model/faults.ts";
import { Faults } from "../model/faults.ts";
import type { Config, Inventory } from "../model/inventory.ts";
import { withoutAnswered } from "../parse/answered.ts";
import { textForPlaces } from "../parse/decode.ts";
import { parseFile } from "../parse/parse.ts";
import type { Suppression } from "../parse/parse.ts";
import { checkConfig } from "../schema/document.ts";
import type { BlobAlgorithm } from "../source/git-blob.ts";
import type { Listing, Tree } from "../source/tree.ts";
import { isEmpty } from "./read-file.ts";
import type { ReadFile } from "./read-file.ts";
import { misnamedSettings } from "./misnamed-settings.ts";
import { readFiles } from "./read-files.ts";
import type { SecondThread } from "./read-files.ts";

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

/** Another tree that has some of the same files. */
export interface Twin {
  /** Files are read together with the ids that Git has for what they hold. */
  readonly algorithm: BlobAlgorithm;
  /** Is told of every file that is read. */
  note(read: ReadFile): void;
}

/**
 * Opens such a tree. It is asked once the files are listed, and they are read when it is there: to start Git from a small
 * process takes a fraction of what it takes from a large one.
 *
 * @param paths what the reading depends on, see `gitState`: promgen.yml, the inventory, symbolic links in it
 */
export type OpenTwin = (paths: readonly string[]) => Promise<Twin | undefined>;

/**
 * Reads promgen.yml and every document of the inventory. Bad input is in `diagnostics`; only the environment throws.
 *
 * @param second reads a part of a large inventory in a thread of its own
 */
export async function loadInventory(
  tree: Tree,
  progress: Progress = () => {},
  second?: SecondThread,
  openTwin?: OpenTwin,
): Promise<Loaded> {
  const loading = new Loading(tree);
  const { inventory } = loading.config;
  const listing = await tree.list(inventory);
  const twin = await openTwin?.([CONFIG_FILE, inventory, ...(listing.links ?? [])]);
  const take = (read: ReadFile): void => {
    twin?.note(read);
    loading.take(read);
  };
  await readFiles(tree, inventoryFiles(listing), second, progress, take, twin?.algorithm);
  return loading.finish(listing);
}

/** The files of a listing that hold documents. */
export function inventoryFiles({ files }: Listing): string[] {
  return files.filter((file) => file !== CONFIG_FILE);
}

/** An inventory that is being read, one file after the other. */
export class Loading {
  readonly config: Config;
  readonly #diagnostics: Diagnostic[] = [];
  readonly #suppressions = new Map<string, readonly Suppression[]>();
  readonly #files: string[] = [];
  readonly #faults = new Faults();
  readonly #builder: InventoryBuilder;
  /** Whether promgen.yml says where the inventory is. */
  readonly #isPlaceNamed: boolean;
  #isComplete: boolean;

  /** Reads promgen.yml. */
  constructor(tree: Tree) {
    const settings = readSettings(tree);
    this.config = settings.config;
    this.#diagnostics.push(...settings.diagnostics);
    if (settings.isRead) this.#files.push(CONFIG_FILE);
    if (settings.suppressions.length > 0) this.#suppressions.set(CONFIG_FILE, settings.suppressions);
    for (const fault of settings.faults) this.#faults.add(fault);
    if (!settings.isComplete) this.#faults.addFile(CONFIG_FILE);
    this.#isPlaceNamed = settings.isPlaceNamed;
    this.#isComplete = settings.isComplete;
    this.#builder = new InventoryBuilder(this.config);
  }

  take(read: ReadFile): void {
    this.takeFindings(read);
    const { file } = read;
    for (const [document, { kind, value }] of read.documents.entries())
      if (kind !== undefined) this.#builder.add(kind, value, { file, path: [document] });
  }

  /** Takes all of a file but its documents, which `finish` gets from elsewhere. */
  takeFindings(read: ReadFile): void {
    const { file } = read;
    this.#files.push(file);
    for (const finding of read.diagnostics) this.#diagnostics.push(finding);
    if (read.suppressions.length > 0) this.#suppressions.set(file, read.suppressions);
    if (!read.isComplete) {
      this.#isComplete = false;
      this.#faults.addFile(file);
    }
    if (read.isEmpty) {
      this.#diagnostics.push(emptyFile(file));
      this.#isComplete = false;
    }
    for (const checked of read.documents) {
      if (!checked.isComplete) this.#isComplete = false;
      for (const finding of checked.diagnostics) {
        this.#diagnostics.push(finding);
        this.#faults.add(finding);
      }
    }
  }

  /**
   * @param listing what the inventory's directory holds; all of it has been taken
   * @param other an inventory with the same settings, and the files whose documents are those that it has
   */
  finish(listing: Listing, other?: { readonly inventory: Inventory; readonly files: ReadonlySet<string> }): Loaded {
    if (other !== undefined) this.#builder.adopt(other.inventory, (file) => other.files.has(file));
    this.#diagnostics.push(...listing.diagnostics);
    if (listing.diagnostics.length > 0) this.#isComplete = false;
    const inventory = this.#builder.finish(this.#isComplete, this.#faults);
    // Where promgen.yml has a mistake, the inventory may be in another directory.
    const isEmptyForSure =
      inventory.documents === 0 &&
      this.#isComplete &&
      !this.#faults.mayHide({ file: CONFIG_FILE, path: [0] }, "inventory");
    if (isEmptyForSure) this.#diagnostics.push(emptyInventory(this.config, listing.files.length, this.#isPlaceNamed));
    return {
      inventory,
      diagnostics: this.#diagnostics,
      suppressions: this.#suppressions,
      files: this.#files,
      links: listing.links ?? [],
    };
  }
}

interface Settings {
  readonly config: Config;
  readonly diagnostics: readonly Diagnostic[];
  readonly suppressions: readonly Suppression[];
  /** False without a promgen.yml. */
  readonly isRead: boolean;
  readonly isPlaceNamed: boolean;
  readonly isComplete: boolean;
  /** Mistakes that may hide what other documents take from here. */
  readonly faults: readonly Fault[];
}

function readSettings(tree: Tree): Settings {
  const bytes = tree.read(CONFIG_FILE);
  const parsed = bytes === undefined ? undefined : parseFile(CONFIG_FILE, bytes);
  const isWhole = parsed?.isComplete ?? true;
  const checked = checkConfig(CONFIG_FILE, parsed?.documents ?? [], isWhole);
  const found = bytes && parsed ? withoutAnswered(CONFIG_FILE, bytes, parsed.diagnostics, [checked]) : [];
  // What was in the file, or is in the one of another name, nobody knows.
  const lost = [
    ...(bytes && parsed && isEmpty(parsed, bytes) ? [emptyFile(CONFIG_FILE)] : []),
    ...misnamedSettings(tree, bytes === undefined),
  ];
  return {
    config: readConfig(checked.value),
    diagnostics: [...found, ...checked.diagnostics, ...lost],
    suppressions: parsed?.suppressions ?? [],
    isRead: parsed !== undefined,
    isPlaceNamed: typeof checked.value["inventory"] === "string",
    isComplete: isWhole && checked.isComplete && lost.length === 0,
    faults: checked.isFaulty ? checked.diagnostics : [],
  };
}

/** The text of a file as the findings' offsets count it; `undefined` where there is no file, as for a directory. */
export function textReader(tree: Tree): (file: string) => string | undefined {
  return (file) => {
    if (file.endsWith("/")) return undefined;
    const bytes = readIfAllowed(tree, file);
    return bytes === undefined ? undefined : textForPlaces(bytes);
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

function emptyInventory(config: Config, files: number, isPlaceNamed: boolean): Diagnostic {
  const directory = config.inventory.replace(/\/*$/, "/");
  const isElsewhere = files === 0 && isPlaceNamed;
  return {
    code: "topology/empty-inventory",
    severity: "error",
    message:
      files === 0 ? `there is no .yml or .yaml file below ${directory}` : `no file below ${directory} holds a document`,
    where: isElsewhere ? { file: CONFIG_FILE, path: [0, "inventory"] } : { file: directory, path: [] },
    help: isElsewhere
      ? "name the directory that holds the inventory, in upper and lower case as its own name is"
      : "run this in the repository of the inventory (or with -C <dir>), or name its directory with `inventory:` in promgen.yml",
  };
}
