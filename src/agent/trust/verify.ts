/** `ssh-keygen -Y verify` on SHA256SUMS, and why it said no. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TrustConfig } from "../config.ts";
import { Failure } from "../failure.ts";
import { checkKeyFiles, digestOfKeys } from "./key-files.ts";
import { NAMESPACE, refusal, troubleOf, unreadableRevocations } from "./refusal.ts";
import type { Verifier } from "./signature.ts";
import { SignatureFailure } from "./signature.ts";
import { sshKeygen } from "./ssh-keygen.ts";
import type { Answer, Program } from "./ssh-keygen.ts";

/** The largest that ssh-keygen makes (RSA with 16384 bits, certificate included) has some 10 kB. */
const MAX_SIGNATURE_BYTES = 64 * 1024;

/** It needs some milliseconds. */
const SSH_KEYGEN: Program = { path: "ssh-keygen", seconds: 10 };

/** What ssh-keygen needs to know at every call. */
interface Keys {
  readonly program: Program;
  readonly allowedSigners: string;
  readonly identity: string | undefined;
  readonly revokedKeys: string | undefined;
}

/**
 * A verifier for what is configured; undefined where signatures are not asked for.
 *
 * @param program another ssh-keygen than that of the PATH
 * @throws {Failure} `configuration` where an identity or revoked keys are given and nothing to check against
 */
export function openVerifier(
  { allowedSigners, identity, revokedKeys }: Partial<TrustConfig>,
  program = SSH_KEYGEN,
): Verifier | undefined {
  if (allowedSigners === undefined) {
    const given = identity !== undefined ? "--identity" : revokedKeys !== undefined ? "--revoked-keys" : undefined;
    if (given === undefined) return undefined;
    throw new Failure("configuration", `${given} is given without --allowed-signers, and nothing would be checked`, {
      help: `add --allowed-signers FILE, or leave out ${given}`,
    });
  }
  const keys: Keys = { program, allowedSigners, identity, revokedKeys };
  return {
    verify: async (sums, signature, signal) => await verify(keys, sums, signature, signal),
    signers: async () => await digestOfKeys(allowedSigners, revokedKeys, identity),
  };
}

async function verify(
  keys: Keys,
  sums: Uint8Array,
  signature: Uint8Array | undefined,
  signal: AbortSignal,
): Promise<string> {
  checkSize(signature);
  await checkKeyFiles(keys.allowedSigners, keys.revokedKeys);
  return await withFile(signature, async (path) => {
    const call = new Call(keys, path, sums, signal);
    const identity = keys.identity ?? (await call.findIdentity());
    const answer = await call.verify(identity);
    if (!answer.accepted) throw await call.explain(identity, answer);
    return identity;
  });
}

function checkSize(signature: Uint8Array | undefined): asserts signature is Uint8Array {
  if (signature === undefined || signature.length === 0) {
    throw new SignatureFailure(
      "missing",
      `SHA256SUMS is not signed${signature === undefined ? "" : ": SHA256SUMS.sig is empty"}, and --allowed-signers asks for a signature`,
      "publish with a signing key, or leave out --allowed-signers",
    );
  }
  if (signature.length > MAX_SIGNATURE_BYTES) {
    throw new SignatureFailure(
      "malformed",
      `SHA256SUMS.sig has ${signature.length} bytes, more than the ${MAX_SIGNATURE_BYTES} that one may have`,
      "look at what the source has there",
    );
  }
}

/** ssh-keygen reads the signature from a file only. Nobody else can read or replace this one. */
async function withFile<T>(content: Uint8Array, act: (path: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "promgen-agent-")).catch(notWritten);
  try {
    const path = join(directory, "signature");
    await writeFile(path, content, { mode: 0o600, flag: "wx" }).catch(notWritten);
    return await act(path);
  } finally {
    // A signature is public: one that cannot be deleted is no reason to refuse it.
    await rm(directory, { recursive: true, force: true }).catch(() => {});
  }
}

function notWritten(error: NodeJS.ErrnoException): never {
  throw new Failure("disk", `the signature cannot be written to a temporary file (${error.code ?? String(error)})`, {
    help: `see that ${tmpdir()} is there, can be written to and is not full`,
    cause: error,
  });
}

/** What ssh-keygen is asked about one signature. */
class Call {
  readonly #keys: Keys;
  readonly #path: string;
  readonly #sums: Uint8Array;
  readonly #signal: AbortSignal;

  constructor(keys: Keys, path: string, sums: Uint8Array, signal: AbortSignal) {
    this.#keys = keys;
    this.#path = path;
    this.#sums = sums;
    this.#signal = signal;
  }

  async verify(identity: string, ...more: readonly string[]): Promise<Answer> {
    const { allowedSigners, revokedKeys } = this.#keys;
    const revoked = revokedKeys === undefined ? [] : ["-r", revokedKeys];
    return await this.#run(
      [...more, "-Y", "verify", "-f", allowedSigners, "-I", identity, "-n", NAMESPACE, "-s", this.#path, ...revoked],
      this.#sums,
    );
  }

  /** The first identity that the allowed_signers file has for the key of the signature. Throws where it has none. */
  async findIdentity(): Promise<string> {
    const answer = await this.#findPrincipals();
    const identity = firstLine(answer);
    if (!answer.accepted || identity === "") throw refusal(troubleOf(answer), this.#keys);
    return identity;
  }

  /** Why a signature was not accepted: ssh-keygen says some of it only when it is asked again. */
  async explain(identity: string, answer: Answer): Promise<Failure> {
    const trouble = troubleOf(answer);
    if (trouble !== "refused") return refusal(trouble, this.#keys);
    const { stderr } = await this.verify(identity, "-vvv");
    if (stderr.includes("Key is revoked")) return refusal("revoked", this.#keys);
    const { revokedKeys } = this.#keys;
    if (revokedKeys !== undefined && stderr.includes("check_revoked")) return unreadableRevocations(revokedKeys);
    const owners = await this.#findPrincipals();
    if (!owners.accepted) return refusal(troubleOf(owners), this.#keys);
    const owner = firstLine(owners);
    return refusal(owner === identity ? "refused" : "other-identity", this.#keys, owner);
  }

  async #findPrincipals(): Promise<Answer> {
    const { allowedSigners } = this.#keys;
    return await this.#run(["-Y", "find-principals", "-f", allowedSigners, "-s", this.#path], new Uint8Array());
  }

  async #run(args: readonly string[], input: Uint8Array): Promise<Answer> {
    return await sshKeygen(this.#keys.program, args, input, this.#signal);
  }
}

function firstLine({ stdout }: Answer): string {
  return stdout.split("\n")[0] ?? "";
}
