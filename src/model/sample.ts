/**
 * A line of what /metrics say: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads a line; `undefined` for comments, for what is not of the format, and for values that are no number. */
export function readSample(line: string): Sample | undefined {
  const name = /^[a-z_]+/.exec(line)?.[0] ?? "";
  const labels: Record<string, string> = {};
  let at = name.length;
  if (line[at] === "{") {
    const label = /[{,]\s*([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/y;
    for (label.lastIndex = at; ; at = label.lastIndex) {
      const match = label.exec(line);
      if (match === null) break;
      labels[match[1] ?? ""] = (match[2] ?? "").replace(/\\(.)/g, (_, character: string) =>
        character === "n" ? "\n" : character,
      );
    }
    const end = /,?\s*\}/y;
    end.lastIndex = at === name.length ? at + 1 : at;
    if (!end.test(line)) return undefined;
    at = end.lastIndex;
  }
  const value = Number(/^\s+(\S+)/.exec(line.slice(at))?.[1] ?? "NaN");
  return Number.isNaN(value) ? undefined : { name, labels, value };
}
