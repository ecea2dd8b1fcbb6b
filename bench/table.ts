import { passes, ratio } from "./gates.ts";
import type { Gate, Results } from "./gates.ts";

export type Format = "text" | "markdown";

/** One table; the first column is text, the others are numbers. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[], format: Format): string {
  if (format === "markdown") {
    const rule = header.map((_, i) => (i === 0 ? "---" : "--:"));
    return [header, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  }
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  return [header, ...rows]
    .map((cells) =>
      cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "),
    )
    .join("\n");
}

/**
 * Medians of the wall and processor time, the ratios to `node -e 0`, to rival.py and to
 * the same command on the clean inventory, where it ran on that, too; the highest peak of resident memory.
 */
export function formatResults(results: Results, format: Format): string {
  const rows = [...results].map(([name, { seconds, cpu, resident }]) => {
    const [command = "", variant] = name.split(", ");
    const isOnAnother = variant !== undefined && results.has(command);
    return [
      format === "markdown" ? `\`${name}\`` : name,
      formatSeconds(seconds),
      formatSeconds(cpu),
      ratio(results, name, "node -e 0").toFixed(2),
      ratio(results, name, "rival.py").toFixed(2),
      isOnAnother ? ratio(results, name, command).toFixed(2) : "",
      (resident / 1e6).toFixed(0),
    ];
  });
  const header = ["", "wall", "CPU", "× n0", "× PY", "× clean", "peak MB"];
  if (results.has("rival.py")) return formatTable(header, rows, format);
  const kept = (cells: readonly string[]): string[] => cells.filter((_, i) => i !== 4 && i !== 5);
  return formatTable(kept(header), rows.map(kept), format);
}

export function formatGates(gates: readonly Gate[], format: Format): string {
  const rows = gates.map((gate) => [
    gate.what,
    `${formatNumber(gate.measured)} ${gate.unit}`,
    formatNumber(gate.gate),
    passes(gate) ? "pass" : "MISS",
    gate.stretch === undefined ? "" : `${formatNumber(gate.stretch)}${gate.measured <= gate.stretch ? " reached" : ""}`,
  ]);
  return formatTable(["", "measured", "gate", "", "stretch"], rows, format);
}

function formatSeconds(seconds: number): string {
  return seconds < 1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(2)} s`;
}

function formatNumber(value: number): string {
  return value >= 20 ? value.toFixed(0) : value.toFixed(2);
}
