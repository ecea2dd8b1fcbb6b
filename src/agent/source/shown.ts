/** URLs as people may see them. */

/** Without user, password, query and fragment: queries of signed URLs are credentials. */
export function shown(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
