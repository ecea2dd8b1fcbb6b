/** What editors and Git have to know of an inventory. */
import { posix } from "node:path";
import { CONFIG_FILE } from "../../model/config.ts";
import type { ScaffoldFiles } from "./scaffold.ts";

/** Where the package has its schemas, once it is installed beside the inventory. */
const SCHEMAS = "./node_modules/promgen-gen/schema";

/**
 * Settings of VS Code and of others that read them, and of Git.
 *
 * @param inventory the directory, as promgen.yml names it: which kind a document below it is, its schema finds out
 */
export function editorFiles(inventory: string): ScaffoldFiles {
  const below = posix.join(inventory, "**");
  const settings = {
    // https://github.com/redhat-developer/yaml-language-server#associating-schemas
    "yaml.schemas": {
      [`${SCHEMAS}/promgen.schema.json`]: CONFIG_FILE,
      [`${SCHEMAS}/document.schema.json`]: below === "**" ? [below, `!${CONFIG_FILE}`] : below,
    },
    "files.eol": "\n",
  };
  return {
    ".vscode/settings.json": `${JSON.stringify(settings, null, 2)}\n`,
    ".gitattributes": `# The same bytes on every machine.
*.yml text eol=lf
*.yaml text eol=lf
`,
    ".gitignore": `node_modules/
dist/
`,
  };
}
