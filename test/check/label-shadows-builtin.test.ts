import * as assert from "uvu/assert";
import { shadowsBuiltin } from "../../src/check/label-shadows-builtin.ts";
import { describe } from "../describe.ts";
import { findings } from "./inventory.ts";

describe("label/shadows-builtin", (it) => {
  it("finds labels that are rendered, as errors at their keys", () => {
    const result = findings(shadowsBuiltin, {
      "targets/a.yml": "service: pay\nlabels: { job: a, service: b, project: c, farm: d }\n",
    });
    assert.equal(
      result.map(({ text, part, severity }) => [text, part, severity]),
      ["job", "service", "project", "farm"].map((name) => [name, "key", "error"]),
    );
  });

  it("finds labels that Prometheus needs, as information", () => {
    const result = findings(shadowsBuiltin, {
      "promgen.yml": "labels: { instance: x }\n",
      "targets/a.yml": "farm: f\nhosts:\n  - { host: web1, labels: { le: y, quantile: z } }\n",
    });
    assert.equal(
      result.map(({ text, severity }) => [text, severity]),
      [
        ["instance", "info"],
        ["le", "info"],
        ["quantile", "info"],
      ],
    );
  });

  it("leaves alone other names, other cases, and parameters", () => {
    const exporter = "    exporters:\n      - { job: a, port: 1, params: { job: x, service: y } }\n";
    const file = `service: pay\nlabels: { jobs: a, Service: b, shard: c, project_name: d }\nprojects:\n  - name: api\n${exporter}`;
    assert.equal(findings(shadowsBuiltin, { "targets/a.yml": file }), []);
  });
});
