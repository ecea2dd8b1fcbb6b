/** What a run leaves on a host, as text: to see whether two runs left the same. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { textfileName } from "../../src/agent/watch/textfile.ts";

/** Of the state: what is another at each run, and what a run says of itself. */
const OF_RUNS = [
  "at",
  "checksum",
  "confirmedAt",
  "counters",
  "hashed",
  "lastContact",
  "lastRun",
  "lastSuccess",
  "mtimes",
];

/**
 * Names, what is in them, and what the state says that lasts: the same in two runs that did the same. It reads at once, as all
 * here does: that is asked for hundreds of times, and threads would take several times as long.
 */
export function leftIn(directory: string): string {
  // The metrics' file has its name from the path of the state.
  const own = textfileName(join(directory, "state"));
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name).slice(directory.length + 1);
    if (entry.isDirectory() || !/^(watched|state)\//.test(path)) return [path.replace(own, "metrics.prom")];
    const text = readFileSync(join(directory, path), "utf8");
    return [path, path.startsWith("state/state.json") ? lasting(text, directory) : text];
  });
  return JSON.stringify(entries.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}

/** Of a state, be it written to its end or not. */
function lasting(state: string, directory: string): unknown {
  try {
    return JSON.parse(state.replaceAll(directory, ""), (key, value: unknown) =>
      OF_RUNS.includes(key) ? undefined : value,
    );
  } catch {
    return state;
  }
}
