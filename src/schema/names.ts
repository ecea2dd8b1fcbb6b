/**
 * schema/invalid-name: the names that a document defines. References to others are topology/unknown-ref's business.
 */
import type { Path } from "../diagnostic.ts";
import { MAX_NAME_LENGTH, nameProblem } from "../model/name.ts";
import { COMMENT, beforeRemark } from "../model/remark.ts";
import { showText } from "../model/show-text.ts";
import { FILL_IN, templateIn } from "../model/template.ts";
import type { SchemaDiagnostic } from "./finding.ts";

type Value = Readonly<Record<string, unknown>>;

/** @param path route of the document in its file */
export function checkNames(
  file: string,
  path: Path,
  kind: "service" | "farm" | "shard",
  value: Value,
  diagnostics: SchemaDiagnostic[],
): void {
  const check = (what: string, name: unknown, steps: Path): void => {
    if (typeof name !== "string") return;
    const problem = nameProblem(name);
    if (problem === undefined) return;
    const template = templateIn(name);
    diagnostics.push({
      code: "schema/invalid-name",
      severity: "error",
      message: `${showText(name)} cannot be the name of a ${what}: ${
        template === undefined ? problem : `${showText(template)} is a template, and nothing fills it in here`
      }`,
      where: { file, path: [...path, ...steps] },
      help: template === undefined ? nameHelp(name) : FILL_IN,
    });
  };
  check(kind, value[kind], [kind]);
  if (!Array.isArray(value["projects"])) return;
  (value["projects"] as readonly unknown[]).forEach((project, index) => {
    if (typeof project !== "object" || project === null) return;
    const { name, farm, hosts } = project as Value;
    check("project", name, ["projects", index, "name"]);
    // With hosts of its own, a project's `farm` is no reference but a name that becomes a label.
    if (Array.isArray(hosts)) check("farm", farm, ["projects", index, "farm"]);
  });
}

/** The nearest name that could be, where there is one. */
function nameHelp(name: string): string {
  const RULE = "letters and digits of any script, spaces, `_`, `-` and `.`";
  if (name === "") return `write a name of ${RULE}`;
  const meant = beforeRemark(name);
  if (meant !== undefined && nameProblem(meant) === undefined) return `write \`${meant} # …\`: ${COMMENT}`;
  if ([...name].length > MAX_NAME_LENGTH) return `shorten it to ${MAX_NAME_LENGTH} characters or less`;
  const nearest = name
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, "")
    .replaceAll(/[^\p{L}\p{M}\p{N} ._-]+/gu, "-")
    .replace(/^[^\p{L}\p{N}_]+/u, "")
    .replace(/[ .]+$|-+$/u, "");
  const isName = nearest !== "" && nameProblem(nearest) === undefined;
  const first = isName ? `write ${showText(nearest)}, for example: a name is` : "write a name of";
  return `${first} ${RULE}, and begins with a letter, a digit or \`_\``;
}
