/**
 * What a key wants, in a user's words.
 */

const NOUNS: Readonly<Record<string, string>> = {
  hosts: "a list of hosts",
  host: "a host name or address",
  servers: "a list of servers",
  targets: "a list of targets",
  projects: "a list of projects",
  exporters: "a list of exporters",
  probes: "a list of probes",
  labels: "a map of label names and values",
  params: "a map of parameter names and values",
  limits: "a map such as `{ targets: 10000 }`",
  port: "a number from 1 to 65535",
  enabled: "`true` or `false`",
  shard: "the name of a shard, or a list of names",
  name: "a name",
  job: "the name of the job",
  module: "the name of a blackbox_exporter module",
  interval: "a Prometheus duration such as `30s`",
  timeout: "a Prometheus duration such as `10s`",
  scrape_interval: "a Prometheus duration such as `1m`",
  scrape_timeout: "a Prometheus duration such as `10s`",
  files: "a list of globs",
  artifacts: "a list of `all`, `services`, `projects`",
};

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "`true` or `false`",
  array: "a list",
  object: "a map",
  null: "nothing",
};

/** `types` are JSON Schema's, for keys without words of their own. */
export function expectation(key: string, types: readonly string[]): string {
  const fits = NOUNS[key];
  // `targets` is a list at a probe, a path under `prometheus`, a number under `limits`; `hosts` is `true` at a probe.
  if (
    fits !== undefined &&
    (fits.startsWith("a list") ? types.includes("array") : fits.startsWith("a map") ? types.includes("object") : true)
  )
    return fits;
  return types
    .filter((type) => type !== "null")
    .map((type) => TYPES[type] ?? type)
    .join(" or ");
}

/** Keys whose value is a Prometheus duration. */
export function isDuration(key: string): boolean {
  return ["interval", "timeout", "scrape_interval", "scrape_timeout"].includes(key);
}

/** A value's type in a user's words. */
export function nameOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return "text";
    case "number":
      return "a number";
    case "boolean":
      return "true or false";
    default:
      return "a map";
  }
}
