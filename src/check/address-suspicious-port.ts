/**
 * Ports that look like a slip of the pen: known exporters near their own port or on another exporter's, and ports of
 * services that speak no HTTP.
 */
import { defaultPort, exporterOfPort } from "../model/default-ports.ts";
import { below } from "../model/inventory.ts";
import type { Rule } from "./rule.ts";
import { writtenExporters } from "./written-exporters.ts";

/** Services without metrics, and where their metrics are. */
const SERVICES: Readonly<Record<number, { readonly name: string; readonly instead: string }>> = {
  22: { name: "SSH", instead: "check it with a probe such as `ssh_banner`" },
  25: { name: "SMTP", instead: "check it with a probe such as `smtp_starttls`" },
  3306: { name: "MySQL", instead: "write the port of its exporter, 9104 for mysqld_exporter" },
  5432: { name: "PostgreSQL", instead: "write the port of its exporter, 9187 for postgres_exporter" },
  6379: { name: "Redis", instead: "write the port of its exporter, 9121 for redis_exporter" },
};

export const addressSuspiciousPort: Rule = {
  id: "address/suspicious-port",
  check(context) {
    for (const { fields, base, origin } of writtenExporters(context.inventory)) {
      const { job, port } = fields;
      if (port === undefined || port === base?.port) continue;
      const where = below(origin, "port");
      const service = SERVICES[port];
      if (service !== undefined) {
        context.report({
          severity: "warning",
          where,
          message: `port ${port} of exporter "${job}" is ${service.name}'s own, which serves no metrics`,
          help: service.instead,
        });
        continue;
      }
      // A preset says what is usual here, whatever is usual elsewhere.
      const usual = base?.port ?? defaultPort(job);
      if (usual === undefined || port === usual) continue;
      const other = exporterOfPort(port);
      const isOthers = other !== undefined && port !== defaultPort(job);
      if (!isOthers && !isSlip(port, usual)) continue;
      const message = isOthers
        ? `port ${port} of exporter "${job}" is ${other}'s own, and ${usual} is that of "${job}"`
        : `port ${port} of exporter "${job}" is nearly ${usual}, its usual one`;
      context.report({ where, message, help: `write ${usual}, if that is meant` });
    }
  },
};

/** One digit differs, or two neighbours changed places. */
function isSlip(port: number, usual: number): boolean {
  const [a, b] = [String(port), String(usual)];
  if (a.length !== b.length) return false;
  const different = [...a].flatMap((digit, index) => (digit === b[index] ? [] : [index]));
  const [first = 0, second = 0] = different;
  return (
    different.length === 1 ||
    (different.length === 2 && second === first + 1 && a[first] === b[second] && a[second] === b[first])
  );
}
