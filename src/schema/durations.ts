/**
 * schema/duration: what Prometheus would not take as a duration, or zero.
 * https://prometheus.io/docs/prometheus/latest/configuration/configuration/ (`<duration>`)
 */
import type { Path } from "../diagnostic.ts";
import { parseDuration } from "../model/duration.ts";
import { FILL_IN, templateIn } from "../model/template.ts";
import type { SchemaDiagnostic } from "./finding.ts";
import type { DocumentKind } from "./shapes.ts";
import { code } from "./words.ts";
import type { Words } from "./wrong-type.ts";

type Value = Readonly<Record<string, unknown>>;

const KEYS = ["interval", "timeout", "scrape_interval", "scrape_timeout"];

/** Keys whose value is a duration. */
export function isDuration(key: unknown): key is string {
  return KEYS.includes(key as string);
}

/** @param path route of the document in its file */
export function checkDurations(
  file: string,
  path: Path,
  kind: DocumentKind,
  value: Value,
  diagnostics: SchemaDiagnostic[],
): void {
  const report = (owner: Value, steps: Path): void => {
    for (const key of KEYS) {
      const text = owner[key];
      if (typeof text !== "string" || isFine(text)) continue;
      const where = { file, path: [...path, ...steps, key] };
      diagnostics.push({ code: "schema/duration", severity: "error", ...durationWords(key, text), where });
    }
  };
  const { prometheus } = value;
  if (isFaulty(prometheus)) report(prometheus, ["prometheus"]);
  if (kind === "promgen") {
    const presets = (value["exporters"] ?? {}) as Value;
    for (const [name, preset] of Object.entries(presets)) if (isFaulty(preset)) report(preset, ["exporters", name]);
    return;
  }
  asList(value["projects"]).forEach((project, index) => {
    if (typeof project !== "object" || project === null) return;
    const { exporters, probes } = project as Value;
    const reportItems = (list: string) => (owner: unknown, item: number) => {
      if (isFaulty(owner)) report(owner, ["projects", index, list, item]);
    };
    asList(exporters).forEach(reportItems("exporters"));
    asList(probes).forEach(reportItems("probes"));
  });
}

const NONE: readonly unknown[] = [];

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : NONE;
}

/** Whether something has a duration that is none. Nothing is made for all those that have not. */
function isFaulty(owner: unknown): owner is Value {
  if (typeof owner !== "object" || owner === null) return false;
  const { interval, timeout, scrape_interval, scrape_timeout } = owner as Value;
  return !isFine(interval) || !isFine(timeout) || !isFine(scrape_interval) || !isFine(scrape_timeout);
}

/** What is no text has a finding of its own. */
function isFine(value: unknown): boolean {
  return typeof value !== "string" || (parseDuration(value) ?? 0) > 0;
}

/** What is wrong with a duration, a number included. */
export function durationWords(key: string, value: string | number): Words {
  const text = String(value);
  const subject = code(`${key}: ${text}`);
  if (text.trim() === "") return { message: `\`${key}\` is empty`, help: `write a duration such as \`${key}: 30s\`` };
  if (text.startsWith("-")) return { message: `${subject} is negative`, help: writeIt(key, text.slice(1)) };
  if (/^[\d.]+$/.test(text) && Number(text) > 0) {
    const seconds = /^\d+$/.test(text) ? `${Number(text)}s` : inUnits(Number(text) * 1000);
    return { message: `${subject} has no unit`, help: `add one: ${code(`${key}: ${seconds}`)}` };
  }
  if (templateIn(text) !== undefined)
    return { message: `${subject} is a template, and nothing fills it in here`, help: FILL_IN };
  const milliseconds = lenient(text);
  if (milliseconds === 0) return { message: `${subject} is zero`, help: `write how long, such as \`${key}: 30s\`` };
  if (milliseconds !== undefined && milliseconds > LONGEST)
    return { message: `${subject} is longer than Prometheus can count`, help: "write less than 292 years" };
  return { message: `${subject} is not a duration that Prometheus reads`, help: writeIt(key, text) };
}

/** Go's time.Duration ends here, in milliseconds. */
const LONGEST = 9_223_372_036_854;
const UNITS: readonly (readonly [name: string, milliseconds: number, words: RegExp])[] = [
  ["y", 365 * 86_400_000, /^y(?:ears?|rs?)?$/i],
  ["w", 7 * 86_400_000, /^w(?:eeks?|ks?)?$/i],
  ["d", 86_400_000, /^d(?:ays?)?$/i],
  ["h", 3_600_000, /^h(?:ours?|rs?)?$/i],
  ["m", 60_000, /^m(?:in(?:ute)?s?)?$/i],
  ["s", 1000, /^s(?:ec(?:ond)?s?)?$/i],
  ["ms", 1, /^(?:ms(?:ecs?)?|milli(?:second)?s?)$/i],
];

function writeIt(key: string, text: string): string {
  const milliseconds = lenient(text);
  const isClear = milliseconds !== undefined && milliseconds > 0 && milliseconds <= LONGEST;
  return isClear && Number.isInteger(milliseconds)
    ? `write ${code(`${key}: ${inUnits(milliseconds)}`)}`
    : "write whole numbers with the units y, w, d, h, m, s and ms, from large to small, such as `30s`, `1m30s`, `500ms`";
}

/** Milliseconds of `1.5 min`, `30sec`, `1:30`, `1s1m`; `undefined` for what nobody could read. */
function lenient(text: string): number | undefined {
  const clock = /^(\d{1,2}):([0-5]\d)(?::([0-5]\d))?$/.exec(text);
  if (clock !== null) {
    const [first, second, third] = clock.slice(1).map((part) => Number(part ?? Number.NaN)) as [number, number, number];
    return Number.isNaN(third) ? (first * 60 + second) * 1000 : ((first * 60 + second) * 60 + third) * 1000;
  }
  if (text.length > 40 || text.replaceAll(/\d+(?:\.\d+)?\s*[a-z]*[\s,]*/gi, "") !== "") return undefined;
  let sum = 0;
  for (const [, number, word = ""] of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)/gi)) {
    const unit = UNITS.find(([, , words]) => words.test(word));
    if (unit === undefined && Number(number) !== 0) return undefined;
    sum += Number(number) * (unit?.[1] ?? 1);
  }
  // 0.1 h is not exactly 360000 ms to a computer.
  return Math.abs(sum - Math.round(sum)) < 1e-6 ? Math.round(sum) : sum;
}

/** As people would write it: `90s`, `1m30s`, `1h`, and no weeks or years. */
function inUnits(milliseconds: number): string {
  const rounded = Math.round(milliseconds);
  let rest = rounded;
  let text = "";
  for (const [name, size] of UNITS.slice(2)) {
    const many = Math.floor(rest / size);
    if (many > 0) text += `${many}${name}`;
    rest -= many * size;
  }
  return text;
}
