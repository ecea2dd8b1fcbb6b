import { createHash } from "node:crypto";
import * as assert from "uvu/assert";
import { sha256, startSha256 } from "../../src/agent/sha256.ts";
import { describe } from "../describe.ts";

describe("sha256", (it) => {
  it("hashes as node:crypto does, whatever the length", () => {
    const bytes = Buffer.from(Array.from({ length: 300 }, (_, at) => (at * 167 + 13) % 256));
    for (let length = 0; length <= bytes.length; length++) {
      const part = bytes.subarray(0, length);
      assert.is(sha256(part), createHash("sha256").update(part).digest("hex"), `${length} bytes`);
    }
    for (const length of [8191, 8192, 8193, 100_000]) {
      const long = Buffer.alloc(length, bytes);
      assert.is(sha256(long), createHash("sha256").update(long).digest("hex"), `${length} bytes`);
    }
  });

  it("hashes text as UTF-8, and a part of a larger buffer alone", () => {
    const text = "größe 😀\n";
    assert.is(sha256(text), createHash("sha256").update(text).digest("hex"));
    const part = Buffer.from(`xx${text}yy`).subarray(2, -2);
    assert.is(sha256(new Uint8Array(part.buffer, part.byteOffset, part.length)), sha256(text));
  });

  it("hashes pieces as the whole", () => {
    assert.is(startSha256().update("a").update("b").digest("hex"), sha256("ab"));
  });
});
