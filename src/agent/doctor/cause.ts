/**
 * Why a Prometheus has not read a file, in words. What is certain comes first. All of it can be seen from the host; what is
 * said of file_sd is in Prometheus' discovery/file/file.go.
 */
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, posix } from "node:path";
import type { Expected } from "../prometheus/prometheus.ts";
import { isMatch } from "../prometheus/seen-path.ts";
import { date } from "./memory.ts";
import { mountsOf } from "./mounts.ts";
import type { FoundFile } from "./place.ts";
import { obstacle } from "./prometheus-process.ts";
import type { RowId } from "./row.ts";
import type { Seen } from "./seen.ts";

export interface Cause {
  readonly id: RowId;
  readonly what: string;
  readonly help: string;
}

/** The first cause that explains it. */
export async function causeOf(seen: Seen, expected: Expected, file: FoundFile): Promise<Cause> {
  const mtime = seen.names.mtime(seen.look, expected);
  return (
    (mtime === undefined ? await notConfigured(seen, expected, file) : undefined) ??
    (await unreadable(seen, file)) ??
    (await mountedAlone(seen, expected)) ??
    (await linked(seen, expected)) ??
    (await madeLater(seen, expected)) ??
    broken(seen, expected) ??
    unknown(seen, expected, mtime)
  );
}

/** No file_sd config has this path: another path, or another server. */
async function notConfigured(seen: Seen, expected: Expected, file: FoundFile): Promise<Cause | undefined> {
  const { base, config, names } = seen;
  const { path, name } = expected;
  const twin = await findTwin(seen, expected, file);
  if (twin !== undefined)
    return {
      id: "config",
      what: `${base} has read this very file as ${twin}, not as ${path}`,
      help: `say --prometheus-${name === "urls.json" ? "urls-" : ""}path ${twin}`,
    };
  if (config === undefined || config.isPartial) return undefined;
  const patterns = config.readers.flatMap((reader) => reader.patterns);
  if (patterns.some((pattern) => isMatch(pattern, path, names.cwd))) return undefined;
  const similar = patterns.filter((pattern) => basename(pattern) === basename(path));
  return {
    id: "config",
    what: `no file_sd config of ${base} has ${path}${patterns.length === 0 ? "" : `: they have ${patterns.slice(0, 5).join(", ")}`}`,
    help:
      similar.length > 0
        ? `say --prometheus-path ${similar[0]} where that is the same file, as Prometheus sees it; or name ${path} in file_sd_configs`
        : "include scrape-config.yml in prometheus.yml and reload; or give --prometheus the address of the server that has it",
  };
}

/** The name by which the server has read the file: of the same second, and not another file of this host. */
async function findTwin(
  { look, process }: Seen,
  { path, mtime }: Expected,
  file: FoundFile,
): Promise<string | undefined> {
  const ours = await stat(file.path).catch(() => undefined);
  for (const [called, seen] of look.mtimes) {
    if (seen !== mtime || basename(called) !== basename(path)) continue;
    const its = process?.isElsewhere === true ? undefined : await stat(called).catch(() => undefined);
    if (its === undefined || (its.ino === ours?.ino && its.dev === ours.dev)) return called;
  }
  return undefined;
}

async function unreadable({ base, process }: Seen, { path }: FoundFile): Promise<Cause | undefined> {
  const what = process === undefined ? undefined : await obstacle(process, path);
  if (process === undefined || what === undefined) return undefined;
  return {
    id: "access",
    what: `the user of ${base} (uid ${process.uid}) may not read ${path}: ${what} is in its way`,
    help: "see --mode and --owner, then run promgen-agent sync: chmod alone does not make Prometheus read it again",
  };
}

async function mountedAlone({ base, process }: Seen, { path }: Expected): Promise<Cause | undefined> {
  const mounts = process === undefined ? undefined : await mountsOf(process.pid);
  if (mounts?.has(path) !== true) return undefined;
  return {
    id: "bind-mount",
    what: `${path} is mounted by itself for ${base}: a file that replaces it is never seen there`,
    help: "mount the directory instead of the file, then restart Prometheus",
  };
}

async function linked({ base, process }: Seen, { path }: Expected): Promise<Cause | undefined> {
  if (process?.isElsewhere === true || !path.startsWith("/")) return undefined;
  const directory = posix.dirname(path);
  const real = await realpath(directory).catch(() => directory);
  if (real === directory) return undefined;
  return {
    id: "symlink",
    what: `${base} reads ${path} through a symbolic link to ${real}, and does not notice when the link changes`,
    help: `name ${real} in file_sd_configs; until then it looks again only at its refresh_interval`,
  };
}

/** A directory that is not there is not watched, and nobody looks for it before refresh_interval is over. */
async function madeLater({ base, look, process }: Seen, { path }: Expected): Promise<Cause | undefined> {
  if (process?.isElsewhere === true || look.startTime === undefined || !path.startsWith("/")) return undefined;
  const facts = await stat(dirname(path)).catch(() => undefined);
  // File systems that do not know when something was made say nothing, or when it was last changed.
  if (facts === undefined || facts.birthtimeMs === 0 || facts.birthtimeMs === facts.ctimeMs) return undefined;
  const made = facts.birthtimeMs / 1000;
  if (made <= look.startTime) return undefined;
  return {
    id: "directory",
    what: `${dirname(path)} was made on ${date(made)}, after ${base} had started (${date(look.startTime)}): it does not watch it`,
    help: "restart Prometheus; let what installs the agent make the directory first",
  };
}

function broken({ base, look }: Seen, { path }: Expected): Cause | undefined {
  if ((look.readErrors ?? 0) === 0) return undefined;
  return {
    id: "read",
    what: `${base} has not read ${path} as it is, and counts ${look.readErrors} errors with files that it reads`,
    help: "see its log for `Error reading file`",
  };
}

function unknown({ base, config }: Seen, { path }: Expected, mtime: number | undefined): Cause {
  if (mtime !== undefined)
    return {
      id: "read",
      what: `${base} has ${path} of ${date(mtime)}, and did not notice the change`,
      help: "run promgen-agent sync; where that does not help, restart Prometheus",
    };
  return {
    id: "read",
    what: `${base} shows no sign of ${path}${config?.isPartial === true ? ", and does not show all of its scrape configs" : ""}`,
    help: "see that --prometheus is the server of these targets and its file_sd_configs have this path; then run promgen-agent sync",
  };
}
