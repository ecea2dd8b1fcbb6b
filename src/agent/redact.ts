/** The last net for secrets: whoever writes a message leaves them out, and what slips through ends here. */
import { readFileSync } from "node:fs";

const HIDDEN = "[secret]";

/** What looks like a secret wherever it stands: what to keep before it, and the secret. */
const SHAPES: readonly RegExp[] = [
  // https://user:password@host, and a password with an @ to its end; but not those very words, with which we say how to
  // write one, or user alone. A scheme is looked for once at each run of its characters.
  /((?<![a-z0-9+.-])[a-z0-9+.-]+:\/\/)(?!\[?user(?::password)?@[^\s/?#"'@]*(?:[\s/?#"']|$))[^\s/?#"']+(?=@)/gi,
  /(\b(?:Bearer|Basic)\s+)[A-Za-z0-9+/=._~-]{6,}/gi,
  /(\bauthorization["']?\s*[:=]\s*["']?)(?!Bearer|Basic|\[)[^\s"',;]+/gi,
  /([?&](?:access_token|token|sig|signature|key|password|secret|x-amz-[a-z-]+)=)[^\s&"'#]+/gi,
  // Tokens of GitHub and GitLab.
  /(\b)(?:gh[a-z]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|glpat-[\w-]{16,})/g,
  /(-----BEGIN [A-Z ]*PRIVATE KEY-----)[^-]+/g,
];

/** Shorter than this, a secret would hide parts of ordinary words. */
const SHORTEST = 6;

/**
 * @param paths files of secrets: a token, or `user:password`; read again each time, for they rotate
 * @returns takes secrets out of a text
 */
export function redactor(paths: readonly string[]): (text: string) => string {
  return (text) => {
    let kept = text;
    // The longest first, or one that another one begins with would leave the rest of that.
    const secrets = paths.flatMap(secretsIn).sort((a, b) => b.length - a.length);
    for (const secret of secrets) kept = kept.replaceAll(secret, HIDDEN);
    for (const shape of SHAPES) kept = kept.replace(shape, `$1${HIDDEN}`);
    return kept;
  };
}

/** In every form in which it could be quoted. */
function secretsIn(path: string): readonly string[] {
  let content: string;
  try {
    content = readFileSync(path, "utf8").trim();
  } catch {
    // Whoever needs the file says what is wrong with it.
    return [];
  }
  const password = content.slice(content.indexOf(":") + 1);
  return [content, password]
    .flatMap((secret) => [Buffer.from(secret).toString("base64"), encodeURIComponent(secret), secret])
    .filter((secret) => secret.length >= SHORTEST);
}
