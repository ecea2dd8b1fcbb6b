/** Errors of sockets, TLS and the HTTP parser, in words that say what to do. */
import { Failure } from "../failure.ts";
import type { Reason } from "../failure.ts";

type Words = readonly [pattern: RegExp, reason: Reason, what: string, help: string];

const SERVER = "see that the server runs and that the address is right";
const AUTHORITY = "name the authority that signed it with --ca";

/** By error code. The first that matches is taken. */
const WORDS: readonly Words[] = [
  [/^ECONNREFUSED$/, "unreachable", "refuses the connection: nothing listens there", SERVER],
  [
    /^ENOTFOUND$/,
    "unreachable",
    "is a name that the resolver does not know",
    "see that the name is right, and this host's DNS",
  ],
  [
    /^EAI_/,
    "unreachable",
    "cannot be looked up: the resolver does not answer",
    "see this host's DNS (/etc/resolv.conf)",
  ],
  [
    /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN)$/,
    "unreachable",
    "cannot be reached over the network",
    "see routes and firewalls",
  ],
  [
    /^(ECONNRESET|EPIPE|ECONNABORTED)$/,
    "unreachable",
    "broke the connection off before the answer was complete",
    "see the server's log, and proxies on the way",
  ],
  [
    /^(EMFILE|ENFILE|ENOBUFS|ENOMEM)$/,
    "unreachable",
    "could not be connected to: this host has no resources left",
    "see the limits of open files and memory",
  ],
  [
    /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER_CERT|GET_ISSUER_CERT_LOCALLY|VERIFY_LEAF_SIGNATURE)|CERT_UNTRUSTED|INVALID_CA)$/,
    "unreachable",
    "has a certificate of an authority that is not trusted here",
    AUTHORITY,
  ],
  [
    /^CERT_HAS_EXPIRED$/,
    "unreachable",
    "has a certificate that has expired",
    "renew it; or set this host's clock, where that is wrong",
  ],
  [/^CERT_NOT_YET_VALID$/, "unreachable", "has a certificate that is not valid yet", "set this host's clock"],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    "unreachable",
    "has a certificate for another name",
    "use the name that the certificate is for",
  ],
  [/^CERT_/, "unreachable", "has a certificate that is not accepted", "see it with openssl s_client"],
  [
    /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/,
    "unreachable",
    "does not speak TLS on this port",
    "see the port, or whether it is plain http",
  ],
  [
    /^ERR_SSL_.*(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|CERTIFICATE_(EXPIRED|REVOKED|UNKNOWN)|UNKNOWN_CA|ACCESS_DENIED)/,
    "unauthorized",
    "does not accept our client certificate, or asks for one",
    "see --cert and --key, and the authorities that the server trusts",
  ],
  [
    /^(ERR_SSL_|EPROTO)/,
    "unreachable",
    "failed in the TLS handshake",
    "see which TLS versions and ciphers it offers, with openssl s_client",
  ],
  [
    /^HPE_HEADER_OVERFLOW$/,
    "unreachable",
    "sends more header than an answer may have",
    "see that the server is the right one",
  ],
  [
    /^HPE_/,
    "unreachable",
    "does not answer in HTTP",
    "see that address and port are right, and whether it speaks TLS there (https)",
  ],
];

/**
 * What broke, as a failure. Codes alone are looked at: messages of the system may quote what was sent.
 *
 * @param who host and port for people
 */
export function networkFailure(error: unknown, who: string): Failure {
  if (error instanceof Failure) return error;
  const code = codeOf(error);
  const [, reason, what, help] = WORDS.find(([pattern]) => pattern.test(code)) ?? [
    undefined,
    "unreachable" as const,
    "cannot be talked to",
    SERVER,
  ];
  return new Failure(reason, `${who} ${what} (${code})`, { help, cause: error });
}

/** What an end without an error comes down to. */
export function connectionReset(): Error {
  return Object.assign(new Error("the connection ended"), { code: "ECONNRESET" });
}

/** A host with several addresses fails with an error for each. */
function codeOf(error: unknown): string {
  const { code, errors } = error as { code?: unknown; errors?: readonly unknown[] };
  if (typeof code === "string") return code;
  return errors?.length ? codeOf(errors[0]) : "unknown error";
}
