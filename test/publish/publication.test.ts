import * as assert from "uvu/assert";
import { asPublished, followPublished, isSamePublication, nextGeneration } from "../../src/publish/publication.ts";
import type { Acceptance } from "../../src/publish/publication.ts";
import type { Manifest } from "../../src/publish/read-manifest.ts";
import { describe } from "../describe.ts";

const files = (text: string): Manifest["shards"][string]["files"] => ({
  "targets.json": { sha256: text.repeat(64).slice(0, 64), bytes: 1, groups: 1, targets: 1 },
});

const MANIFEST: Manifest = {
  version: 1,
  generation: 100,
  commit: "a".repeat(40),
  generator: "promgen-gen 1",
  changed: ["a"],
  retired: ["gone"],
  accepts: 90,
  accepted: ["sha256:old"],
  shards: {
    a: { path: "shards/a", servers: ["p1"], accepts: 80, files: files("1") },
    b: { path: "shards/b", servers: [], accepts: 90, files: files("2") },
    c: { path: "shards/c", servers: [], files: files("3") },
  },
};

const NOTHING: Acceptance = { digests: [], shards: [] };

describe("the next generation", (it) => {
  it("has the time of its commit, and more than the last one", () => {
    assert.is(nextGeneration(100, undefined), 100);
    for (const [time, next] of [
      [101, 101],
      [102, 102],
      [100, 101],
      [99, 101],
      [0, 101],
    ] as const)
      assert.is(nextGeneration(time, 100), next, String(time));
  });
});

describe("what a generation says of itself", (it) => {
  it("names shards whose files have other digests, and new ones", () => {
    const publication = followPublished(MANIFEST, ["a", "b", "new"], 101, NOTHING);
    assert.not(publication.isChanged("a", files("1")));
    assert.ok(publication.isChanged("a", files("2")));
    assert.ok(publication.isChanged("a", { ...files("1"), "urls.json": { sha256: "x", bytes: 1 } }));
    assert.ok(publication.isChanged("a", {}));
    assert.ok(publication.isChanged("a", { "urls.json": { sha256: "1".repeat(64), bytes: 1 } }));
    assert.ok(publication.isChanged("new", files("1")));
    assert.ok(followPublished(undefined, ["a"], 1, NOTHING).isChanged("a", files("1")));
  });

  it("names shards that left, for ever, until they come back", () => {
    const retired = (...shards: string[]): readonly string[] => followPublished(MANIFEST, shards, 101, NOTHING).retired;
    assert.equal(retired("a", "b", "c"), ["gone"]);
    assert.equal(retired("c", "a"), ["b", "gone"]);
    assert.equal(retired("gone", "a", "b", "c"), []);
    assert.equal(retired(), ["a", "b", "c", "gone"]);
    assert.equal(followPublished(undefined, ["a"], 1, NOTHING).retired, []);
  });

  it("lets agents pass what was accepted, in the shards that it was accepted for, and goes on saying so", () => {
    const { accepts, accepted } = followPublished(MANIFEST, ["a", "b", "c"], 101, NOTHING);
    assert.equal(Object.fromEntries(accepts), { "*": 90, a: 80, b: 90 });
    assert.equal(accepted, ["sha256:old"]);
    const acceptance = { digests: ["sha256:new"], shards: ["c", "a", "left"] };
    const next = followPublished(MANIFEST, ["a", "b", "c"], 101, acceptance);
    assert.equal(Object.fromEntries(next.accepts), { "*": 101, a: 101, b: 90, c: 101 });
    assert.equal(next.accepted, ["sha256:new"]);
    const quiet = followPublished(MANIFEST, ["a", "b", "c"], 101, { digests: [], shards: ["c"] });
    assert.equal(Object.fromEntries(quiet.accepts), { "*": 101, a: 80, b: 90, c: 101 }, "nobody had to accept it");
    assert.equal(quiet.accepted, ["sha256:old"]);
    assert.equal([...followPublished(undefined, ["a"], 1, NOTHING).accepts], []);
    assert.equal(followPublished(undefined, ["a"], 1, NOTHING).accepted, []);
  });

  it("can be taken from its manifest again", () => {
    const again = asPublished(MANIFEST);
    assert.equal(
      ["a", "b", "c"].map((name) => again.isChanged(name, {})),
      [true, false, false],
    );
    assert.equal(again.retired, ["gone"]);
    assert.equal(Object.fromEntries(again.accepts), { "*": 90, a: 80, b: 90 });
    assert.equal(again.accepted, ["sha256:old"]);
    const { changed: _c, retired: _r, accepts: _a, accepted: _d, shards, ...rest } = MANIFEST;
    const plain = asPublished({ ...rest, shards: { c: shards["c"] as Manifest["shards"][string] } });
    assert.equal([plain.isChanged("c", {}), plain.retired, [...plain.accepts], plain.accepted], [false, [], [], []]);
  });
});

describe("two manifests say the same", (it) => {
  it("where only time, commit, version and what follows from them differ", () => {
    const other = { ...MANIFEST, generation: 7, commit: "b".repeat(40), generator: "promgen-gen 2", changed: [] };
    assert.ok(isSamePublication(MANIFEST, { ...other, accepts: 5, accepted: [] }));
  });

  it("but not where servers, files, shards, the repository or who left differ", () => {
    const { a, b, c } = MANIFEST.shards as Record<"a" | "b" | "c", Manifest["shards"][string]>;
    for (const other of [
      { ...MANIFEST, repository: "https://example.com/x" },
      { ...MANIFEST, retired: [] },
      { ...MANIFEST, files: files("1") },
      { ...MANIFEST, shards: { a, b } },
      { ...MANIFEST, shards: { a, b, c: { ...c, servers: ["p1"] } } },
      { ...MANIFEST, shards: { a, b, c: { ...c, files: files("4") } } },
    ])
      assert.not(isSamePublication(MANIFEST, other));
  });
});
