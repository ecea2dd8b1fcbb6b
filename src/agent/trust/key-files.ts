/** The files that say whom to trust. ssh-keygen only says that it could not verify where one of them is missing. */
import { readFile } from "node:fs/promises";
import { Failure } from "../failure.ts";
import { sha256 } from "../sha256.ts";

/** @throws {Failure} `configuration` where one cannot be read, or the allowed_signers file names nobody */
export async function checkKeyFiles(allowedSigners: string, revokedKeys: string | undefined): Promise<void> {
  const lines = (await read(allowedSigners, "allowed signers")).split("\n");
  if (!lines.some((line) => /^\s*[^#\s]/.test(line))) {
    throw new Failure("configuration", `${allowedSigners} names nobody, and nothing can be accepted`, {
      help: "write one line a key there: an identity, then the public key (`ci@example.com ssh-ed25519 AAAA…`)",
    });
  }
  if (revokedKeys !== undefined) await read(revokedKeys, "revoked keys");
}

/** A digest of all that says whom to trust; one that cannot be read is told by who verifies. */
export async function digestOfKeys(...[signers, revoked, identity]: readonly (string | undefined)[]): Promise<string> {
  const files = [signers, revoked].map(async (path) => path && (await readFile(path, "base64").catch(() => "?")));
  return sha256(JSON.stringify([...(await Promise.all(files)), identity]));
}

async function read(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "latin1");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Failure("configuration", `the ${what} in ${path} cannot be read (${code ?? String(error)})`, {
      help: "see that the file is there and that the user that this runs as may read it",
      cause: error,
    });
  }
}
