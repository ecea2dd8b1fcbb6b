import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { addressInvalidHost } from "../../src/check/address-invalid-host.ts";
import { addressIpv6 } from "../../src/check/address-ipv6.ts";
import { addressNonCanonical } from "../../src/check/address-non-canonical.ts";
import { addressPath } from "../../src/check/address-path.ts";
import { addressPortInHost } from "../../src/check/address-port-in-host.ts";
import { addressPortRange } from "../../src/check/address-port-range.ts";
import { addressProbeTarget } from "../../src/check/address-probe-target.ts";
import { addressRange } from "../../src/check/address-range.ts";
import { addressScheme } from "../../src/check/address-scheme.ts";
import { addressScrapeTimeout } from "../../src/check/address-scrape-timeout.ts";
import { addressSpecialAddress } from "../../src/check/address-special-address.ts";
import { addressSuspiciousPort } from "../../src/check/address-suspicious-port.ts";
import { addressUrlInHost } from "../../src/check/address-url-in-host.ts";
import { addressWhitespace } from "../../src/check/address-whitespace.ts";
import type { Rule } from "../../src/check/rule.ts";
import { describe } from "../describe.ts";
import type { Files } from "./inventory.ts";
import { findings } from "./inventory.ts";

const RULES: readonly Rule[] = [
  addressInvalidHost,
  addressIpv6,
  addressNonCanonical,
  addressPath,
  addressPortInHost,
  addressPortRange,
  addressProbeTarget,
  addressRange,
  addressScheme,
  addressScrapeTimeout,
  addressSpecialAddress,
  addressSuspiciousPort,
  addressUrlInHost,
  addressWhitespace,
];

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
