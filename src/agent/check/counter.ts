/** Counts what is in a file. */
import type { FileName } from "../config.ts";
import { Failure } from "../failure.ts";
import type { Census } from "./census.ts";
import type { GroupLabels } from "./group-labels.ts";
import type { GroupSink } from "./group-reader.ts";
import { hashOfGroup, identityOf } from "./identity.ts";
import type { HashState } from "./identity.ts";
import { IdentitySet } from "./identity-set.ts";
import type { PackedSet } from "./identity-set.ts";

/** All that is counted. */
export interface PackedCounter extends PackedSet {
  readonly groups: number;
  readonly targets: number;
  readonly jobs: readonly (readonly [job: string, groups: number])[];
}

export class Counter implements GroupSink {
  groups = 0;
  targets = 0;
  readonly #name: FileName;
  readonly #maxTargets: number;
  #identities = new IdentitySet();
  /** Groups that have targets, by the value of their label `job`. */
  #jobs = new Map<string, number>();
  #labels: GroupLabels = new Map();
  /** Of the group, once it has a target. */
  #hash: HashState | undefined;

  constructor(name: FileName, maxTargets: number) {
    this.#name = name;
    this.#maxTargets = maxTargets;
  }

  group(labels: GroupLabels): void {
    this.groups++;
    this.#labels = labels;
    this.#hash = undefined;
  }

  target(text: string): void {
    this.#hash ??= this.#startGroup();
    this.#identities.add(identityOf(this.#name, this.#hash, text));
    if (++this.targets > this.#maxTargets) {
      throw new Failure("too-large", `${this.#name} has more than ${this.#maxTargets} targets`, {
        help: "split the shard",
      });
    }
  }

  /** Whether so many more are not too many. */
  hasRoomFor(count: number): boolean {
    return this.targets + count <= this.#maxTargets;
  }

  /** A whole group, whose identities are the first `count` of these. */
  add(job: string, identities: Float64Array, count: number): void {
    this.groups++;
    if (count === 0) return;
    this.targets += count;
    this.#addJob(job);
    for (let at = 0; at < count; at++) this.#identities.add(identities[at] ?? 0);
  }

  /**
   * The same for a group that is there no more.
   *
   * @param gone is called for each target that is not there any more either, in no other group
   * @returns false where it never was there, or too much is there more than once: then nothing that is counted is right
   */
  remove(job: string, identities: Float64Array, count: number, gone: () => void): boolean {
    this.groups--;
    if (count === 0) return true;
    this.targets -= count;
    const left = (this.#jobs.get(job) ?? 0) - 1;
    if (left > 0) this.#jobs.set(job, left);
    else this.#jobs.delete(job);
    for (let at = 0; at < count; at++) {
      const identity = identities[at] ?? 0;
      if (!this.#identities.remove(identity)) return false;
      if (!this.#identities.has(identity)) gone();
    }
    return left >= 0;
  }

  /** What {@link Counter.unpack} makes a counter of; undefined where too many targets come more than once. */
  pack(): PackedCounter | undefined {
    const { groups, targets } = this;
    const set = this.#identities.pack();
    return set && { groups, targets, jobs: [...this.#jobs], ...set };
  }

  static unpack(name: FileName, maxTargets: number, { groups, targets, jobs, ...set }: PackedCounter): Counter {
    const counter = new Counter(name, maxTargets);
    counter.groups = groups;
    counter.targets = targets;
    counter.#jobs = new Map(jobs);
    counter.#identities = IdentitySet.unpack(set);
    return counter;
  }

  census(): Census {
    return {
      groups: this.groups,
      targets: this.targets,
      distinct: this.#identities.size,
      jobs: new Set(this.#jobs.keys()),
      identities: this.#identities,
    };
  }

  #addJob(job: string): void {
    this.#jobs.set(job, (this.#jobs.get(job) ?? 0) + 1);
  }

  #startGroup(): HashState {
    // A copy: the text is cut out of its piece of the file, which would stay in memory with it.
    this.#addJob(Buffer.from(this.#labels.get("job") ?? "").toString());
    return hashOfGroup(this.#name, this.#labels);
  }
}
