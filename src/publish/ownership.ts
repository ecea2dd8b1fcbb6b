/**
 * Whether a directory holds nothing but our artifacts, so that it may be replaced as a whole.
 */
import { join } from "node:path";

export interface DirectoryReader {
  /** What a directory holds; a symbolic link is no directory. */
  list(path: string): { readonly name: string; readonly isDirectory: boolean }[];
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
const DIRECTORIES = new Map<string, ReadonlySet<string>>([
  ["shards", SHARD_FILES],
  ["services", PART_FILES],
  ["projects", PART_FILES],
]);

/** The first thing that is not ours; `undefined` where everything is, as in an empty directory. */
export function foreignContent(directory: string, reader: DirectoryReader): string | undefined {
  const entries = reader.list(directory);
  if (entries.length === 0) return undefined;
  for (const { name, isDirectory } of entries) {
    const allowed = DIRECTORIES.get(name);
    if (isDirectory ? allowed === undefined : !ROOT_FILES.has(name)) return name;
    if (allowed === undefined) continue;
    for (const part of reader.list(join(directory, name))) {
      if (!part.isDirectory) return `${name}/${part.name}`;
      const files = reader.list(join(directory, name, part.name));
      const foreign = files.find((file) => file.isDirectory || !allowed.has(file.name));
      if (foreign !== undefined) return `${name}/${part.name}/${foreign.name}`;
    }
  }
  // Without a manifest that we wrote, the others may be anybody's.
  const hasManifest = entries.some(({ name }) => name === "manifest.json");
  return hasManifest && isManifest(reader.read(join(directory, "manifest.json")))
    ? undefined
    : (entries[0]?.name ?? "");
}

function isManifest(text: string): boolean {
  try {
    const manifest = JSON.parse(text) as { generator?: unknown } | null;
    return typeof manifest?.generator === "string" && manifest.generator.startsWith("promgen-gen ");
  } catch {
    return false;
  }
}
