/**
 * What proves who we are: tokens, passwords, client certificates and private authorities. They rotate, so their files are
 * read at every attempt and nothing of them is kept.
 */
import { readFile, stat } from "node:fs/promises";
import type { SecureContext } from "node:tls";
import type { CredentialsFile, TlsFiles } from "../config.ts";
import { Failure } from "../failure.ts";
import { authorizationOf, secretOf } from "./authorization.ts";

/** A token of OpenID Connect has some 2 kB, a bundle of all public authorities 250 kB. */
const MOST_BYTES = 1024 * 1024;
const OTHERS_READ = 0o004;

/** Is told of files that more people can read than should. */
export type Warn = (warning: string) => void;

/**
 * The value of an `Authorization` header.
 *
 * @throws {Failure} `configuration`, never with anything of the file's content
 */
export async function readAuthorization({ kind, path }: CredentialsFile, warn: Warn): Promise<string> {
  const bytes = await readSecret(path, `the ${kind} credentials`, warn);
  const text = secretOf(bytes);
  const bad = (what: string, help: string): Failure => new Failure("configuration", `${path} ${what}`, { help });
  const wanted = kind === "bearer" ? "a token" : "user:password";
  if (text === "") throw bad("is empty", `write ${wanted} into it`);
  // oxlint-disable-next-line no-control-regex -- looking for them is the purpose
  if (/[\u0000-\u001F\u007F]/.test(text))
    throw bad("holds control characters or several lines", `leave ${wanted} alone in it`);
  if (kind === "basic" && !text.includes(":")) throw bad("holds no colon", "write user:password into it");
  if (kind === "bearer" && !/^[\u0021-\u007E]+$/.test(text))
    throw bad("holds white space or letters that no token has", "leave the token alone in it");
  return authorizationOf(kind, text);
}

/** The content of the files, besides Node's own authorities. */
interface TlsMaterial {
  readonly ca: Buffer | undefined;
  readonly certificate: Buffer | undefined;
  readonly key: Buffer | undefined;
}

/** @throws {Failure} `configuration` where a file cannot be read or is not PEM */
export async function readTlsFiles({ ca, certificate, key }: TlsFiles, warn: Warn): Promise<TlsMaterial> {
  return {
    ca: ca === undefined ? undefined : await readPem(ca, "CERTIFICATE"),
    certificate: certificate === undefined ? undefined : await readPem(certificate, "CERTIFICATE"),
    key: key === undefined ? undefined : await readPem(key, "PRIVATE KEY", warn),
  };
}

/**
 * What a TLS connection is made with, from its files as they are now.
 *
 * @throws {Failure} `configuration` where one of them is of no use
 */
export async function readSecureContext(files: TlsFiles, warn: Warn): Promise<SecureContext> {
  const { ca, certificate, key } = await readTlsFiles(files, warn);
  const { createSecureContext, rootCertificates } = await import("node:tls");
  try {
    return createSecureContext({
      // A list replaces Node's own: parsing those again takes 25 ms, so they are named only where they must be.
      ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
      ...(certificate === undefined ? {} : { cert: certificate }),
      ...(key === undefined ? {} : { key }),
    });
  } catch (error) {
    const names = Object.values(files).join(", ");
    throw new Failure("configuration", `the certificates or the key in ${names} cannot be used`, {
      help: "see that they are PEM, not encrypted, and that the key belongs to the certificate",
      cause: error,
    });
  }
}

async function readPem(path: string, block: string, warn?: Warn): Promise<Buffer> {
  const bytes = await (warn === undefined ? read(path, "the certificates") : readSecret(path, "the key", warn));
  // Node takes a file without any certificate for a list of none, and says nothing.
  if (!new RegExp(`-----BEGIN [A-Z ]*${block}-----`).test(bytes.toString("latin1"))) {
    throw new Failure("configuration", `${path} holds no ${block} in PEM`, {
      help: "convert it, or name another file",
    });
  }
  return bytes;
}

async function readSecret(path: string, what: string, warn: Warn): Promise<Buffer> {
  const bytes = await read(path, what);
  const { mode } = await stat(path).catch((error: unknown) => unreadable(path, what, error));
  if ((mode & OTHERS_READ) !== 0) warn(`everybody on this host can read ${path}: chmod o= it`);
  return bytes;
}

async function read(path: string, what: string): Promise<Buffer> {
  const facts = await stat(path).catch((error: unknown) => unreadable(path, what, error));
  // A pipe would be waited for, a device would never end.
  if (!facts.isFile() || facts.size > MOST_BYTES) {
    throw new Failure("configuration", `${path} is not a file that can hold ${what}`, {
      help: `name a plain file of at most ${MOST_BYTES} bytes`,
    });
  }
  return await readFile(path).catch((error: unknown) => unreadable(path, what, error));
}

function unreadable(path: string, what: string, error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
  const why =
    code === "ENOENT"
      ? "is not there"
      : code === "EACCES"
        ? "may not be read by this user"
        : `cannot be read (${code})`;
  throw new Failure("configuration", `${path}, which should hold ${what}, ${why}`, {
    help: "create it, or let the user of promgen-agent read it",
    cause: error,
  });
}
