/**
 * `exporters:` of a project → exporters with their presets applied.
 */
import { NO_PATH, readMetricsPath } from "./metrics-path.ts";
import type { MetricsPath } from "./metrics-path.ts";
import type { Config, Exporter, Labels } from "./inventory.ts";
import { keep, labels, map, NO_LABELS, optional, text } from "./values.ts";
import type { Value } from "./values.ts";

/** Reads the exporters of an inventory. Those that are only the name of a preset, and paths, are few, and shared. */
export class ExporterReader {
  readonly #presets: Config["presets"];
  readonly #named = new Map<string, Exporter>();
  readonly #paths = new Map<string, MetricsPath>();

  constructor(presets: Config["presets"]) {
    this.#presets = presets;
  }

  /** @param item the name of a preset, or a map */
  read(item: unknown): Exporter {
    if (typeof item !== "string") return this.#make(map(item), true);
    let named = this.#named.get(item);
    if (named === undefined) this.#named.set(item, (named = this.#make({ job: item }, false)));
    return named;
  }

  #make(own: Value, isMap: boolean): Exporter {
    const job = text(own["job"]);
    const preset = this.#presets.get(job);
    const pick = (key: "path" | "scheme" | "interval" | "timeout"): string | undefined =>
      typeof own[key] === "string" ? keep(own[key]) : preset?.[key];
    const ownLabels = labels(own["labels"]);
    const path = pick("path");
    return {
      job,
      port: typeof own["port"] === "number" ? own["port"] : preset?.port,
      path: path === undefined ? NO_PATH : this.#path(path),
      params: merge(preset?.params, labels(own["params"])),
      scheme: pick("scheme") ?? "http",
      ...optional("interval", pick("interval")),
      ...optional("timeout", pick("timeout")),
      labels: merge(preset?.labels, ownLabels),
      isEnabled: own["enabled"] !== false,
      ...(preset === undefined ? {} : { preset }),
      isMap,
      ownLabels,
    };
  }

  #path(written: string): MetricsPath {
    let path = this.#paths.get(written);
    if (path === undefined) this.#paths.set(written, (path = readMetricsPath(written)));
    return path;
  }
}

function merge(base: Labels | undefined, own: Labels): Labels {
  return base === undefined || base === NO_LABELS ? own : own === NO_LABELS ? base : { ...base, ...own };
}
