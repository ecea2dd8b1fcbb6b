import * as assert from "uvu/assert";
import { nearMissName } from "../../src/check/label-near-miss-name.ts";
import { describe } from "../describe.ts";
import type { Found } from "./inventory.ts";
import { findings } from "./inventory.ts";

const RARE = "targets/services/rare.yml";

/** One name written `times` times, and another with these lines in a service of its own. */
function against(name: string, times: number, lines: string): Found[] {
  const hosts = Array.from({ length: times }, (_, index) => `  - { host: web${index}, labels: { ${name}: x } }\n`).join(
    "",
  );
  return findings(nearMissName, { "targets/farm.yml": `farm: f\nhosts:\n${hosts}`, [RARE]: `service: rare\n${lines}` });
}

describe("label/near-miss-name", (it) => {
  it("finds a name one edit away from one that is written a hundred times as often, at its key", () => {
    const result = against("datacenter", 100, "labels: { datacentre: tyo }\n");
    assert.equal(
      result.map(({ file, severity, part, text }) => [file, severity, part, text]),
      [[RARE, "warning", "key", "datacentre"]],
    );
    assert.match(result[0]?.help ?? "", "`datacenter`");
    assert.equal(result[0]?.related[0]?.where.path, [0, "hosts", 0, "labels", "datacenter"]);
  });

  it("finds letters missing, doubled and in another case", () => {
    for (const name of ["datacentr", "dataacenter", "dataCenter"])
      assert.is(against("datacenter", 100, `labels: { ${name}: tyo }\n`).length, 1, name);
  });

  it("reports each place of the rare name", () => {
    const lines = "labels: { datacentre: tyo }\nprojects:\n  - { name: p, labels: { datacentre: osa } }\n";
    assert.is(against("datacenter", 200, lines).length, 2);
    assert.is(against("datacenter", 199, lines).length, 0);
  });

  it("does not find a name that is a 99th as frequent", () => {
    assert.equal(against("datacenter", 99, "labels: { datacentre: tyo }\n"), []);
  });

  it("does not find plurals, short names, names two edits away, and parameters", () => {
    assert.equal(against("region", 100, "labels: { regions: a }\n"), []);
    assert.equal(against("regions", 100, "labels: { region: a }\n"), []);
    assert.equal(against("rack", 100, "labels: { rock: a, racks: b, raack: c }\n"), []);
    assert.equal(against("rack_12", 100, "labels: { rack_13: a }\n"), []);
    assert.equal(against("datacenter", 100, "labels: { datacentres: a }\n"), []);
    assert.equal(
      against(
        "module",
        100,
        "projects:\n  - name: p\n    exporters:\n      - { job: a, port: 1, params: { modul: x } }\n",
      ),
      [],
    );
  });
});
