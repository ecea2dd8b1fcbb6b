/** Where a path is mounted, as `/proc/<pid>/mountinfo` says it (proc(5)). */
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";

export interface Mount {
  readonly point: string;
  /** The path within the file system that is mounted there. */
  readonly root: string;
  readonly type: string;
}

/** Later mounts on a point hide earlier ones, so the last one counts. */
export function readMounts(mountinfo: string): ReadonlyMap<string, Mount> {
  const mounts = new Map<string, Mount>();
  for (const line of mountinfo.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const [, , , root, point] = before.split(" ");
    const [type] = after.split(" ");
    if (root !== undefined && point !== undefined && type !== undefined)
      mounts.set(plain(point), { point: plain(point), root: plain(root), type });
  }
  return mounts;
}

/** What a process sees mounted; undefined where we may not look. */
export async function mountsOf(process: number | "self"): Promise<ReadonlyMap<string, Mount> | undefined> {
  return await readFile(`/proc/${process}/mountinfo`, "utf8").then(readMounts, () => undefined);
}

/** The mount that a path lies in. */
export function mountOf(mounts: ReadonlyMap<string, Mount>, path: string): Mount | undefined {
  for (let at = path; ; at = dirname(at)) {
    const mount = mounts.get(at);
    if (mount !== undefined || at === dirname(at)) return mount;
  }
}

/** Space, tab, newline and backslash are octal there. */
function plain(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** Others' changes on these are not told to who watches a directory here (inotify(7)). */
export function isRemote(type: string): boolean {
  return /^(nfs4?|cifs|smb3|9p|ceph|glusterfs|fuse\..*|fuse|afs|virtiofs)$/.test(type);
}
