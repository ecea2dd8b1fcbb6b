/**
 * A remark behind a value that YAML takes for a part of it: one of another language, or without white space before its `#`.
 */

/** Why it is a part of the value, for the end of a help. */
export const COMMENT = "a comment begins with white space and `#`";

/** The text before a remark; `undefined` where there is none. Takes as long as the text is, whatever is in it. */
export function beforeRemark(text: string): string | undefined {
  const at = text.search(/#\s|\s(?:\/\/|\/\*|--|;)/);
  const value = at < 0 ? "" : text.slice(0, at).trimEnd();
  return value === "" || /^\s/.test(value) ? undefined : value;
}
