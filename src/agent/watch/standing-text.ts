/** `promgen-agent status` for people. */
import { inert } from "../log/log-writer.ts";
import type { Condition, Standing } from "./standing.ts";

const WORDS: Readonly<Record<Condition, string>> = {
  "in place": "as it was verified",
  missing: "MISSING",
  changed: "CHANGED since it was verified",
  unknown: "not verified yet: a run was cut short, or none has put it there",
};

/** @param now seconds since 1970 */
export function standingText(standing: Standing, now: number): string {
  const lines = [...generationLines(standing, now), ...fileLines(standing), ...prometheusLines(standing, now)];
  const { held, hold, quarantine, lastContact, lastRun, lastSuccess, stale, advice } = standing;
  if (held !== null)
    lines.push(row("held", `generation ${held.generation}, since ${when(held.since, now)}: ${held.message}`));
  if (hold !== null) {
    const end = hold.until === null ? "until release" : `until ${date(hold.until)}`;
    lines.push(row("hold", `since ${when(hold.since, now)}, ${end}${hold.reason === null ? "" : `: ${hold.reason}`}`));
  }
  for (const { generation, reason, at } of quarantine) {
    const why = reason === "rejected" ? "Prometheus could not read it" : "it was rolled back";
    lines.push(row("not taken", `generation ${generation}: ${why} on ${date(at)}`));
  }
  lines.push(
    row(
      "source",
      lastContact === null ? "never reached" : `last reached ${when(lastContact, now)}${stale ? ": STALE" : ""}`,
    ),
    row("success", lastSuccess === null ? "never" : `last ${when(lastSuccess, now)}`),
  );
  if (lastRun !== null) {
    const why = lastRun.message === null ? "" : `: ${lastRun.message}`;
    lines.push(
      row(
        "last run",
        `${when(lastRun.at, now)}, ended with ${lastRun.exit}${lastRun.reason === null ? "" : ` (${lastRun.reason})`}${lastRun.exit === 0 ? "" : why}`,
      ),
    );
  }
  return `${[...lines, ...advice.map((text) => `  = help: ${text}`)].map(inert).join("\n")}\n`;
}

function generationLines({ shard, generation, commit, appliedAt }: Standing, now: number): string[] {
  if (generation === null) return [row("generation", "none yet")];
  const made = generation === 0 ? "made outside Git" : `of ${date(generation)}`;
  return [
    ...(shard === null ? [] : [row("shard", shard === "*" ? "the whole inventory" : shard)]),
    row("generation", `${generation} (${made}${commit === null ? "" : `, commit ${commit.slice(0, 12)}`})`),
    ...(appliedAt === null ? [] : [row("in place", `since ${when(appliedAt, now)}`)]),
  ];
}

function fileLines({ files }: Standing): string[] {
  return files.map(({ name, path, condition, targets }) => {
    const count = targets === null ? "" : `${targets} target${targets === 1 ? "" : "s"}, `;
    return row(name, `${count}${WORDS[condition]}: ${path}`);
  });
}

function prometheusLines({ prometheus }: Standing, now: number): string[] {
  return prometheus.map(({ url, verdict, message, at }) =>
    row("prometheus", `${url} ${verdict}, ${when(at, now)}${message === null ? "" : `: ${message}`}`),
  );
}

function row(name: string, text: string): string {
  return `${name.padEnd(13)}${text}`;
}

/** RFC 3339 in UTC. */
function date(seconds: number): string {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? "an impossible time" : time.toISOString().replace(/\.\d+Z$/, "Z");
}

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
];

function when(seconds: number, now: number): string {
  const age = Math.round(now - seconds);
  if (age < 0) return `${date(seconds)} (the clock was set back since)`;
  const [unit, name] = UNITS.find(([length]) => age >= 2 * length) ?? [1, "s"];
  return `${date(seconds)} (${Math.floor(age / unit)} ${name} ago)`;
}
