/**
 * A host in memory through whatever happens to it, one event after the other, and what must hold after each run: what lies
 * in place, what was said of it, and that the next run says the same.
 */
import * as assert from "uvu/assert";
import type { FileName } from "../../../src/agent/config.ts";
import { FILE_NAMES } from "../../../src/agent/config.ts";
import type { RunResult } from "../../../src/agent/core/collaborators.ts";
import { readPointer } from "../../../src/agent/core/pointer.ts";
import type { Intent } from "../../../src/agent/core/run.ts";
import type { AgentState } from "../../../src/agent/core/state.ts";
import { drive } from "../../../src/agent/core/sync.ts";
import { Failure } from "../../../src/agent/failure.ts";
import { standingOf } from "../../../src/agent/watch/standing.ts";
import type { Standing } from "../../../src/agent/watch/standing.ts";
import type { Options, Release, ReleaseOptions } from "./host.ts";
import { configOf, digest, Host, hosts, release } from "./host.ts";
import { MemoryDisk } from "./memory-disk.ts";

const URLS = ["https://a.example.com/", "https://b.example.com/"];
/** What must be forgotten once all is well. */
const LASTING: readonly (keyof AgentState)[] = [
  "held",
  "refused",
  "accepted",
  "fallenFrom",
  "fallenDistinct",
  "hold",
  "inconsistent",
];

/** What was published. */
export interface Published extends Release {
  readonly generation: number;
  readonly hosts: readonly string[];
  readonly urls: readonly string[];
  /** Signed, valid and of this shard. */
  readonly isGood: boolean;
}

export class Walk {
  readonly host = new Host();
  names: readonly FileName[] = FILE_NAMES;
  /** What somebody put in place, or left in last-known-good. */
  readonly byHand = new Set<string>();
  /** Something happened for which an older generation, or what others had, may come back. */
  mayGoBack = false;
  /** An operator, or damage, may have let pass what the guard would hold. */
  mayLose = false;
  backup: Uint8Array | undefined;
  readonly #published: Published[] = [];
  #generation = 100;
  /** The newest that was in place as a whole. */
  #newest: Published | undefined;
  readonly #lines: string[] = [];

  constructor() {
    this.host.sources = [this.host.source, this.host.second];
    this.serve(this.publish(hosts(20)), 2);
  }

  /** How many generations were published. */
  get count(): number {
    return this.#published.length;
  }

  /** What happened so far, for who reads of a failure. */
  get story(): string {
    return this.#lines.join("\n");
  }

  tell(line: string): void {
    this.#lines.push(line);
  }

  publish(
    names: readonly string[],
    urls: readonly string[] = URLS,
    { isGood = true, ...more }: ReleaseOptions & { readonly isGood?: boolean } = {},
  ): Published {
    const generation = (this.#generation += 3);
    const made = { ...release(generation, names, { urls, ...more }), generation, hosts: names, urls, isGood };
    this.#published.push(made);
    return made;
  }

  /** @param which of the two mirrors; 2 for both */
  serve(now: Published | Failure, which: number): void {
    const sources = [this.host.source, this.host.second];
    for (const source of which === 2 ? sources : sources.slice(which, which + 1)) source.now = now;
  }

  /** One of those that were published. */
  any(number: number): Published {
    return this.#published[number % this.#published.length] ?? this.large();
  }

  /** The newest that has many targets. */
  large(): Published {
    const found = this.#published.findLast(({ isGood, hosts: { length } }) => isGood && length >= 12);
    assert.ok(found);
    return found;
  }

  async run(intent: Intent, trust: Options["trust"] = {}): Promise<RunResult> {
    const before = this.place();
    const options: Options = { names: this.names, trust };
    const result = await drive(configOf(options), this.host.collaborators(options), intent);
    this.tell(`  ${intent.kind} ${JSON.stringify(trust)}: ${result.exit}, ${result.message} [${this.#seen()}]`);
    assert.is.not(result.exit, 70, result.message);
    this.#lookAtPlace(before, intent.kind === "rollback");
    return result;
  }

  /** Runs until a run ends as the one before did, and changes nothing: each mirror may have something to be tried first. */
  async sync(trust: Options["trust"] = {}): Promise<void> {
    let before = await this.#syncOnce(trust);
    for (let seen = this.#seen(), rounds = 0; ; seen = this.#seen(), rounds++) {
      const after = await this.#syncOnce();
      if (after.exit === before.exit && after.message === before.message && this.#seen() === seen) return;
      assert.ok(rounds < 5, `${before.message}, then ${after.message}, and so on`);
      before = after;
    }
  }

  /** All is well again, and something newer is published. */
  async end(): Promise<void> {
    const { host } = this;
    this.tell("the end");
    host.server.isUp = true;
    host.server.rejects.clear();
    [this.mayGoBack, this.mayLose] = [true, true];
    await this.run({ kind: "release" });
    const { hosts: names, urls } = this.large();
    const next = this.publish([...names, "last.example.com"], urls.length === 0 ? URLS : urls);
    this.serve(next, 2);
    let result = await this.run({ kind: "sync" });
    if (result.exit !== 0) result = await this.run({ kind: "sync" });
    // Edited files are asked about, and so is a state that nothing can stand in for.
    if (/ waits: /.test(result.message)) result = await this.run({ kind: "sync" }, { accept: next.generation });
    else if (result.reason === "bootstrap")
      result = await this.run({ kind: "sync" }, { bootstrap: true, accept: next.generation });
    assert.is(result.exit, 0, result.message);
    assert.equal(this.place(), Object.fromEntries(this.names.map((name) => [name, next.files[name]])));
    host.log.length = 0;
    await this.#syncOnce();
    assert.equal(
      host.log.filter(({ level }) => level !== "debug"),
      [],
    );
    assert.is(host.storage.staged.size, 0);
    assert.equal(
      LASTING.filter((key) => Object.hasOwn(host.state, key)),
      [],
    );
  }

  place(): Readonly<Partial<Record<FileName, string | undefined>>> {
    return Object.fromEntries(this.names.map((name) => [name, this.host.storage.text(name)]));
  }

  async #syncOnce(trust: Options["trust"] = {}): Promise<RunResult> {
    const result = await this.run({ kind: "sync" }, trust);
    this.#judge(result);
    this.#learn(result);
    return result;
  }

  #lookAtPlace(before: ReturnType<Walk["place"]>, isRollback: boolean): void {
    const mayGoBack = isRollback || this.mayGoBack || this.host.server.rejects.size > 0;
    for (const [name, text] of Object.entries(this.place()) as [FileName, string | undefined][]) {
      if (text === before[name]) continue;
      assert.ok(text !== undefined, `${name} is gone`);
      const of = this.#published.filter(({ isGood, files }) => isGood && files[name] === text);
      assert.ok(of.length > 0 || (mayGoBack && this.byHand.has(text)), `${name} is of nobody: ${text.slice(0, 60)}`);
      const isNew = of.some(({ generation }) => generation >= (this.#newest?.generation ?? 0));
      assert.ok(isNew || mayGoBack, `${name} went back to ${of.map(({ generation }) => generation).join()}`);
    }
  }

  /** The run, the state, `status` and what lies there agree. */
  #judge({ exit, message, state }: RunResult): void {
    const there = this.#inPlace();
    if (exit === 0 && !message.includes("before the agent")) assert.ok(there, `0: ${message}`);
    if (state === undefined) return;
    const standing = this.#standing();
    if (exit === 0) {
      assert.is(state.applied?.generation, there?.generation);
      assert.is(state.held, undefined);
    }
    if (exit === 4) {
      assert.match(message, String(standing.held?.generation));
      const offered = [this.host.source, this.host.second].map(({ now }) => now as Published);
      assert.ok(offered.some(({ generation }) => generation === standing.held?.generation));
    }
    // A run that asked no source does not know that this is so.
    const isLate = standing.exit === 8 && (exit === 0 || exit === 3);
    assert.ok(standing.exit === exit || isLate, `${exit}: ${message}; status: ${standing.exit}`);
    assert.is(standing.advice.length > 0, standing.exit !== 0, standing.advice.join());
  }

  #learn({ exit }: RunResult): void {
    const there = this.#inPlace();
    if (there === undefined || !there.isGood) return;
    const before = this.#newest;
    if (before !== undefined && there.generation > before.generation && !this.mayLose) {
      for (const [name, key] of [
        ["targets.json", "hosts"],
        ["urls.json", "urls"],
      ] as const) {
        const removed = before[key].filter((one) => !there[key].includes(one)).length;
        const isTooMuch =
          (removed > 0 && there[key].length === 0) || (removed >= 10 && removed * 2 > before[key].length);
        assert.not(this.names.includes(name) && isTooMuch, `${there.generation} took ${removed} of ${name} away`);
      }
    }
    if (before === undefined || there.generation >= before.generation) this.#newest = there;
    if (exit === 0) [this.mayGoBack, this.mayLose] = [false, false];
  }

  /** What is in place as a whole, with its pointer. */
  #inPlace(): Published | undefined {
    const { storage } = this.host;
    const sums = Buffer.from(storage.pointer?.sums ?? "").toString();
    return this.#published.find(
      (one) => one.sums === sums && this.names.every((name) => storage.text(name) === one.files[name]),
    );
  }

  #standing(): Standing {
    const { storage, clock, state } = this.host;
    const disk = new MemoryDisk(storage, this.names);
    const files = this.names.map((name) => {
      const file = storage.files.get(name);
      const facts = file && { ...file, bytes: file.bytes.length, sha256: digest(file.bytes), uid: 0, gid: 0 };
      return { name, path: disk.path(name), facts };
    });
    return standingOf(configOf(), state, files, clock.now(), this.#beside());
  }

  #beside(): Parameters<typeof standingOf>[4] {
    const { pointer } = this.host.storage;
    if (pointer === undefined) return "none";
    try {
      return readPointer(pointer.sums);
    } catch (error) {
      assert.instance(error, Failure);
      return undefined;
    }
  }

  /** For people: generations, file by file. */
  #seen(): string {
    const { storage } = this.host;
    const seen = this.names.map((name) => {
      const text = storage.text(name);
      const of = this.#published.find(({ files }) => files[name] === text);
      return `${text === undefined ? "nothing" : (of?.generation ?? "by hand")} at ${storage.files.get(name)?.mtime}`;
    });
    return [...seen, digest(storage.pointer?.sums ?? "").slice(0, 6)].join(", ");
  }
}
