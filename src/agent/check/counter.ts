/** Counts what is in a file. */
import type { FileName } from "../config.ts";
import { Failure } from "../failure.ts";
import type { Census } from "./census.ts";
import type { GroupLabels } from "./group-labels.ts";
import type { GroupSink } from "./group-reader.ts";
import { hashOfGroup, identityOf } from "./identity.ts";
import type { HashState } from "./identity.ts";
import { IdentitySet } from "./identity-set.ts";

export class Counter implements GroupSink {
  groups = 0;
  targets = 0;
  readonly #name: FileName;
  readonly #maxTargets: number;
  readonly #identities = new IdentitySet();
  readonly #jobs = new Set<string>();
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
    this.#jobs.add(job);
    for (let at = 0; at < count; at++) this.#identities.add(identities[at] ?? 0);
  }

  census(): Census {
    return {
      groups: this.groups,
      targets: this.targets,
      distinct: this.#identities.size,
      jobs: this.#jobs,
      identities: this.#identities,
    };
  }

  #startGroup(): HashState {
    // A copy: the text is cut out of its piece of the file, which would stay in memory with it.
    this.#jobs.add(Buffer.from(this.#labels.get("job") ?? "").toString());
    return hashOfGroup(this.#name, this.#labels);
  }
}
