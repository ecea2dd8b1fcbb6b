/** What the kernel answers about files → why a run ends, and what to do about it. */
import { constants } from "node:os";
import { Failure } from "../failure.ts";
import type { Reason } from "../failure.ts";

interface Answer {
  readonly reason: Reason;
  readonly words: string;
  readonly help: string;
}

const PERMISSION_HELP =
  "check owner and mode of the file and of the directories above it, and ReadWritePaths= where a systemd unit runs promgen-agent";

const ANSWERS: Readonly<Record<string, Answer>> = {
  ENOSPC: {
    reason: "disk-full",
    words: "no space or no inode is left on the file system",
    help: "free some space there; the next run tries again",
  },
  EDQUOT: {
    reason: "disk-full",
    words: "the disk quota is used up",
    help: "free some space or raise the quota of the user that runs promgen-agent",
  },
  EACCES: { reason: "permission", words: "permission denied", help: PERMISSION_HELP },
  EPERM: {
    reason: "permission",
    words: "operation not permitted",
    help: `look for an immutable file or directory with lsattr; ${PERMISSION_HELP}`,
  },
  EROFS: {
    reason: "permission",
    words: "the file system is read-only",
    help: "mount it for writing, or list it in ReadWritePaths= where a systemd unit runs promgen-agent",
  },
  ELOOP: {
    reason: "unsafe-path",
    words: "it is a symbolic link",
    help: "remove the link: promgen-agent never follows one there",
  },
  ENOTDIR: {
    reason: "unsafe-path",
    words: "a part of the path is not a directory, or a symbolic link",
    help: "move that away, or choose another path",
  },
  EISDIR: { reason: "unsafe-path", words: "it is a directory", help: "move it away, or choose another path" },
  EXDEV: {
    reason: "disk",
    words: "it lies on another file system, so that no rename can put it in place",
    help: "remove the mount: .promgen-agent must lie on the file system of the directory that it is in",
  },
  EBUSY: {
    reason: "disk",
    words: "it is a mount point",
    help: "mount its directory instead of the single file: a mounted file can never be replaced at one stroke",
  },
  EMFILE: {
    reason: "disk",
    words: "this process has too many open files",
    help: "raise the limit of open files (ulimit -n, LimitNOFILE=)",
  },
  ENFILE: {
    reason: "disk",
    words: "this host has too many open files",
    help: "find out which process leaks them, or raise fs.file-max",
  },
  EIO: {
    reason: "disk",
    words: "the disk reports an input/output error",
    help: "look for the disk's errors in the kernel log (dmesg); nothing that it may have damaged was put in place",
  },
  ENOENT: {
    reason: "disk",
    words: "it is not there any more",
    help: "find out who removes files or directories of promgen-agent; the next run makes them again",
  },
};

/**
 * Does something to files; what the kernel refuses becomes a {@link Failure}.
 *
 * @param what deed and path, such as `write /etc/prometheus/promgen/targets.json`
 */
export function attempt<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const code = codeOf(error);
    if (error instanceof Failure || code === undefined) throw error;
    const { reason, words, help } = ANSWERS[code] ?? { reason: "disk", words: code, help: undefined };
    const more = { cause: error, ...(help === undefined ? {} : { help }) };
    throw new Failure(reason, `cannot ${what}: ${words}${words === code ? "" : ` (${code})`}`, more);
  }
}

/** Tries to tidy up. What goes wrong is left to the next run: it must not hide why there is something to tidy up. */
export function tryTo(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Failure) && codeOf(error) === undefined) throw error;
  }
}

/** For what is as good as lost where the kernel does not give it. */
export function onlyFailure(error: unknown): undefined {
  if (!(error instanceof Failure)) throw error;
}

/** The name that the kernel gives its answer; undefined for an error that is not the kernel's. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("syscall" in error && "code" in error && "errno" in error)) return undefined;
  // Node has no name for a used-up quota, of all things, and gives one of several strange codes.
  return error.errno === -constants.errno.EDQUOT ? "EDQUOT" : String(error.code);
}
