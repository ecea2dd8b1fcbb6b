/** Texts of the command line → values. All of these throw {@link WrongValue} with what is wrong and how it is written. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseBroker } from "../notify/amqp-broker.ts";
import type { Broker } from "../notify/amqp-broker.ts";
import { queueNameTrouble } from "../notify/queue-name.ts";
import type { CredentialsFile } from "./config.ts";

/** The message continues `--option …`: "is no time: …". */
export class WrongValue extends Error {}

const SECONDS = { d: 86_400, h: 3600, m: 60, s: 1, ms: 0.001 } as const;
const LONGEST = 3660 * SECONDS.d;

/** `30s`, `5m`, `1h30m`, `2d` → seconds. */
export function duration(text: string): number {
  if (/^\d+$/.test(text) && Number(text) !== 0)
    throw new WrongValue(`has no unit: write ${text}s, ${text}m or ${text}h`);
  const parts = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text === "0" ? "0s" : text);
  if (parts === null || text === "") throw new WrongValue(`is no time: ${shown(text)}; write 30s, 5m, 2h or 1d`);
  const seconds = Object.values(SECONDS).reduce((sum, unit, at) => sum + Number(parts[at + 1] ?? 0) * unit, 0);
  if (seconds > LONGEST) throw new WrongValue(`is longer than ten years: ${shown(text)}`);
  return seconds;
}

/** As {@link duration}, of at least so many seconds. */
export function durationFrom(least: number): (text: string) => number {
  return (text) => {
    const seconds = duration(text);
    if (seconds < least) throw new WrongValue(`is too short: ${shown(text)}; the least is ${least}s`);
    return seconds;
  };
}

const BYTES: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** `64MiB`, `10MB`, `4096` → bytes. */
export function size(text: string): number {
  const [, count, unit = ""] = /^(\d+)([A-Za-z]*)$/.exec(text) ?? [];
  const factor = BYTES[unit];
  if (count === undefined || factor === undefined)
    throw new WrongValue(`is no size: ${shown(text)}; write 64MiB, 10MB or a number of bytes`);
  const bytes = Number(count) * factor;
  if (bytes === 0 || bytes > 2 ** 40) throw new WrongValue(`must be more than 0 and at most 1024GiB: ${shown(text)}`);
  return bytes;
}

/** A number from 0 to 100. */
export function percent(text: string): number {
  const number = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || number > 100) throw new WrongValue(`is no number from 0 to 100: ${shown(text)}`);
  return number;
}

/** The number of a generation, as SHA256SUMS and the log have it. */
export function generation(text: string): number {
  const number = Number(text);
  if (!/^(0|[1-9]\d*)$/.test(text) || !Number.isSafeInteger(number))
    throw new WrongValue(`is no generation: ${shown(text)}; status and the log name the one that is held`);
  return number;
}

/** `0644` → 0o644. Others must not write the files, and nobody executes them. */
export function mode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) throw new WrongValue(`is no mode: ${shown(text)}; write it in octal, such as 0644`);
  const bits = Number.parseInt(text, 8);
  if ((bits & 0o113) !== 0)
    throw new WrongValue(
      `${shown(text)} lets others write the targets or everybody execute them; 0644 or 0640 is meant`,
    );
  if ((bits & 0o600) !== 0o600) throw new WrongValue(`${shown(text)} keeps the agent from its own files; write 06..`);
  return bits;
}

/** One of a few words. */
export function choiceOf<const T extends string>(...words: readonly T[]): (text: string) => T {
  return (text) => {
    const found = words.find((word) => word === text);
    if (found === undefined) throw new WrongValue(`is ${shown(text)}, but takes ${listed(words)}`);
    return found;
  };
}

/** `bearer:FILE` or `basic:FILE`. What is written there is never shown: it may be the secret itself. */
export function credentials(cwd: string): (text: string) => CredentialsFile {
  return (text) => {
    const [, kind, path] = /^(bearer|basic):(.+)$/s.exec(text) ?? [];
    if (path === undefined || (kind !== "bearer" && kind !== "basic"))
      throw new WrongValue("must be bearer:FILE or basic:FILE; the secret itself belongs into the file");
    return { kind, path: resolve(cwd, path) };
  };
}

/** The address of a broker. Credentials in it would end up in logs and process lists. */
export function broker(text: string): Broker {
  const read = parseBroker(text);
  if ("wrong" in read) throw new WrongValue(read.wrong);
  return read;
}

/** The name of a queue. */
export function queueName(text: string): string {
  const trouble = queueNameTrouble(text);
  if (trouble !== undefined) throw new WrongValue(trouble);
  return text;
}

/** Where to listen. A port alone is one of the loopback interface. */
export function listenAddress(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]:|([^:[\]]*):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535)
    throw new WrongValue(`is no address: ${shown(text)}; write 9914, 127.0.0.1:9914 or [::1]:9914`);
  return { host: bracketed ?? (plain === undefined || plain === "" ? "127.0.0.1" : plain), port };
}

/** The base URL of a server. Credentials in it would end up in logs and process lists. */
export function baseUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new WrongValue("is no URL; write http://localhost:9090");
  }
  if (url.username !== "" || url.password !== "")
    throw new WrongValue(
      "holds credentials, which everybody can see there: put them into a file (…credentials basic:FILE)",
    );
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new WrongValue(`is neither http nor https: ${shown(text)}`);
  if (url.search !== "" || url.hash !== "") throw new WrongValue(`has a query or a fragment: ${shown(text)}`);
  return text;
}

/** `user:group`, `user`, or numbers. */
export function owner(text: string): { readonly uid: number; readonly gid: number } {
  const [, user, group] = /^([^:\s]+)(?::([^:\s]+))?$/.exec(text) ?? [];
  if (user === undefined) throw new WrongValue(`is no owner: ${shown(text)}; write prometheus:prometheus or 1000:1000`);
  const account = entryOf("/etc/passwd", user);
  const uid = /^\d+$/.test(user) ? Number(user) : Number(account?.[2]);
  if (Number.isNaN(uid))
    throw new WrongValue(`names the user ${shown(user)}, which is not in /etc/passwd; give its number`);
  const gid =
    group === undefined
      ? Number(account?.[3])
      : /^\d+$/.test(group)
        ? Number(group)
        : Number(entryOf("/etc/group", group)?.[2]);
  if (Number.isNaN(gid))
    throw new WrongValue(
      group === undefined
        ? `names no group: write ${user}:GROUP`
        : `names the group ${shown(group)}, which is not in /etc/group; give its number`,
    );
  return { uid, gid };
}

function entryOf(file: string, name: string): readonly string[] | undefined {
  const byNumber = /^\d+$/.test(name);
  return readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .find((fields) => fields[byNumber ? 2 : 0] === name);
}

/** A text of the user in a message: short, and without what would end the line. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}…` : text);
}

/** `a, b or c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
