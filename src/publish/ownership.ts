/**
 * Whether a directory holds nothing but our artifacts, so that it may be replaced as a whole.
 */
import { join } from "node:path";

export interface DirectoryReader {
  list(path: string): string[];
  read(path: string): string;
}

const ROOT_FILES = new Set([
  "manifest.json",
  "manifest.json.sig",
  "targets.json",
  "urls.json",
  "SHA256SUMS",
  "SHA256SUMS.sig",
]);
const SHARD_FILES = new Set(["targets.json", "urls.json", "scrape-config.yml", "SHA256SUMS", "SHA256SUMS.sig"]);
const PART_FILES = new Set(["targets.json"]);
const DIRECTORIES: Readonly<Record<string, ReadonlySet<string>>> = {
  shards: SHARD_FILES,
  services: PART_FILES,
  projects: PART_FILES,
};

/** The first thing that is not ours; `undefined` where everything is, as in an empty directory. */
export function foreignContent(directory: string, reader: DirectoryReader): string | undefined {
  const names = reader.list(directory);
  if (names.length === 0) return undefined;
  for (const name of names) {
    const allowed = DIRECTORIES[name];
    if (allowed === undefined) {
      if (!ROOT_FILES.has(name)) return name;
      continue;
    }
    for (const part of reader.list(join(directory, name))) {
      const foreign = reader.list(join(directory, name, part)).find((file) => !allowed.has(file));
      if (foreign !== undefined) return `${name}/${part}/${foreign}`;
    }
  }
  return names.includes("manifest.json") && isManifest(reader.read(join(directory, "manifest.json")))
    ? undefined
    : (names[0] ?? "");
}

function isManifest(text: string): boolean {
  try {
    const manifest = JSON.parse(text) as { generator?: unknown } | null;
    return typeof manifest?.generator === "string" && manifest.generator.startsWith("promgen-gen ");
  } catch {
    return false;
  }
}
