import * as assert from "uvu/assert";
import { textForPlaces } from "../../src/parse/decode.ts";
import { parseFile } from "../../src/parse/parse.ts";
import { createPlaces, resolvePlaces } from "../../src/report/place.ts";
import type { Where } from "../../src/diagnostic.ts";
import { describe } from "../describe.ts";
import { everyReport, finding } from "./input.ts";

type Rest = Omit<Where, "file">;

/** `line:column-line:column` of a place in a text, then its line. */
function spot(text: string | undefined, where: Rest): string | undefined {
  const { span } = createPlaces(() => text).placeOf({ file: "a.yml", ...where });
  if (span === undefined) return undefined;
  const { start, end, lineText, isWholeFile } = span;
  return `${start.line}:${start.column}-${end.line}:${end.column} ${isWholeFile ? "(whole) " : ""}${lineText}`;
}

describe("place", (it) => {
  it("finds a value and its key", () => {
    const text = "service: shop\nowner: team-shop\n";
    assert.is(spot(text, { path: [0, "owner"] }), "2:8-2:17 owner: team-shop");
    assert.is(spot(text, { path: [0, "owner"], part: "key" }), "2:1-2:6 owner: team-shop");
  });

  it("does not count the CR of CRLF as part of the line", () => {
    const text = "service: shop\r\nowner: team-shop\r\nhosts:\r\n  - a\r\n";
    assert.is(spot(text, { path: [0, "owner"] }), "2:8-2:17 owner: team-shop");
    assert.is(spot(text, { path: [0, "hosts", 0] }), "4:5-4:6   - a");
  });

  it("counts a tab as one column", () => {
    assert.is(spot("a: {\tb: c }\n", { path: [0, "a", "b"] }), "1:9-1:10 a: {\tb: c }");
  });

  it("counts UTF-16 units: one for a wide character, two for an emoji", () => {
    assert.is(spot("{ 東京: 大阪, x: y }\n", { path: [0, "x"] }), "1:14-1:15 { 東京: 大阪, x: y }");
    assert.is(spot("{ a: 🚀, x: y }\n", { path: [0, "x"] }), "1:13-1:14 { a: 🚀, x: y }");
  });

  it("counts lines from the start of the file in a later document", () => {
    const text = "shard: a\n---\nshard: b\nlabels:\n  x: y\n";
    assert.is(spot(text, { path: [1, "labels", "x"] }), "5:6-5:7   x: y");
    assert.is(spot(text, { path: [0, "shard"] }), "1:8-1:9 shard: a");
  });

  it("finds quoted keys and values without their quotes", () => {
    const text = `labels: { "a b": 'c d' }\n`;
    assert.is(spot(text, { path: [0, "labels", "a b"] }), `1:19-1:22 labels: { "a b": 'c d' }`);
    assert.is(spot(text, { path: [0, "labels", "a b"], part: "key" }), `1:12-1:15 labels: { "a b": 'c d' }`);
  });

  it("points to the key where there is no value", () => {
    assert.is(spot("labels:\n  env:\n", { path: [0, "labels", "env"] }), "2:3-2:6   env:");
  });

  it("prefers a range to a route, over several lines too", () => {
    const text = "a: b\nc: d\ne: f\n";
    assert.is(spot(text, { path: [0, "a"], range: [8, 9] }), "2:4-2:5 c: d");
    assert.is(spot(text, { path: [], range: [3, 11] }), "1:4-3:2 a: b");
  });

  it("keeps a range within the text", () => {
    assert.is(spot("a: b", { path: [], range: [2, 99] }), "1:3-1:5 a: b");
    assert.is(spot("a: b\n", { path: [], range: [5, 6] }), "2:1-2:1 ");
    assert.is(spot("a: b\n", { path: [], range: [3, 1] }), "1:4-1:4 a: b");
  });

  it("counts from behind a byte order mark", () => {
    assert.is(spot("\ufeffa: b\n", { path: [], range: [0, 1] }), "1:1-1:2 a: b");
    assert.is(spot("\ufeffa: b\n", { path: [0, "a"] }), "1:4-1:5 a: b");
  });

  it("is the byte that is no text, in every format, and nothing of its line is active", () => {
    const bytes = Buffer.concat([
      Buffer.from("\ufeffa: b\nc: 大阪 \u001b[1m"),
      Buffer.from([0xe9]),
      Buffer.from("d\n"),
    ]);
    const findings = parseFile("a.yml", bytes).diagnostics;
    const all = everyReport({ findings, files: { "a.yml": textForPlaces(bytes) } });
    assert.match(all.text, " --> a.yml:2:11\n  |\n2 | c: 大阪 \\x1b[1m\ufffdd\n  |                ^\n");
    assert.match(all.github, "line=2,col=11,endLine=2,endColumn=12,");
    assert.match(all.json, '"start":{"line":2,"column":11},"end":{"line":2,"column":12}');
    assert.match(all.sarif, '"region":{"startLine":2,"startColumn":11,"endLine":2,"endColumn":12}');
    assert.match(all.junit, 'line="2"');
  });

  it("takes line 1 for a file as a whole, and for one without nodes", () => {
    assert.is(spot("a: b\n", { path: [] }), "1:1-1:1 (whole) a: b");
    assert.is(spot("# nothing\n", { path: [0, "a"] }), "1:1-1:1 (whole) # nothing");
    assert.is(spot("", { path: [] }), "1:1-1:1 (whole) ");
  });

  it("has no line for a file that is not there", () => {
    assert.is(spot(undefined, { path: [0, "a"] }), undefined);
    assert.is(createPlaces(() => undefined).lineOf({ file: "a.yml", path: [] }), undefined);
  });

  it("tells the line alone, and reads each file once for it", () => {
    let reads = 0;
    const places = createPlaces((file) => {
      reads++;
      return file === "a.yml" ? "a: b\nc: d\n" : undefined;
    });
    assert.is(places.lineOf({ file: "a.yml", path: [0, "c"] }), 2);
    assert.is(places.lineOf({ file: "a.yml", path: [0, "a"] }), 1);
    assert.is(places.lineOf({ file: "gone.yml", path: [0, "a"] }), undefined);
    assert.is(places.lineOf({ file: "gone.yml", path: [] }), undefined);
    assert.is(reads, 2);
  });

  it("sorts by file, line, column, rule and message, what has no line first", () => {
    const files: Record<string, string> = { "a.yml": "a: b\nc: [d, e]\n", "b.yml": "a: b\n" };
    const at = (file: string, ...path: Where["path"]): Where => ({ file, path });
    const sorted = resolvePlaces(
      [
        finding(at("b.yml", 0, "a"), { message: "8" }),
        finding(at("a.yml", 0, "c", 1), { message: "5" }),
        finding(at("a.yml", 0, "c", 1), { message: "4" }),
        finding(at("a.yml", 0, "c", 1), { message: "6", code: "yaml/syntax" }),
        finding(at("a.yml", 0, "c", 0), { message: "3" }),
        finding(at("a.yml", 0, "a"), { message: "2" }),
        finding(at("a-gone.yml", 0, "a"), { message: "1" }),
        finding(at("a.yml", 0, "c", 1), { message: "0", code: "yaml/tab-indent", severity: "info" }),
      ],
      (file) => files[file],
    );
    assert.is(sorted.map(({ diagnostic }) => diagnostic.message).join(""), "12345608");
  });

  it("resolves related places, as many as asked for", () => {
    const related = ["a", "c"].map((key) => ({ note: key, where: { file: "a.yml", path: [0, key] } }));
    const lines = (max?: number): unknown =>
      resolvePlaces([finding([0, "a"], { related })], () => "a: b\nc: d\n", max)[0]?.related.map(
        ({ note, place }) => `${note} ${place.span?.start.line}`,
      );
    assert.equal(lines(), ["a 1", "c 2"]);
    assert.equal(lines(1), ["a 1"]);
  });
});
