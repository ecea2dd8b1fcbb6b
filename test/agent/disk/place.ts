/** A host's directories, and a disk over them, for one test. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "../../../src/agent/clock.ts";
import type { FileName, PlaceConfig } from "../../../src/agent/config.ts";
import type { Disk, KeptPointer, Staged } from "../../../src/agent/disk/disk.ts";
import { openDisk } from "../../../src/agent/disk/open-disk.ts";
import { Failure } from "../../../src/agent/failure.ts";
import type { Reason } from "../../../src/agent/failure.ts";
import { errorOf } from "../../refusal.ts";
import { withDirectory } from "../../workplace.ts";

export interface Place {
  /** Holds `watched/` and `state/` once they are made. */
  readonly directory: string;
  readonly watched: string;
  readonly staging: string;
  readonly state: string;
  readonly config: PlaceConfig;
  readonly clock: Clock & { seconds: number };
  readonly disk: Disk;
}

/** Makes an empty place and its disk, not yet prepared. */
export async function withPlace<T>(
  act: (place: Place) => T | Promise<T>,
  config: Partial<PlaceConfig> = {},
): Promise<T> {
  return await withDirectory({}, async (directory) => await act(placeIn(directory, config)));
}

export function placeIn(directory: string, config: Partial<PlaceConfig> = {}): Place {
  const watched = join(directory, "watched");
  const state = join(directory, "state");
  const whole: PlaceConfig = {
    targets: join(watched, "targets.json"),
    urls: join(watched, "urls.json"),
    state,
    mode: 0o644,
    allowSymlinks: false,
    ...config,
  };
  const clock = fakeClock();
  const disk = openDisk(whole, clock);
  return { directory, watched, staging: join(watched, ".promgen-agent"), state, config: whole, clock, disk };
}

/** A clock that stands still until a test moves it. */
export function fakeClock(seconds = 1_700_000_000.5): Clock & { seconds: number } {
  const clock = { seconds, now: () => clock.seconds, monotonic: () => clock.seconds, sleep: async () => {} };
  return clock;
}

export async function* chunksOf(...texts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

/** Stages a text and puts it in place. Gives its mtime. */
export async function put(disk: Disk, name: FileName, text: string): Promise<number> {
  return await disk.swap(await stage(disk, name, text));
}

export async function stage(disk: Disk, name: FileName, text: string): Promise<Staged> {
  return await disk.stage(name, chunksOf(text));
}

/** A pointer to these texts, as the renderer writes it. */
export function pointerTo(targets: string, urls: string, signature?: string): KeptPointer {
  const sums = `# promgen-gen 1 shard=a generation=1\n${sha256(targets)}  targets.json\n${sha256(urls)}  urls.json\n`;
  return { sums: Buffer.from(sums), signature: signature === undefined ? undefined : Buffer.from(signature) };
}

export function sha256(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}

export async function readAll(chunks: AsyncIterable<Uint8Array> | undefined): Promise<string | undefined> {
  if (chunks === undefined) return undefined;
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString("utf8");
}

/** The failure that something ends with. */
export async function failureOf(act: () => unknown): Promise<Failure> {
  return await errorOf(Failure, act);
}

export async function reasonOf(act: () => unknown): Promise<Reason> {
  return (await failureOf(act)).reason;
}
