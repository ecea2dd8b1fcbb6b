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
  const splitShard = (owner: Value, text: string, steps: Path): void => {
    const message = `\`shard\` names one shard, or several in a list, not ${code(text)}`;
    report({ code: "schema/wrong-type", message, help: shardNames(text) ?? "" }, [...steps, "shard"]);
    owner["shard"] = splitNames(text);
  };
  const { shard, projects } = value;
  if (areSeveral(shard)) splitShard(value, shard, []);
  if (!Array.isArray(projects)) return;
  (projects as readonly unknown[]).forEach((project, index) => {
    if (!isMap(project)) return;
    const { shard: ownShard, probes } = project;
    if (areSeveral(ownShard)) splitShard(project, ownShard, ["projects", index]);
    if (!Array.isArray(probes)) return;
    (probes as readonly unknown[]).forEach((probe, item) => {
      if (!isMap(probe) || typeof probe["module"] !== "string" || probe["hosts"] === true) return;
      if (probe["targets"] !== undefined && probe["targets"] !== null) return;
      // What it has may have been taken out.
      if (diagnostics.some(({ where }) => isBelow(where.path, [...path, "projects", index, "probes", item]))) return;
      const message = `the probe ${code(probe["module"])} has neither \`targets\` nor \`hosts: true\``;
      const help = "add `targets:` with a list, or `hosts: true` for every host of the project";
      report({ code: "schema/missing-key", message, help }, ["projects", index, "probes", item]);
    });
  });
}

/** No name has a comma, so that such a text cannot be the name of a shard. */
function areSeveral(shard: unknown): shard is string {
  return typeof shard === "string" && /[,;]/.test(shard);
}

function isBelow(path: Path, above: Path): boolean {
  return above.every((step, index) => path[index] === step);
}

function isMap(value: unknown): value is Value {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
