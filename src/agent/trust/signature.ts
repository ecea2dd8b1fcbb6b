/** Who signed a SHA256SUMS. */
import { Failure } from "../failure.ts";

/** Checks SSH signatures (`ssh-keygen -Y verify`, namespace `promgen-gen`) against an allowed_signers file. */
export interface Verifier {
  /**
   * @returns the identity that signed
   * @throws {Failure} `signature` where there is none, or ssh-keygen does not accept it; `configuration` where the
   *   allowed_signers file cannot be read, or ssh-keygen is not installed or does not end; `disk` where there is no room
   *   for its temporary file
   * @throws {Error} what the signal ended it with
   */
  verify(sums: Uint8Array, signature: Uint8Array | undefined, signal: AbortSignal): Promise<string>;
  /** A digest of who may sign: where it has changed, what was accepted before may not be any more. */
  signers(): Promise<string>;
}

/** Why a signature was not accepted. */
export type SignatureTrouble =
  /** There is no SHA256SUMS.sig, or an empty one. */
  | "missing"
  /** Not a signature at all, cut off, or far too large for one. */
  | "malformed"
  /** A signature of other bytes: changed ones, or those of another generation that a cache mixed in. */
  | "mismatch"
  /** Made for another purpose than `promgen-gen`. */
  | "namespace"
  /** By a key that the allowed_signers file does not have. */
  | "unknown-key"
  /** By a key that the file has for another identity. */
  | "other-identity"
  | "revoked"
  /** By a key whose `valid-before` has passed. */
  | "expired"
  /** By a key whose `valid-after` is to come. */
  | "not-yet-valid"
  /** By a key that the file does not allow to sign for this purpose. */
  | "not-allowed"
  /** ssh-keygen says no, in words that this agent does not know. */
  | "refused";

/** A signature that is not accepted. */
export class SignatureFailure extends Failure {
  readonly trouble: SignatureTrouble;

  constructor(trouble: SignatureTrouble, message: string, help: string) {
    super("signature", message, { help });
    this.trouble = trouble;
  }
}
