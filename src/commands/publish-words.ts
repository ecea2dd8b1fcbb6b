/** How a publication is told: to people, and in the history of the artifact branch. */
import type { Acceptance } from "../publish/publication.ts";
import type { Announcement } from "../publish/destination.ts";
import type { Manifest } from "../publish/read-manifest.ts";
import type { Rendered } from "../render/render.ts";
import { quantity } from "../report/summary.ts";

/** More names say nothing more to a reader. */
const MOST_NAMES = 20;

/** The message of a commit on the artifact branch; its trailers are for programs. */
export function announcement(manifest: Manifest, { digests }: Acceptance): Announcement {
  const { generation, commit = "", changed = [], retired = [], shards } = manifest;
  const lines = [
    `${quantity(changed.length, "shard")} of ${Object.keys(shards).length} changed${names(changed)}`,
    ...(retired.length === 0 ? [] : [`${quantity(retired.length, "shard")} left the inventory${names(retired)}`]),
  ];
  const trailers = [
    `Promgen-Generation: ${generation}`,
    `Promgen-Commit: ${commit}`,
    ...digests.map((digest) => `Promgen-Accepted: ${digest}`),
  ];
  return {
    title: `Generation ${generation} of ${commit.slice(0, 12)}`,
    body: `${lines.join("\n")}\n\n${trailers.join("\n")}\n`,
  };
}

/** That it was published, in a line. */
export function publishedWords(
  manifest: Manifest,
  rendered: Rendered,
  where: string,
  isSigned: boolean,
  seconds: number,
): string {
  const { generation, commit = "", changed = [], shards } = manifest;
  return [
    `published generation ${generation} of ${commit.slice(0, 12)} to ${where}${isSigned ? ", signed" : ""}`,
    `${changed.length} of ${quantity(Object.keys(shards).length, "shard")} changed`,
    `${quantity(rendered.targets, "target")} and ${quantity(rendered.urls, "probe target")}`,
    `${seconds.toFixed(1)} s`,
  ].join(" · ");
}

/** That nothing was, in a line. @param isPushed the remote did not have it yet */
export function keptWords({ generation, commit = "" }: Manifest, where: string, isPushed: boolean): string {
  const which = `generation ${generation}${commit === "" ? "" : ` of ${commit.slice(0, 12)}`}`;
  return isPushed ? `pushed ${which} to ${where}` : `nothing changed since ${which}: nothing was published`;
}

function names(shards: readonly string[]): string {
  if (shards.length === 0) return "";
  const more = shards.length - MOST_NAMES;
  return `: ${shards.slice(0, MOST_NAMES).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
