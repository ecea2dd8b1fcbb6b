import * as assert from "uvu/assert";
import { addressPortRange } from "../../src/check/address-port-range.ts";
import { describe } from "../describe.ts";
import type { Found } from "./inventory.ts";
import { findings } from "./inventory.ts";

function exporter(text: string, presets = "{}"): Found[] {
  return findings(addressPortRange, {
    "promgen.yml": `exporters: ${presets}`,
    "s.yml": `service: s\nprojects:\n  - name: p\n    exporters:\n      - ${text}`,
  });
}

describe("address/port-range", (it) => {
  it("finds ports outside 1 to 65535", () => {
    for (const port of ["0", "-1", "65536", "99999"]) {
      const [found, ...others] = exporter(`{ job: app, port: ${port} }`);
      assert.is(found?.severity, "error", port);
      assert.is(found?.text, port);
      assert.equal(found?.path, [0, "projects", 0, "exporters", 0, "port"]);
      assert.equal(others, []);
    }
  });

  it("is content with those inside", () => {
    for (const port of ["1", "80", "9100", "65535"]) assert.equal(exporter(`{ job: app, port: ${port} }`), [], port);
  });

  it("leaves a missing port to others", () => {
    assert.equal(exporter("{ job: app }"), []);
    assert.equal(exporter("app"), []);
  });

  it("reports a preset's port once, at the preset", () => {
    const presets = "{ node: { port: 99100 }, app: { port: 80 } }";
    const at = (found: readonly Found[]): string[] => found.map(({ file, path }) => `${file} ${path.join("/")}`);
    assert.equal(at(exporter("node", presets)), ["promgen.yml 0/exporters/node/port"]);
    assert.equal(at(exporter("{ job: node, path: /x }", presets)), ["promgen.yml 0/exporters/node/port"]);
    assert.equal(at(exporter("{ job: app, port: 0 }", presets)), [
      "promgen.yml 0/exporters/node/port",
      "s.yml 0/projects/0/exporters/0/port",
    ]);
  });

  it("looks at servers and blackbox_exporter, too", () => {
    const found = findings(addressPortRange, {
      "promgen.yml": "prometheus: { blackbox: 127.0.0.1 }",
      "a.yml":
        "shard: a\nservers: ['prom1:99999', 'prom2:9l00', 'prom3:', 'prom4:0', 'prom5:9090', prom6]\nprometheus: { blackbox: 'bb:70000' }",
      "b.yml": "shard: b\nprometheus: { blackbox: 'bb:9115' }",
    });
    assert.equal(
      found.map(({ file, path }) => `${file} ${path.join("/")}`),
      [
        "a.yml 0/servers/0",
        "a.yml 0/servers/1",
        "a.yml 0/servers/2",
        "a.yml 0/servers/3",
        "a.yml 0/prometheus/blackbox",
        "promgen.yml 0/prometheus/blackbox",
      ],
    );
  });

  it("does not want a port in promgen.yml where none is written", () => {
    assert.equal(findings(addressPortRange, { "a.yml": "shard: a" }), []);
  });
});
