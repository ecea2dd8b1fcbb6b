/** Which key an SSH signature was made with: https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig */

const MAGIC = "SSHSIG";

/**
 * The public key in a signature, in base64, as it stands in an allowed_signers file; `undefined` where the text is no
 * signature. Whether the signature is right is not asked.
 *
 * @param armored content of a `.sig` file
 */
export function signatureKey(armored: string): string | undefined {
  const body = /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)-----END SSH SIGNATURE-----\s*$/.exec(armored)?.[1];
  if (body === undefined) return undefined;
  const bytes = Buffer.from(body, "base64");
  // The magic, a version, then the key behind its length.
  const start = MAGIC.length + 8;
  if (bytes.length < start || bytes.toString("latin1", 0, MAGIC.length) !== MAGIC) return undefined;
  const length = bytes.readUInt32BE(start - 4);
  return start + length > bytes.length ? undefined : bytes.toString("base64", start, start + length);
}
