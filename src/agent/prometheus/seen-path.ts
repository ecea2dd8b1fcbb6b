/** Files as the server calls them: as it is configured, absolute, or relative to its working directory. */
import { posix } from "node:path";

/** @param cwd of the server, where it is known */
export function isSamePath(called: string, path: string, cwd: string | undefined): boolean {
  return posix.normalize(called) === posix.normalize(path) || absolute(called, cwd) === absolute(path, cwd);
}

/**
 * Whether an entry of `files:` stands for this path. Only its last part can have wildcards, as Prometheus demands
 * (https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config).
 */
export function isMatch(pattern: string, path: string, cwd: string | undefined): boolean {
  const { dir, base } = posix.parse(absolute(path, cwd));
  const seen = posix.parse(absolute(pattern, cwd));
  if (seen.dir !== dir) return false;
  // Go's filepath.Match: a star matches dot-files, too. Classes are left out: nobody writes them there.
  const source = seen.base
    .replace(/[\\^$.|+(){}[\]]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${source}$`, "su").test(base);
}

function absolute(path: string, cwd: string | undefined): string {
  return path.startsWith("/") || cwd === undefined ? posix.normalize(path) : posix.join(cwd, path);
}
