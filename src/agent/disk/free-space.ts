/** Whether there is room for what a run will write: said before anything is fetched. */
import { statfsSync, statSync } from "node:fs";
import { Failure } from "../failure.ts";
import { attempt } from "./errno.ts";

/** What a run writes beside the artifacts: state.json, SHA256SUMS, and their like. */
const SMALL_FILES = { bytes: 1 << 16, inodes: 16 };

/** What will be written below a directory. */
interface Need {
  readonly directory: string;
  bytes: number;
}

/**
 * @param watched directories that share `artifacts` bytes in a way that is not known yet
 * @param copies bytes that go to the state directory
 * @throws {Failure} `disk-full` where a file system has not as much left as all that goes there
 */
export function requireSpace(watched: readonly string[], artifacts: number, state: string, copies: number): void {
  const needs = new Map<number, Need>();
  const deviceOf = (path: string): number => attempt(`look at ${path}`, () => statSync(path).dev);
  for (const directory of watched) needs.set(deviceOf(directory), { directory, bytes: artifacts });
  const need = needs.get(deviceOf(state)) ?? { directory: state, bytes: 0 };
  need.bytes += copies;
  needs.set(deviceOf(state), need);
  for (const one of needs.values()) requireOn(one);
}

function requireOn({ directory, bytes }: Need): void {
  const { bsize, blocks, bfree, bavail, files, ffree } = attempt(`look at the file system of ${directory}`, () =>
    statfsSync(directory),
  );
  // What is set aside for root is there for root.
  const free = bsize * (statSync("/proc/self").uid === 0 ? bfree : bavail);
  const help = "free some space there; the next run tries again";
  // File systems that cannot tell say 0 of 0.
  const needed = bytes + SMALL_FILES.bytes;
  if (blocks > 0 && free < needed)
    throw new Failure("disk-full", `${free} bytes are free on the file system of ${directory}, ${needed} are needed`, {
      help,
    });
  if (files > 0 && ffree < SMALL_FILES.inodes)
    throw new Failure("disk-full", `${ffree} inodes are free on the file system of ${directory}`, { help });
}
