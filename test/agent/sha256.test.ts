import * as assert from "uvu/assert";
import { sha256, startSha256 } from "../../src/agent/sha256.ts";
import { describe } from "../describe.ts";

describe("sha256", (it) => {
  it("hashes text as UTF-8, and a part of a larger buffer alone", () => {
    assert.is(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const text = "größe 😀\n";
    const part = Buffer.from(`xx${text}yy`).subarray(2, -2);
    assert.is(sha256(new Uint8Array(part.buffer, part.byteOffset, part.length)), sha256(text));
  });

  it("hashes pieces as the whole", () => {
    assert.is(startSha256().update("a").update("b").digest("hex"), sha256("ab"));
  });
});
