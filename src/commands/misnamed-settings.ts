/** A file that was meant to be promgen.yml: nobody reads it, and all would be as if there were no settings. */
import type { Diagnostic } from "../diagnostic.ts";
import { EnvironmentError } from "../exit.ts";
import { CONFIG_FILE } from "../model/config.ts";
import type { Tree } from "../source/tree.ts";

const BESIDE = "promgen.yaml";
/** Where file names have no case, these are promgen.yml itself. */
const INSTEAD = [BESIDE, "Promgen.yml", "Promgen.yaml", "promgen.YML", "PROMGEN.YML"];

/** @param isMissing whether there is no promgen.yml */
export function misnamedSettings(tree: Tree, isMissing: boolean): Diagnostic[] {
  const name = (isMissing ? INSTEAD : [BESIDE]).find((other) => isThere(tree, other));
  if (name === undefined) return [];
  return [
    {
      code: "schema/missing-key",
      severity: "error",
      message: `${name} is not read: the settings are in ${CONFIG_FILE}${isMissing ? ", and there is none" : ""}`,
      where: { file: name, path: [] },
      help: isMissing ? `rename it to ${CONFIG_FILE}` : `move what is in it to ${CONFIG_FILE}, and delete it`,
    },
  ];
}

function isThere(tree: Tree, file: string): boolean {
  try {
    return tree.read(file) !== undefined;
  } catch (error) {
    // Whatever that is, it is no file of settings.
    if (error instanceof EnvironmentError) return false;
    throw error;
  }
}
