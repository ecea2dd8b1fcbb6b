import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { checkOne, found, helpFor, project } from "./findings.ts";

describe("schema/invalid-name", (it) => {
  it("finds names that cannot be, where they are given", () => {
    for (const [text, place] of [
      ["service: pay/api\n", "pay/api"],
      ["farm: a:b\nhosts: [x]\n", "a:b"],
      ["shard: tokyo*a\n", "tokyo*a"],
      ["service: web\nprojects: [{ name: .a }]\n", ".a"],
      ["service: 'web '\n", "web "],
      ["service: ''\n", ""],
      [`service: ${"a".repeat(129)}\n`, "a".repeat(129)],
      ['service: "a\\nb"\n', "a\\nb"],
      ["service: web😀\n", "web😀"],
      // With hosts of its own, a project's farm is the value of a label.
      ["service: web\nprojects: [{ name: a, farm: x/y, hosts: [h] }]\n", "x/y"],
    ] as const)
      assert.equal(found(text), [`invalid-name ${JSON.stringify(place)}`], text);
  });

  it("offers the nearest name that could be", () => {
    for (const [name, right] of [
      ["pay/api", "pay-api"],
      ["web.", "web"],
      ["'web '", "web"],
      [".hidden", "hidden"],
      ["-x", "x"],
      ["a @ b", '"a - b"'],
    ] as const)
      assert.match(helpFor(`service: ${name}\n`), right.startsWith('"') ? right : `\`${right}\``, name);
    assert.match(helpFor("service: ///\n"), "write a name of");
    assert.match(helpFor(`service: ${"a".repeat(200)}\n`), "128");
  });

  it("tells of a template, whose inside is no name either", () => {
    for (const name of ["{{ name }}", "web-${ENV}", "<%= name %>", "web-%(name)s"]) {
      const [finding] = checkOne(`service: "${name}"\n`).diagnostics;
      assert.match(finding?.message ?? "", "is a template, and nothing fills it in here");
      assert.match(finding?.help ?? "", "write the value");
    }
  });

  it("tells of a comment that YAML does not take for one", () => {
    for (const name of ["web# the shop", "web // the shop", "web ; the shop"])
      assert.is(helpFor(`service: ${name}\n`), "write `web # …`: a comment begins with white space and `#`", name);
    for (const name of ["web#1", "web//shop", "# x", "a@b # x"])
      assert.not.match(helpFor(`service: "${name}"\n`), "comment");
  });

  it("leaves names of every script, and what is no name of a document", () => {
    for (const name of [
      "payments-api",
      "ポイント",
      "Data Platform",
      "_x",
      "7",
      "a.b_c-d",
      "é",
      "007",
      "a-",
      "x".repeat(128),
    ])
      assert.equal(found(`service: "${name}"\nprojects: [{ name: "${name}" }]\n`), [], name);
    // Jobs, modules, presets and references have rules of their own.
    const text = project(
      "    farm: x/y\n    exporters: [{ job: a/b, port: 1 }]\n    probes: [{ module: a/b, hosts: true }]",
    );
    assert.equal(found(text), []);
    assert.equal(found("service: web\nshard: a/b\nowner: a/b\n"), []);
  });

  it("keeps the name, so that references to it are right", () => {
    assert.is(checkOne("shard: a/b\n").value["shard"], "a/b");
    assert.is(checkOne("shard: a/b\n").isComplete, true);
  });
});
