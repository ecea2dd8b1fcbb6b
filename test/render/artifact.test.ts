import { createHash } from "node:crypto";
import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { GroupFile, writeText } from "../../src/render/artifact.ts";
import type { FileFacts } from "../../src/render/artifact.ts";
import { describe } from "../describe.ts";
import { memorySink } from "./rendered.ts";

const CHUNK = 128 * 1024;

interface Written {
  readonly bytes: Buffer;
  readonly facts: FileFacts;
  readonly chunks: readonly number[];
}

/** Writes lines, each with the number of targets that it stands for. */
function write(lines: readonly (readonly [line: string, targets: number])[]): Written {
  const { sink, files, chunks } = memorySink();
  const file = new GroupFile(sink, "targets.json");
  // One buffer for all of them, as the renderer has.
  const scratch = Buffer.alloc(Math.max(0, ...lines.map(([line]) => Buffer.byteLength(line))));
  for (const [line, targets] of lines) {
    const length = scratch.write(line, "utf8");
    file.add(scratch.subarray(0, length), targets);
  }
  const facts = file.close();
  return { bytes: files().get("targets.json") ?? Buffer.alloc(0), facts, chunks: chunks("targets.json") };
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("a file of groups", (it) => {
  it("without groups has one without targets, never none", () => {
    const { bytes, facts } = write([]);
    assert.is(bytes.toString(), '[{"targets":[]}]\n');
    assert.equal(facts, { sha256: sha256(bytes), bytes: 17, groups: 0, targets: 0 });
  });

  it("has a line for each group", () => {
    const { bytes, facts } = write([
      ['{"a":1}', 2],
      ['{"b":"é"}', 3],
    ]);
    assert.is(bytes.toString(), '[\n{"a":1},\n{"b":"é"}\n]\n');
    assert.equal(facts, { sha256: sha256(bytes), bytes: bytes.length, groups: 2, targets: 5 });
  });

  it("comes in chunks, whose digest and length are those of the whole, whatever the lengths of the lines", () => {
    const length = fc.oneof(
      fc.nat(100),
      fc.integer({ min: CHUNK - 8, max: CHUNK + 8 }),
      fc.integer({ min: CHUNK / 2 - 8, max: CHUNK / 2 + 8 }),
      fc.constant(3 * CHUNK),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(length, fc.constantFrom("x", "é", "🚀")), { maxLength: 8 }), (shapes) => {
        const lines = shapes.map(([size, unit], index) => `${index}:${unit.repeat(size / Buffer.byteLength(unit))}`);
        const { bytes, facts, chunks } = write(lines.map((line) => [line, 1]));
        assert.ok(
          bytes.equals(Buffer.from(lines.length === 0 ? '[{"targets":[]}]\n' : `[\n${lines.join(",\n")}\n]\n`)),
          "the text",
        );
        assert.equal(facts, {
          sha256: sha256(bytes),
          bytes: bytes.length,
          groups: lines.length,
          targets: lines.length,
        });
        // Chunks are as long as they can be: none is written for each line.
        assert.ok(
          chunks.length <= 2 * Math.ceil(bytes.length / CHUNK) + 2,
          `${chunks.length} chunks for ${bytes.length} bytes`,
        );
      }),
      { numRuns: 60 },
    );
  });

  it("does not mix with another that is written at the same time, or after it", () => {
    const { sink, files } = memorySink();
    const line = (name: string, index: number): Buffer => Buffer.from(JSON.stringify(name.repeat(1000) + index));
    const both = ["a", "b"].map((name) => ({ name, file: new GroupFile(sink, name) }));
    for (let index = 0; index < 500; index++) for (const { name, file } of both) file.add(line(name, index), 1);
    for (const { file } of both) file.close();
    const after = new GroupFile(sink, "c");
    after.add(line("c", 0), 1);
    after.close();
    for (const [path, bytes] of files()) {
      const texts = JSON.parse(bytes.toString()) as string[];
      assert.is(texts.length, path === "c" ? 1 : 500);
      assert.ok(
        texts.every((text, index) => text === path.repeat(1000) + index),
        path,
      );
    }
  });
});

describe("a small file", (it) => {
  it("is written at once, with its digest", () => {
    const { sink, files } = memorySink();
    const facts = writeText(sink, "a/b.txt", "é\n");
    const bytes = files().get("a/b.txt");
    assert.is(bytes?.toString(), "é\n");
    assert.equal(facts, { sha256: sha256(Buffer.from("é\n")), bytes: 3 });
  });
});
