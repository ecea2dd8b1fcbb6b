/**
 * Exporters where they are written: first the presets of promgen.yml, then the exporters of projects that are maps.
 * What an exporter only takes over from its preset is the preset's affair, so that a mistake there is reported once.
 */
import { readMetricsPath } from "../model/metrics-path.ts";
import type { Exporter, Inventory, Origin, Preset, Project } from "../model/inventory.ts";
import { below } from "../model/inventory.ts";

/** What a preset and an exporter have in common, presets applied. */
export type ExporterFields = Pick<Exporter, "job" | "path" | "params" | "scheme" | "port" | "interval" | "timeout">;

export interface WrittenExporter {
  readonly fields: ExporterFields;
  /** What the preset gives; `undefined` for presets themselves and where there is none. */
  readonly base: ExporterFields | undefined;
  /** The map; its fields have places below it, where they are written. */
  readonly origin: Origin;
  /** Those of a project may be switched off. */
  readonly isEnabled: boolean;
  /** `undefined` for a preset. */
  readonly project: Project | undefined;
}

const known = new WeakMap<Inventory, readonly WrittenExporter[]>();

/** Lists them in the order of the files. Several rules ask; the list is made once. */
export function writtenExporters(inventory: Inventory): readonly WrittenExporter[] {
  let written = known.get(inventory);
  if (written === undefined) known.set(inventory, (written = listWritten(inventory)));
  return written;
}

function listWritten(inventory: Inventory): WrittenExporter[] {
  const written: WrittenExporter[] = [];
  const { file, presets } = inventory.config;
  const bases = new Map<Preset, ExporterFields>();
  for (const preset of presets.values()) {
    const fields = fieldsOf(preset);
    bases.set(preset, fields);
    const origin: Origin = { file, path: [0, "exporters", preset.name] };
    written.push({ fields, base: undefined, origin, isEnabled: true, project: undefined });
  }
  for (const project of inventory.projects) {
    project.exporters.forEach((exporter, index) => {
      const { preset, isEnabled, isMap } = exporter;
      if (!isMap) return;
      const base = preset && bases.get(preset);
      written.push({ fields: exporter, base, origin: below(project.origin, "exporters", index), isEnabled, project });
    });
  }
  return written;
}

function fieldsOf(preset: Preset): ExporterFields {
  return {
    job: preset.name,
    port: preset.port,
    path: readMetricsPath(preset.path ?? ""),
    params: preset.params,
    scheme: preset.scheme ?? "http",
    ...(preset.interval === undefined ? {} : { interval: preset.interval }),
    ...(preset.timeout === undefined ? {} : { timeout: preset.timeout }),
  };
}
