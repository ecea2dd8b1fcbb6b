/** `promgen-agent doctor`: why targets do not arrive. Changes nothing. */
import type { AgentConfig } from "../config.ts";
import type { Collaborators } from "../core/collaborators.ts";
import { diagnose } from "../doctor/diagnose.ts";
import { reportJson, reportText } from "../doctor/report.ts";
import { exitOf } from "../doctor/row.ts";
import type { AgentExitCode } from "../failure.ts";

/** Prints what was found. Ends with 0 where nothing is in trouble, else with the code of the worst. */
export async function doctor(
  config: AgentConfig,
  collaborators: Collaborators,
  { json, print }: { readonly json: boolean; readonly print: (text: string) => void },
): Promise<AgentExitCode> {
  const rows = await diagnose(config, collaborators);
  const exit = exitOf(rows);
  print(json ? reportJson(rows, exit) : reportText(rows));
  return exit;
}
