import * as assert from "uvu/assert";
import type { Path } from "../../src/diagnostic.ts";
import { checkConfig, checkDocument } from "../../src/schema/document.ts";
import type { Shape } from "../../src/schema/shape.ts";
import type { DocumentKind } from "../../src/schema/shapes.ts";
import { SHAPES } from "../../src/schema/shapes.ts";
import { describe } from "../describe.ts";
import { checkConfigText, checkOne, found, foundInConfig } from "./findings.ts";

type Value = Record<string, unknown>;

/** A document with a broken text, and the route to it. */
interface Sample {
  readonly route: Path;
  readonly value: unknown;
}

/** Names that are free, where some are no names of rules. */
const FREE: Readonly<Record<string, string>> = { lint: "topology/shared-target", rules: "topology/shared-target" };

/** All that may hold a text, with a broken one in each place once, and nothing else but what is needed. */
function* samples(shape: Shape, key = ""): Iterable<Sample> {
  if (/number|true/.test(shape.wants)) return;
  const isFree = shape.each !== undefined && !shape.wants.includes("list");
  if (shape.each === undefined || shape.wants.includes("name of a shard")) {
    if (shape.keys === undefined || /name of a preset|host name/.test(shape.wants))
      yield { route: [], value: "x\ud800" };
  }
  for (const [name, inner] of Object.entries(shape.keys ?? {}))
    for (const { route, value } of samples(inner, name)) {
      const owner: Value = { [name]: value };
      for (const [other, { isNeeded, wants }] of Object.entries(shape.keys ?? {}))
        if (isNeeded === true && other !== name)
          owner[other] = wants.startsWith("a list of") ? [] : wants.startsWith("a map") ? {} : "y";
      yield { route: [name, ...route], value: owner };
    }
  if (shape.each === undefined) return;
  for (const { route, value } of samples(shape.each)) {
    const name = FREE[key] ?? "k";
    yield isFree ? { route: [name, ...route], value: { [name]: value } } : { route: [0, ...route], value: [value] };
  }
}

describe("texts with half of a surrogate pair", (it) => {
  it("are found in every place of every document, and go no further", () => {
    const routes: string[] = [];
    for (const kind of Object.keys(SHAPES) as DocumentKind[])
      for (const { route, value } of samples(SHAPES[kind])) {
        const document = kind === "promgen" ? value : { [kind]: "y", ...(value as Value) };
        const shown = `${kind} ${route.join("/")}`;
        const checked = kind === "promgen" ? checkConfig("f.yml", [document]) : checkDocument("f.yml", 0, document);
        const places = checked.diagnostics.map(({ where }) => where.path.slice(1).join("/"));
        // Or what it is in is of no use at all.
        assert.ok(
          places.some((place) => `${route.join("/")}/`.startsWith(`${place}/`)),
          `${shown}: ${places.join()}`,
        );
        assert.not.match(JSON.stringify(checked.value), /\\ud800/, shown);
        routes.push(shown);
      }
    for (const some of [
      "promgen repository",
      "promgen labels/k",
      "promgen exporters/k/path",
      "promgen prometheus/blackbox",
      "shard shard",
      "shard servers/0",
      "farm source",
      "farm hosts/0/host",
      "farm hosts/0",
      "service owner",
      "service projects/0/name",
      "service projects/0/shard",
      "service projects/0/shard/0",
      "service projects/0/exporters/0",
      "service projects/0/exporters/0/params/k",
      "service projects/0/probes/0/targets/0",
    ])
      assert.ok(routes.includes(some), `${some} in ${routes.join("; ")}`);
  });

  it("are one finding, with their place and what half it is", () => {
    const underlined: [found: string[], text: string][] = [
      [found('service: s\nprojects: [{ name: "p\\ud800" }]\n'), "p\\ud800"],
      [foundInConfig('repository: "https://x/\\uDFFF"\n'), "https://x/\\uDFFF"],
    ];
    for (const [findings, text] of underlined) assert.equal(findings, [`wrong-type ${JSON.stringify(text)}`]);
    const { diagnostics } = checkConfigText('repository: "https://x/\\uDFFF"\n');
    assert.match(diagnostics[0]?.message ?? "", "U+DFFF");
  });

  it("whole pairs, and what looks like an escape, are texts like any other", () => {
    for (const text of ['"\\ud83d\\ude00"', '"\\U0001F600"', "😀", "'\\ud800'"])
      assert.equal(checkOne(`service: s\nowner: ${text}\n`).diagnostics, [], text);
  });

  it("are not looked for where no text has an escape", () => {
    assert.equal(checkDocument("f.yml", 0, { service: "s", owner: "\ud800" }, { hasEscapes: false }).diagnostics, []);
  });
});
