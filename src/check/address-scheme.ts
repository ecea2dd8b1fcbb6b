/**
 * Schemes that Prometheus does not speak, and schemes on the other one's port.
 */
import { below } from "../model/inventory.ts";
import { showText } from "../model/show-text.ts";
import { FILL_IN, templateIn } from "../model/template.ts";
import type { Rule } from "./rule.ts";
import { writtenExporters } from "./written-exporters.ts";

export const addressScheme: Rule = {
  id: "address/scheme",
  check(context) {
    for (const { fields, base, origin } of writtenExporters(context.inventory)) {
      const { job, scheme, port } = fields;
      const isOwn = scheme !== (base?.scheme ?? "http");
      if (scheme !== "http" && scheme !== "https") {
        if (!isOwn) continue;
        context.report({
          where: below(origin, "scheme"),
          message: `the scheme of exporter "${job}" is ${showText(scheme)}, and Prometheus scrapes over http and https only`,
          help: templateIn(scheme) === undefined ? adviseOn(scheme) : FILL_IN,
        });
        continue;
      }
      const other = scheme === "https" ? 80 : 443;
      if (port !== other || (!isOwn && port === base?.port)) continue;
      context.report({
        severity: "warning",
        where: below(origin, isOwn ? "scheme" : "port"),
        message: `exporter "${job}" is scraped over ${scheme} on port ${port}, which is ${scheme === "https" ? "http" : "https"}'s`,
        help:
          scheme === "https" ? "write `port: 443`, or leave `scheme` out" : "write `scheme: https`, or another port",
      });
    }
  },
};

function adviseOn(scheme: string): string {
  const meant = /^\s*(https?)(?::\/\/)?\s*$/i.exec(scheme)?.[1]?.toLowerCase();
  return meant === undefined ? "write `http` or `https`" : `write \`${meant}\``;
}
