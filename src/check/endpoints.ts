/**
 * What tells two exporters, or two probes, apart on one host.
 */
import type { Exporter, Labels } from "../model/inventory.ts";

/** Compared by identity: what is the same is the same object. */
export interface Endpoint {
  /** Job, or module. */
  readonly name: string;
}

/** Endpoints by what they say. */
export class Endpoints {
  /** Exporters that are only the name of a preset are one object in all projects. */
  readonly #ofExporter = new Map<Exporter, Endpoint>();
  readonly #byKey = new Map<string, Endpoint>();

  /** The job counts too: two jobs scrape one endpoint for different ends. */
  ofExporter(exporter: Exporter): Endpoint {
    if (exporter.isMap) return this.#intern(exporterKey(exporter), exporter.job);
    let endpoint = this.#ofExporter.get(exporter);
    if (endpoint === undefined) {
      this.#ofExporter.set(exporter, (endpoint = this.#intern(exporterKey(exporter), exporter.job)));
    }
    return endpoint;
  }

  ofProbe(module: string): Endpoint {
    return this.#intern(`probe\n${module}`, module);
  }

  #intern(key: string, name: string): Endpoint {
    let endpoint = this.#byKey.get(key);
    if (endpoint === undefined) this.#byKey.set(key, (endpoint = { name }));
    return endpoint;
  }
}

function exporterKey({ job, scheme, port, path, params }: Exporter): string {
  return `exporter\n${scheme}\n${port}\n${pathOf(path.path)}\n${paramsKey(path.query, params)}\n${job}`;
}

/** The path that Prometheus asks for: it takes /metrics where none is given. */
export function pathOf(path: string): string {
  return path === "" ? "/metrics" : path;
}

function paramsKey(query: Exporter["path"]["query"], params: Labels): string {
  const names = Object.keys(params);
  if (query.length === 0 && names.length === 0) return "[]";
  const all = new Map<string, string | null>(query);
  for (const name of names) all.set(name, params[name] ?? null);
  // A label without a value is no label to Prometheus, so that neither is such a parameter.
  const given = [...all].filter(([, value]) => value !== null && value !== "");
  return JSON.stringify(given.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
