/**
 * Who reads which file, from the configuration that a server has loaded (`/api/v1/status/config`).
 *
 * The text is YAML, but not anybody's: the server writes it itself from what it understood (Go's yaml.Marshal of its
 * structs), always in block style and with keys in a fixed order, comments and anchors gone. So a few lines suffice here
 * instead of a YAML parser. Scrape configs of other files (`scrape_config_files`) are named in it, not shown.
 */

export interface FileReader {
  /** Name of the scrape pool. */
  readonly pool: string;
  /** `files` of one file_sd config. */
  readonly patterns: readonly string[];
}

export interface LoadedConfig {
  readonly readers: readonly FileReader[];
  /** Pools that discover targets by something else than files, too. */
  readonly mixedPools: ReadonlySet<string>;
  /** Every pool that is shown. */
  readonly pools: ReadonlySet<string>;
  /** There are scrape configs that are not shown. */
  readonly isPartial: boolean;
}

/** Reads the `yaml` of `/api/v1/status/config`. */
export function readLoadedConfig(yaml: string): LoadedConfig {
  const readers: { pool: string; patterns: string[] }[] = [];
  const mixedPools = new Set<string>();
  const pools = new Set<string>();
  let isPartial = false;
  let section = "";
  let pool = "";
  /** Columns of the keys `file_sd_configs` and `files`, where we are inside of one. */
  let discovery = -1;
  let files = -1;
  for (const line of yaml.split("\n")) {
    const [, dashes = "", text = ""] = /^((?:\s|- )*)(.*)$/.exec(line) ?? [];
    const column = dashes.length;
    const [, key] = /^([a-z_]+):(?:\s|$)/.exec(text) ?? [];
    if (column === 0 && key !== undefined) section = key;
    if (section === "scrape_config_files" && column > 0) isPartial = true;
    if (section !== "scrape_configs") continue;

    if (key === "job_name") {
      pool = scalar(text.slice("job_name:".length));
      pools.add(pool);
    }
    if (key !== undefined && column <= discovery) discovery = -1;
    if (key !== undefined && column <= files) files = -1;
    if (key === "file_sd_configs") discovery = column;
    else if (key !== undefined && /(?:_sd_configs|^static_configs)$/.test(key)) mixedPools.add(pool);
    else if (discovery >= 0 && key === "files") {
      files = column;
      readers.push({ pool, patterns: [] });
    } else if (files >= 0 && key === undefined && dashes.endsWith("- ")) readers.at(-1)?.patterns.push(scalar(text));
  }
  return { readers, mixedPools, pools, isPartial };
}

/** A scalar as Go's yaml writes it: plain, or in one of both quotes. */
function scalar(text: string): string {
  const trimmed = text.trim();
  if (trimmed.startsWith("'")) return trimmed.slice(1, -1).replace(/''/g, "'");
  if (!trimmed.startsWith('"')) return trimmed;
  return trimmed
    .slice(1, -1)
    .replace(/\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/g, (_, two, four, eight, one: string) => {
      const code: string | undefined = two ?? four ?? eight;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      return { n: "\n", t: "\t", r: "\r", "0": "\0" }[one] ?? one;
    });
}
