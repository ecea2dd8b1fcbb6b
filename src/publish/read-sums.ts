/**
 * SHA256SUMS → what it says of its shard.
 */
import { EnvironmentError } from "../exit.ts";

export interface Sums {
  /** Name of the shard, or `*` for the whole inventory; undefined where it does not say. */
  readonly shard: string | undefined;
  /** File name → digest in hex. */
  readonly digests: ReadonlyMap<string, string>;
}

/** What render/sums.ts writes. A higher one may mean something else by the same words. */
const FORMAT = 1;

/** Throws EnvironmentError where a newer program wrote it. What is no SHA256SUMS has no digests. */
export function readSums(bytes: Uint8Array | undefined, path: string, where: string): Sums {
  const [head = "", ...lines] = Buffer.from(bytes ?? [])
    .toString("utf8")
    .split("\n");
  const { format, words = "" } = /^# promgen-gen (?<format>\d{1,9}) (?<words>.*)$/.exec(head)?.groups ?? {};
  if (Number(format) > FORMAT) {
    throw new EnvironmentError(
      `${path} of ${where} has format ${format}, which is newer than this program`,
      "upgrade promgen-gen",
    );
  }
  const shard = words.split(" ").find((word) => word.startsWith("shard="));
  const digests = lines.flatMap((line): [string, string][] => {
    const { sha256, file } = /^(?<sha256>[0-9a-f]{64}) {2}(?<file>[\w.-]+)$/.exec(line)?.groups ?? {};
    return sha256 === undefined || file === undefined ? [] : [[file, sha256]];
  });
  return { shard: shard === undefined ? undefined : decode(shard.slice("shard=".length)), digests: new Map(digests) };
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
