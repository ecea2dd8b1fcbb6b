/** Who signed what is published. */
import { Failure } from "../agent/failure.ts";
import { SignatureFailure } from "../agent/trust/signature.ts";
import type { SignatureTrouble } from "../agent/trust/signature.ts";
import { checkKeyFiles } from "../agent/trust/key-files.ts";
import { openVerifier } from "../agent/trust/verify.ts";
import { EnvironmentError } from "../exit.ts";
import type { PublishedFiles } from "../publish/published-place.ts";
import type { Manifest } from "../publish/read-manifest.ts";
import { MOST_BYTES, partsOf } from "./verify-files.ts";
import type { Problem } from "./verify-files.ts";

export interface Signatures {
  /** Identities of the allowed_signers file. */
  readonly signers: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/** The largest that ssh-keygen makes has some 10 kB. */
const MOST_SIGNATURE = 64 * 1024;

const WORDS: Readonly<Record<SignatureTrouble, string>> = {
  missing: "is not signed",
  malformed: "has no SSH signature beside it, but something else",
  mismatch: "has the signature of other bytes",
  namespace: "has a signature for another purpose than promgen-gen",
  "unknown-key": "is signed by a key that is not allowed",
  "other-identity": "is signed by another one than --identity names",
  revoked: "is signed by a key that is revoked",
  expired: "is signed by a key whose time has passed",
  "not-yet-valid": "is signed by a key whose time is to come",
  "not-allowed": "is signed by a key that may not sign for promgen-gen",
  refused: "has a signature that ssh-keygen does not accept",
};

/**
 * Checks the signatures of manifest.json and of each SHA256SUMS.
 *
 * @param allowedSigners absolute path of an allowed_signers file
 * @param identity whose signature it has to be; without it, of anybody in the file
 * Throws EnvironmentError where the file cannot be used or ssh-keygen is not installed.
 */
export async function checkSignatures(
  place: PublishedFiles,
  manifest: Manifest,
  allowedSigners: string,
  identity: string | undefined,
): Promise<Signatures> {
  const problems: Problem[] = [];
  const signers = new Set<string>();
  const verifier = openVerifier({ allowedSigners, ...(identity === undefined ? {} : { identity }) });
  // Where nothing is signed, nobody would ask for it.
  await checkKeyFiles(allowedSigners, undefined).catch((error: unknown) => {
    throw unusable(error);
  });
  const never = new AbortController().signal;
  for (const path of ["manifest.json", ...partsOf(manifest).map(({ directory }) => `${directory}SHA256SUMS`)]) {
    const [content, signature] = await place.read([
      { path, limit: MOST_BYTES },
      { path: `${path}.sig`, limit: MOST_SIGNATURE },
    ]);
    // That it is missing, or no such file, is told already.
    if (content === undefined || "unfit" in content) continue;
    if (signature !== undefined && "unfit" in signature) {
      problems.push({ path: `${path}.sig`, what: signature.unfit });
      continue;
    }
    try {
      const signer = await verifier?.verify(content, signature, never);
      if (signer !== undefined) signers.add(signer);
    } catch (error) {
      if (error instanceof SignatureFailure) problems.push({ path, what: WORDS[error.trouble] });
      else throw unusable(error);
    }
  }
  return { signers, problems };
}

function unusable(error: unknown): unknown {
  return error instanceof Failure ? new EnvironmentError(error.message, error.help) : error;
}
