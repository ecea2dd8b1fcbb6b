/** What is published beside what the manifest names: whoever asks a web server for it gets it. */
import type { PublishedFiles } from "../publish/published-place.ts";
import type { Manifest } from "../publish/read-manifest.ts";
import { sortTexts } from "../render/byte-order.ts";
import { partsOf } from "./verify-files.ts";
import type { Problem } from "./verify-files.ts";

export interface Strangers {
  /** Files at paths that agents and servers ask for. */
  readonly problems: readonly Problem[];
  /** Names of what else is there: pages of a web server, say. */
  readonly beside: readonly string[];
}

/** What was rendered again. */
export interface Rendered {
  readonly commit: string;
  /** Path → SHA-256 in hex. */
  readonly digests: ReadonlyMap<string, string>;
}

const DIRECTORIES = ["shards", "services", "projects"];
const SUMS = ["SHA256SUMS", "SHA256SUMS.sig"];
const UNNAMED = "is there, and manifest.json does not name it";
const OF_THE_WHOLE = new Set(["targets.json", "urls.json", ...SUMS]);

/**
 * Finds them where the place tells what it has: a web server does not.
 *
 * @param rendered what the commit of the manifest renders, where that is known: no manifest names the files of services and
 *   projects, which are not looked at without it
 * Throws EnvironmentError where the place cannot be read.
 */
export async function findStrangers(
  place: PublishedFiles,
  manifest: Manifest,
  rendered: Rendered | undefined,
): Promise<Strangers> {
  const paths = sortTexts([...((await place.list?.(DIRECTORIES)) ?? [])]);
  const parts = partsOf(manifest);
  const named = new Set(["manifest.json", "manifest.json.sig", ...(rendered?.digests.keys() ?? [])]);
  for (const { directory, files } of parts)
    for (const name of [...Object.keys(files), ...SUMS]) named.add(directory + name);
  const shards = new Set(parts.map(({ directory }) => directory));
  const problems = new Map<string, string>();
  const beside: string[] = [];
  for (const path of paths) {
    if (named.has(path)) continue;
    const [top = "", part] = path.split("/");
    const directory = `${top}/${part ?? ""}/`;
    if (part === undefined || part === "") {
      if (OF_THE_WHOLE.has(path)) problems.set(path, UNNAMED);
      else beside.push(path);
    } else if (top === "shards") {
      // Of another shard, the directory says it all.
      problems.set(path.startsWith(directory) && !shards.has(directory) ? directory : path, UNNAMED);
    } else if (rendered !== undefined) {
      problems.set(path, `is there, and ${rendered.commit.slice(0, 12)} does not render it`);
    }
  }
  return { problems: [...problems].map(([path, what]) => ({ path, what })), beside };
}
