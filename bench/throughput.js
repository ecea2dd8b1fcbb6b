/**
 * How fast js-yaml reads, against JSON.parse of the same data, in one process:
 *
 *   node bench/throughput.js DIR
 *
 * A trap is watched here: on Node 20 the ES module of js-yaml 5 is about three times slower than its CommonJS build.
 * Prints a JSON array of { name, speed }, in bytes of YAML per second, the best of five passes.
 */
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as esm from "js-yaml";

const cjs = createRequire(import.meta.url)("js-yaml");
const root = process.argv[2] ?? "";
const paths = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".yml"));
const yaml = paths.map((path) => readFileSync(join(root, path), "utf8"));
const json = yaml.map((text) => JSON.stringify(cjs.load(text)));
const bytes = yaml.reduce((sum, text) => sum + Buffer.byteLength(text), 0);

/** @param {string} name @param {string[]} texts @param {(text: string) => unknown} parse */
function measure(name, texts, parse) {
  const speeds = Array.from({ length: 5 }, () => {
    const start = performance.now();
    for (const text of texts) parse(text);
    return (bytes / (performance.now() - start)) * 1000;
  });
  return { name, speed: Math.max(...speeds) };
}

console.log(
  JSON.stringify([
    measure("JSON.parse", json, (text) => JSON.parse(text)),
    measure("js-yaml by require: parseEvents", yaml, (text) => cjs.parseEvents(text)),
    measure("js-yaml by require: load", yaml, (text) => cjs.load(text)),
    measure("js-yaml by import: load", yaml, (text) => esm.load(text)),
  ]),
);
