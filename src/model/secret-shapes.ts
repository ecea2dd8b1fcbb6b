/**
 * What secrets look like. Shapes come from those who issue them:
 * https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/,
 * https://docs.gitlab.com/security/tokens/#token-prefixes, https://docs.slack.dev/authentication/tokens/,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes,
 * https://www.rfc-editor.org/rfc/rfc7519 (JWT), https://www.rfc-editor.org/rfc/rfc7468 (PEM).
 */
import { showText } from "./show-text.ts";

const TOKENS: readonly (readonly [shape: RegExp, name: string])[] = [
  [/\bgh[pousr]_[A-Za-z0-9]{16,}/, "a GitHub token"],
  [/\bgithub_pat_[A-Za-z0-9_]{16,}/, "a GitHub token"],
  [/\bgl(?:pat|dt|rt|ptt|cbt|ft)-[A-Za-z0-9_-]{16,}/, "a GitLab token"],
  [/\bxox[abeoprs]-[A-Za-z0-9-]{10,}/, "a Slack token"],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/, "an AWS access key"],
  [/\bAIza[A-Za-z0-9_-]{30,}/, "a Google API key"],
  [/\b[sr]k_live_[A-Za-z0-9]{16,}/, "a Stripe key"],
  [/\bnpm_[A-Za-z0-9]{30,}/, "an npm token"],
  [/\bhv[sbr]\.[A-Za-z0-9_-]{20,}/, "a Vault token"],
  [/\bgl(?:sa|c)_[A-Za-z0-9_=+/]{24,}/, "a Grafana token"],
  [/\beyJ[A-Za-z0-9_-]{8,1000}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/, "a JSON web token"],
  [/-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY[^`]*/, "a private key"],
];
const HIDDEN = "…";
/** A quick look at whether any of the above, or of the two below, can match. */
const MAY_MATCH = /gh[pousr]_|github_pat_|gl[a-z]+[-_]|xox|AKIA|ASIA|AIza|k_live_|npm_|hv[sbr]\.|eyJ|-----BEGIN|@|=/;

const USERINFO = /[a-z][a-z0-9+.-]{0,20}:\/\/[^/?#\s:@]*:(?<secret>[^/?#\s@]+)@/gi;
const ASSIGNMENT = /(?<![A-Za-z0-9])(?<name>[A-Za-z0-9_.-]{2,40})=(?<secret>[^&;,\s"'`<>#]+)/g;

/** The same as YAML writes it. A value ends where brackets or the backtick of a message do. */
const ENTRY =
  /(?<![A-Za-z0-9])(?<name>[A-Za-z0-9_.-]{0,40}(?:pass(?:word|wd|phrase)|pwd|token|secret|key|bearer))["']?\s*:\s+(?:"(?<double>[^"]+)|'(?<single>[^']+)|(?<secret>[^\s"'`,\]}][^`,\]}]*))/gi;
const MAY_BE_ENTRY = /(?:pass(?:word|wd|phrase)|pwd|token|secret|key|bearer)["']?\s*:/i;

const PASSWORD_NAME = /(?:^|[_.-])(?:password|passwd|passphrase|pwd)$/i;
const SECRET_NAME = /(?:^|[_.-])(?:token|secret|(?:api|access|auth|private|secret)[_.-]?key|bearer)$/i;
/** What stands for a secret, or says that there is none. */
const PLACEHOLDER =
  /^(?:[$%{<[(].*|\*+|x+|\.+|true|false|yes|no|on|off|none|null|required|redacted|changeme|example)$/i;
/** A word, or several in camel case, with a year or a number at the end perhaps. */
const WORD = /^(?:[A-Z]?[a-z]{1,15}(?:[A-Z][a-z]{2,15}){0,3}|[A-Z]{1,15})\d{0,4}$/;

/** What a text holds that looks like a secret, named with its article and without showing it; `undefined` for nothing. */
export function findSecret(text: string): string | undefined {
  if (text.length < 4 || !MAY_MATCH.test(text)) return undefined;
  const token = TOKENS.find(([shape]) => shape.test(text));
  if (token !== undefined) return token[1];
  for (const { groups } of text.matchAll(USERINFO))
    if (!PLACEHOLDER.test(groups?.["secret"] ?? "")) return "a user's password";
  for (const { groups } of text.matchAll(ASSIGNMENT)) {
    const found = findNamedSecret(groups?.["name"] ?? "", decodePercent(groups?.["secret"] ?? ""));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The same as findSecret for a value whose name says that it is a secret; plain words such as `vault-prod` are none. */
export function findNamedSecret(name: string, value: string): string | undefined {
  const isPassword = PASSWORD_NAME.test(name);
  if (!(isPassword || SECRET_NAME.test(name)) || PLACEHOLDER.test(value)) return undefined;
  if (isPassword) return value.length >= 4 ? "a password" : undefined;
  if (!looksRandom(value)) return undefined;
  return /key$/i.test(name) ? "a key" : /secret$/i.test(name) ? "a secret" : "a token";
}

function looksRandom(value: string): boolean {
  return value.split(/[-_.:/ ]+/).some((part) => part.length >= 6 && !WORD.test(part));
}

/** True for a line of a file that must not be shown as it is. */
export function holdsSecret(line: string): boolean {
  return withoutSecrets(line) !== line;
}

/**
 * A line of a file, or what is said of it, with `…` for all that findSecret finds, and for values that have the name of a
 * secret: `password: …`. The text itself where there is none.
 */
export function withoutSecrets(text: string): string {
  const mayBeEntry = MAY_BE_ENTRY.test(text);
  if (!mayBeEntry && findSecret(text) === undefined) return text;
  let shown = text;
  for (const [shape] of TOKENS) shown = shown.replaceAll(new RegExp(shape, "g"), HIDDEN);
  shown = hideMatches(shown, USERINFO, ({ secret = "" }) => (PLACEHOLDER.test(secret) ? undefined : secret));
  shown = hideMatches(shown, ASSIGNMENT, ({ name = "", secret = "" }) =>
    findNamedSecret(name, decodePercent(secret)) === undefined ? undefined : secret,
  );
  return hideMatches(shown, ENTRY, ({ name = "", double, single, secret }) => {
    const value = double ?? single ?? secret?.trimEnd() ?? "";
    return findNamedSecret(name, value) === undefined ? undefined : value;
  });
}

/** @param secretOf the part of a match that must not be shown, which is at its end or before a sign; `undefined` for none */
function hideMatches(
  text: string,
  shape: RegExp,
  secretOf: (groups: Readonly<Record<string, string | undefined>>) => string | undefined,
): string {
  return text.replaceAll(shape, (match: string, ...parts: unknown[]) => {
    const secret = secretOf(parts.at(-1) as Readonly<Record<string, string | undefined>>);
    if (secret === undefined) return match;
    const at = match.lastIndexOf(secret);
    return match.slice(0, at) + HIDDEN + match.slice(at + secret.length);
  });
}

/** A label's value inside a message, unless it looks like a secret. */
export function showValue(name: string, value: string): string {
  const isSecret = findSecret(value) !== undefined || findNamedSecret(name, value) !== undefined;
  return isSecret ? "a value that is not shown here" : showText(value);
}

/** Text with its `%xx` decoded; as it is where they are no UTF-8. */
export function decodePercent(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
