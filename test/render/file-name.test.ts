import { createHash } from "node:crypto";
import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { encodeName } from "../../src/render/file-name.ts";
import { describe } from "../describe.ts";

const hash = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex").slice(0, 16);

describe("the name of a directory", (it) => {
  it("is the name itself where it is plain", () => {
    for (const name of ["tokyo-a", "A.b_c-9", "_x", "2024.10", "..."]) assert.is(encodeName(name), name);
  });

  it("has spaces, letters of other scripts and signs percent-encoded, in capitals", () => {
    assert.is(encodeName("Data Platform"), "Data%20Platform");
    assert.is(encodeName("ポイント"), "%E3%83%9D%E3%82%A4%E3%83%B3%E3%83%88");
    assert.is(encodeName("é"), "%C3%A9");
    assert.is(encodeName("🚀"), "%F0%9F%9A%80");
    assert.is(encodeName("a/b%c~d!e'f(g)h*i"), "a%2Fb%25c%7Ed%21e%27f%28g%29h%2Ai");
  });

  it("is one for a letter that is written in two ways", () => {
    assert.is(encodeName("e\u0301"), encodeName("é"));
    assert.is(encodeName("か\u3099"), "%E3%81%8C");
  });

  it("is left whole up to 200 bytes", () => {
    assert.is(encodeName("a".repeat(128)), "a".repeat(128));
    // 22 letters of 9 bytes, and two more.
    const longest = `${"日".repeat(22)}ab`;
    assert.is(encodeName(longest).length, 200);
    assert.is(decodeURIComponent(encodeName(longest)), longest);
  });

  it("is cut above, and told apart by 16 digits of the name's hash", () => {
    const long = `${"日".repeat(22)}abc`;
    assert.is(encodeName(long), `${"%E6%97%A5".repeat(16)}%E6%97~${hash(long)}`);
    assert.is(encodeName(`${long}d`).length, encodeName(long).length);
    assert.is.not(encodeName(`${long}d`), encodeName(long));
  });

  it("is cut before an escape that does not fit, wherever it falls", () => {
    const cut = (plain: number): string => encodeName(`${"a".repeat(plain)}${"é".repeat(40)}`).split("~")[0] ?? "";
    // 150 bytes: an escape has three, so it ends with one, with a part of one, or with two letters of one.
    assert.is(cut(0), "%C3%A9".repeat(25));
    assert.is(cut(1), `a${"%C3%A9".repeat(24)}%C3`);
    assert.is(cut(2), `aa${"%C3%A9".repeat(24)}%C3`);
    assert.is(cut(3), `aaa${"%C3%A9".repeat(24)}%C3`);
    assert.is(cut(4), `aaaa${"%C3%A9".repeat(24)}`);
    assert.is(cut(5), `aaaaa${"%C3%A9".repeat(24)}`);
  });

  it("is one per name for a letter that is written in two ways, also where it is cut", () => {
    assert.is(encodeName("e\u0301".repeat(60)), encodeName("é".repeat(60)));
  });

  it("has at most 200 bytes, of characters that no file system and no URL minds, and is one name's alone", () => {
    const name = fc.string({ unit: "binary", minLength: 1, maxLength: 128 });
    fc.assert(
      fc.property(name, name, (a, b) => {
        assert.match(encodeName(a), /^(?:[A-Za-z0-9._-]|%[0-9A-F]{2})+(?:~[0-9a-f]{16})?$/);
        assert.ok(encodeName(a).length <= 200);
        assert.is(encodeName(a) === encodeName(b), a.normalize("NFC") === b.normalize("NFC"));
      }),
    );
  });
});
