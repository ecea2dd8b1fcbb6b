/**
 * What a type cannot say: several shards in one text, a probe with nothing to check, two files in one place.
 */
import type { Path } from "../diagnostic.ts";
import type { SchemaDiagnostic } from "./finding.ts";
import { shardNames, splitNames } from "./mend.ts";
import type { DocumentKind } from "./shapes.ts";
import { code } from "./words.ts";

type Value = Record<string, unknown>;

/** Checks a document and mends it. @param path route of the document in its file */
export function checkContents(
  file: string,
  path: Path,
  kind: DocumentKind,
  value: Value,
  diagnostics: SchemaDiagnostic[],
): void {
  const report = (finding: Pick<SchemaDiagnostic, "code" | "message" | "help">, steps: Path): void =>
    void diagnostics.push({ severity: "error", ...finding, where: { file, path: [...path, ...steps] } });

  if (isMap(value["prometheus"])) {
    const { targets, urls } = value["prometheus"];
    if (typeof urls === "string" && urls === targets) {
      const message = `\`urls\` names the same file as \`targets\`: ${code(urls)}`;
      const help = "name another file: what is probed would be scraped, too";
      report({ code: "schema/wrong-type", message, help }, ["prometheus", "urls"]);
    }
  }
  if (kind !== "service") return;
  const checkShard = (owner: Value, steps: Path): void => {
    const text = owner["shard"];
    // No name has a comma, so that this cannot be the name of a shard.
    if (typeof text !== "string" || !/[,;]/.test(text)) return;
    const message = `\`shard\` names one shard, or several in a list, not ${code(text)}`;
    report({ code: "schema/wrong-type", message, help: shardNames(text) ?? "" }, [...steps, "shard"]);
    owner["shard"] = splitNames(text);
  };
  checkShard(value, []);
  if (!Array.isArray(value["projects"])) return;
  for (const [index, project] of (value["projects"] as readonly unknown[]).entries()) {
    if (!isMap(project)) continue;
    checkShard(project, ["projects", index]);
    if (!Array.isArray(project["probes"])) continue;
    for (const [item, probe] of (project["probes"] as readonly unknown[]).entries()) {
      if (!isMap(probe) || typeof probe["module"] !== "string" || probe["hosts"] === true) continue;
      if (probe["targets"] !== undefined && probe["targets"] !== null) continue;
      // What it has may have been taken out.
      if (diagnostics.some(({ where }) => isBelow(where.path, [...path, "projects", index, "probes", item]))) continue;
      const message = `the probe ${code(probe["module"])} has neither \`targets\` nor \`hosts: true\``;
      const help = "add `targets:` with a list, or `hosts: true` for every host of the project";
      report({ code: "schema/missing-key", message, help }, ["projects", index, "probes", item]);
    }
  }
}

function isBelow(path: Path, above: Path): boolean {
  return above.every((step, index) => path[index] === step);
}

function isMap(value: unknown): value is Value {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
