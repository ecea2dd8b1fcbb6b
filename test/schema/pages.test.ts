import { readFile } from "node:fs/promises";
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { found } from "./findings.ts";

const RULES = ["duration", "invalid-name", "missing-key", "unknown-key", "wrong-type"];

/** The first example below a heading, as a whole document. */
function example(page: string, heading: string): string {
  const yaml = new RegExp(`^## ${heading}\\n\\n\`\`\`yaml\\n([^]*?)^\`\`\``, "m").exec(page)?.[1] ?? "";
  if (!yaml.startsWith("exporters:")) return yaml;
  return `service: web\nprojects:\n  - name: web\n    hosts: [web1]\n${yaml.replaceAll(/^(?=.)/gm, "    ")}`;
}

describe("schema: pages", (it) => {
  for (const rule of RULES) {
    it(`the wrong example of ${rule} has its findings, and the right one none`, async () => {
      const page = await readFile(new URL(`../../src/rules/schema/${rule}.md`, import.meta.url), "utf8");
      const wrong = found(example(page, "Wrong"));
      assert.ok(wrong.length > 0);
      if (rule !== "wrong-type") for (const finding of wrong) assert.ok(finding.startsWith(`${rule} `), finding);
      assert.equal(found(example(page, "Right")), []);
    });
  }
});
