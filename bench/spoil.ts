/**
 * What to do to a part of the files: break what a file means, break that it can be read at all, or (no mistake) write it
 * in a style that only the slower of the two YAML parsers reads.
 */
export const BAD = ["schema", "syntax", "style"] as const;
export type Bad = (typeof BAD)[number];

const MISTAKES: Record<Bad, readonly ((text: string) => string)[]> = {
  schema: [
    // A misspelt key.
    (text) => text.replace(/^labels:/mu, "lables:"),
    // A port that no one can have.
    (text) => text.replace(/^ {6}- node$/mu, "      - job: node\n        port: 99999"),
    // A shard that does not exist.
    (text) => text.replace(/^shard: /mu, "shard: new-"),
    // A host name that is none.
    (text) => text.replace(/^ {4}hosts:$/mu, "    hosts:\n      - -replica.example.com"),
  ],
  syntax: [
    (text) => text.replace(/^owner: (.*)$/mu, 'owner: "$1'),
    (text) => text.replace(/^shard: (.*)$/mu, "shard: [ $1"),
    (text) => text.replace(/^ {4}exporters:$/mu, "   exporters:"),
    (text) => text.replace(/^owner: (.*)$/mu, "owner: $1: on call"),
    (text) => text.replace(/^ {2}team:/mu, "\tteam:"),
  ],
  // js-yaml wants the closing bracket deeper than its key, and many people do not write it there.
  style: [(text) => text.replace(/^labels:\n {2}(.*)\n {2}(.*)\n/mu, "labels: {\n  $1,\n  $2\n}\n")],
};

/** Which of `count` files are spoilt: `percent` in 100, evenly spread, at least one. */
export function chooseFiles(count: number, percent: number): Set<number> {
  const number = Math.max(1, Math.round((count * percent) / 100));
  return new Set(Array.from({ length: number }, (_, i) => Math.floor(((i + 0.5) * count) / number)));
}

/** Makes one mistake in a service's file, another one for each `turn`. */
export function spoil(text: string, bad: Bad, turn: number): string {
  const mistakes = MISTAKES[bad];
  for (let i = 0; i < mistakes.length; i += 1) {
    const spoilt = mistakes[(turn + i) % mistakes.length]?.(text) ?? text;
    // Not every file has the place for every mistake.
    if (spoilt !== text) return spoilt;
  }
  throw new Error("no mistake fits this file");
}
