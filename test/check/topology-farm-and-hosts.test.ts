import * as assert from "uvu/assert";
import { farmAndHosts } from "../../src/check/topology-farm-and-hosts.ts";
import { describe } from "../describe.ts";
import { findings, textAt } from "./inventory.ts";

const FARM = { "targets/farms/web.yml": "farm: web\nhosts: [a.b]\n" };

describe("topology/farm-and-hosts", (it) => {
  it("hosts beside the name of a farm document", () => {
    const files = { ...FARM, "s.yml": "service: s\nprojects:\n  - name: p\n    farm: web\n    hosts: [c.d]\n" };
    const found = findings(farmAndHosts, files);
    assert.is(found.length, 1);
    assert.equal([found[0]?.severity, found[0]?.path, found[0]?.text], ["error", [0, "projects", 0, "farm"], "web"]);
    assert.equal(
      found[0]?.related.map(({ where }) => [where.file, textAt(files, where)]),
      [
        ["s.yml", "hosts"],
        ["targets/farms/web.yml", "web"],
      ],
    );
  });

  it("hosts of a project with the name of a farm document: its label is its name, where it has no other", () => {
    const text = "service: s\nprojects:\n  - name: web\n    hosts: [c.d]\n";
    const [found, ...more] = findings(farmAndHosts, { ...FARM, "s.yml": text });
    assert.equal(more, []);
    assert.equal([found?.severity, found?.path], ["error", [0, "projects", 0, "name"]]);
    assert.match(found?.help ?? "", /^write `farm:` with another name/);
    assert.equal(findings(farmAndHosts, { ...FARM, "s.yml": `${text}    farm: other\n` }), []);
  });

  it("an empty list of hosts is one, too", () => {
    const text = "service: s\nprojects: [{ name: p, farm: web, hosts: [] }]\n";
    assert.is(findings(farmAndHosts, { ...FARM, "s.yml": text }).length, 1);
  });

  it("leaves a farm that is only a label, and one without hosts beside it", () => {
    const text =
      "service: s\nprojects: [{ name: p, farm: Web, hosts: [c.d] }, { name: q, farm: web }, { name: r, hosts: [x.y] }]\n";
    assert.equal(findings(farmAndHosts, { ...FARM, "s.yml": text }), []);
  });
});
