/**
 * Names of shards, farms, services and projects: they become label values, file names and parts of URLs.
 */

export const MAX_NAME_LENGTH = 128;

const PLAIN_NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?$/;

/** What is wrong with a name, for the end of a sentence; `undefined` where nothing is. */
export function nameProblem(name: string): string | undefined {
  if (name.length <= MAX_NAME_LENGTH && PLAIN_NAME.test(name)) return undefined;
  if (name === "") return "it is empty";
  if ([...name].length > MAX_NAME_LENGTH) return `it has more than ${MAX_NAME_LENGTH} characters`;
  if (/^[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N} ._-]*[\p{L}\p{M}\p{N}_-])?$/u.test(name)) return undefined;
  const wrong = [...name].find((character) => !/[\p{L}\p{M}\p{N} ._-]/u.test(character));
  if (wrong !== undefined) return `it contains ${JSON.stringify(wrong)}`;
  return /[ .]$/.test(name) ? "it ends with a space or a dot" : "it does not start with a letter, a digit or `_`";
}

/** A name as it is to be written in YAML: in quotes where it would be another value, or no scalar at all, without. */
export function writeName(name: string): string {
  const isPlain =
    /^[\p{L}_](?:[\p{L}\p{M}\p{N} ._-]*[\p{L}\p{M}\p{N}_-])?$/u.test(name) &&
    !/^(?:null|true|false|y|n|yes|no|on|off)$/i.test(name);
  return isPlain ? name : JSON.stringify(name);
}
