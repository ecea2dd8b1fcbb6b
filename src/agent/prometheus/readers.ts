/**
 * Which scrape pools read our files. Two routes: the configuration that the server has loaded names the paths of its
 * file_sd_configs; and, for scrape configs of other files, which it does not show (`scrape_config_files`, since 2.43), the
 * targets of a pool name the file that they came from (`__meta_filepath`). The second costs an answer for each pool, so only
 * those are asked that have enough targets, and no more is read of an answer than it takes.
 */
import type { Look } from "./inquiry.ts";
import { readLiveTargets } from "./live-targets.ts";
import type { LoadedConfig } from "./loaded-config.ts";
import type { Expected } from "./prometheus.ts";
import type { Server } from "./server.ts";
import { Names } from "./server.ts";
import { isMatch, isSamePath } from "./seen-path.ts";

/** A pool and what it must have of our files. */
export interface PoolOfFiles {
  readonly pool: string;
  readonly files: readonly Expected[];
  /** It may have targets of other origin, too. */
  readonly isMixed: boolean;
}

/** Targets of others that are looked through for one of ours. */
const MOST_OTHERS = 1000;

/** Finds the pools of files, and remembers what it has found. */
export class Readers {
  readonly #server: Server;
  readonly #files: readonly Expected[];
  readonly names: Names;
  #config: LoadedConfig | undefined;
  /** Pool → file → whether it was found to read it. Of pools that the configuration does not show. */
  readonly #asked = new Map<string, Map<Expected, boolean>>();

  constructor(server: Server, files: readonly Expected[]) {
    this.#server = server;
    this.#files = files;
    this.names = new Names(server.inquiry);
  }

  /** Forgets what was found: the server was started again. */
  forget(): void {
    this.#config = undefined;
    this.#asked.clear();
  }

  /** The pools of all files, as far as they are known, and the files with targets of which none is. */
  async find(look: Look, signal: AbortSignal): Promise<{ pools: PoolOfFiles[]; unknown: Expected[] }> {
    const config = (this.#config ??= await this.#server.inquiry.loadedConfig(signal));
    const patterns = config.readers.flatMap((reader) => reader.patterns);
    await this.names.learn([...patterns, ...look.mtimes.keys()], look.startTime, signal);

    const found = new Map<string, Expected[]>();
    const add = (pool: string, file: Expected): void => {
      const files = found.get(pool) ?? [];
      if (!files.includes(file)) found.set(pool, [...files, file]);
    };
    for (const file of this.#files) {
      for (const { pool, patterns: ofReader } of config.readers)
        if (ofReader.some((pattern) => isMatch(pattern, file.path, this.names.cwd))) add(pool, file);
      if (!config.isPartial || file.distinct === 0) continue;
      for (const [pool, count] of look.discovered)
        if (!config.pools.has(pool) && count >= file.targets && (await this.#isReader(pool, file, signal)))
          add(pool, file);
    }
    const pools = [...found].map(([pool, files]) => ({
      pool,
      files,
      isMixed:
        !config.pools.has(pool) || config.mixedPools.has(pool) || readsOthers(config, pool, files, this.names.cwd),
    }));
    const unknown = this.#files.filter((file) => file.distinct > 0 && !pools.some(({ files }) => files.includes(file)));
    return { pools, unknown };
  }

  /** Whether a file that the server names is this one. */
  isOurs(called: string, file: Expected): boolean {
    return isSamePath(called, file.path, this.names.cwd);
  }

  async #isReader(pool: string, file: Expected, signal: AbortSignal): Promise<boolean> {
    let ofPool = this.#asked.get(pool);
    if (ofPool === undefined) this.#asked.set(pool, (ofPool = new Map()));
    const known = ofPool.get(file);
    if (known !== undefined) return known;
    let isReader = false;
    let others = 0;
    await this.#server.inquiry.targets(pool, signal, async (chunks) => {
      await readLiveTargets(chunks, pool, (target) => {
        if (this.isOurs(target.file, file)) isReader = true;
        else others++;
        return !isReader && others < MOST_OTHERS;
      });
    });
    // A pool that has taken over nothing of ours yet may still do so.
    if (isReader || others > 0) ofPool.set(file, isReader);
    return isReader;
  }
}

function readsOthers(config: LoadedConfig, pool: string, files: readonly Expected[], cwd: string | undefined): boolean {
  return config.readers
    .filter((reader) => reader.pool === pool)
    .flatMap(({ patterns }) => patterns)
    .some((pattern) => pattern.includes("*") || !files.some((file) => isMatch(pattern, file.path, cwd)));
}
