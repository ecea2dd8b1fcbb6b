import type { Size } from "./dataset.ts";
import type { Summary } from "./measure.ts";

/** The summaries of one group of programs that ran in turn, by name. */
export type Results = ReadonlyMap<string, Summary>;

export interface Gate {
  what: string;
  unit: string;
  measured: number;
  gate: number;
  /** What we would like to reach. */
  stretch?: number;
}

const COLD = {
  S: { against: "node -e 0", unit: "n0", gate: 2.5, stretch: 1.7 },
  M: { against: "rival.py", unit: "PY", gate: 0.75, stretch: 0.5 },
  L: { against: "rival.py", unit: "PY", gate: 0.4, stretch: 0.22 },
} as const;

const RESIDENT = {
  S: { gate: 80, stretch: 60 },
  M: { gate: 120, stretch: 65 },
  L: { gate: 300, stretch: 100 },
} as const;

/** How much slower js-yaml may be than JSON.parse; its CommonJS build is about 11 times, its ES module 28 times and more. */
const PARSER_RATIO = 16;

export function startGates(results: Results): Gate[] {
  return ["--version", "--help"].map((what) => ({
    what,
    unit: "× n0",
    measured: ratio(results, what, "node -e 0"),
    gate: 1.3,
    stretch: 1.05,
  }));
}

export function sizeGates(size: Size, results: Results): Gate[] {
  const { against, unit, gate, stretch } = COLD[size];
  // A build that finds errors does not render, so validate is the fairer pair; the worse of the two counts.
  const spoilt = (percent: string): number =>
    Math.max(...["validate", "build"].map((command) => ratio(results, `${command}, ${percent}`, command)));
  return [
    { what: `build ${size}`, unit: `× ${unit}`, measured: ratio(results, "build", against), gate, stretch },
    { what: `peak memory of build ${size}`, unit: "MB", measured: megabytes(results, "build"), ...RESIDENT[size] },
    {
      what: `10 % of the files with errors, ${size}`,
      unit: "× clean",
      measured: spoilt("10 % with errors"),
      gate: 1.15,
      stretch: 1.05,
    },
    { what: `1 % of the files unreadable, ${size}`, unit: "× clean", measured: spoilt("1 % unreadable"), gate: 1.15 },
    // Of small inventories, most of the time is that of starting Git.
    ...(size === "S"
      ? []
      : [
          {
            what: `plan of one changed file, ${size}`,
            unit: "× validate",
            measured: ratio(results, "plan, one file changed", "validate, one file changed"),
            gate: 1.3,
          },
          {
            what: `publish of one changed file, ${size}`,
            unit: "× build",
            measured: ratio(results, "publish, one file changed", "build, in a Git checkout"),
            gate: 2.5,
          },
        ]),
  ];
}

export function parserGate(speeds: readonly { name: string; speed: number }[]): Gate {
  const speed = (name: string): number => speeds.find((entry) => entry.name === name)?.speed ?? Number.NaN;
  const measured = speed("JSON.parse") / speed("js-yaml by require: load");
  return { what: "js-yaml's load, by require", unit: "× JSON.parse", measured, gate: PARSER_RATIO };
}

export function ratio(results: Results, name: string, to: string): number {
  return (results.get(name)?.seconds ?? Number.NaN) / (results.get(to)?.seconds ?? Number.NaN);
}

function megabytes(results: Results, name: string): number {
  return (results.get(name)?.resident ?? Number.NaN) / 1e6;
}

/** NaN, something that was not measured, has not passed. */
export function passes({ measured, gate }: Gate): boolean {
  return measured <= gate;
}
