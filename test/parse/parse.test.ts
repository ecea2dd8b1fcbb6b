import * as assert from "uvu/assert";
import { parseByReference, parseFast } from "../../src/parse/parse.ts";
import { describe } from "../describe.ts";
import { TEMPLATES } from "./mutants.ts";

describe("parse: the fast path", (it) => {
  const isFast = (text: string): boolean => parseFast("f.yml", text, false) !== undefined;

  it("takes what people write nearly always", () => {
    const texts = [
      TEMPLATES[0] ?? "",
      "a: b # c\r\nd:\r\n  - e\r\n",
      "---\na: {b: [c, 'd', \"e\"], f: 1}\n---\ng:\n",
      'a: "\\u00e9\\n"\nb: it\'s é\n',
      "description: |\n  some\n  text\nowner: >-\n  a\n  b\n",
      "path: /x?a=b&c=d%20e\nhosts: [\n  a,\n  b\n]\n",
    ];
    for (const text of texts) assert.ok(isFast(text), text);
  });

  it("leaves to the reference what only that can judge", () => {
    const texts = [
      "",
      "# nothing\n",
      "a: &b c\n",
      "a: !b c\n",
      "a: 1\na: 2\n",
      "<<: { a: b }\n",
      "[a]: b\n",
      "? a\n",
      "a: b # promgen-ignore c\n",
      "#promgen-ignore c\na: b\n",
      "a: b\n...\n",
      "%YAML 1.2\n---\na: b\n",
      "- 2001:db8::\n",
      "host: [::1]\n",
      "- [::1]:9100\n",
      'a:\n- "b" c: d\n',
      "a: [b\n",
    ];
    for (const text of texts) assert.not.ok(isFast(text), text);
  });
});

describe("parse: the reference path", (it) => {
  it("says that a file is not read wholly when something of it is left out", () => {
    const isComplete = (text: string): boolean => parseByReference("f.yml", text, false).isComplete;
    for (const text of ["", "a: b\n", "a: &x b\nc: *x\n", "labels: { a: 1.10 }\n"]) assert.ok(isComplete(text), text);
    for (const text of ["a: [", "a: *x\n", "a: !t b\n", "<<: {}\n", "a: 1\na: 2\n", "[a]: b\n"])
      assert.not.ok(isComplete(text), text);
  });

  it("keeps the documents of a stream apart, empty ones too", () => {
    assert.equal(parseByReference("f.yml", "a: 1\n---\n---\n- b\n...\n", true).documents, [{ a: 1 }, null, ["b"]]);
  });
});
