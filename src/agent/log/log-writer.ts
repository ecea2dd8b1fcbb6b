/** Lines for people, for journald and for programs. */
import type { Clock } from "../clock.ts";
import type { Level, Log } from "../log.ts";

export interface LogForm {
  /** `journal` is text with journald's priorities and without a time of its own. */
  readonly format: "text" | "journal" | "json";
  /** The least that is written. */
  readonly level: Level;
  /** Takes secrets out of a text. */
  readonly redact: (text: string) => string;
}

type Fields = Parameters<Log["write"]>[3];

const ORDER: Readonly<Record<Level, number>> = { debug: 0, info: 1, warning: 2, error: 3 };
/** Of syslog; journald reads it from `<N>` at the start of a line (sd-daemon(3)). */
const PRIORITY: Readonly<Record<Level, number>> = { debug: 7, info: 6, warning: 4, error: 3 };

/** @param write takes one line, with its end; must not throw */
export function openLog({ format, level: least, redact }: LogForm, clock: Clock, write: (line: string) => void): Log {
  const line = format === "json" ? jsonLine : format === "journal" ? journalLine : textLine;
  return {
    write: (level, event, message, fields) => {
      if (ORDER[level] < ORDER[least]) return;
      write(`${line(timeOf(clock), level, event, redact(message), redacted(fields, redact))}\n`);
    },
  };
}

function redacted(
  fields: Fields,
  redact: (text: string) => string,
): Readonly<Record<string, string | number | boolean>> {
  const kept: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(fields ?? {}))
    if (value !== undefined) kept[name] = typeof value === "string" ? redact(value) : value;
  return kept;
}

/** RFC 3339, in UTC. A clock beyond what dates can say must not end the program. */
function timeOf(clock: Clock): string {
  const time = new Date(clock.now() * 1000);
  return Number.isNaN(time.getTime()) ? "?" : time.toISOString().replace(/\.\d+Z$/, "Z");
}

type Line = (time: string, level: Level, event: string, message: string, fields: NonNullable<Fields>) => string;

const textLine: Line = (time, level, event, message, fields) =>
  `${time} ${level} ${event} ${inert(message)}${Object.entries(fields).map(pair).join("")}`;

const journalLine: Line = (_time, level, event, message, fields) =>
  `<${PRIORITY[level]}>${event} ${inert(message)}${Object.entries(fields).map(pair).join("")}`;

const jsonLine: Line = (time, level, event, message, fields) =>
  // What is ours stands last: a field cannot pretend to be it.
  inert(JSON.stringify({ ...fields, time, level, event, message }));

function pair([name, value]: [string, unknown]): string {
  const text = String(value);
  return ` ${name}=${/^[\w.:/@%+,-]+$/.test(text) ? text : inert(JSON.stringify(text))}`;
}

/** Makes a text one line that does nothing to a terminal: control characters and those that change its direction. */
export function inert(text: string): string {
  return text.replace(
    /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
