/**
 * The help of a finding that says which host to write.
 */
import type { HostProblem } from "./host-problem.ts";
import { showText } from "./show-text.ts";

/** The help to write another host. */
export function writeInstead(host: string, note = ""): Pick<HostProblem, "help" | "instead"> {
  return { help: `write ${showText(host)}${note}`, instead: { host, note } };
}

/** The same where nobody may know which host: `undefined` or the empty text. */
export function writeHost(host: string | undefined, note: string): Pick<HostProblem, "help" | "instead"> {
  return host === undefined || host === "" ? { help: `write the host alone${note}` } : writeInstead(host, note);
}
