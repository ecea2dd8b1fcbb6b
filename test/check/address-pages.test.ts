import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { CHECKS } from "../../src/check/checks.ts";
import type { Rule } from "../../src/check/rule.ts";
import { describe } from "../describe.ts";
import type { Files } from "./inventory.ts";
import { findings } from "./inventory.ts";

const RULES = CHECKS.filter(({ id }) => id.startsWith("address/"));

/** The first example below a heading, as an inventory: pieces of a project, or of a shard. */
function example(rule: Rule, heading: string): Files {
  const page = readFileSync(new URL(`../../src/rules/${rule.id}.md`, import.meta.url), "utf8");
  const yaml = new RegExp(`^## ${heading}\\n+\`\`\`yaml\\n(.*?)^\`\`\``, "ms").exec(page)?.[1];
  assert.ok(yaml, `${rule.id}: ${heading}`);
  const pieces = yaml.split(/^(?=\w)/m);
  const isOfShard = (piece: string): boolean => piece.startsWith("servers:");
  const project = pieces
    .filter((piece) => !isOfShard(piece))
    .join("")
    .replace(/^/gm, "    ");
  return {
    "promgen.yml": "exporters: { node: { port: 9100 } }",
    "shard.yml": `shard: a\n${pieces.filter(isOfShard).join("")}`,
    "service.yml": `service: s\nshard: a\nprojects:\n  - name: p\n${project}`,
  };
}

describe("pages of address rules", (it) => {
  for (const rule of RULES) {
    it(`${rule.id}: finds something in the wrong example, and no rule in the right one`, () => {
      const wrong = findings(rule, example(rule, "Wrong"));
      assert.ok(wrong.length >= 1);
      assert.equal(
        RULES.flatMap((other) => findings(other, example(rule, "Right"))),
        [],
      );
    });
  }
});
