/** What a run of promgen-agent does on disk, with nothing around it. */
import type { PlaceConfig } from "../../src/agent/config.ts";
import type { Disk, Staged } from "../../src/agent/disk/disk.ts";
import { takeLock } from "../../src/agent/disk/lock.ts";
import { openDisk } from "../../src/agent/disk/open-disk.ts";
import { Failure, REASONS } from "../../src/agent/failure.ts";

export interface Order {
  readonly place: PlaceConfig;
  /** `install` puts the texts in place, `lock` holds the lock, `race` installs again and again without a lock. */
  readonly deed: "install" | "lock" | "race";
  readonly targets?: string;
  readonly urls?: string;
  /** Of `lock`: how long. Of `race`: at least so long. */
  readonly seconds?: number;
  /** Of `race`: at least so often. */
  readonly tries?: number;
  /** Bytes to ask for before anything is staged. */
  readonly reserve?: number;
}

export interface Outcome {
  readonly reason?: string;
  readonly message?: string;
  readonly help?: string;
  /** Of `race`: how often it was done, and how it ended. */
  readonly ends?: Readonly<Record<string, number>>;
}

/** Holds the lock meanwhile, but where it races. @param locked is told of a lock that is held for a while */
export async function carryOut(order: Order, locked: () => void): Promise<Outcome & { readonly exit: number }> {
  try {
    if (order.deed === "race") return { ends: await race(order), exit: 0 };
    const lock = await takeLock(order.place.state);
    if (order.deed === "lock") {
      locked();
      await new Promise((resolve) => setTimeout(resolve, (order.seconds ?? 0) * 1000));
    } else await install(diskOf(order), order);
    await lock.release();
    return { exit: 0 };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { reason, message, help } = error;
    return { reason, message, ...(help === undefined ? {} : { help }), exit: REASONS[reason] };
  }
}

function diskOf({ place }: Order): Disk {
  const now = (): number => Date.now() / 1000;
  return openDisk(place, { now, monotonic: now, sleep: async () => {} });
}

async function install(disk: Disk, { targets = "", urls = "", reserve }: Order): Promise<void> {
  await disk.prepare();
  if (reserve !== undefined) await disk.reserve(reserve);
  const staged: Staged[] = [];
  try {
    staged.push(await disk.stage("targets.json", once(targets)));
    staged.push(await disk.stage("urls.json", once(urls)));
    await putInPlace(disk, staged);
  } finally {
    await disk.discard(staged);
  }
}

async function putInPlace(disk: Disk, staged: readonly Staged[]): Promise<void> {
  await disk.writeState(Buffer.from("floor"));
  await disk.keepLastKnownGood();
  for (const one of staged) await disk.swap(one);
  const sums = staged.map(({ sha256, name }) => `${sha256}  ${name}\n`).join("");
  await disk.keepPointer({ sums: Buffer.from(sums), signature: Buffer.from(`signature of ${sums}`) });
  await disk.writeState(Buffer.from("applied"));
}

/** Installs again and again, and counts how that ends, while somebody swaps what the paths lead to. */
async function race(order: Order): Promise<Record<string, number>> {
  const ends: Record<string, number> = {};
  let tries = 0;
  const end = Date.now() + (order.seconds ?? 0) * 1000;
  // A busy machine takes longer, until it was tried often enough and both came into each other's way.
  const isEnough = (): boolean => tries >= (order.tries ?? 0) && ends["unsafe-path"] !== undefined;
  const isOver = (): boolean => Date.now() > (isEnough() ? end : end + 30_000);
  for (; !isOver(); tries++) {
    const how = await install(diskOf(order), order).then(
      () => "installed",
      (error: unknown) => (error instanceof Failure ? error.reason : String(error)),
    );
    ends[how] = (ends[how] ?? 0) + 1;
  }
  return ends;
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
