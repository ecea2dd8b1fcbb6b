/** What editors and Git have to know of an inventory. */
import type { ScaffoldFiles } from "./scaffold.ts";

/** Where the package has its schemas, once it is installed beside the inventory. */
const SCHEMAS = "./node_modules/promgen-gen/schema";

/** Which schema is for which files, as the YAML extension of VS Code and of others that read its settings has it. */
const SETTINGS = {
  "yaml.schemas": {
    [`${SCHEMAS}/promgen.schema.json`]: "promgen.yml",
    [`${SCHEMAS}/shard.schema.json`]: "targets/shards/**",
    [`${SCHEMAS}/farm.schema.json`]: "targets/farms/**",
    [`${SCHEMAS}/service.schema.json`]: "targets/services/**",
  },
  "files.eol": "\n",
};

export const EDITOR_FILES: ScaffoldFiles = {
  ".vscode/settings.json": `${JSON.stringify(SETTINGS, null, 2)}\n`,
  ".gitattributes": `# The same bytes on every machine.
*.yml text eol=lf
*.yaml text eol=lf
`,
  ".gitignore": `node_modules/
dist/
`,
};
