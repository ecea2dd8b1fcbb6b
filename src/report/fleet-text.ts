/** What servers run, for people. */
import picocolors from "picocolors";
import type { FleetStatus, State } from "../notify/fleet-status.ts";
import { COLUMNS, fleetHeadline, lateWords, serverCells } from "./fleet-words.ts";
import { tableLines } from "./table.ts";
import { visibleShort } from "./visible.ts";

type Color = "red" | "yellow" | "green" | "cyan";

const COLORS: Readonly<Record<State, Color>> = {
  held: "red",
  behind: "yellow",
  empty: "yellow",
  unconfirmed: "yellow",
  unknown: "cyan",
  current: "green",
};
const STATE_COLUMN = COLUMNS.indexOf("state");

/** A headline, then a line for each server; those first that are not current. */
export function* fleetTextLines(status: FleetStatus, color: boolean): Generator<string> {
  const colors = picocolors.createColors(color);
  const late = lateWords(status);
  const head = [colors.bold(fleetHeadline(status)), visibleShort(status.published.where)];
  yield [...head, ...(late === undefined ? [] : [colors.red(late)])].join(" · ");
  if (status.servers.length === 0) return;
  const rows = status.servers.map((server) => serverCells(server).map(visibleShort));
  yield* tableLines([[...COLUMNS], ...rows], (cell, row, column) => {
    const server = status.servers[row - 1];
    if (server === undefined || column !== STATE_COLUMN) return cell;
    return colors[server.isLate ? "red" : COLORS[server.state]](cell);
  });
}
