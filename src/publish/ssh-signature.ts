/** SSH signatures: https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig */
import { createHash, createPublicKey, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { NAMESPACE } from "./sign.ts";

const MAGIC = Buffer.from("SSHSIG");

/** The curves of https://datatracker.ietf.org/doc/html/rfc5656, the bytes of a number on each, and the hash that goes with it. */
const CURVES: Readonly<Record<string, { readonly crv: string; readonly size: number; readonly hash: string }>> = {
  nistp256: { crv: "P-256", size: 32, hash: "sha256" },
  nistp384: { crv: "P-384", size: 48, hash: "sha384" },
  nistp521: { crv: "P-521", size: 66, hash: "sha512" },
};
const RSA_HASHES: Readonly<Record<string, string>> = { "rsa-sha2-256": "sha256", "rsa-sha2-512": "sha512" };

interface Signature {
  /** The public key, in base64, as it stands in an allowed_signers file. */
  readonly key: string;
  /** The purpose that was signed for. */
  readonly namespace: string;
  readonly reserved: Buffer;
  readonly hash: string;
  readonly bytes: Buffer;
}

/**
 * The public key in a signature, in base64, as it stands in an allowed_signers file; `undefined` where the text is no
 * signature. Whether the signature is right is not asked.
 *
 * @param armored content of a `.sig` file
 */
export function signatureKey(armored: string): string | undefined {
  return readSignature(armored)?.key;
}

/**
 * Whether a signature for our purpose is one of these bytes by this key. Of a key that Node does not know, such as one of a
 * security device, only that it is this key: starting ssh-keygen for each file takes more time than everything else.
 *
 * @param armored content of a `.sig` file
 * @param key as `signatureKey` gives it
 */
export function isSignatureOf(armored: string, content: Uint8Array, key: string | undefined): boolean {
  const signature = readSignature(armored);
  if (signature === undefined || signature.key !== key || signature.namespace !== NAMESPACE) return false;
  const { reserved, hash } = signature;
  if (hash !== "sha256" && hash !== "sha512") return false;
  const digest = createHash(hash).update(content).digest();
  const parts = [Buffer.from(NAMESPACE), reserved, Buffer.from(hash), digest];
  return isRight(signature, Buffer.concat([MAGIC, ...parts.flatMap((part) => [lengthOf(part), part])]));
}

function readSignature(armored: string): Signature | undefined {
  const body = /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)-----END SSH SIGNATURE-----\s*$/.exec(armored)?.[1];
  const bytes = Buffer.from(body ?? "", "base64");
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  // Behind the magic, a version of four bytes.
  const [key, namespace, reserved, hash, signature] = stringsIn(bytes.subarray(MAGIC.length + 4)) ?? [];
  if (key === undefined || namespace === undefined || reserved === undefined) return undefined;
  if (hash === undefined || signature === undefined) return undefined;
  const words = { key: key.toString("base64"), namespace: namespace.toString(), hash: hash.toString() };
  return { ...words, reserved, bytes: signature };
}

function isRight({ key, bytes }: Signature, signed: Buffer): boolean {
  const [kind = "", ...parts] = stringsIn(Buffer.from(key, "base64")) ?? [];
  const [format = "", signature] = stringsIn(bytes) ?? [];
  if (signature === undefined) return false;
  const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = parts;
  const type = kind.toString();
  if (type === "ssh-ed25519")
    return accepts({ kty: "OKP", crv: "Ed25519", x: base64url(first) }, undefined, signed, signature);
  if (type === "ssh-rsa") {
    const hash = RSA_HASHES[format.toString()];
    const jwk = { kty: "RSA", e: base64url(first), n: base64url(numberIn(second)) };
    return hash !== undefined && accepts(jwk, hash, signed, signature);
  }
  const curve = type.startsWith("ecdsa-sha2-") ? CURVES[first.toString()] : undefined;
  if (curve === undefined) return true;
  // The point: a byte that says that both numbers follow, which they do.
  const { crv, size, hash } = curve;
  const [x, y] = [second.subarray(1, 1 + size), second.subarray(1 + size)];
  const numbers = (stringsIn(signature) ?? []).map((number) => padded(numberIn(number), size));
  return accepts({ kty: "EC", crv, x: base64url(x), y: base64url(y) }, hash, signed, Buffer.concat(numbers));
}

function accepts(jwk: Record<string, string>, hash: string | undefined, signed: Buffer, signature: Buffer): boolean {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: jwk, format: "jwk" });
  } catch {
    // It is damaged: its parts are no numbers of its kind.
    return false;
  }
  return verify(hash, signed, { key, dsaEncoding: "ieee-p1363" }, signature);
}

/** Texts, each behind its length in four bytes; `undefined` where they do not end with the last one. */
function stringsIn(bytes: Buffer): Buffer[] | undefined {
  const strings: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + 4 > bytes.length) return undefined;
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return undefined;
    strings.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return strings;
}

function lengthOf(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return length;
}

/** Without the zero that keeps a number from being negative. */
function numberIn(bytes: Buffer): Buffer {
  return bytes[0] === 0 ? bytes.subarray(1) : bytes;
}

function padded(number: Buffer, size: number): Buffer {
  return Buffer.concat([Buffer.alloc(Math.max(0, size - number.length)), number]);
}

function base64url(bytes: Buffer): string {
  return bytes.toString("base64url");
}
