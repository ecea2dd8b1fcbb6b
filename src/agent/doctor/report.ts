import type { AgentExitCode } from "../failure.ts";
import { inert } from "../log/log-writer.ts";
import type { Row } from "./row.ts";

const MARKS: Readonly<Record<Row["level"], string>> = { ok: "ok", warning: "warning", trouble: "TROUBLE" };
const WIDTH = 7;

/** The rows for people: what is wrong stands out, with what to do below it. */
export function reportText(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ level, id, what, help }) => [
    `${MARKS[level].padEnd(WIDTH)}  ${id}: ${what}`,
    ...(help === undefined ? [] : [`${" ".repeat(WIDTH)}  = help: ${help}`]),
  ]);
  const count = (level: Row["level"]): number => rows.filter((row) => row.level === level).length;
  const [troubles, warnings] = [count("trouble"), count("warning")];
  lines.push(
    troubles + warnings === 0
      ? "all is well"
      : `${troubles} trouble${troubles === 1 ? "" : "s"}, ${warnings} warning${warnings === 1 ? "" : "s"}`,
  );
  return `${lines.map(inert).join("\n")}\n`;
}

/** For scripts. Later versions may add keys and ids. */
export function reportJson(rows: readonly Row[], exit: AgentExitCode): string {
  return `${JSON.stringify({ version: 1, exit, rows }, undefined, 2)}\n`;
}
