/** Does what a run asks for, with the disk, the sources, the signatures and Prometheus. */
import type { AgentConfig, FileName } from "../config.ts";
import type { KeptPointer, Staged } from "../disk/disk.ts";
import { Failure } from "../failure.ts";
import type { Baseline } from "../prometheus/prometheus.ts";
import { sha256 as digestOf } from "../sha256.ts";
import type { Source } from "../source/source.ts";
import type { Collaborators } from "./collaborators.ts";
import { checkStaged, readCountedOf } from "./check-staged.ts";
import type { CheckedFile } from "./check-staged.ts";
import { compareLastKnownGood, compareWithPlace, countInPlace } from "./compare.ts";
import type { Deadline } from "./deadline.ts";
import { startDeadline, within } from "./deadline.ts";
import type { Effect, Happening, Memory, Place, Signed } from "./event.ts";
import { lookLastKnownGood, readKept } from "./kept.ts";
import { readPointer } from "./pointer.ts";
import { readAgentState, writeAgentState } from "./state-file.ts";
import type { AgentState } from "./state.ts";
import { logBug, troubleOf } from "./trouble.ts";

/** Seconds for what the servers say before a swap: one that hangs must not keep the swap waiting. */
const BASELINE_SECONDS = 5;

/** Seconds until a file is hashed again that nobody has touched. */
export const KNOWN_SECONDS = 3600;

type EffectOf<K extends Effect["kind"]> = Effect & { readonly kind: K };

/** Performs the effects of one run. */
export class Performer {
  readonly #config: AgentConfig;
  readonly #with: Collaborators;
  /** Of the source that is asked now. */
  #attempt: Deadline | undefined;
  #attempted: number | undefined;
  #staged: readonly Staged[] = [];
  /** What the strict check has counted, and the digests of what is in place since. */
  readonly #checked = new Map<FileName, Pick<CheckedFile, "pack"> & Pick<Staged, "sha256">>();
  readonly #swapped = new Set<string>();
  /** What was counted of the files whose successors were fetched. */
  readonly #counted = new Map<FileName, ReturnType<typeof readCountedOf>>();

  constructor(config: AgentConfig, collaborators: Collaborators) {
    this.#config = config;
    this.#with = collaborators;
  }

  /** Performs one effect. Whatever goes wrong is an event, too. */
  async perform(effect: Exclude<Effect, { kind: "end" }>): Promise<Happening> {
    try {
      return await this.#do(effect);
    } catch (error) {
      const isRemote = effect.kind === "ask" || effect.kind === "fetch";
      const trouble = troubleOf(error, isRemote ? this.#attempt?.signal : this.#with.signal);
      if (trouble.reason === "bug") logBug(this.#with.log, error);
      return { kind: "failed", trouble };
    }
  }

  /** Puts away what a run leaves: staged files that were not swapped, timers. */
  async end(): Promise<void> {
    this.#endAttempt();
    await this.#discard();
    await this.#keepCounted();
  }

  /** Last of all, where there was room for all else. */
  async #keepCounted(): Promise<void> {
    for (const [name, { sha256, pack }] of this.#checked) {
      try {
        const parts = this.#swapped.has(sha256) ? pack() : undefined;
        if (parts !== undefined) await this.#with.disk.keepCounted(name, parts);
      } catch (error) {
        this.#with.log.write("debug", "not-kept", troubleOf(error).message);
      }
    }
  }

  async #discard(): Promise<void> {
    const left = this.#staged;
    this.#staged = [];
    if (left.length === 0) return;
    try {
      await this.#with.disk.discard(left);
    } catch (error) {
      // The next run deletes them before it begins.
      this.#with.log.write("warning", "not-discarded", troubleOf(error).message);
    }
  }

  async #do(effect: Exclude<Effect, { kind: "end" }>): Promise<Happening> {
    const { disk, signal } = this.#with;
    switch (effect.kind) {
      case "prepare":
        await disk.prepare();
        return { kind: "prepared" };
      case "load":
        return { kind: "loaded", memory: await this.#load() };
      case "trust":
        return await this.#trust(effect.signed);
      case "ask":
        return await this.#ask(effect);
      case "fetch":
        return await this.#fetch(effect);
      case "check":
        return await this.#check(effect);
      case "count":
        return await this.#count(effect.name);
      case "compare":
        return { kind: "compared", loss: await compareWithPlace(disk, effect.name, effect.census, signal) };
      case "weigh":
        return { kind: "compared", loss: await compareLastKnownGood(disk, effect.name, signal) };
      case "save":
        await disk.writeState(writeAgentState(effect.state), effect.isDiary);
        return { kind: "saved" };
      case "keep-last-known-good":
        await disk.keepLastKnownGood(effect.isOfOthers);
        return { kind: "last-known-good-kept" };
      case "base":
        return { kind: "based", baselines: await this.#baselines() };
      case "swap":
        return await this.#swap(effect.staged);
      case "touch":
        return await this.#touch(effect);
      case "keep-pointer":
        await disk.keepPointer(effect.bytes);
        return { kind: "pointer-kept" };
      case "look-last-known-good":
        return { kind: "last-known-good", lastKnownGood: await lookLastKnownGood(disk) };
      case "stage-last-known-good":
        return { kind: "fetched", staged: await this.#stageLastKnownGood(effect) };
      case "prove":
        return await this.#prove(effect);
    }
  }

  async #load(): Promise<Memory> {
    const { disk, clock } = this.#with;
    const bytes = await disk.readState();
    const state = bytes === undefined ? "lost" : readAgentState(bytes, await disk.readContact());
    const pointer = await disk.keptPointer();
    const kept = pointer === undefined ? undefined : readKept(pointer);
    const known = typeof state === "object" ? stillKnown(state, clock.now()) : {};
    const facts = await Promise.all(
      disk.names.map(async (name) => [name, await disk.look(name, known[name])] as const),
    );
    const place: Place = Object.fromEntries(facts.filter(([, found]) => found !== undefined));
    const isKnown = typeof state === "object" && state.floor !== undefined;
    const hasHistory = !isKnown && kept === undefined && (await disk.lastKnownGood()).pointer !== undefined;
    const signers = await this.#with.verifier?.signers();
    return { state, kept, place, hasHistory, hasPointer: pointer !== undefined, signers };
  }

  async #trust({ bytes }: Signed): Promise<Happening> {
    await this.#with.verifier?.verify(bytes.sums, bytes.signature, this.#with.signal);
    return { kind: "trusted" };
  }

  async #ask({ source: index, validator, fresh }: EffectOf<"ask">): Promise<Happening> {
    await this.#discard();
    const source = this.#source(index);
    const { signal } = this.#startAttempt(index, source);
    const answer = await source.pointer(validator, signal, fresh);
    if (answer.kind === "unchanged") return { kind: "unchanged" };
    const bytes: KeptPointer = { sums: answer.sums, signature: answer.signature };
    const sums = digestOf(answer.sums);
    try {
      // The signature first: what nobody signed is not even parsed.
      await this.#with.verifier?.verify(bytes.sums, bytes.signature, signal);
      const pointer = readPointer(bytes.sums);
      return { kind: "offered", offer: { pointer, sums, bytes, source: index, validator: answer.validator } };
    } catch (error) {
      return { kind: "failed", trouble: { ...troubleOf(error, signal), sums } };
    }
  }

  /** One time for all that a source is asked in a run, be it asked again or not. */
  #startAttempt(index: number, source: Source): Deadline {
    if (this.#attempt !== undefined && this.#attempted === index) return this.#attempt;
    this.#endAttempt();
    const { clock, signal } = this.#with;
    const { timeout } = this.#config.source;
    const reason = (): Failure =>
      new Failure("unreachable", `${source.label} took longer than ${timeout} seconds`, {
        help: "see what slows it down, or give it more time with --timeout",
      });
    this.#attempted = index;
    this.#attempt = startDeadline(clock, timeout, signal, reason);
    return this.#attempt;
  }

  #endAttempt(): void {
    this.#attempt?.end();
    this.#attempt = undefined;
  }

  #source(index: number): Source {
    const source = this.#with.sources[index];
    if (source !== undefined) return source;
    throw new Error(`there is no source ${index}`);
  }

  async #fetch({ source, name, sha256, fresh, spent, reserve }: EffectOf<"fetch">): Promise<Happening> {
    const { disk, signal, program } = this.#with;
    await disk.reserve(reserve);
    const chunks = this.#source(source).file(name, sha256, this.#attempt?.signal ?? signal, fresh);
    const staging = disk.stage(name, this.#capped(chunks, spent));
    // First it is asked for: what is read here keeps everything else waiting.
    await Promise.race([staging, new Promise(setImmediate)]);
    if (program !== undefined) this.#counted.set(name, readCountedOf(disk, name));
    const staged = this.#remember(await staging);
    return staged.sha256 === sha256 ? { kind: "fetched", staged } : { kind: "mismatched", name };
  }

  /** The limit is one for all files of an offer; a source only knows of one. */
  async *#capped(chunks: AsyncIterable<Uint8Array>, spent: number): AsyncGenerator<Uint8Array> {
    const { maxBytes } = this.#config.source;
    let bytes = spent;
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        throw new Failure("too-large", `the files of the shard have more than ${maxBytes} bytes`, {
          help: "where that is right, allow more with --max-bytes",
        });
      }
      yield chunk;
    }
  }

  async #stageLastKnownGood({ name, sha256 }: EffectOf<"stage-last-known-good">): Promise<Staged> {
    const staged = this.#remember(await this.#with.disk.stageLastKnownGood(name));
    if (staged.sha256 === sha256) return staged;
    throw new Failure("disk", `last-known-good of ${name} is not what it was a moment ago`, {
      help: "see who writes below the state directory besides promgen-agent",
    });
  }

  async #touch({ name, sha256 }: EffectOf<"touch">): Promise<Happening> {
    const { disk } = this.#with;
    const chunks = disk.read(name);
    const staged = chunks === undefined ? undefined : this.#remember(await disk.stage(name, chunks));
    return staged?.sha256 === sha256 ? await this.#swap(staged) : { kind: "mismatched", name };
  }

  async #swap(staged: Staged): Promise<Happening> {
    this.#staged = this.#staged.filter((one) => one !== staged);
    const mtime = await this.#with.disk.swap(staged);
    this.#swapped.add(staged.sha256);
    return { kind: "swapped", mtime };
  }

  #remember(staged: Staged): Staged {
    this.#staged = [...this.#staged, staged];
    return staged;
  }

  async #check({ staged, times }: EffectOf<"check">): Promise<Happening> {
    this.#endAttempt();
    const { disk, program, signal } = this.#with;
    const counted = await this.#counted.get(staged.name);
    this.#counted.delete(staged.name);
    const { census, loss, pack } = await checkStaged(disk, staged, times, counted, program, signal);
    this.#checked.set(staged.name, { sha256: staged.sha256, pack });
    return { kind: "checked", census, loss };
  }

  async #count(name: FileName): Promise<Happening> {
    const { disk, signal } = this.#with;
    return { kind: "counted", census: await countInPlace(disk, name, signal) };
  }

  async #baselines(): Promise<readonly (Baseline | undefined)[]> {
    const { servers, clock, signal } = this.#with;
    return await within(clock, BASELINE_SECONDS, signal, (limit) =>
      Promise.all(servers.map((server) => server.baseline(limit))),
    );
  }

  async #prove({ files, baselines, changed }: EffectOf<"prove">): Promise<Happening> {
    const { servers, clock, log, signal } = this.#with;
    const { proveBy } = await import("./prove.ts");
    const request = { config: this.#config.prometheus, files, changed, clock, log, signal, nudge: this.#nudge };
    const proofs = servers.map((server, index) => proveBy(server, { ...request, before: baselines[index] }));
    return { kind: "proved", proofs: await Promise.all(proofs) };
  }

  readonly #nudge = async (name: FileName): Promise<void> => {
    try {
      await this.#with.disk.nudge(name);
    } catch (error) {
      this.#with.log.write("warning", "not-nudged", troubleOf(error).message);
    }
  };
}

/** Bits that a disk lost, and what was changed behind the file system's back, are found within the hour. */
function stillKnown({ hashed = {} }: AgentState, now: number): NonNullable<AgentState["hashed"]> {
  return Object.fromEntries(Object.entries(hashed).filter(([, { at }]) => now >= at && now - at < KNOWN_SECONDS));
}
