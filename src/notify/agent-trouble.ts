/** Why the last run of an agent did not do all that it should, in words: docs/agent.md has more of them. */

/** By exit code, for agents that say no reason, or one that is newer than this program. */
export const EXIT_WORDS: Readonly<Record<number, string>> = {
  2: "its options are wrong",
  3: "Prometheus has not proven that it read the targets",
  4: "something newer is held back",
  5: "something newer is refused: its signature, digest, age, shard or content",
  6: "no source answers",
  7: "its disk is full or broken, or it may not write there",
  8: "no source answered for a long time",
  70: "a bug of promgen-agent",
  75: "another run was at work",
};

/** By reason, where it says more than the exit code. */
export const REASON_WORDS: Readonly<Record<string, string>> = {
  signature: "something newer is refused: its signature",
  digest: "something newer is refused: its files are not those of its SHA256SUMS",
  pointer: "something newer is refused: its SHA256SUMS cannot be read",
  format: "something newer is refused: its format is newer than the agent",
  replay: "what its source has is older than what is in place",
  equivocation: "its source has other files of the generation that is in place",
  "unknown-shard": "its source has nothing of its shard",
  "wrong-shard": "something newer is refused: it is of another shard",
  "wrong-repository": "something newer is refused: it is of another repository",
  invalid: "something newer is refused: Prometheus would not load all of it",
  "too-large": "something newer is refused: it is too large",
  rejected: "Prometheus has rejected something newer",
  quarantined: "what its source has was taken back on this host: rejected by Prometheus, or rolled back",
  bootstrap: "it has lost its state (promgen-agent sync --bootstrap)",
  redirect: "its source leads to an address that it does not follow",
  unauthorized: "its source refuses the credentials",
  throttled: "its source asks it to wait",
  inconsistent: "its source mixes two generations",
  "disk-full": "its disk is full",
  permission: "it may not write where its files belong",
  "unsafe-path": "others could change what lies where its files belong",
};

export function runTrouble(exit: number, reason: string | undefined): string {
  const words = reason !== undefined && Object.hasOwn(REASON_WORDS, reason) ? REASON_WORDS[reason] : EXIT_WORDS[exit];
  return words ?? `the last run ended with exit code ${exit}`;
}
