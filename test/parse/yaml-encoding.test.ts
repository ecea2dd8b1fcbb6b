import * as assert from "uvu/assert";
import { textForPlaces } from "../../src/parse/decode.ts";
import { parseFile } from "../../src/parse/parse.ts";
import type { ParsedFile } from "../../src/parse/parse.ts";
import { describe } from "../describe.ts";

const TEXT = "farm: é\nhosts: [a]\n";

function refused(bytes: Uint8Array): string {
  const parsed = parseFile("f.yml", bytes);
  assert.equal(parsed.documents, []);
  assert.not.ok(parsed.isComplete);
  return summary(parsed);
}

function summary({ diagnostics }: ParsedFile): string {
  return diagnostics.map(({ severity, code, where }) => `${severity} ${code} ${where.path.length}`).join();
}

describe("yaml/encoding", (it) => {
  it("refuses what is not UTF-8, and names the line", () => {
    const latin1 = Buffer.from(`x: y\n${TEXT}`, "latin1");
    assert.is(refused(latin1), "error yaml/encoding 0");
    assert.match(parseFile("f.yml", latin1).diagnostics[0]?.message ?? "", /0xE9.*line 2/);
    const broken = Buffer.concat([Buffer.from("é\né"), Buffer.from([0xff])]);
    assert.match(parseFile("f.yml", broken).diagnostics[0]?.message ?? "", /0xFF.*line 2/);
    assert.is(refused(Buffer.from([0x61, 0xc3])), "error yaml/encoding 0");
    assert.is(refused(Buffer.from([0x61, 0xed, 0xa0, 0x80])), "error yaml/encoding 0");
  });

  it("refuses UTF-16 and NUL bytes", () => {
    const utf16 = Buffer.from(TEXT, "utf16le");
    assert.is(refused(Buffer.concat([Buffer.from([0xff, 0xfe]), utf16])), "error yaml/encoding 0");
    assert.is(
      refused(Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16).swap16()])),
      "error yaml/encoding 0",
    );
    assert.is(refused(utf16), "error yaml/encoding 0");
    assert.is(refused(Buffer.from("a: b\0\n")), "error yaml/encoding 0");
  });

  it("points at the first byte that is wrong, in the text of all that can be read", () => {
    for (const [bytes, before] of [
      [Buffer.from(`a: "日本"\n${TEXT}# é\n`, "utf8"), undefined],
      [Buffer.concat([Buffer.from('a: "日本😀"\nb: '), Buffer.from("é\né", "latin1")]), 'a: "日本😀"\nb: '],
      [Buffer.concat([Buffer.from("\ufeffa: "), Buffer.from([0xc3])]), "a: "],
      [Buffer.concat([Buffer.from("é"), Buffer.from([0xe3, 0x81, 0x0a, 0xff, 0, 0])]), "é\ufffd\n\ufffd"],
      [Buffer.from("\0"), ""],
    ] as const) {
      const { range } = parseFile("f.yml", bytes).diagnostics[0]?.where ?? {};
      assert.equal(range, before === undefined ? undefined : [before.length, before.length + 1]);
      if (range === undefined) continue;
      assert.is(textForPlaces(bytes).slice(0, range[0]), before);
      assert.match(textForPlaces(bytes).slice(...range), /^[\ufffd\0]$/);
    }
    assert.match(parseFile("f.yml", Buffer.from("a: b\nc: \0\n")).diagnostics[0]?.message ?? "", "line 2");
  });

  it("only warns of a byte order mark, and reads the file", () => {
    const parsed = parseFile("f.yml", Buffer.from(`\ufeff${TEXT}`));
    assert.is(summary(parsed), "warning yaml/encoding 0");
    assert.equal(parsed.documents, [{ farm: "é", hosts: ["a"] }]);
    assert.ok(parsed.isComplete);
  });

  it("counts places from behind the byte order mark", () => {
    const { diagnostics } = parseFile("f.yml", Buffer.from("\ufeffa: on\n"));
    assert.equal(diagnostics[1]?.where.range, [3, 5]);
  });

  it("is content with UTF-8 of any script", () => {
    for (const text of [TEXT, "a: 日本 😀\n", "a: b~\n", ""]) {
      assert.equal(parseFile("f.yml", Buffer.from(text)).diagnostics, []);
    }
  });
});
