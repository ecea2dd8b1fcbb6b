/** What git's words mean for whoever runs the agent. Git runs with LC_ALL=C, so they are English. */
import { Failure } from "../failure.ts";
import type { Reason } from "../failure.ts";
import type { GitPlace } from "./git-url.ts";
import { withoutUser } from "./git-url.ts";

interface Meaning {
  readonly words: RegExp;
  readonly reason: Reason;
  /** Continues the source's name. */
  readonly message: string;
  readonly help: string;
  /** Only for sources that are reached this way. */
  readonly transport?: GitPlace["transport"];
}

const MEANINGS: readonly Meaning[] = [
  {
    words: /spawn \S+ ENOENT|setsid: (failed to execute|can't execute)/,
    reason: "configuration",
    message: "cannot be read: git, or setsid of util-linux or busybox, is not installed",
    help: "install git, or use a github: or https: source, which do without",
  },
  {
    words: /unknown option|unknown switch|unrecognized argument|usage: git/,
    reason: "configuration",
    message: "cannot be read: the git of this host is too old",
    help: "install git 2.31 or newer, or use a github: or https: source",
  },
  {
    words: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    reason: "unreachable",
    message: "shows another host key than the known one",
    help: "find out why before you replace it in known_hosts of the agent's user: it may be somebody in between",
  },
  {
    words: /Host key verification failed|No \S+ host key is known/,
    reason: "unreachable",
    message: "shows a host key that is not known here",
    help: "compare its fingerprint and put it into ~/.ssh/known_hosts of the agent's user (ssh-keyscan)",
  },
  {
    words: /Permission denied \(|Too many authentication failures/,
    reason: "unauthorized",
    message: "refuses the ssh key",
    help: "give the agent's user a key that may read the repository (~/.ssh, or SSH_AUTH_SOCK)",
    transport: "ssh",
  },
  {
    words:
      /Repository not found|repository '[^']*' (not found|does not exist)|does not appear to be a git repository|returned error: 404/,
    reason: "unreachable",
    message: "is not a repository, or one that these credentials do not show",
    help: "check the address and, for a private repository, the credentials",
  },
  {
    words: /could not read (Username|Password)|Authentication failed|returned error: 401/,
    reason: "unauthorized",
    message: "refuses the credentials",
    help: "see --credentials; GitHub and GitLab want basic:FILE, with `x-access-token:` or `oauth2:` before the token",
  },
  {
    words: /returned error: 407|HTTP code 407|CONNECT tunnel failed, response 407/,
    reason: "unauthorized",
    message: "is behind a proxy that wants credentials",
    help: "put them into HTTPS_PROXY, or name the host in NO_PROXY",
  },
  {
    // What curl quotes of it may be the password.
    words: /Unsupported proxy (syntax|scheme)/,
    reason: "configuration",
    message: "cannot be read: the variable that names its proxy holds no URL of one",
    help: "write HTTPS_PROXY as http://[user:password@]host:port, with special characters percent-encoded",
  },
  {
    words: /returned error: 403/,
    reason: "unauthorized",
    message: "does not allow these credentials to read it",
    help: "give them the right to read the repository",
  },
  {
    words: /returned error: 429/,
    reason: "throttled",
    message: "is asked too often",
    help: "ask less often, or through a mirror",
  },
  {
    words: /returned error: 30\d|redirect/i,
    reason: "redirect",
    message: "redirects, and git would take the credentials along",
    help: "name the last URL as --source",
  },
  {
    words: /dubious ownership/,
    reason: "permission",
    message: "belongs to another user, so git does not read it",
    help: "serve it over ssh or https, or let it belong to the agent's user",
  },
  {
    words: /No space left on device|Disk quota exceeded/,
    reason: "disk-full",
    message: "does not fit on the disk of the state directory",
    help: "make room there",
  },
  {
    words: /certificate subject name/i,
    reason: "unreachable",
    message: "has a certificate for another name",
    help: "use the name that the certificate is for",
    transport: "https",
  },
  {
    words: /certificate (has expired|is not yet valid)/i,
    reason: "unreachable",
    message: "has a certificate that is not valid at this time",
    help: "renew it; or set this host's clock, where that is wrong",
    transport: "https",
  },
  {
    words: /certificate/i,
    reason: "unreachable",
    message: "has no certificate that is trusted here",
    help: "name a private authority with --ca",
    transport: "https",
  },
  {
    words: /fsck error|hasDot|fullPathname|badTree|\bin tree [0-9a-f]+\b/,
    reason: "invalid",
    message: "has a commit that git does not accept as sound",
    help: "publish it again; `git fsck` in the repository says what is wrong with it",
  },
];

/** These say that the other side, or the way to it, failed: our clone is as good as before. */
const ELSEWHERE =
  /unable to access|[Cc]ould not resolve|[Cc]onnection (refused|reset|closed|timed out)|[Tt]imed out|No route to host|Network is unreachable|hung up|early EOF|unexpected disconnect|Could not read from remote|RPC failed|kex_exchange|remote error|expected flush/;

/** Whether the words may come from a clone that is damaged, rather than from the other side. */
export function mayBeDamage(words: string): boolean {
  return !ELSEWHERE.test(words) && !MEANINGS.some((meaning) => meaning.words.test(words));
}

/**
 * The failure that git's words stand for.
 *
 * @param secret is taken out of what is quoted
 */
export function gitFailure(words: string, place: GitPlace, secret: string | undefined): Failure {
  const meaning = MEANINGS.find(
    ({ words: pattern, transport }) =>
      pattern.test(words) && (transport === undefined || transport === place.transport),
  );
  if (meaning === undefined) {
    return new Failure("unreachable", `${place.label} cannot be read: ${tellingLine(words, secret)}`, {
      help: "see whether `git ls-remote` as the agent's user can",
    });
  }
  const { reason, message, help } = meaning;
  return new Failure(reason, `${place.label} ${message}`, { help });
}

/** The line that says most: git's own last word, without its prefix, or that of ssh, where git has nothing to add. */
function tellingLine(words: string, secret: string | undefined): string {
  const lines = words
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const own = lines.findIndex((text) => /^(fatal|error|ERROR):/.test(text));
  const ofSsh = lines[own]?.includes("Could not read from remote repository") === true ? lines[own - 1] : undefined;
  const line = ofSsh ?? lines[own] ?? lines.at(-1) ?? "it gave no reason";
  return withoutSecret(line.replace(/^(fatal|error|ERROR):\s*/, ""), secret).slice(0, 300);
}

function withoutSecret(text: string, secret: string | undefined): string {
  const shown = secret === undefined ? text : text.replaceAll(secret, "…").replaceAll(secret.replace(/^\S+ /, ""), "…");
  // Once for each word: the other side may send one of 60,000 letters.
  return shown.replace(/(?<!\S)\S+:\/\/\S+/g, withoutUser);
}
