/**
 * manifest.json → value, checked: what somebody else may have written is not trusted to have the form of ours.
 */
import { EnvironmentError } from "../exit.ts";
import { showText } from "../model/show-text.ts";
import type { FileFacts } from "../render/artifact.ts";
import { encodeName } from "../render/file-name.ts";

/** What schema/manifest.schema.json describes. Keys that are not known here are ignored, and not in it. */
export interface Manifest {
  readonly version: number;
  readonly generation: number;
  /** 40 or 64 hex digits, with `-dirty` behind for what was built from files that no commit has. */
  readonly commit?: string;
  readonly repository?: string;
  readonly generator: string;
  /** Shards that differ from the generation before; with `retired` only in what was published. */
  readonly changed?: readonly string[];
  readonly retired?: readonly string[];
  /** The last generation whose losses agents are not to hold: somebody accepted them, or the gate lets them pass. */
  readonly accepts?: number;
  /** The digests that were accepted last. */
  readonly accepted?: readonly string[];
  readonly files?: Readonly<Record<string, FileFacts>>;
  readonly shards: Readonly<Record<string, ManifestShard>>;
}

export interface ManifestShard {
  readonly path: string;
  readonly servers: readonly string[];
  readonly accepts?: number;
  readonly files: Readonly<Record<string, FileFacts>>;
}

const VERSION = 1;
const SHARD_FILES = ["targets.json", "urls.json", "scrape-config.yml"];

/**
 * Reads a manifest. Throws EnvironmentError where it is none, or a newer one.
 *
 * @param where it was found, for people
 */
export function readManifest(bytes: Uint8Array, where: string): Manifest {
  const reader = new ManifestReader(where);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw reader.failure("it is not JSON");
  }
  return reader.manifest(value);
}

type Value = Readonly<Record<string, unknown>>;

class ManifestReader {
  readonly #where: string;

  constructor(where: string) {
    this.#where = where;
  }

  failure(what: string): EnvironmentError {
    return new EnvironmentError(
      `manifest.json of ${this.#where} cannot be read: ${what}`,
      "publish again, or see whether this is the right place",
    );
  }

  manifest(given: unknown): Manifest {
    const value = this.#map(given, "it");
    const version = this.#count(value["version"], "version");
    if (version > VERSION) {
      throw new EnvironmentError(
        `manifest.json of ${this.#where} has version ${version}, which is newer than this program`,
        "upgrade promgen-gen",
      );
    }
    const shards = Object.entries(this.#map(value["shards"], "shards"));
    return {
      version,
      generation: this.#count(value["generation"], "generation"),
      ...this.#optional("commit", value, (commit) => this.#commit(commit)),
      ...this.#optional("repository", value, (url) => this.#text(url, "repository")),
      generator: this.#text(value["generator"], "generator"),
      ...this.#optional("changed", value, (names) => this.#texts(names, "changed")),
      ...this.#optional("retired", value, (names) => this.#texts(names, "retired")),
      ...this.#optional("accepts", value, (generation) => this.#count(generation, "accepts")),
      ...this.#optional("accepted", value, (digests) => this.#texts(digests, "accepted")),
      ...this.#optional("files", value, (files) => this.#files(files, "files", ["targets.json", "urls.json"])),
      // Not by assignment: a shard may be called `__proto__`.
      shards: Object.fromEntries(shards.map(([name, shard]) => [name, this.#shard(name, shard)])),
    };
  }

  #shard(name: string, given: unknown): ManifestShard {
    const at = `shard ${showText(name)}`;
    const value = this.#map(given, at);
    // Its own word for where its files are would lead anywhere.
    const path = `shards/${encodeName(name)}`;
    if (value["path"] !== path) throw this.failure(`the path of ${at} is not ${path}`);
    return {
      path,
      servers: this.#texts(value["servers"], `servers of ${at}`),
      ...this.#optional("accepts", value, (generation) => this.#count(generation, `accepts of ${at}`)),
      files: this.#files(value["files"], `files of ${at}`, SHARD_FILES),
    };
  }

  #files(given: unknown, at: string, names: readonly string[]): Record<string, FileFacts> {
    const value = this.#map(given, at);
    return Object.fromEntries(
      names.map((name) => {
        const facts = this.#map(value[name], `${name} in ${at}`);
        const sha256 = this.#text(facts["sha256"], `the digest of ${name} in ${at}`);
        if (!/^[0-9a-f]{64}$/.test(sha256)) throw this.failure(`the digest of ${name} in ${at} is none`);
        const count = (key: string): number => this.#count(facts[key], `${key} of ${name} in ${at}`);
        const counts = name.endsWith(".json") ? { groups: count("groups"), targets: count("targets") } : {};
        return [name, { sha256, bytes: count("bytes"), ...counts }];
      }),
    );
  }

  #commit(given: unknown): string {
    const commit = this.#text(given, "commit");
    if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})(?:-dirty)?$/.test(commit)) throw this.failure("the commit is no id");
    return commit;
  }

  #optional<Key extends string, T>(key: Key, value: Value, read: (given: unknown) => T): { [K in Key]?: T } {
    return (value[key] === undefined ? {} : { [key]: read(value[key]) }) as { [K in Key]?: T };
  }

  #map(given: unknown, what: string): Value {
    if (typeof given !== "object" || given === null || Array.isArray(given)) throw this.failure(`${what} is no object`);
    return given as Value;
  }

  #text(given: unknown, what: string): string {
    if (typeof given !== "string") throw this.failure(`${what} is no text`);
    return given;
  }

  #texts(given: unknown, what: string): string[] {
    if (!Array.isArray(given)) throw this.failure(`${what} is no list`);
    return given.map((item) => this.#text(item, `an item of ${what}`));
  }

  #count(given: unknown, what: string): number {
    if (!Number.isSafeInteger(given) || (given as number) < 0) throw this.failure(`${what} is no count`);
    return given as number;
  }
}
