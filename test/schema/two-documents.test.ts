import * as assert from "uvu/assert";
import { KINDS, MAIN, TELLING } from "../../src/model/kind.ts";
import { parseFile } from "../../src/parse/parse.ts";
import { takeApart } from "../../src/schema/two-documents.ts";
import { describe } from "../describe.ts";

function documentsOf(text: string): unknown[] {
  return [...parseFile("f.yml", new TextEncoder().encode(text)).documents];
}

describe("a document of another kind without its ---", (it) => {
  it("is told by any of its keys to the parser, where a key is repeated, and else by its main one to the schema", () => {
    for (const kind of KINDS) {
      for (const other of KINDS.filter((name) => name !== kind)) {
        for (const key of TELLING[kind]) {
          const before = `${other}: a\n${MAIN[other]}: []\n`;
          const behind = `${kind}: b\n${key}: c\n`;
          const repeated = `${before}labels: {}\n${behind}labels: {}\n`;
          assert.is(documentsOf(repeated).length, 2, repeated);
          const [document, ...others] = documentsOf(before + behind);
          assert.equal(others, [], before + behind);
          const found = takeApart("f.yml", [0], other, document as Record<string, unknown>);
          assert.equal(
            found.map(({ where }) => where.path),
            key === MAIN[kind] ? [[0, kind]] : [],
            before + behind,
          );
        }
      }
    }
  });
});
