/**
 * Has Prometheus read the files? It says so by itself: `prometheus_sd_file_mtime_seconds` is set after a file was parsed as
 * a whole, to the mtime that the file had, and every swap gives the file another one. It is seen from outside, without any
 * privilege, and within milliseconds of the rename.
 *
 * What makes it less simple, in all releases up to now:
 * - The series vanishes where a file has fewer groups than before (the timestamp is deleted with the groups that are gone:
 *   `refresh` in discovery/file/file.go). The next scan brings it back, and any event in the directory makes one.
 * - Two file_sd configs that read one file share the series, and show the one's or the other's. Both get the same events
 *   and parse the same bytes: who has read it speaks for both.
 * - `prometheus_sd_file_read_errors_total` counts the errors of all files together.
 */
import { basename, dirname } from "node:path";
import type { FileName } from "../config.ts";
import { Failure } from "../failure.ts";
import type { Look } from "./inquiry.ts";
import { NoAnswer } from "./no-answer.ts";
import type { Baseline, Expected, Proof } from "./prometheus.ts";
import { Rejection } from "./rejection.ts";
import { isMatch } from "./seen-path.ts";
import type { Server } from "./server.ts";
import { isSameProcess, Names, unconfirmed, watch } from "./server.ts";

type Nudge = (name: FileName) => Promise<void>;

/** How much longer every next nudge is waited for: each costs two scans of everything that this file_sd config reads. */
const NEXT_NUDGE = 4;

/** As {@link PrometheusServer.awaitRead}. */
export async function awaitRead(
  server: Server,
  files: readonly Expected[],
  before: Baseline | undefined,
  nudge: Nudge,
  signal: AbortSignal,
): Promise<Proof> {
  const reading = new Reading(server, files, before, nudge, signal);
  return await watch(
    server,
    signal,
    async (look, hurry) => await reading.judge(look, hurry),
    () => reading.why(),
  );
}

class Reading {
  readonly #server: Server;
  readonly #files: readonly Expected[];
  readonly #nudge: Nudge;
  readonly #signal: AbortSignal;
  readonly #before: Baseline | undefined;
  readonly #names: Names;
  readonly #rejection: Rejection;
  #last: Look | undefined;
  /** `files` of the file_sd configs that the server shows; undefined where it did not say yet. */
  #patterns: readonly string[] | undefined;
  /** Since when the files are waited for, and when the server is made to look again. */
  #since: number;
  #nudgeAfter: number | undefined;
  #nudgeTrouble: string | undefined;
  #isStarting = false;

  constructor(
    server: Server,
    files: readonly Expected[],
    before: Baseline | undefined,
    nudge: Nudge,
    signal: AbortSignal,
  ) {
    this.#server = server;
    this.#files = files;
    this.#before = before;
    this.#nudge = nudge;
    this.#signal = signal;
    this.#names = new Names(server.inquiry);
    this.#since = server.clock.monotonic();
    const targets = files.reduce((sum, file) => sum + file.targets, 0);
    this.#rejection = new Rejection(before, targets, server.pace);
  }

  async judge(look: Look, hurry: () => void): Promise<Proof | undefined> {
    await this.#names.learn(look.mtimes.keys(), look.startTime, this.#signal);
    const now = this.#server.clock.monotonic();
    if (this.#last !== undefined && this.#last.startTime !== look.startTime) {
      this.#since = now;
      this.#nudgeAfter = undefined;
      this.#patterns = undefined;
    }
    this.#last = look;
    const unread = this.#files.filter((file) => this.#names.mtime(look, file) !== file.mtime);
    if (unread.length === 0) return this.#confirmed(look);

    const seen = this.#rejection.see(look, now);
    const suspects = seen === undefined ? [] : await this.#suspects(look, unread);
    const suspicion = suspects.length === 0 ? undefined : seen;
    if (suspicion === "rejected") return this.#rejected(look, suspects);
    if (suspicion === "wait") return undefined;
    if (suspicion !== "nudge" && !this.#isStarting && !this.#isNudgeDue(look, unread, now)) return undefined;
    await this.#requireReady(now);
    await this.#nudgeAll(unread);
    hurry();
    return undefined;
  }

  /** Files that it tries to read: it has read them before, or is configured to. The errors of others speak against no other. */
  async #suspects(look: Look, unread: readonly Expected[]): Promise<readonly Expected[]> {
    const areUnknown = unread.some((file) => this.#names.mtime(look, file) === undefined);
    const patterns = areUnknown ? await this.#loadedPatterns(look) : [];
    return unread.filter(
      (file) =>
        this.#names.mtime(look, file) !== undefined ||
        patterns.some((pattern) => isMatch(pattern, file.path, this.#names.cwd)),
    );
  }

  async #loadedPatterns(look: Look): Promise<readonly string[]> {
    try {
      this.#patterns ??= (await this.#server.inquiry.loadedConfig(this.#signal)).readers.flatMap(
        ({ patterns }) => patterns,
      );
      await this.#names.learn(this.#patterns, look.startTime, this.#signal);
      return this.#patterns;
    } catch (error) {
      // A gateway may let through the metrics alone. What is not known accuses nobody.
      if (!(error instanceof NoAnswer)) throw error;
      return [];
    }
  }

  /** Nudging does not make a start faster, so all waiting begins after it. */
  async #requireReady(now: number): Promise<void> {
    const { inquiry } = this.#server;
    this.#isStarting = !(await inquiry.isReady(this.#signal));
    if (!this.#isStarting) return;
    this.#since = now;
    this.#nudgeAfter = undefined;
    throw new NoAnswer("starting", `${inquiry.client.base} is starting`, {
      help: "wait: it replays its write-ahead log, which can take minutes",
    });
  }

  /** Why not everything is read, by what was seen last. */
  why(): Proof {
    const { base } = this.#server.inquiry.client;
    const look = this.#last;
    if (look === undefined) return unconfirmed(`${base} was not asked in time`);
    const file = this.#files.find((one) => this.#names.mtime(look, one) !== one.mtime);
    if (file === undefined) return unconfirmed(`${base} was not asked in time`);
    const { message, help } = this.#whyNot(look, file, base);
    const addition = this.#nudgeTrouble === undefined ? "" : ` (${this.#nudgeTrouble})`;
    return unconfirmed(`${message}${addition}`, help, look.version);
  }

  #whyNot(look: Look, file: Expected, base: string): { message: string; help: string } {
    const mtime = this.#names.mtime(look, file);
    if (mtime !== undefined && mtime > file.mtime)
      return {
        message: `${base} has read a later ${file.path} than ours`,
        help: "see who else writes this file; promgen-agent puts its own back at the next run",
      };
    if (mtime !== undefined)
      return {
        message: `${base} still has the former ${file.path}: it did not notice the change`,
        help: "promgen-agent doctor looks for the cause",
      };
    const elsewhere = [...look.mtimes].find(
      ([name, seen]) => seen === file.mtime && basename(name) === basename(file.path),
    );
    if (elsewhere !== undefined)
      return {
        message: `${base} reads no ${file.path}, but ${elsewhere[0]} of the same second: probably the same file`,
        help: `say --prometheus-${file.name === "urls.json" ? "urls-" : ""}path ${elsewhere[0]} if it is`,
      };
    return {
      message: `${base} reads no ${file.path}: none of the ${look.mtimes.size} files of its file_sd_configs is it`,
      help: "see that --prometheus is the server of these targets and its file_sd_configs have this path; promgen-agent doctor looks for the cause",
    };
  }

  #isNudgeDue(look: Look, unread: readonly Expected[], now: number): boolean {
    const { absent, stale } = this.#server.pace;
    const isAbsent = unread.some((file) => this.#names.mtime(look, file) === undefined);
    const after = this.#nudgeAfter ?? (isAbsent ? absent : stale);
    if (now - this.#since < after) return false;
    this.#nudgeAfter = after * NEXT_NUDGE;
    return true;
  }

  async #nudgeAll(unread: readonly Expected[]): Promise<void> {
    const oneOfEachDirectory = new Map(unread.map((file) => [dirname(file.path), file]));
    try {
      for (const { name } of oneOfEachDirectory.values()) await this.#nudge(name);
    } catch (error) {
      // The targets are in place: that Prometheus cannot be made to look again only leaves them unconfirmed.
      if (!(error instanceof Failure)) throw error;
      this.#nudgeTrouble = error.message;
    }
  }

  #confirmed(look: Look): Proof {
    const { version } = look;
    const errors = (look.readErrors ?? 0) - (this.#before?.readErrors ?? 0);
    if (!isSameProcess(this.#before, look) || errors <= 0) return { verdict: "confirmed", rung: 3, version };
    return {
      verdict: "confirmed",
      rung: 3,
      version,
      message: `${this.#server.inquiry.client.base} has read our files, but counts ${errors} errors with others that it reads`,
      help: "see its log for `Error reading file`",
    };
  }

  #rejected(look: Look, files: readonly Expected[]): Proof {
    const { base } = this.#server.inquiry.client;
    return {
      verdict: "rejected",
      rung: 2,
      version: look.version,
      message: `Prometheus ${look.version} at ${base} cannot read ${files.map(({ path }) => path).join(" and ")}`,
      help: "its log says why, at `Error reading file`",
    };
  }
}
