/**
 * topology/job-collision: services that mean different things by one job name, since they scrape it on another port or path.
 */
import { below } from "../model/inventory.ts";
import type { Inventory, Origin, Service } from "../model/inventory.ts";
import { pathOf } from "./endpoints.ts";
import type { Rule } from "./rule.ts";

/** One port and path of a job, and who uses it. */
interface Variant {
  readonly port: number;
  readonly path: string;
  /** The first exporter of each service. */
  readonly users: Map<Service, Origin>;
}

export const jobCollision: Rule = {
  id: "topology/job-collision",
  check(context) {
    const { inventory } = context;
    for (const [job, variants] of variantsByJob(inventory)) {
      if (variants.length < 2) continue;
      const usual = variants.reduce((best, variant) => (variant.users.size > best.users.size ? variant : best));
      // One of two is not the service that is looked at.
      const examples = [...usual.users].slice(0, 2);
      for (const variant of variants) {
        if (variant === usual) continue;
        for (const [service, where] of variant.users) {
          const other = examples.find(([user]) => user !== service);
          if (other === undefined) continue;
          context.report({
            where,
            message: `job "${job}" is ${describe(variant)} in service "${service.name}" and ${describe(usual)} in service "${other[0].name}"`,
            related: [{ where: other[1], note: `${describe(usual)} here` }],
            help: "give one of them another job name, or both the same port and path",
          });
        }
      }
    }
  },
};

function describe({ port, path }: Variant): string {
  return `port ${port} with ${path}`;
}

/** Only enabled exporters count. */
function variantsByJob(inventory: Inventory): Map<string, Variant[]> {
  const jobs = new Map<string, Variant[]>();
  for (const { service, exporters, origin } of inventory.projects) {
    exporters.forEach(({ job, port, path: written, isEnabled, isMap }, index) => {
      if (!isEnabled || port === undefined) return;
      const path = pathOf(written.path);
      let variants = jobs.get(job);
      if (variants === undefined) jobs.set(job, (variants = []));
      let variant = variants.find((known) => known.port === port && known.path === path);
      if (variant === undefined) variants.push((variant = { port, path, users: new Map() }));
      if (variant.users.has(service)) return;
      const place = below(origin, "exporters", index);
      variant.users.set(service, isMap ? below(place, "job") : place);
    });
  }
  return jobs;
}
