/** The system calls of a program that change files, as strace writes them down. */

/** What changes files. The second column says which argument names the file: a path, or a descriptor. */
export const CHANGES: Readonly<Record<string, "path" | "descriptor">> = {
  openat: "path",
  mkdir: "path",
  mkdirat: "path",
  rename: "path",
  renameat: "path",
  renameat2: "path",
  unlink: "path",
  unlinkat: "path",
  rmdir: "path",
  link: "path",
  linkat: "path",
  symlink: "path",
  symlinkat: "path",
  chmod: "path",
  fchmodat: "path",
  truncate: "path",
  write: "descriptor",
  writev: "descriptor",
  pwrite64: "descriptor",
  fchmod: "descriptor",
  fchown: "descriptor",
  utimensat: "descriptor",
  ftruncate: "descriptor",
  fsync: "descriptor",
  fdatasync: "descriptor",
};

/** One system call that changes something below the directory of a run. */
export interface Call {
  readonly name: string;
  /** Which of the main thread's calls of that name it is, from 1. */
  readonly nth: number;
  /** Which of those calls of that name that change the same, from 1. */
  readonly occurrence: number;
  /** Paths of what it changes, relative to the directory; of a rename from and to. */
  readonly paths: readonly string[];
  /** What was written, as strace prints it. */
  readonly text: string;
}

export function show({ name, nth, paths }: Call): string {
  return `${name} ${paths.join(" → ")} (number ${nth})`;
}

/** Takes the lines of a log one after another. Gives the call of a line, where that changes something below a directory. */
export function callReader(directory: string): (line: string) => Call | undefined {
  const counts = new Map<string, number>();
  const opened = new Map<string, string>();
  const occurrences = new Map<string, number>();
  const next = (counted: Map<string, number>, key: string): number => {
    const count = (counted.get(key) ?? 0) + 1;
    counted.set(key, count);
    return count;
  };
  const absolute = (path: string): string => {
    const [, fd, rest = ""] = /^\/proc\/self\/fd\/(\d+)(\/.*)?$/.exec(path) ?? [];
    return fd === undefined ? path : `${opened.get(fd) ?? "?"}${rest}`;
  };
  return (line) => {
    const [, name = "", rest = ""] = /^(?:\d+\s+)?(\w+)\((.*)$/.exec(line) ?? [];
    const kind = CHANGES[name];
    if (kind === undefined) return undefined;
    const nth = next(counts, name);
    const [, fd = "", path = ""] = / = (\d+)<([^>]*)>(?: \(INJECTED\))?$/.exec(rest) ?? [];
    if (name === "openat" && !/O_CREAT|O_WRONLY|O_RDWR|O_TRUNC/.test(rest)) {
      opened.set(fd, path);
      return undefined;
    }
    const named =
      kind === "path"
        ? [...rest.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) => absolute(text))
        : [pathOf(rest)];
    if (name === "openat") opened.set(fd, path);
    const below = named.filter((one) => one.startsWith(`${directory}/`));
    if (below.length === 0) return undefined;
    const paths = below.map((one) => one.slice(directory.length + 1));
    return { name, nth, occurrence: next(occurrences, [name, ...paths].join("\0")), paths, text: rest };
  };
}

/** The path that strace prints with a descriptor. */
function pathOf(rest: string): string {
  return /^\d+<([^>]*)>/.exec(rest)?.[1] ?? "";
}
