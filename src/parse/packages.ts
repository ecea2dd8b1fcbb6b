/**
 * The two YAML packages, through `require`, each when it is first needed.
 *
 * js-yaml: its CommonJS build is about three times as fast on Node 20 as the module that `import` gives (an object spread
 * there turns the parser's state into a slow dictionary); the benchmark watches this.
 * yaml: loading it costs about as much as starting Node, and most runs never need it.
 */
import { createRequire } from "node:module";

type JsYaml = typeof import("js-yaml");
type Yaml = typeof import("yaml");

const require = createRequire(import.meta.url);
let loadedJsYaml: JsYaml | undefined;
let loadedYaml: Yaml | undefined;

export function jsYaml(): JsYaml {
  return (loadedJsYaml ??= require("js-yaml") as JsYaml);
}

export function yaml(): Yaml {
  return (loadedYaml ??= require("yaml") as Yaml);
}
