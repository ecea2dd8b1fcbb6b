/** The floor: what a SHA256SUMS must be, whoever signed it, so that nobody can send this host back or elsewhere. */
import type { FileName } from "../config.ts";
import { FILE_NAMES } from "../config.ts";
import type { Trouble } from "./event.ts";
import type { Pointer } from "./pointer.ts";
import type { AgentState } from "./state.ts";

/** What is asked for, and what this host has seen. */
export interface FloorFacts {
  readonly shard: string;
  /** Where configured. It stands above the one in place. */
  readonly repository: string | undefined;
  readonly floor: AgentState["floor"];
  /** A generation below the floor that was put back on purpose: it is in place, so it is no replay. */
  readonly putBack: number | undefined;
}

/** Why this pointer must not be followed; undefined where it may. */
export function refusal(pointer: Pointer, facts: FloorFacts): Trouble | undefined {
  return refusedShard(pointer, facts) ?? refusedRepository(pointer, facts) ?? refusedGeneration(pointer, facts);
}

/**
 * Whether both name the same bytes, file by file.
 *
 * @param names of the files that matter: a host may not take all of them
 */
export function isSameContent(
  left: Readonly<Record<FileName, string>>,
  right: Readonly<Record<FileName, string>> | undefined,
  names: readonly FileName[] = FILE_NAMES,
): boolean {
  return right !== undefined && names.every((name) => left[name] === right[name]);
}

function refusedShard(pointer: Pointer, { shard }: FloorFacts): Trouble | undefined {
  if (pointer.shard === shard) return undefined;
  return {
    reason: "wrong-shard",
    message: `the source has ${shardName(pointer.shard)}, and this host takes ${shardName(shard)}`,
    help: "check --source and --shard: the SHA256SUMS of another shard lies at that place",
  };
}

/** Why this host cannot take a shard: it has another one in place. */
export function heldShard(floor: AgentState["floor"], shard: string): Trouble | undefined {
  if (floor?.shard === undefined || floor.shard === shard) return undefined;
  return {
    reason: "wrong-shard",
    message: `this host has ${shardName(floor.shard)} in place, and ${shardName(shard)} is asked for`,
    help: "where that is meant, run sync once with --bootstrap",
  };
}

/** `*` in words. */
function shardName(shard: string): string {
  return shard === "*" ? "all shards" : `shard "${shard}"`;
}

function refusedRepository(pointer: Pointer, facts: FloorFacts): Trouble | undefined {
  const expected = facts.repository ?? facts.floor?.repository;
  if (expected === undefined || pointer.repository === expected) return undefined;
  const found = pointer.repository === undefined ? "names no repository" : `is of ${pointer.repository}`;
  return {
    reason: "wrong-repository",
    message: `what the source has ${found}, and this host takes ${expected}`,
    help:
      facts.repository === undefined
        ? "where the inventory has moved, say so with --repository"
        : "check --repository, and `repository` in promgen.yml",
  };
}

function refusedGeneration({ generation, digests }: Pointer, { floor, putBack }: FloorFacts): Trouble | undefined {
  if (floor === undefined || generation > floor.generation) return undefined;
  if (generation < floor.generation) {
    if (generation === putBack) return undefined;
    return {
      reason: "replay",
      message: `the source has generation ${generation}, which is older than ${floor.generation} that this host has seen`,
      help: "a cache or a mirror is behind, or somebody plays back an old state; nothing is swapped until it has caught up",
    };
  }
  if (isSameContent(digests, floor.digests)) return undefined;
  return {
    reason: "equivocation",
    message: `the source has other files for generation ${generation} than the ones that this host has seen`,
    help:
      generation === 0
        ? "generation 0 is rendered outside of Git and cannot be told from another: publish from a Git checkout"
        : "see who published twice, or what was not committed; the next commit's generation is taken again",
  };
}
