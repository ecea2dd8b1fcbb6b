/**
 * Does Prometheus scrape what the files say? It counts the targets of each scrape pool, so it can be told without fetching
 * them. But discovery and scraping each pass on what is new only every 5 seconds, and a count that was right before says
 * nothing of what comes: where the number stays the same, that time is waited for.
 *
 * Targets that Prometheus makes nothing of (a scrape timeout above the interval, say) are in no pool and no list; a counter
 * (`prometheus_target_sync_failed_total`) rises, and the file's own series look right. Targets that relabelling drops are
 * missing from the count, too, but on purpose. So where a count is too small, or others' targets are in it, the targets
 * themselves are counted by the file that they came from.
 */
import { total } from "./exposition.ts";
import type { Look } from "./inquiry.ts";
import { readLiveTargets } from "./live-targets.ts";
import type { Baseline, Expected, Proof } from "./prometheus.ts";
import type { PoolOfFiles } from "./readers.ts";
import { Readers } from "./readers.ts";
import type { Server } from "./server.ts";
import { isSameProcess, watch } from "./server.ts";

/** As {@link PrometheusServer.awaitActive}. */
export async function awaitActive(
  server: Server,
  files: readonly Expected[],
  before: Baseline | undefined,
  signal: AbortSignal,
): Promise<Proof> {
  const taking = new TakingOver(server, files, before, signal);
  return await watch(
    server,
    signal,
    async (look) => await taking.judge(look),
    () => taking.why(),
  );
}

/** How much of a file is in a pool. */
interface Count {
  readonly file: Expected;
  active: number;
  /** By relabelling, as far as the server lists them. */
  dropped: number;
}

class TakingOver {
  readonly #server: Server;
  readonly #signal: AbortSignal;
  readonly #readers: Readers;
  #before: Baseline | undefined;
  #since: number;
  #last: Look | undefined;
  #message = "";
  /** When the targets themselves were counted, and whether some were missing then. */
  #countedAt = -Infinity;
  #wasShort = false;

  constructor(server: Server, files: readonly Expected[], before: Baseline | undefined, signal: AbortSignal) {
    this.#server = server;
    this.#signal = signal;
    this.#readers = new Readers(server, files);
    this.#before = before;
    this.#since = server.clock.monotonic();
  }

  async judge(look: Look): Promise<Proof | undefined> {
    const now = this.#server.clock.monotonic();
    this.#noticeRestart(look, now);
    this.#last = look;
    const { pools, unknown } = await this.#readers.find(look, this.#signal);
    if (unknown.length > 0) {
      this.#message = `no scrape pool is known to have the targets of ${unknown.map(({ path }) => path).join(" and ")}`;
      return undefined;
    }
    if (pools.every((pool) => this.#isSettledByCount(pool, look))) return this.#active(look);
    if (now - this.#since < this.#server.pace.throttle) {
      this.#message = "its scrape pools have not taken over what it has read";
      return undefined;
    }
    if (!this.#hasFailed(look) && pools.every((pool) => hasEnough(pool, look))) return this.#active(look);
    if (now - this.#countedAt < this.#server.pace.stale) return undefined;
    this.#countedAt = now;
    return await this.#judgeByTargets(look, pools);
  }

  /** It is read, at least. */
  why(): Proof {
    const version = this.#last?.version;
    return {
      verdict: "confirmed",
      rung: 3,
      message: `${this.#server.inquiry.client.base} has read the files, but ${this.#message || "was not asked in time"}`,
      help: "give it longer with --proof-timeout, or see promgen-agent doctor",
      ...(version === undefined ? {} : { version }),
    };
  }

  #noticeRestart(look: Look, now: number): void {
    if (this.#last === undefined || this.#last.startTime === look.startTime) return;
    this.#before = undefined;
    this.#since = now;
    this.#readers.forget();
  }

  /** A count that has changed since the swap, and now is exactly right, needs no further waiting; nor does none of none. */
  #isSettledByCount(pool: PoolOfFiles, look: Look): boolean {
    if (pool.isMixed || !hasEnough(pool, look) || this.#hasFailed(look)) return false;
    const scraped = look.scraped.get(pool.pool) ?? 0;
    if (scraped === 0) return true;
    const before = isSameProcess(this.#before, look) ? this.#before?.scraped : undefined;
    return before !== undefined && (before.get(pool.pool) ?? 0) !== scraped;
  }

  #hasFailed(look: Look): boolean {
    const failed = total(look.syncFailed) ?? 0;
    const before = isSameProcess(this.#before, look) ? (this.#before?.syncFailed ?? 0) : 0;
    return failed > before;
  }

  async #judgeByTargets(look: Look, pools: readonly PoolOfFiles[]): Promise<Proof | undefined> {
    const words: string[] = [];
    let dropped = 0;
    for (const { pool, files } of pools) {
      const { counts, unlisted } = await this.#count(pool, files);
      const tooMany = counts.find(({ file, active }) => active > file.targets);
      if (tooMany !== undefined) {
        const { file, active } = tooMany;
        this.#message = `pool "${pool}" still scrapes ${active - file.targets} targets that are gone from ${file.path}`;
        return undefined;
      }
      const short = counts.filter((count) => lackingIn(count) > 0);
      // Nobody says which file those are of that the server does not list: each explains one that is missing, once.
      const lacking = short.reduce((sum, count) => sum + lackingIn(count), 0) - unlisted;
      dropped += counts.reduce((sum, count) => sum + count.dropped, unlisted);
      if (lacking <= 0) continue;
      const distinct = short.reduce((sum, { file }) => sum + file.distinct, 0);
      const paths = short.map(({ file }) => file.path).join(" and ");
      words.push(`pool "${pool}" lacks ${lacking} of the ${distinct} targets of ${paths}`);
    }
    if (words.length === 0) return this.#active(look, dropped);
    this.#message = words.join(", ");
    // A slow server deserves another look.
    if (!this.#wasShort) {
      this.#wasShort = true;
      return undefined;
    }
    return {
      verdict: "not-active",
      rung: 3,
      version: look.version,
      message: `${this.#server.inquiry.client.base} has read the files, but ${this.#message}`,
      help: this.#hasFailed(look)
        ? "Prometheus refuses them: its log names each at `Creating target failed`; a scrape timeout above the interval is the usual cause"
        : "relabel_configs may make several targets one; Prometheus' log names those that it refuses at `Creating target failed`",
    };
  }

  async #count(
    pool: string,
    files: readonly Expected[],
  ): Promise<{ readonly counts: readonly Count[]; readonly unlisted: number }> {
    const counts: Count[] = files.map((file) => ({ file, active: 0, dropped: 0 }));
    const unlisted = await this.#server.inquiry.targets(
      pool,
      this.#signal,
      async (chunks) =>
        await readLiveTargets(chunks, pool, (target) => {
          const count = counts.find(({ file }) => this.#readers.isOurs(target.file, file));
          if (count === undefined || (target.pool !== undefined && target.pool !== pool)) return;
          if (target.isActive) count.active++;
          else count.dropped++;
        }),
    );
    return { counts, unlisted };
  }

  #active(look: Look, dropped = 0): Proof {
    return {
      verdict: "active",
      rung: 4,
      version: look.version,
      ...(dropped === 0 ? {} : { message: `relabel_configs drop ${dropped} of the targets` }),
    };
  }
}

function lackingIn({ file, active, dropped }: Count): number {
  return Math.max(0, file.distinct - active - dropped);
}

function hasEnough({ pool, files, isMixed }: PoolOfFiles, look: Look): boolean {
  const discovered = look.discovered.get(pool) ?? 0;
  const scraped = look.scraped.get(pool) ?? 0;
  const targets = files.reduce((sum, file) => sum + file.targets, 0);
  const distinct = files.reduce((sum, file) => sum + file.distinct, 0);
  if (isMixed) return discovered >= targets && scraped >= distinct;
  // The same target with other labels in another group is one of `distinct`, and two for Prometheus.
  return discovered === targets && scraped >= distinct && scraped <= targets;
}
