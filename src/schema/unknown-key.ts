/**
 * schema/unknown-key: which key was probably meant.
 */
import { nearest } from "../model/nearest.ts";
import type { Shape } from "./shape.ts";
import { NAMED_MAPS } from "./shapes.ts";
import { code } from "./words.ts";

/** What other tools call these things: Prometheus, blackbox_exporter, Promgen, Ansible. By the noun of the map. */
const OTHER_WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "a service": { name: "service", team: "owner", tags: "labels" },
  "a project": {
    project: "name",
    id: "name",
    host: "hosts",
    target: "hosts",
    targets: "hosts",
    static_configs: "hosts",
    servers: "hosts",
    nodes: "hosts",
    instances: "hosts",
    job: "exporters",
    jobs: "exporters",
    scrape_configs: "exporters",
    urls: "probes",
    blackbox: "probes",
    tags: "labels",
  },
  "an exporter": exporterWords(),
  "a preset": exporterWords(),
  "a probe": {
    name: "module",
    job: "module",
    prober: "module",
    type: "module",
    url: "targets",
    urls: "targets",
    target: "targets",
    scrape_interval: "interval",
    scrape_timeout: "timeout",
    tags: "labels",
  },
  "a host": {
    name: "host",
    hosts: "host",
    hostname: "host",
    address: "host",
    ip: "host",
    target: "host",
    tags: "labels",
  },
  "a farm": {
    name: "farm",
    host: "hosts",
    source_type: "source",
    servers: "hosts",
    targets: "hosts",
    nodes: "hosts",
    tags: "labels",
  },
  "a shard": { name: "shard", hosts: "servers", prometheis: "servers", limit: "limits", tags: "labels" },
  "promgen.yml": {
    presets: "exporters",
    default_exporters: "exporters",
    rules: "lint",
    repo: "repository",
    path: "inventory",
  },
};

function exporterWords(): Record<string, string> {
  return {
    name: "job",
    type: "job",
    exporter: "job",
    job_name: "job",
    metrics_path: "path",
    scrape_interval: "interval",
    scrape_timeout: "timeout",
    protocol: "scheme",
    query: "params",
    tags: "labels",
  };
}

export interface Guess {
  /** The key that was meant and is not there yet. */
  readonly key?: string;
  /** Nobody knows this key. */
  readonly isStrange?: boolean;
  readonly help: string;
}

/** @param owner the map that has the unknown key */
export function guessKey(shape: Shape, owner: Readonly<Record<string, unknown>>, key: string): Guess {
  const known = Object.keys(shape.keys ?? {});
  const free = known.filter((name) => !Object.hasOwn(owner, name));
  const word = otherWord(shape, key);
  // A project that is written beside `service`, instead of below `projects`.
  const isOfProject = shape.noun === "a service" && word !== undefined && !free.includes(word);
  const meant =
    sameLetters(key, known) ??
    (isOfProject ? homeOf(shape, key) : undefined) ??
    word ??
    homeOf(shape, key) ??
    nearest(key, free) ??
    nearest(key, known);
  if (typeof meant === "object") return meant;
  if (meant !== undefined && free.includes(meant)) return { key: meant, help: `did you mean \`${meant}\`?` };
  if (meant !== undefined) return { help: `\`${meant}\` is there already: remove one of the two` };
  // `limits: { targets: 10,000 }` is `{ targets: 10, 000: null }`.
  if (/^\d+$/.test(key) && owner[key] === null) return { help: "write numbers without commas" };
  const list = free.map((name) => `\`${name}\``).join(", ");
  const others = free.length < known.length ? " also" : "";
  return { isStrange: true, help: list === "" ? "remove it" : `remove it; ${shape.noun} may${others} have ${list}` };
}

/** `scrapeInterval`, `Scrape-Interval` → `scrape_interval`. */
function sameLetters(key: string, known: readonly string[]): string | undefined {
  const letters = (text: string): string => text.toLowerCase().replaceAll(/[_\s-]/g, "");
  return known.find((name) => letters(name) === letters(key));
}

function otherWord({ noun = "" }: Shape, key: string): string | undefined {
  const words = Object.hasOwn(OTHER_WORDS, noun) ? OTHER_WORDS[noun] : undefined;
  return words !== undefined && Object.hasOwn(words, key.toLowerCase()) ? words[key.toLowerCase()] : undefined;
}

/** `port` in a project: a key of another map. */
function homeOf(shape: Shape, key: string): Guess | undefined {
  if (shape.noun === "a preset" && key === "job") return { help: "remove it: the name of a preset is its job" };
  const homes = NAMED_MAPS.filter((other) => other !== shape && Object.hasOwn(other.keys ?? {}, key));
  if (homes.length === 0) return undefined;
  const nouns = homes.map(({ noun }) => noun ?? "");
  const listed = nouns.length > 1 ? `${nouns.slice(0, -1).join(", ")} or ${nouns.at(-1)}` : nouns[0];
  return { help: `move it to where it belongs: ${code(key)} is a key of ${listed}` };
}
