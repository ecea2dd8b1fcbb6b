import * as assert from "uvu/assert";
import { isMatch, isSamePath } from "../../../src/agent/prometheus/seen-path.ts";
import { describe } from "../../describe.ts";

describe("files as a server calls them", (it) => {
  it("are ours where the path is the same, however it is written", () => {
    assert.ok(isSamePath("/etc/p/targets.json", "/etc/p/targets.json", undefined));
    assert.ok(isSamePath("/etc//p/./targets.json", "/etc/p/targets.json", undefined));
    assert.ok(isSamePath("p/targets.json", "/etc/p/targets.json", "/etc"));
    assert.ok(isSamePath("p/targets.json", "p/targets.json", undefined));
  });

  it("are not ours because they end alike", () => {
    assert.not.ok(isSamePath("p/targets.json", "/etc/p/targets.json", "/srv"));
    assert.not.ok(isSamePath("p/targets.json", "/etc/p/targets.json", undefined));
    assert.not.ok(isSamePath("/srv/p/targets.json", "/etc/p/targets.json", undefined));
  });

  it("match as in Go: stars only in the last part, dot-files included", () => {
    const ours = "/etc/p/targets.json";
    for (const pattern of ["/etc/p/targets.json", "/etc/p/*.json", "/etc/p/*", "/etc/p/t?rgets.json", "/etc//p/*.json"])
      assert.ok(isMatch(pattern, ours, undefined), pattern);
    for (const pattern of ["/etc/*.json", "/etc/p/*.yml", "/etc/p/targetsxjson", "/etc/q/*.json", "p/*.json"])
      assert.not.ok(isMatch(pattern, ours, undefined), pattern);
    assert.ok(isMatch("p/*.json", ours, "/etc"));
    assert.ok(isMatch("/etc/p/*.json", "/etc/p/.hidden.json", undefined));
  });
});
