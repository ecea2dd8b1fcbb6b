/**
 * Where the files of an inventory come from.
 */
import type { Diagnostic } from "../diagnostic.ts";
import type { RuleIdOf } from "../rules/registry.ts";

/** What is to be said of the files of an inventory before any of them is read. */
export type ListingDiagnostic = Diagnostic<RuleIdOf<"security"> | "schema/wrong-type" | "yaml/encoding">;

export interface Listing {
  /** Paths relative to the root, with `/`, sorted by UTF-16 units. */
  readonly files: readonly string[];
  /** Symbolic links that were followed, as paths relative to the root. */
  readonly links?: readonly string[];
  /** What would lead out of the root, has a name that cannot be read, or is no directory. */
  readonly diagnostics: readonly ListingDiagnostic[];
}

export interface Tree {
  /** The YAML files (`*.yml`, `*.yaml`, in upper case as well) below a directory, hidden ones too. An absent directory has none. */
  list(directory: string): Listing | Promise<Listing>;
  /**
   * The bytes of a file; `undefined` where there is none. Throws EnvironmentError where it cannot be read.
   *
   * @param isBrief whether the caller is done with them before it reads another file: their memory may be used again then
   */
  read(file: string, isBrief?: boolean): Uint8Array | undefined;
}
