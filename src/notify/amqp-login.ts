/** Who we are for a broker: from a file, as options are there for everybody to read. */
import { readFile, stat } from "node:fs/promises";
import { EnvironmentError } from "../exit.ts";

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** What RabbitMQ has when it is installed. It lets this user in from its own host alone. */
export const GUEST: Login = { user: "guest", password: "guest" };

/** A bundle of all public authorities has a quarter of it. */
const MOST_BYTES = 2 ** 20;

/**
 * Reads `user:password`.
 *
 * @throws {EnvironmentError} never with anything of what the file holds
 */
export async function readLogin(path: string): Promise<Login> {
  const text = (await readText(path, "user and password of the broker")).replace(/(\r?\n)+$/, "");
  const colon = text.indexOf(":");
  if (colon < 1) throw new EnvironmentError(`${path} does not hold user:password`, "write both into it, in one line");
  if (/\p{Cc}/u.test(text))
    throw new EnvironmentError(`${path} holds control characters or several lines`, "leave user:password alone in it");
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Reads a file of certificates in PEM. */
export async function readAuthorities(path: string): Promise<string> {
  const text = await readText(path, "the authorities of the broker");
  // Node takes a file without any certificate for a list of none, and says nothing.
  if (!text.includes("-----BEGIN CERTIFICATE-----") && !text.includes("-----BEGIN TRUSTED CERTIFICATE-----"))
    throw new EnvironmentError(`${path} holds no certificate in PEM`, "convert it, or name another file");
  return text;
}

/** Reads a plain file that is not large. @param what it should hold, for errors */
export async function readText(path: string, what: string): Promise<string> {
  try {
    const facts = await stat(path);
    // A pipe would be waited for, a device would never end.
    if (facts.isFile() && facts.size <= MOST_BYTES) return await readFile(path, "utf8");
  } catch (error) {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    throw new EnvironmentError(
      `${path}, which should hold ${what}, cannot be read (${code})`,
      "create it, or let this user read it",
    );
  }
  throw new EnvironmentError(`${path} is no file that could hold ${what}`, "name a plain file");
}
