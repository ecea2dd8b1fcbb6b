import * as assert from "uvu/assert";
import { chunkSize, readHead, requestOf } from "../../../src/agent/source/http-head.ts";
import { describe } from "../../describe.ts";
import { startCpuWatch } from "../../stopwatch.ts";

const OK = "HTTP/1.1 200 OK";

/** The code of what is thrown. */
function codeOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  }
  return "nothing thrown";
}

describe("agent/source/http-head", (it) => {
  it("reads status and fields, and how the body ends", () => {
    const head = readHead(
      `${OK}\r\nETag: "a:b"\r\nCONTENT-length:  12 \t\r\nX-Empty:\r\nX-Blank: \t \r\nX-Latin:\xe9\xa0\r\nVia: one\r\nvia: two\r\n__proto__: x`,
    );
    assert.is(head.status, 200);
    assert.is(head.headers.etag, '"a:b"');
    assert.is(head.headers["x-empty"], "");
    assert.is(head.headers["x-blank"], "");
    assert.is(head.headers["x-latin"], "\xe9\xa0");
    assert.is(head.headers["via"], "one, two");
    assert.is(Object.getPrototypeOf(head.headers), Object.prototype);
    for (const [text, length] of [
      [`${OK}\r\nContent-Length: 0`, 0],
      [`${OK}\r\nTransfer-Encoding: Chunked`, "chunks"],
      [OK, "close"],
      ["HTTP/1.1 304 Not Modified\r\nContent-Length: 12", 0],
      ["HTTP/1.1 204 \r\nTransfer-Encoding: chunked", 0],
      ["HTTP/1.1 100", 0],
    ] as const)
      assert.is(readHead(text).length, length, text);
  });

  it("keeps a connection where both versions say so", () => {
    for (const [text, isKept] of [
      [OK, true],
      [`${OK}\r\nConnection: Upgrade, Close`, false],
      ["HTTP/1.0 200 OK", false],
      ["HTTP/1.0 200 OK\r\nConnection: Keep-Alive", true],
    ] as const)
      assert.is(readHead(text).isKept, isKept, text);
  });

  it("refuses what could be read in two ways", () => {
    for (const first of [
      "HTTP/1.1 20 OK",
      "HTTP/1.1 2000 OK",
      "HTTP/2.0 200 OK",
      "http/1.1 200 OK",
      "HTTP/1.1  200 OK",
      "HTTP/1.1 200 O\u0001K",
    ])
      assert.is(
        codeOf(() => readHead(first)),
        "HPE_INVALID_CONSTANT",
        first,
      );
    for (const line of [" folded", "no colon", "space : x", ": x", "a: b\nc: d", "a: \u0000", "a: b\rc", ""])
      assert.is(
        codeOf(() => readHead(`${OK}\r\na: b\r\n${line}`)),
        "HPE_INVALID_HEADER_TOKEN",
        line,
      );
    for (const length of ["1, 1", "+1", "1x", "-1", "0x1", "1.0", "", "1".repeat(16)])
      assert.is(
        codeOf(() => readHead(`${OK}\r\nContent-Length: ${length}`)),
        "HPE_INVALID_CONTENT_LENGTH",
        length,
      );
    assert.is(
      codeOf(() => readHead(`${OK}\r\nContent-Length: 1\r\nContent-Length: 1`)),
      "HPE_INVALID_CONTENT_LENGTH",
    );
    for (const coding of ["gzip, chunked", "chunked, chunked", "identity", "", "chunked\r\nContent-Length: 1"])
      assert.is(
        codeOf(() => readHead(`${OK}\r\nTransfer-Encoding: ${coding}`)),
        "HPE_INVALID_TRANSFER_ENCODING",
        coding,
      );
    for (const line of ["", "g", "-1", "+1", "0x1", " 1", "1 2", "1".repeat(13), "1;\u0000"])
      assert.is(
        codeOf(() => chunkSize(line)),
        "HPE_INVALID_CHUNK_SIZE",
        line,
      );
    assert.equal(["0", "00aF", "1 ", '1;a="b"', "1 ;a"].map(chunkSize), [0, 0xaf, 1, 1, 1]);
  });

  it("reads the longest of lines at once, right or wrong", () => {
    const spaces = " \t".repeat(8000);
    const cpu = startCpuWatch();
    for (const line of [`a:${spaces}\u0000`, `a: b${spaces}\u0000`, `a:${" b".repeat(8000)}\u0000`])
      assert.is(
        codeOf(() => readHead(`${OK}\r\n${line}`)),
        "HPE_INVALID_HEADER_TOKEN",
      );
    assert.is(readHead(`${OK}\r\na: b${spaces}c${spaces}`).headers["a"], `b${spaces}c`);
    assert.ok(cpu() < 200, `${cpu()} ms`);
  });

  it("says nothing in a request that was not meant, and each field once", () => {
    assert.is(
      requestOf("GET", "/a?b", { Host: "h", Accept: "x", accept: "y" }),
      "GET /a?b HTTP/1.1\r\nHost: h\r\naccept: y\r\n\r\n",
    );
    for (const value of ["a\r\nb: c", "a\nb", "\u0000", "ä€"])
      assert.is(
        codeOf(() => requestOf("GET", "/", { Authorization: value })),
        "ERR_INVALID_CHAR",
        value,
      );
  });
});
