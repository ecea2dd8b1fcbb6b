/**
 * Paths of which a part would be dropped or changed without a word.
 */
import { below } from "../model/inventory.ts";
import { decodePath } from "../model/metrics-path.ts";
import { showText } from "../model/show-text.ts";
import { FILL_IN, templateIn } from "../model/template.ts";
import type { CheckContext, Rule } from "./rule.ts";
import type { ExporterFields, WrittenExporter } from "./written-exporters.ts";
import { writtenExporters } from "./written-exporters.ts";

export const addressPath: Rule = {
  id: "address/path",
  check(context) {
    for (const written of writtenExporters(context.inventory)) {
      const { fields, base, origin } = written;
      if (fields.path.text !== base?.path.text) checkText(context, written);
      for (const key of disagreeing(written)) {
        const isParamOfPreset = base !== undefined && fields.params[key] === base.params[key];
        const isPathOfPreset = base !== undefined && fields.path.text === base.path.text;
        const preset = { file: context.inventory.config.file, path: [0, "exporters", base?.job ?? ""] };
        context.report({
          where: isParamOfPreset ? below(origin, "path") : below(origin, "params", key),
          message: `the parameter ${showText(key)} of exporter "${fields.job}" has one value in \`path\` and another in \`params\``,
          ...(isParamOfPreset ? { related: [{ where: below(preset, "params", key), note: "in the preset" }] } : {}),
          ...(isPathOfPreset ? { related: [{ where: below(preset, "path"), note: "in the preset" }] } : {}),
          help: isPathOfPreset ? "remove it here, or write `path:` here with what is meant" : "keep one of them",
        });
      }
    }
  },
};

function checkText(context: CheckContext, { fields, origin }: WrittenExporter): void {
  const { text, path, problems } = fields.path;
  if (problems.length === 0 && !/%[0-9a-fA-F]{2}/.test(path)) return;
  const where = below(origin, "path");
  // A query may hold a token.
  const what = `the path ${showText(text.includes("?") ? `${path}?…` : text)} of exporter "${fields.job}"`;
  const redact = /\/\/[^/]*@/.test(path) ? { redact: true } : {};
  if (problems.length > 0 && templateIn(text) !== undefined) {
    const message = `${what} has a template in it, and nothing fills it in here`;
    return context.report({ where, message, help: FILL_IN, ...redact });
  }
  for (const problem of problems)
    context.report({
      where,
      message: `${what} cannot be used: ${problem}`,
      help: "write a path such as `/metrics?format=prometheus`",
      ...redact,
    });
  if (problems.length > 0) return;
  context.report({
    severity: "warning",
    where,
    message: `${what} has a \`%\` escape, and Prometheus escapes the \`%\` once more`,
    help: adviseOnEscapes(path),
  });
}

function adviseOnEscapes(path: string): string {
  const meant = decodePath(path);
  return meant === undefined
    ? "let the exporter serve its metrics under a path without it: Prometheus has no other way to ask for this one"
    : `write the characters themselves: ${showText(meant)}`;
}

/** Parameters that the query and `params` give different values, but those that the preset has already. */
function disagreeing({ fields, base }: WrittenExporter): readonly string[] {
  const isOfPreset = (key: string): boolean =>
    base !== undefined && fields.path.text === base.path.text && paramOf(fields, key) === paramOf(base, key);
  return fields.path.query.flatMap(([key, value]) => {
    const param = paramOf(fields, key);
    return param === undefined || param === value || isOfPreset(key) ? [] : [key];
  });
}

function paramOf({ params }: ExporterFields, key: string): string | undefined {
  return Object.hasOwn(params, key) ? (params[key] ?? undefined) : undefined;
}
