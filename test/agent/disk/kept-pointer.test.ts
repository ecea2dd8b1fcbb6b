import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { KeptPointer } from "../../../src/agent/disk/disk.ts";
import { describe } from "../../describe.ts";
import { readFiles, writeFiles } from "../../workplace.ts";
import { placeIn, pointerTo, sha256, withPlace } from "./place.ts";

const texts = (pointer: KeptPointer | undefined): (string | undefined)[] => [
  pointer && String(Buffer.from(pointer.sums)),
  pointer?.signature && String(Buffer.from(pointer.signature)),
];

const OLD = pointerTo("old targets", "old urls", "old signature");
const UNSIGNED = pointerTo("new targets", "new urls");
const SIGNED = { ...UNSIGNED, signature: Buffer.from("new signature") };

describe("the pointer kept beside the targets", (it) => {
  it("is given back as it was, signed or not, and leaves nothing but itself", async () => {
    await withPlace(async ({ disk, staging }) => {
      await disk.prepare();
      for (const pointer of [OLD, UNSIGNED, SIGNED, SIGNED, UNSIGNED, UNSIGNED]) {
        await disk.keepPointer(pointer);
        assert.equal(texts(await disk.keptPointer()), texts(pointer));
        const names = pointer.signature === undefined ? ["SHA256SUMS"] : ["SHA256SUMS", "SHA256SUMS.sig"];
        assert.equal((await readdir(staging)).sort(), names);
      }
    });
  });

  for (const next of [SIGNED, UNSIGNED]) {
    const kind = next.signature === undefined ? "an unsigned one" : "a signed one";
    const waiting = `SHA256SUMS.${sha256(next.sums)}.sig`;
    const waited = next.signature ?? new Uint8Array();

    it(`is the old pair where it was about to become ${kind} when the run was killed`, async () => {
      await withPlace(async ({ disk, directory, staging }) => {
        await disk.prepare();
        await disk.keepPointer(OLD);
        await writeFile(join(staging, waiting), waited);
        assert.equal(texts(await disk.keptPointer()), texts(OLD));
        await placeIn(directory).disk.prepare();
        assert.equal(texts(await disk.keptPointer()), texts(OLD));
        assert.equal((await readdir(staging)).sort(), ["SHA256SUMS", "SHA256SUMS.sig"]);
      });
    });

    it(`is the new pair where it had half become ${kind} when the run was killed`, async () => {
      await withPlace(async ({ disk, directory, staging }) => {
        await disk.prepare();
        await disk.keepPointer(OLD);
        await writeFile(join(staging, waiting), waited);
        await writeFile(join(staging, "SHA256SUMS"), next.sums);
        // Readers see it before it is put right, too.
        assert.equal(texts(await disk.keptPointer()), texts(next));
        await placeIn(directory).disk.prepare();
        assert.equal(texts(await disk.keptPointer()), texts(next));
        assert.not.ok((await readdir(staging)).includes(waiting));
      });
    });
  }

  it("is the new one without a signature where the old signature was deleted last of all before the kill", async () => {
    await withPlace(async ({ disk, directory, staging }) => {
      await disk.prepare();
      await disk.keepPointer(UNSIGNED);
      await writeFile(join(staging, `SHA256SUMS.${sha256(UNSIGNED.sums)}.sig`), "");
      await placeIn(directory).disk.prepare();
      assert.equal(texts(await disk.keptPointer()), texts(UNSIGNED));
      assert.equal(await readdir(staging), ["SHA256SUMS"]);
    });
  });

  it("is none where only its signature is left", async () => {
    await withPlace(async ({ disk, staging }) => {
      await disk.prepare();
      await disk.keepPointer(OLD);
      await rm(join(staging, "SHA256SUMS"));
      assert.is(await disk.keptPointer(), undefined);
    });
  });

  it("may be written by somebody else, as a pair of files", async () => {
    await withPlace(async ({ disk, staging }) => {
      await disk.prepare();
      await writeFiles(staging, { SHA256SUMS: "sums", "SHA256SUMS.sig": "signature" });
      assert.equal(texts(await disk.keptPointer()), ["sums", "signature"]);
      assert.equal(await readFiles(staging), { SHA256SUMS: "sums", "SHA256SUMS.sig": "signature" });
    });
  });
});
