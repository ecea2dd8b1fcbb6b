/**
 * schema/unknown-key: which key was probably meant.
 */
import { nearest } from "../model/nearest.ts";
import { FALSE, scalarText, TRUE } from "./mend.ts";
import type { Shape } from "./shape.ts";
import type { DocumentKind } from "./shapes.ts";
import { mapsIn, NAMED_MAPS } from "./shapes.ts";
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

/**
 * @param kind of the document
 * @param owner the map that has the unknown key
 */
export function guessKey(
  kind: DocumentKind,
  shape: Shape,
  owner: Readonly<Record<string, unknown>>,
  key: string,
): Guess {
  if (/^disabled?$/i.test(key)) return oppositeOfEnabled(shape, owner, key);
  const known = Object.keys(shape.keys ?? {});
  const free = known.filter((name) => !Object.hasOwn(owner, name));
  const word = otherWord(shape, key);
  // A project that is written beside `service`, instead of below `projects`.
  const isOfProject = shape.noun === "a service" && word !== undefined && !free.includes(word);
  const meant =
    sameLetters(key, known) ??
    (isOfProject ? homeOf(kind, shape, key) : undefined) ??
    word ??
    homeOf(kind, shape, key) ??
    nearest(key, free) ??
    nearest(key, known);
  if (typeof meant === "object") return meant;
  if (meant !== undefined && free.includes(meant)) return { key: meant, help: `did you mean \`${meant}\`?` };
  if (meant !== undefined) return { help: besides(shape, meant) };
  // `limits: { targets: 10,000 }` is `{ targets: 10, 000: null }`.
  if (/^\d+$/.test(key) && owner[key] === null) return { help: "write numbers without commas" };
  return { isStrange: true, help: whatElse(shape, owner[key], known, free) };
}

/** A target is lost with the one of two lists that somebody removes. */
function besides({ keys }: Shape, meant: string): string {
  const isOne = keys?.[meant]?.keys === undefined && keys?.[meant]?.each === undefined;
  return `\`${meant}\` is there already: ${isOne ? "write what is meant there" : "put what both have below that one"}`;
}

/** What nobody knows may be meant as a label, or as a note to people. */
function whatElse({ noun, keys }: Shape, value: unknown, known: readonly string[], free: readonly string[]): string {
  const inWords = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");
  const isText = value !== null && typeof value !== "object";
  const place = isText && keys?.["labels"] !== undefined ? "move it below `labels:`, where it is a label; " : "";
  const note = isText ? "make it a comment, where it is a note; " : "";
  if (free.length === 0) return `${place}${note}${noun} has no other keys than ${inWords(known)}`;
  return `${place}${note}${isText ? "" : "write another key: "}${noun} may${free.length < known.length ? " also" : ""} have ${inWords(free)}`;
}

/** `disabled` is the opposite of the key that there is, so that the other name alone would switch off what was on. */
function oppositeOfEnabled(shape: Shape, owner: Readonly<Record<string, unknown>>, key: string): Guess {
  const text = scalarText(owner[key]) ?? "";
  const isOff = TRUE.test(text);
  const isOn = FALSE.test(text);
  if (shape.keys?.["enabled"] === undefined) {
    if (isOn) return { help: `leave it out: all is enabled that does not have \`enabled: false\`` };
    const where = isOff
      ? "write `enabled: false` in its exporters and probes, or in a shard"
      : "its exporters and probes have `enabled`, which says the opposite, and so has a shard";
    return { help: `${shape.noun} cannot be switched off: ${where}` };
  }
  if (Object.hasOwn(owner, "enabled"))
    return { help: `let \`enabled\` alone say it: \`true\` or \`false\`, the opposite of ${code(key)}` };
  if (isOff) return { key: "enabled", help: "write `enabled: false`" };
  if (isOn) return { key: "enabled", help: "write `enabled: true`, the opposite, or leave it out" };
  return {
    key: "enabled",
    help: `write \`enabled\` with \`true\` or \`false\`, the opposite of what ${code(key)} was to say, or leave it out`,
  };
}

/** `scrapeInterval`, `Scrape-Interval` → `scrape_interval`. */
function sameLetters(key: string, known: readonly string[]): string | undefined {
  const letters = (text: string): string => text.toLowerCase().replaceAll(/[_\s-]/g, "");
  return known.find((name) => letters(name) === letters(key));
}

/** The key of such a map that others call so. */
export function otherWord({ noun = "" }: Shape, key: string): string | undefined {
  const words = Object.hasOwn(OTHER_WORDS, noun) ? OTHER_WORDS[noun] : undefined;
  return words !== undefined && Object.hasOwn(words, key.toLowerCase()) ? words[key.toLowerCase()] : undefined;
}

/** `port` in a project: a key of another map. */
function homeOf(kind: DocumentKind, shape: Shape, key: string): Guess | undefined {
  if (shape.noun === "a preset" && key === "job")
    return { help: "let the preset have this name, and remove `job`: the name of a preset is its job" };
  const having = (maps: readonly Shape[]): Shape[] =>
    maps.filter((other) => other !== shape && Object.hasOwn(other.keys ?? {}, key));
  const near = having(mapsIn(kind));
  const homes = near.length > 0 ? near : having(NAMED_MAPS);
  if (homes.length === 0) return undefined;
  const nouns = homes.map(({ noun }) => noun ?? "");
  const listed = nouns.length > 1 ? `${nouns.slice(0, -1).join(", ")} or ${nouns.at(-1)}` : nouns[0];
  return { help: `move it to where it belongs: ${code(key)} is a key of ${listed}` };
}
