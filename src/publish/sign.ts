/** SSH signatures of what is published: `ssh-keygen -Y sign`, https://man.openbsd.org/ssh-keygen#-Y */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { EnvironmentError } from "../exit.ts";
import type { Io } from "../io.ts";
import { attempt } from "./attempt.ts";
import { withPrivateDirectory } from "./private-directory.ts";
import { KEY_VARIABLE, runProgram } from "./run-program.ts";

/** The purpose that is signed for: a signature for git or for a file is none for us. */
export const NAMESPACE = "promgen-gen";

/** More would not fit into the arguments of a program, on systems that take little. */
const FILES_OF_A_CALL = 500;

export interface Signer {
  /**
   * The content of a `.sig` file for each of these.
   *
   * Throws EnvironmentError where ssh-keygen does not sign.
   */
  sign(contents: readonly Uint8Array[]): Promise<readonly string[]>;
}

/**
 * What signs, where a key is given; `undefined` where none is.
 *
 * @param keyFile `--sign`: a private key, or the public key of one that ssh-agent has; relative to `io.cwd`. Where it is left
 *   out, the environment variable PROMGEN_SIGNING_KEY may have the text of a private key
 * Throws EnvironmentError where what is given cannot be a key. It never repeats what was given.
 */
export function openSigner(io: Io, keyFile: string | undefined): Signer | undefined {
  const text = keyFile === undefined ? (io.env[KEY_VARIABLE] ?? "").trim() : "";
  if (keyFile === undefined && text === "") return undefined;
  if (keyFile === undefined && !/^-----BEGIN [A-Z ]*PRIVATE KEY-----\s/.test(text))
    throw new EnvironmentError(
      `${KEY_VARIABLE} does not hold a private key`,
      "give it the whole text of the key file, from `-----BEGIN` on; or name a file with --sign",
    );
  const path = keyFile === undefined ? undefined : checkFile(io, keyFile);
  return {
    sign: async (contents) =>
      await withPrivateDirectory(io, async (directory) => {
        const key = path ?? join(directory, "key");
        // What was pasted somewhere often has lost its last line break, without which it is no key.
        if (path === undefined) write(key, `${text.replace(/\r\n?/g, "\n")}\n`);
        const signatures: string[] = [];
        for (let at = 0; at < contents.length; at += FILES_OF_A_CALL) {
          const files = contents.slice(at, at + FILES_OF_A_CALL).map((content, index) => {
            const name = String(at + index);
            write(join(directory, name), content);
            return name;
          });
          await callSshKeygen(io, directory, key, files);
          for (const name of files) signatures.push(readFileSync(join(directory, `${name}.sig`), "utf8"));
        }
        return signatures;
      }),
  };
}

function checkFile(io: Io, keyFile: string): string {
  if (/PRIVATE KEY|\p{Cc}/u.test(keyFile))
    throw new EnvironmentError(
      "--sign takes the path of a key file, not the key",
      `arguments are visible to every user of this machine: put the key into ${KEY_VARIABLE} instead, and make a new one`,
    );
  const path = resolve(io.cwd, keyFile);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
    throw new EnvironmentError(`--sign: there is no file ${path}`, "make a key with `ssh-keygen -t ed25519 -f <file>`");
  return path;
}

function write(path: string, content: string | Uint8Array): void {
  attempt("write to a temporary file", () => writeFileSync(path, content, { mode: 0o600, flag: "wx" }));
}

/** Leaves a signature beside each file. */
async function callSshKeygen(io: Io, directory: string, key: string, files: readonly string[]): Promise<void> {
  const { code, words } = await runProgram(io, "ssh-keygen", ["-Y", "sign", "-f", key, "-n", NAMESPACE, ...files], {
    directory,
  });
  if (code === 0) return;
  const lines = words.split("\n").filter((line) => line !== "" && !line.startsWith("@"));
  const [said, hint] = HINTS.find(([known]) => lines.some((line) => known.test(line))) ?? [];
  const telling = lines.find((line) => said?.test(line)) ?? lines.at(-1) ?? "it does not say why";
  throw new EnvironmentError(`ssh-keygen does not sign: ${telling}`, hint);
}

/** ssh-keygen's words are not translated. */
const HINTS: readonly (readonly [said: RegExp, hint: string])[] = [
  [/unknown option -- Y|illegal option -- Y/, "install OpenSSH 8.2 or newer"],
  [/are too open/, "others can read the key file: run `chmod 600` on it"],
  [/incorrect passphrase/, "the key has a passphrase: load it into ssh-agent and give the public key file"],
  [/agent socket|No private key found/, "load the private key with `ssh-add`; `ssh-add -L` lists what ssh-agent has"],
  [/invalid format|error in libcrypto|Couldn't load public key/, "this is no private key, or a part of it is missing"],
];
