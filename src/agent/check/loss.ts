/** What would vanish with a swap. */
import type { FileName } from "../config.ts";
import { Failure } from "../failure.ts";
import type { Census, Loss } from "./census.ts";
import { countFile } from "./check-file.ts";
import { linesOnlyIn } from "./line-difference.ts";

/** Compares what is in place with what would be. */
export function loss(before: Census, after: Census): Loss {
  return lossOf(before.distinct, before, after);
}

/**
 * The same for a file in place that was counted when it came: only lines of it that the new one does not have are read.
 *
 * @param before the file in place, and how many distinct targets it has
 * @param after the new file, which the strict check has taken, and its census
 * @returns undefined where that cannot be told from lines
 */
export async function lossByLines(
  name: FileName,
  before: { readonly bytes: Buffer; readonly distinct: number },
  after: { readonly bytes: Buffer; readonly census: Census },
): Promise<Loss | undefined> {
  try {
    const lines = await countFile(name, groupsIn(linesOnlyIn(before.bytes, after.bytes)));
    return lossOf(before.distinct, lines, after.census);
  } catch (error) {
    if (error instanceof Failure && error.reason === "invalid") return undefined;
    throw error;
  }
}

/** A file of the groups that are in these lines, one each; what is no group breaks it. */
async function* groupsIn(lines: readonly Buffer[]): AsyncGenerator<Uint8Array, void> {
  const texts = lines.map((line) => line.toString("latin1").replace(/,?\n$/, ""));
  const groups = texts.filter((text) => text !== "[" && text !== "]");
  yield Buffer.from("[\n");
  for (const [index, group] of groups.entries())
    yield Buffer.from(`${group}${index === groups.length - 1 ? "" : ","}\n`, "latin1");
  yield Buffer.from("]\n");
}

function lossOf(before: number, lines: Pick<Census, "identities" | "jobs">, after: Census): Loss {
  return {
    before,
    after: after.distinct,
    removed: lines.identities.countMissingIn(after.identities),
    jobsGone: [...lines.jobs].filter((job) => !after.jobs.has(job)),
  };
}
