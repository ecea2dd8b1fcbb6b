/**
 * The floor: the same data through JSON.parse and JSON.stringify alone, without YAML, without checks, without rendering.
 *
 *   node bench/floor.js IN OUT
 *
 * IN is one JSON file that bench.ts makes beforehand: `documents`, the inventory as it is parsed, and `shards`, the rendered
 * groups. OUT gets the same files as from rival.py.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [input = "", out = ""] = process.argv.slice(2);

/** @param {string} folder @param {"targets" | "urls"} name @param {string[]} lines */
function write(folder, name, lines) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `[\n${lines.length === 0 ? '{"targets":[]}' : lines.join(",\n")}\n]\n`);
}

/** @type {{ documents: unknown[], shards: Record<string, Record<"targets" | "urls", unknown[]>> }} */
const { shards } = JSON.parse(readFileSync(input, "utf8"));
for (const name of /** @type {const} */ (["targets", "urls"])) {
  /** @type {string[]} */
  const everything = [];
  for (const [shard, groups] of Object.entries(shards)) {
    const lines = groups[name].map((group) => JSON.stringify(group));
    write(join(out, "shards", shard), name, lines);
    for (const line of lines) everything.push(line);
  }
  write(out, name, everything);
}
