import * as assert from "uvu/assert";
import { reserved } from "../../src/check/label-reserved.ts";
import { describe } from "../describe.ts";
import { findings } from "./inventory.ts";

const FILE = "targets/services/pay.yml";

function helpFor(name: string): string {
  return findings(reserved, { [FILE]: `service: pay\nlabels: { "${name}": x }\n` })[0]?.help ?? "";
}

describe("label/reserved", (it) => {
  it("finds any name with two underscores in front, at its key", () => {
    const [first, ...others] = findings(reserved, { [FILE]: "service: pay\nlabels: { __scheme__: https }\n" });
    assert.equal(others, []);
    assert.equal(
      [first?.severity, first?.path, first?.part, first?.text],
      ["error", [0, "labels", "__scheme__"], "key", "__scheme__"],
    );
    assert.ok(helpFor("__secret").includes("`__tmp_secret`"));
  });

  it("names the field that does it", () => {
    const fields = {
      __scheme__: "`scheme:`",
      __metrics_path__: "`path:`",
      __scrape_interval__: "`interval:`",
      __scrape_timeout__: "`timeout:`",
      __address__: "`hosts:`",
      __shard: "`shard:`",
      __farm_source: "`source:`",
      __param_module: "`params:` at the exporter, with `module`",
    };
    for (const [name, field] of Object.entries(fields)) assert.ok(helpFor(name).includes(field), name);
  });

  it("a probe's parameters have fields of their own", () => {
    const help = findings(reserved, {
      [FILE]:
        "service: pay\nprojects:\n  - name: api\n    probes:\n      - { module: m, hosts: true, labels: { __param_module: x, __param_target: y } }\n",
    }).map((finding) => finding.help ?? "");
    assert.match(help[0] ?? "", "`module:`");
    assert.match(help[1] ?? "", "`targets:`");
  });

  it("leaves __tmp_* alone, single underscores, and parameters of that name", () => {
    const exporter = "    exporters:\n      - { job: a, port: 1, params: { __x: y }, path: '/m?__z=1' }\n";
    const file = `service: pay\nlabels: { __tmp_role: a, _x: b, x__: c }\nprojects:\n  - name: api\n${exporter}`;
    assert.equal(findings(reserved, { [FILE]: file }), []);
  });

  it("__tmp without the underscore after it is reserved", () => {
    assert.is(findings(reserved, { [FILE]: "service: pay\nlabels: { __tmp: a, __tmpx: b }\n" }).length, 2);
  });
});
