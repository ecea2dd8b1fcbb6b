import * as assert from "uvu/assert";
import { loadInventory } from "../../src/commands/load.ts";
import { describe } from "../describe.ts";

const READINGS = ["yaml/implicit-type", "yaml/yaml11-ambiguous"];

/** The rules of all findings of a file and promgen.yml before they are judged, sorted. */
async function codes(text: string, settings = "{}\n"): Promise<string[]> {
  const files: Record<string, string> = { "promgen.yml": settings, "targets/a.yml": text };
  const { diagnostics } = await loadInventory({
    list: () => ({ files: ["targets/a.yml"], diagnostics: [] }),
    read: (file) => (files[file] === undefined ? undefined : new TextEncoder().encode(files[file])),
  });
  return diagnostics.map(({ code }) => code).sort();
}

const exporter = (keys: string): string =>
  `service: a\nshard: s\nprojects:\n  - name: p\n    hosts: [h]\n    exporters: [{ job: j, ${keys} }]\n`;

describe("how a scalar is read", (it) => {
  it("is no finding where the scalar cannot stay: quotes would be the wrong help", async () => {
    for (const [keys, code] of [
      ["port: 1, enabled: no", "schema/wrong-type"],
      ["port: 08080", "schema/wrong-type"],
      ["port: 1, interval: 1e3", "schema/duration"],
      ["port: 1, on: 2", "schema/unknown-key"],
    ] as const)
      assert.equal(await codes(exporter(keys)), [code], keys);
    assert.equal(await codes("shard: s\nlimits: { targets: 1e3 }\n", "gate: { removed_min: 007 }\n"), [
      "schema/wrong-type",
      "schema/wrong-type",
    ]);
    assert.equal(await codes("shard: s\n", "lint: { label/inconsistent: { missing: off } }\n"), ["schema/wrong-type"]);
  });

  it("stays one where nothing else is said of it", async () => {
    assert.equal(await codes(exporter("port: 1, labels: { a: no, b: 007 }, enabled: maybe")), [
      "schema/wrong-type",
      "yaml/implicit-type",
      "yaml/yaml11-ambiguous",
    ]);
    assert.equal(await codes("shard: 007\n", "inventory: on\n"), READINGS);
    for (const key of ["job: 007", "job: 1e3", "job: 12345678901234567890"])
      assert.equal(await codes(exporter(`port: 1, labels: {}`).replace("job: j", key)), ["yaml/implicit-type"], key);
  });

  it("is told once of a tag, without a word about the type of what stands behind it", async () => {
    const text = "service: a\nshard: s\nprojects:\n  - name: p\n    hosts: !include hosts.yml\n    exporters: [j]\n";
    assert.equal(await codes(text), ["yaml/custom-tag"]);
  });
});
