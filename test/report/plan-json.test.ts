import { readFile } from "node:fs/promises";
import { Ajv } from "ajv";
import type { AnySchemaObject } from "ajv";
import * as fc from "fast-check";
import * as assert from "uvu/assert";
import type { PlanDocument } from "../../src/report/plan-document.ts";
import { planJsonLines } from "../../src/report/plan-json.ts";
import { planMarkdown } from "../../src/report/plan-markdown.ts";
import { describe } from "../describe.ts";
import { hosts } from "../plan/sides.ts";
import { documentOf, textOf } from "./plans.ts";
import { hostileShards } from "./hostile-plans.ts";

const schema = JSON.parse(
  await readFile(new URL("../../schema/plan.schema.json", import.meta.url), "utf8"),
) as AnySchemaObject;
const validate = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);

function jsonOf(plan: PlanDocument): string {
  return [...planJsonLines(plan)].join("\n");
}

/** Parses, and checks against the schema. */
function parse(json: string): PlanDocument {
  const value: unknown = JSON.parse(json);
  assert.ok(validate(value), JSON.stringify(validate.errors));
  return value as PlanDocument;
}

/** One of each operation, what the gate holds back, and a project where it may not be. */
const EVERYTHING = documentOf(
  {
    a: [
      [{ project: "web", env: "prod" }, hosts(10)],
      [{ project: "web", job: "app" }, hosts(9, 0, 8080)],
      [{ project: "old", job: "gone" }, hosts(1, 20)],
    ],
    b: { groups: [[{ project: "b" }, hosts(1, 30)]], isEnabled: false },
    c: [[{ project: "m" }, hosts(1, 40)]],
  },
  {
    a: [
      [{ project: "web", env: "test" }, hosts(10)],
      [{ project: "web", job: "app" }, [...hosts(5, 0, 8080), "web5:8081"]],
      [{ project: "m" }, hosts(1, 40)],
    ],
    b: {
      groups: [
        [{ project: "b" }, hosts(1, 30)],
        [{ project: "new" }, hosts(1, 50)],
      ],
      isEnabled: false,
    },
    c: { urls: [[{ __param_module: "http", module: "x" }, ["https://x.example/"]]], servers: [] },
  },
  { before: { repository: "https://a/old" }, after: { repository: "https://a/new" } },
);

describe("plan json", (it) => {
  it("holds everything, as the schema says", () => {
    const plan = parse(jsonOf(EVERYTHING));
    assert.equal(new Set(plan.groups.map(({ op }) => op)), new Set(["add", "remove", "move", "change", "relabel"]));
    assert.ok(plan.trips.length > 0 && plan.refusedProjects.length > 0 && plan.jobsRemoved.length > 0);
    assert.equal(plan, JSON.parse(JSON.stringify(EVERYTHING)));
  });

  it("a plan without changes, and one from nothing, have the form too", () => {
    parse(jsonOf(documentOf({}, {})));
    parse(jsonOf(documentOf({}, { a: [[{}, hosts(2)]] })));
  });

  it("the schema refuses what is not in it", () => {
    const { version: _, ...without } = EVERYTHING;
    assert.not.ok(validate({ ...without }));
    assert.not.ok(validate({ ...without, version: 2 }));
    assert.not.ok(validate({ ...EVERYTHING, more: 1 }));
    assert.not.ok(validate({ ...EVERYTHING, digest: "sha256:x" }));
  });

  it("says of every key what it means", () => {
    const lacking: string[] = [];
    const visit = (value: unknown, path: string): void => {
      if (typeof value !== "object" || value === null) return;
      for (const [key, part] of Object.entries(value)) {
        if (key === "properties")
          for (const [name, property] of Object.entries(
            part as Record<string, { description?: string; $ref?: string }>,
          ))
            if (property.description === undefined && property.$ref === undefined) lacking.push(`${path}/${name}`);
        visit(part, `${path}/${key}`);
      }
    };
    visit(schema, "");
    assert.equal(lacking, []);
  });

  it("is one line for each group, so that two plans can be compared by lines", () => {
    const lines = jsonOf(EVERYTHING).split("\n");
    assert.is(lines.filter((line) => line.startsWith('{"op":')).length, EVERYTHING.groups.length);
  });

  it("does not depend on the order in which groups are read", () => {
    const groups = [
      [{ env: "b" }, hosts(3)],
      [{ env: "a" }, hosts(3, 9)],
    ] as const;
    const [one, other] = [groups, groups.toReversed()].map((list) => jsonOf(documentOf({ a: [] }, { a: list })));
    assert.is(one, other);
  });

  it("whoever has the JSON alone shows the same text and Markdown", () => {
    const read = parse(jsonOf(EVERYTHING));
    assert.is(textOf(read), textOf(EVERYTHING));
    assert.is(textOf(read, { verbose: true }), textOf(EVERYTHING, { verbose: true }));
    assert.is(planMarkdown(read), planMarkdown(EVERYTHING));
  });

  it("hostile text is only a value, and acts on no terminal and no log", () => {
    fc.assert(
      fc.property(hostileShards(), hostileShards(), (before, after) => {
        const plan = documentOf(before, after);
        const json = jsonOf(plan);
        assert.not.match(json, /[^\n\P{Cc}]|\p{Cf}|##\[/u);
        assert.equal(parse(json), JSON.parse(JSON.stringify(plan)));
      }),
      { seed: 20_260_102, numRuns: 100 },
    );
  });
});
