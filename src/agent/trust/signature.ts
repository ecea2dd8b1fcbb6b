/** Who signed a SHA256SUMS. */

/** Checks SSH signatures (`ssh-keygen -Y verify`, namespace `promgen-gen`) against an allowed_signers file. */
export interface Verifier {
  /**
   * @returns the identity that signed
   * @throws {Failure} `signature` where there is none, or ssh-keygen does not accept it; `configuration` where the
   *   allowed_signers file cannot be read or ssh-keygen is not installed
   */
  verify(sums: Uint8Array, signature: Uint8Array | undefined, signal: AbortSignal): Promise<string>;
}
