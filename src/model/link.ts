/**
 * What Slack and Markdown make of an address that is typed or pasted: `<http://a.example.com|a.example.com>`, `<a.example.com>`.
 */
const LINK = /^<([^<>|]+)(?:\|[^<>|]*)?>$/;

/** What a link leads to; `undefined` where the text is none. */
export function linkedText(text: string): string | undefined {
  return text.startsWith("<") ? LINK.exec(text)?.[1] : undefined;
}
