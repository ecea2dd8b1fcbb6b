/**
 * The process of a Prometheus that answered, and what its user may read. Only what /proc shows everybody is used; where
 * it shows nothing (another machine, hidepid), nothing is said.
 */
import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { dirname } from "node:path";

export interface PrometheusProcess {
  readonly pid: number;
  readonly uid: number;
  readonly groups: ReadonlySet<number>;
  /** It may read what its user may not: root has this right, unless it was taken from it. */
  readonly readsAll: boolean;
  /** It lives in a container: paths mean something else there. */
  readonly isElsewhere: boolean;
}

/** What `process_start_time_seconds` and /proc may differ by: both count hundredths of a second. */
const TOLERANCE = 0.1;
/** CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH (capabilities(7)). */
const READS_ALL = 0b110n;
/** USER_HZ of Linux: a constant of its interface. */
const TICKS = 100;

/**
 * Finds the process that was started at this time and, where there are several, that listens on this port.
 *
 * @param startTime `process_start_time_seconds`
 */
export async function findProcess(startTime: number, port: number): Promise<PrometheusProcess | undefined> {
  const boot = Number(/^btime (\d+)$/m.exec(await readFile("/proc/stat", "utf8").catch(() => ""))?.[1]);
  const found: { pid: number; command: string }[] = [];
  for (const name of await readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(name)) continue;
    const text = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    const end = text.lastIndexOf(")");
    if (text.slice(text.indexOf("(") + 1, end) !== "prometheus") continue;
    const started = boot + Number(text.slice(end + 2).split(" ")[19]) / TICKS;
    if (Math.abs(started - startTime) > TOLERANCE) continue;
    const command = (await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " ");
    found.push({ pid: Number(name), command });
  }
  const here = found.length > 1 ? found.filter(({ command }) => new RegExp(`:${port}( |$)`).test(command)) : found;
  const [only] = here;
  return only === undefined || here.length > 1 ? undefined : await describe(only.pid);
}

async function describe(pid: number): Promise<PrometheusProcess | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  // Of the file system: what permissions are checked against.
  const uid = /^Uid:(?:\s+\d+){3}\s+(\d+)/m.exec(status)?.[1];
  const gid = /^Gid:(?:\s+\d+){3}\s+(\d+)/m.exec(status)?.[1];
  if (uid === undefined || gid === undefined) return undefined;
  const capabilities = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  const others = /^Groups:\s*(.*)$/m.exec(status)?.[1] ?? "";
  const groups = new Set([gid, ...others.split(/\s+/).filter(Boolean)].map(Number));
  const [its, ours] = await Promise.all(
    [pid, "self"].map(async (process) => await readlink(`/proc/${process}/ns/mnt`).catch(() => undefined)),
  );
  const isElsewhere = its !== undefined && ours !== undefined && its !== ours;
  return { pid, uid: Number(uid), groups, readsAll: (capabilities & READS_ALL) !== 0n, isElsewhere };
}

/**
 * What keeps a process from reading a file, by owner and mode; undefined where nothing does. Access control lists are not
 * looked at.
 */
export async function obstacle(process: PrometheusProcess, file: string): Promise<string | undefined> {
  if (process.readsAll) return undefined;
  const READ = 4;
  const ENTER = 1;
  const ways = [{ path: file, right: READ }];
  // In a container, another way leads to the file.
  for (let at = dirname(file); !process.isElsewhere; at = dirname(at)) {
    ways.push({ path: at, right: ENTER });
    if (at === dirname(at)) break;
  }
  for (const { path, right } of ways.toReversed()) {
    const facts = await stat(path).catch(() => undefined);
    if (facts === undefined) return undefined;
    const shift = facts.uid === process.uid ? 6 : process.groups.has(facts.gid) ? 3 : 0;
    if (((facts.mode >> shift) & right) === 0)
      return `${path} (owner ${facts.uid}:${facts.gid}, mode ${(facts.mode & 0o7777).toString(8).padStart(4, "0")})`;
  }
  return undefined;
}
