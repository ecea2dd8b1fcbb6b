/** Why ssh-keygen said no, and what to do. */
import { Failure } from "../failure.ts";
import type { SignatureTrouble } from "./signature.ts";
import { SignatureFailure } from "./signature.ts";
import type { Answer } from "./ssh-keygen.ts";

/** The purpose that signatures are made for: one for git or for a file is none for us. */
export const NAMESPACE = "promgen-gen";

/** What the words are about. */
interface TrustWords {
  readonly allowedSigners: string;
  readonly identity: string | undefined;
}

/** ssh-keygen's words, which are not translated: https://github.com/openssh/openssh-portable/blob/master/sshsig.c */
const WORDS: readonly (readonly [RegExp, SignatureTrouble])[] = [
  [/incorrect signature/, "mismatch"],
  [/namespace does not match/, "namespace"],
  [/not permitted for use in signature namespace/, "not-allowed"],
  [/key has expired/, "expired"],
  [/key is not yet valid/, "not-yet-valid"],
  [/parse signature|invalid format|incomplete message|sshsig_armor|unsupported/i, "malformed"],
  [/No principal matched/, "unknown-key"],
];

/** What an answer that is a no says. */
export function troubleOf({ stderr }: Answer): SignatureTrouble {
  return WORDS.find(([words]) => words.test(stderr))?.[1] ?? "refused";
}

/** @param found whom the key belongs to, where it is another identity */
export function refusal(trouble: SignatureTrouble, keys: TrustWords, found?: string): SignatureFailure {
  const { message, help } = wordsFor(trouble, keys, found);
  return new SignatureFailure(trouble, message, help);
}

function wordsFor(
  trouble: SignatureTrouble,
  { allowedSigners, identity }: TrustWords,
  found = "",
): { message: string; help: string } {
  const who = identity === undefined ? "" : ` for the identity \`${identity}\``;
  switch (trouble) {
    case "mismatch":
      return {
        message: "the signature is one of other bytes than these: SHA256SUMS was changed, or a cache mixes generations",
        help: "look at what the source has; where it stays so, do not trust it",
      };
    case "namespace":
      return {
        message: `SHA256SUMS.sig is a signature for another purpose than ${NAMESPACE}`,
        help: `sign with \`ssh-keygen -Y sign -n ${NAMESPACE}\`, as \`promgen-gen publish\` does`,
      };
    case "unknown-key":
      return {
        message: `SHA256SUMS is signed by a key that ${allowedSigners} does not have${who}`,
        help: "add the key's line there, if it is one of yours; else find out who published this",
      };
    case "other-identity":
      return {
        message: `SHA256SUMS is signed by \`${found}\`, and \`${identity}\` is asked for`,
        help: `set --identity to who publishes, or leave it out to accept all of ${allowedSigners}`,
      };
    case "revoked":
      return {
        message: "SHA256SUMS is signed by a key that is revoked",
        help: "publish again with a key that is not revoked; if nobody of yours did this, find out who did",
      };
    case "expired":
      return {
        message: `SHA256SUMS is signed by a key whose time in ${allowedSigners} has passed (valid-before)`,
        help: "publish again with the current key, and see that the clock of this host is right",
      };
    case "not-yet-valid":
      return {
        message: `SHA256SUMS is signed by a key whose time in ${allowedSigners} has not come (valid-after)`,
        help: "see that the clock of this host is right",
      };
    case "not-allowed":
      return {
        message: `${allowedSigners} does not allow the key of this signature to sign for ${NAMESPACE} (namespaces)`,
        help: `add ${NAMESPACE} to \`namespaces="…"\` of its line, if this is the key that should publish`,
      };
    case "missing":
    case "malformed":
      return {
        message: "SHA256SUMS.sig is not an SSH signature, or is cut off",
        help: "look at what the source has there; `promgen-gen publish` writes it",
      };
    case "refused":
      return {
        message: "ssh-keygen does not accept the signature of SHA256SUMS, and does not say why",
        help: `see what \`ssh-keygen -vvv -Y verify -f ${allowedSigners} -n ${NAMESPACE} …\` says`,
      };
  }
}

/** ssh-keygen refuses everything where it cannot read them. */
export function unreadableRevocations(path: string): Failure {
  return new Failure("configuration", `ssh-keygen cannot use the revoked keys in ${path}`, {
    help: "write one public key a line there, or a list that `ssh-keygen -k` makes",
  });
}
