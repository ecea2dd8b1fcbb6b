/**
 * promgen.yml → Config, with the defaults.
 */
import { labels, optional } from "./values.ts";
import type { Value } from "./values.ts";
import { PROMETHEUS_DEFAULTS, withSettings } from "./prometheus-settings.ts";
import type { ArtifactKind, Config, Gate, Labels, LintOverride, LintValue, Preset } from "./inventory.ts";

export const CONFIG_FILE = "promgen.yml";

const GATE_DEFAULTS: Gate = { removed_percent: 20, removed_count: 200, removed_min: 5, relabelled_percent: 30 };

/** Reads the checked document of promgen.yml; `{}` gives the defaults. */
export function readConfig(value: Value): Config {
  const { overrides, ...lint } = (value["lint"] ?? {}) as Record<string, unknown>;
  const presets = new Map<string, Preset>();
  for (const [name, preset] of Object.entries((value["exporters"] ?? {}) as Record<string, Value | undefined>))
    presets.set(name, readPreset(name, preset ?? {}));
  return {
    file: CONFIG_FILE,
    inventory: typeof value["inventory"] === "string" ? value["inventory"] : "targets",
    ...(typeof value["repository"] === "string" ? { repository: value["repository"] } : {}),
    labels: (value["labels"] ?? {}) as Labels,
    presets,
    prometheus: withSettings(PROMETHEUS_DEFAULTS, value["prometheus"] ?? {}),
    artifacts: Array.isArray(value["artifacts"])
      ? value["artifacts"].filter((kind): kind is ArtifactKind => kind !== undefined)
      : ["all"],
    lint: lint as Record<string, LintValue>,
    overrides: (Array.isArray(overrides) ? overrides : []).filter(isOverride),
    gate: { ...GATE_DEFAULTS, ...(value["gate"] as Partial<Gate> | null | undefined) },
  };
}

function readPreset(name: string, value: Value): Preset {
  return {
    name,
    ...(typeof value["port"] === "number" ? { port: value["port"] } : {}),
    ...optional("path", value["path"]),
    params: labels(value["params"]),
    ...optional("scheme", value["scheme"]),
    ...optional("interval", value["interval"]),
    ...optional("timeout", value["timeout"]),
    labels: labels(value["labels"]),
  };
}

function isOverride(value: unknown): value is LintOverride {
  if (typeof value !== "object" || value === null || !("files" in value) || !("rules" in value)) return false;
  return (
    Array.isArray(value.files) &&
    value.files.every((file) => typeof file === "string") &&
    typeof value.rules === "object" &&
    value.rules !== null
  );
}
