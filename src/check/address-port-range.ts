/**
 * Ports outside 1–65535: of exporters, presets, servers and blackbox_exporter.
 */
import { portReason } from "../model/host-port.ts";
import { below } from "../model/inventory.ts";
import type { Rule } from "./rule.ts";
import { writtenExporters } from "./written-exporters.ts";

export const addressPortRange: Rule = {
  id: "address/port-range",
  check(context) {
    for (const { fields, base, origin } of writtenExporters(context.inventory)) {
      const { port } = fields;
      if (port === undefined || port === base?.port) continue;
      const reason = portReason(port);
      if (reason === undefined) continue;
      context.report({
        where: below(origin, "port"),
        message: `the port of exporter "${fields.job}" is no port: ${reason}`,
        help: "write a port from 1 to 65535",
      });
    }
    for (const finding of context.hosts.problems("port-range")) context.report(finding);
  },
};
