/** Which repository and branch a `git+…` source means. */
import { Failure } from "../failure.ts";
import { isLoopback } from "./address.ts";

const TRANSPORTS = ["https", "ssh", "file", "http"] as const;
export type GitTransport = (typeof TRANSPORTS)[number];

const DEFAULT_BRANCH = "artifacts";

export interface GitPlace {
  readonly transport: GitTransport;
  /** What git is asked for: without the branch. It holds no secret. */
  readonly url: string;
  readonly branch: string;
  /** For people: without user and password. */
  readonly label: string;
}

/**
 * Reads `git+https://host/repository.git#branch`, and the same with `git+ssh:`, `git+file:` and `git+http:`.
 *
 * @throws {Failure} `configuration`; other transports are refused, above all `ext::`, which runs a command
 */
export function parseGitUrl(source: string, allowHttp: boolean): GitPlace {
  const [address = "", fragment] = source.split("#", 2);
  const transport = TRANSPORTS.find((name) => address.startsWith(`git+${name}://`));
  if (transport === undefined || !URL.canParse(address.slice("git+".length))) {
    // Nothing of it is shown: where it cannot be read, nobody knows what of it is a password.
    throw bad(
      "a git source is not one that git may be asked for",
      "write git+https://, git+ssh:// or git+file:///, then #branch",
    );
  }
  const url = new URL(address.slice("git+".length));
  assertSound(url, transport, allowHttp);
  return {
    transport,
    url: url.href,
    branch: branchOf(fragment),
    label: `git+${withoutUser(url.href)}#${branchOf(fragment)}`,
  };
}

function assertSound(url: URL, transport: GitTransport, allowHttp: boolean): void {
  if (transport === "file" && (url.host !== "" || url.pathname === "/")) {
    throw bad("a git+file source names a host, or no path", "write git+file:///path/to/repository.git#branch");
  }
  if (transport !== "file" && url.host === "") {
    throw bad("a git source names no host", "write git+https://host/repository.git#branch");
  }
  // ssh would take it for an option. Git undoes the encoding before ssh is told.
  if ([url.hostname, url.username].some((part) => /^(?:-|%2d)/i.test(part))) {
    throw bad("the host or the user of a git source begins with `-`", "write git+ssh://git@host/repository.git#branch");
  }
  // The user of ssh is part of the address. All else would be shown by `ps`, once git is told; and so would a query.
  if (url.password !== "" || url.search !== "" || (url.username !== "" && transport !== "ssh")) {
    throw bad(
      `the source at ${url.host} has credentials or a query in its URL`,
      "write them into a file and name it with --credentials",
    );
  }
  if (transport === "http" && !allowHttp && !isLoopback(url.hostname)) {
    throw bad(`git+http://${url.host} is not encrypted`, "use git+https://, or say --allow-http");
  }
}

/**
 * The branch that the part after `#` names; `artifacts` where there is none. It must fit the rules of
 * `git check-ref-format`, which keep it from being an option, or leading to another ref.
 *
 * @throws {Failure} `configuration`
 */
export function branchOf(fragment: string | undefined): string {
  const branch = fragment === undefined || fragment === "" ? DEFAULT_BRANCH : decode(fragment);
  // oxlint-disable-next-line no-control-regex -- they are what is refused
  const isBad = /[\u0000- \u007F~^:?*[\\]|\.\.|@\{|\/\/|^[-/.]|\/\.|[/.]$|\.lock(\/|$)/.test(branch);
  if (isBad || branch === "@")
    throw bad("the branch of a source is not a name that git takes", "name an existing branch after the #");
  return branch;
}

function decode(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

/** An address without user and password, whether it can be read as a URL or not. */
export function withoutUser(address: string): string {
  return address.replace(/\/\/[^/]*@/, "//");
}

function bad(message: string, help: string): Failure {
  return new Failure("configuration", message, { help });
}
