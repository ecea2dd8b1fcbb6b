/** What a commit may have where we look for a file or a directory. */
import { Failure } from "../failure.ts";

/**
 * Why something else than a plain file or directory is not taken: links lead elsewhere, submodules to other repositories.
 *
 * @param kind such as `symbolic link`
 */
export function notPlain(label: string, path: string, kind: string): Failure {
  return new Failure(path.endsWith(".json") ? "invalid" : "pointer", `${label} has a ${kind} at ${path}`, {
    help: "publish plain files and directories, as promgen-gen does",
  });
}
