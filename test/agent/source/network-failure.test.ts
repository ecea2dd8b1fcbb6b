import * as assert from "uvu/assert";
import { Failure } from "../../../src/agent/failure.ts";
import { connectionReset, networkFailure } from "../../../src/agent/source/network-failure.ts";
import { describe } from "../../describe.ts";

const coded = (code: string): Error => Object.assign(new Error("details"), { code });

/** What to look at, by code: the words that an operator finds. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens",
  ENOTFOUND: "resolver does not know",
  EAI_AGAIN: "resolver does not answer",
  ETIMEDOUT: "over the network",
  EHOSTUNREACH: "over the network",
  ENETUNREACH: "over the network",
  ECONNRESET: "broke the connection off",
  EPIPE: "broke the connection off",
  EMFILE: "no resources left",
  SELF_SIGNED_CERT_IN_CHAIN: "not trusted here",
  DEPTH_ZERO_SELF_SIGNED_CERT: "not trusted here",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "not trusted here",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "not trusted here",
  CERT_HAS_EXPIRED: "has expired",
  CERT_NOT_YET_VALID: "not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "another name",
  CERT_SIGNATURE_FAILURE: "not accepted",
  ERR_SSL_WRONG_VERSION_NUMBER: "does not speak TLS",
  ERR_SSL_NO_PROTOCOLS_AVAILABLE: "TLS handshake",
  EPROTO: "TLS handshake",
  HPE_HEADER_OVERFLOW: "more header",
  HPE_INVALID_CONSTANT: "does not answer in HTTP",
  ESOMETHING: "cannot be talked to",
};

describe("agent/source/network-failure", (it) => {
  it("has words of its own for what goes wrong, with the code and what to do", () => {
    for (const [code, words] of Object.entries(WORDS)) {
      const { reason, message, help } = networkFailure(coded(code), "example.com:443");
      assert.is(reason, "unreachable", code);
      assert.match(message, words);
      assert.match(message, `(${code})`);
      assert.match(message, "example.com:443");
      assert.ok(help);
      assert.not.match(message, "details");
    }
  });

  it("tells a client certificate that is refused from a server that cannot be reached", () => {
    for (const alert of ["SSLV3_ALERT_BAD_CERTIFICATE", "TLSV13_ALERT_CERTIFICATE_REQUIRED", "TLSV1_ALERT_UNKNOWN_CA"])
      assert.is(networkFailure(coded(`ERR_SSL_${alert}`), "x").reason, "unauthorized", alert);
  });

  it("looks into the errors of a host with several addresses, and passes failures on", () => {
    const several = new AggregateError([coded("ECONNREFUSED"), coded("ENETUNREACH")]);
    assert.match(networkFailure(several, "x").message, "ECONNREFUSED");
    assert.match(networkFailure(new AggregateError([]), "x").message, "unknown error");
    assert.match(networkFailure(new Error("x"), "x").message, "unknown error");
    assert.match(networkFailure(connectionReset(), "x").message, "ECONNRESET");
    const failure = new Failure("redirect", "no");
    assert.is(networkFailure(failure, "x"), failure);
  });
});
