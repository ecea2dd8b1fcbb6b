/** What servers run, as the summary of a job: everything that others have written is inert. */
import type { FleetStatus, ServerStatus } from "../notify/fleet-status.ts";
import { COLUMNS, fleetHeadline, lateWords, serverCells } from "./fleet-words.ts";
import { inertMarkdown } from "./markdown.ts";
import { quantity } from "./summary.ts";

/** So many that what a forge takes is never exceeded, whatever is in them. */
const SHOWN = 100;

/** Headline, then a table; those first that are not current. Ends with a line end. */
export function fleetMarkdown(status: FleetStatus): string {
  const { counts, servers, published } = status;
  const mark = counts.late > 0 ? "⛔" : counts.current < counts.servers ? "⏳" : "✅";
  const late = lateWords(status);
  const rows = servers.slice(0, SHOWN).map(rowOf);
  const parts = [
    `### promgen-gen: ${mark} ${fleetHeadline(status)}`,
    `Published at ${placeMarkdown(published.where)}.${late === undefined ? "" : ` **${late}.**`}`,
    ...(rows.length === 0
      ? []
      : [[`| ${COLUMNS.join(" | ")} |`, `|${" :-- |".repeat(COLUMNS.length)}`, ...rows].join("\n")]),
    ...(servers.length > SHOWN ? [`… and ${quantity(servers.length - SHOWN, "more server")}`] : []),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** What a place is called has quotes already, where these are those of Markdown. */
function placeMarkdown(where: string): string {
  const [, kind = "", name = where] = /^(branch )?`([^`]+)`$/.exec(where) ?? [];
  return `${kind}${inertMarkdown(name)}`;
}

function rowOf(status: ServerStatus): string {
  const [server = "", shard = "", ...cells] = serverCells(status);
  const error = cells.pop() ?? "";
  const shown = [inertMarkdown(server), inertMarkdown(shard), ...cells, error === "" ? "" : inertMarkdown(error)];
  return `| ${shown.join(" | ")} |`;
}
