import * as assert from "uvu/assert";
import { similarId } from "../../src/check/topology-similar-id.ts";
import { describe } from "../describe.ts";
import { findings } from "./inventory.ts";
import type { Files } from "./inventory.ts";

function projects(...names: string[]): Files {
  return { "s.yml": `service: s\nprojects:\n${names.map((name) => `  - name: "${name}"\n`).join("")}` };
}

function texts(files: Files): string[] {
  return findings(similarId, files).map(({ text }) => text);
}

describe("topology/similar-id", (it) => {
  it("projects that differ in case or separators, at the later one", () => {
    for (const [first, second] of [
      ["api", "API"],
      ["pay-api", "pay_api"],
      ["pay api", "payapi"],
      ["pay.api", "pay-Api"],
      ["web-1", "web1"],
      ["über", "ÜBER"],
    ] as const) {
      const found = findings(similarId, projects("other", first, second));
      assert.is(found.length, 1, `${first} ${second}`);
      assert.equal([found[0]?.severity, found[0]?.path], ["error", [0, "projects", 2, "name"]]);
      assert.equal(found[0]?.related[0]?.where.path, [0, "projects", 1, "name"]);
    }
  });

  it("shards, farms and services among themselves", () => {
    const files = {
      "a.yml": "shard: x-y\n---\nshard: x_y\n---\nfarm: f 1\nhosts: []\n---\nfarm: f1\nhosts: []\n",
      "b.yml": "service: s-1\n---\nservice: S1\n",
    };
    assert.equal(texts(files), ["x_y", "f1", "S1"]);
  });

  it("a service that is spread over files is reported once", () => {
    assert.equal(texts({ "a.yml": "service: pay\n", "b.yml": "service: Pay\n", "c.yml": "service: Pay\n" }), ["Pay"]);
  });

  it("leaves other names, numbers that only their separators tell apart, other kinds and the very same name", () => {
    assert.equal(texts(projects("api", "apis", "web-1-1", "web-11", "v1.10", "v11.0", "pay-api-2", "pay-api-3")), []);
    assert.equal(
      texts({ "a.yml": "shard: web\n---\nfarm: Web\nhosts: []\n---\nservice: WEB\nprojects: [{ name: wEB }]\n" }),
      [],
    );
    assert.equal(texts(projects("api", "api")), []);
  });
});
