/**
 * SHA-256 without node:crypto where that takes longer to load than the few hundred bytes of a state or a SHA256SUMS take to
 * hash: a run where nothing is new hashes nothing else. (The bundle loads node:crypto with the first call.)
 */
import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";

/** Above this, loading node:crypto (some 4 ms) is the shorter way. */
const MOST_BYTES = 8 * 1024;

/** Lower-case hex. */
export function sha256(content: string | Uint8Array): string {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return bytes.length > MOST_BYTES ? startSha256().update(bytes).digest("hex") : hashed(bytes);
}

/** For what comes in pieces, or is large. */
export function startSha256(): Hash {
  return createHash("sha256");
}

/** FIPS 180-4, 6.2. */
function hashed(bytes: Uint8Array): string {
  const padded = new DataView(new ArrayBuffer((bytes.length + 72) & ~63));
  new Uint8Array(padded.buffer).set(bytes);
  padded.setUint8(bytes.length, 0x80);
  padded.setUint32(padded.byteLength - 4, bytes.length * 8);
  const state = Int32Array.from(INITIAL);
  const words = new Int32Array(64);
  for (let start = 0; start < padded.byteLength; start += 64) {
    for (let at = 0; at < 16; at++) words[at] = padded.getInt32(start + 4 * at);
    addBlock(state, words);
  }
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

/** Plain statements, since a short run executes them as they stand: what reads better takes five times as long there. */
function addBlock(state: Int32Array, words: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let at = 0; at < 64; at++) {
    if (at >= 16) {
      const early = words[at - 15] ?? 0;
      const late = words[at - 2] ?? 0;
      const first = ((early >>> 7) | (early << 25)) ^ ((early >>> 18) | (early << 14)) ^ (early >>> 3);
      const second = ((late >>> 17) | (late << 15)) ^ ((late >>> 19) | (late << 13)) ^ (late >>> 10);
      words[at] = (words[at - 16] ?? 0) + first + (words[at - 7] ?? 0) + second;
    }
    const sumE = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = h + sumE + ((e & f) ^ (~e & g)) + (CONSTANTS[at] ?? 0) + (words[at] ?? 0);
    const sumA = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = sumA + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  const added = [a, b, c, d, e, f, g, h];
  for (let at = 0; at < 8; at++) state[at] = (state[at] ?? 0) + (added[at] ?? 0);
}

/** The first bits of the fractional parts of the roots of the first primes (FIPS 180-4, 4.2.2 and 5.3.3). */
const [CONSTANTS, INITIAL] = [fractions(64, Math.cbrt), fractions(8, Math.sqrt)];

function fractions(count: number, root: (prime: number) => number): Int32Array {
  const primes: number[] = [];
  for (let number = 2; primes.length < count; number++)
    if (primes.every((prime) => number % prime !== 0)) primes.push(number);
  return Int32Array.from(primes, (prime) => (root(prime) % 1) * 2 ** 32);
}
