import * as assert from "uvu/assert";
import type { Path } from "../../src/diagnostic.ts";
import { Faults } from "../../src/model/faults.ts";
import { describe } from "../describe.ts";

const FILE = "s.yml";

function at(...path: Path): { file: string; path: Path } {
  return { file: FILE, path };
}

/** With one mistake: at a value, or at an unknown key. */
function faults(path: Path, part?: "key", meant?: string): Faults {
  const all = new Faults();
  const where = { ...at(...path), ...(part === undefined ? {} : { part }) };
  all.add({ where, ...(meant === undefined ? {} : { meant }) });
  return all;
}

describe("Faults", (it) => {
  it("a value that is lost hides its key and all below it, and nothing beside it", () => {
    const lost = faults([0, "projects", 1, "hosts"]);
    assert.ok(lost.mayHide(at(0, "projects", 1), "hosts"));
    assert.ok(lost.mayHide(at(0, "projects", 1, "hosts", 0), "labels"));
    assert.not(lost.mayHide(at(0, "projects", 1), "shard"));
    assert.not(lost.mayHide(at(0, "projects", 0), "hosts"));
    assert.not(lost.mayHide(at(0), "shard"));
    assert.not(lost.mayHide({ file: "t.yml", path: [0, "projects", 1] }, "hosts"));
  });

  it("an unknown key hides what was meant, or where nobody knows, any key of its map", () => {
    const clear = faults([0, "projects", 1, "shrad"], "key", "shard");
    assert.ok(clear.mayHide(at(0, "projects", 1), "shard"));
    assert.not(clear.mayHide(at(0, "projects", 1), "hosts"));
    assert.not(clear.mayHide(at(0), "shard"));
    const strange = faults([0, "projects", 1, "xyzzy"], "key");
    assert.ok(strange.mayHide(at(0, "projects", 1), "shard"));
    assert.ok(strange.mayHide(at(0, "projects", 1), "hosts"));
    assert.not(strange.mayHide(at(0, "projects", 0), "shard"));
    assert.not(strange.mayHide(at(0, "projects", 1, "exporters", 0), "port"));
  });

  it("a key in a map too far out or in hides that key where it belongs", () => {
    const out = faults([0, "projects", 1, "port"], "key");
    assert.ok(out.mayHide(at(0, "projects", 1, "exporters", 0), "port"));
    assert.not(out.mayHide(at(0, "projects", 1, "exporters", 0), "path"));
    assert.not(out.mayHide(at(0, "projects", 0, "exporters", 0), "port"));
    const within = faults([0, "projects", 1, "exporters", 0, "hosts"], "key");
    assert.ok(within.mayHide(at(0, "projects", 1), "hosts"));
    assert.not(within.mayHide(at(0, "projects", 1), "farm"));
    assert.not(within.mayHide(at(0, "projects", 0), "hosts"));
  });

  it("a missing key hides itself alone", () => {
    const missing = faults([0, "projects", 1], undefined, "name");
    assert.ok(missing.mayHide(at(0, "projects", 1), "name"));
    assert.not(missing.mayHide(at(0, "projects", 1), "shard"));
  });

  it("what has a mistake somewhere in it may lack a part", () => {
    const item = faults([0, "projects", 1, "hosts", 3]);
    assert.ok(item.mayHidePart(at(0, "projects", 1), "hosts"));
    assert.ok(item.isBroken(at(0, "projects", 1), "hosts"));
    assert.not(item.mayHide(at(0, "projects", 1), "hosts"));
    assert.not(item.mayHidePart(at(0, "projects", 0), "hosts"));
    assert.not(item.mayHidePart(at(0, "projects", 1), "labels"));
  });

  it("a file that cannot be read hides all of it", () => {
    const all = new Faults();
    assert.ok(all.areNone);
    all.addFile(FILE);
    assert.not(all.areNone);
    assert.ok(all.mayHide(at(0, "projects", 1), "hosts"));
    assert.not(all.mayHide({ file: "t.yml", path: [0] }, "hosts"));
  });
});
