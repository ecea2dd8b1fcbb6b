/**
 * Any mistake at any place: findings, never an exception, and always at a place in the file.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import type { AnySchemaObject, ErrorObject } from "ajv";
import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { checkInventory } from "../src/check/check.ts";
import { loadInventory } from "../src/commands/load.ts";
import { locatorOf } from "../src/parse/parse.ts";
import validators from "../src/schema/validators.cjs";
import { describe } from "./describe.ts";
import { CONFIG, documentsOf, PLAN } from "./generated.ts";
import type { Document } from "./generated.ts";
import { ROOT } from "./workplace.ts";

const RUNS = { seed: 20_260_103, numRuns: 400 } as const;

/** What somebody may write instead of what belongs there. */
const WRONG: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    null,
    true,
    0,
    -1,
    1.5,
    70_000,
    "",
    " ",
    "a, b",
    "8080",
    "30",
    "x y",
    "https://a:b@c/d",
    "[",
    "\u0000",
    "*",
  ),
  fc.constantFrom([], {}, [[]], [null], [{}], { a: null }, { job: 5 }, { host: [] }, { name: "x" }, ["a", "a"], {
    a: { b: [1] },
  }),
  fc.constantFrom("constructor", "__proto__", "(no name: x)", "x".repeat(2000), "a".repeat(129)),
);

const KEY = fc.constantFrom(
  "__proto__",
  "constructor",
  "toString",
  "",
  "hosst",
  "naem",
  "servcie",
  "port",
  "labels",
  "x y",
);

/** How to spoil a value: what to do, where (by number), and with what. */
const SPOILER = fc.record({
  deed: fc.constantFrom("replace", "remove", "rename", "add", "double"),
  at: fc.nat(),
  wrong: WRONG,
  key: KEY,
});
type Spoiler = typeof SPOILER extends fc.Arbitrary<infer T> ? T : never;

/** Every map and list within a value, itself included. */
function collections(value: unknown): object[] {
  if (typeof value !== "object" || value === null) return [];
  return [value, ...Object.values(value).flatMap(collections)];
}

function spoil(root: Document, { deed, at, wrong, key }: Spoiler): void {
  const all = collections(root);
  const owner = all[at % all.length] as Record<string, unknown>;
  const keys = Object.keys(owner);
  const chosen = keys[at % Math.max(1, keys.length)];
  const set = (name: string, value: unknown): void =>
    void Object.defineProperty(owner, name, { value, enumerable: true, configurable: true, writable: true });
  const value = structuredClone(wrong);
  if (Array.isArray(owner)) {
    if (deed === "remove") owner.splice(at % Math.max(1, keys.length), 1);
    else if (deed === "double" && chosen !== undefined) owner.push(structuredClone(owner[Number(chosen)]));
    else owner[chosen === undefined ? 0 : Number(chosen)] = value;
    return;
  }
  if (deed === "add" || chosen === undefined) set(key, value);
  else if (deed === "replace") set(chosen, value);
  else {
    const old = owner[chosen];
    if (deed !== "double") delete owner[chosen];
    if (deed !== "remove") set(key, old);
  }
}

/** As users of ajv compile the schemas, without what tools/generate.ts changes in the code. */
const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strict: false });
const compiled = new Map(
  (["service", "farm", "shard", "promgen"] as const).map((kind) => {
    const schema = JSON.parse(readFileSync(join(ROOT, `schema/${kind}.schema.json`), "utf8")) as AnySchemaObject;
    return [kind, ajv.compile(schema)] as const;
  }),
);

const told = ({ errors }: { readonly errors?: readonly ErrorObject[] | null }): string[] =>
  (errors ?? []).map(({ instancePath, keyword, params }) => `${instancePath} ${keyword} ${JSON.stringify(params)}`);

function toldByAjv(kind: "service" | "farm" | "shard" | "promgen", document: unknown): string[] {
  const validate = compiled.get(kind);
  if (validate === undefined) throw new Error(kind);
  void validate(document);
  return told(validate);
}

interface Outcome {
  readonly problems: readonly string[];
  readonly codes: readonly string[];
}

async function outcomeOf(files: Readonly<Record<string, string>>): Promise<Outcome> {
  const { inventory, diagnostics } = await loadInventory({
    list: async () => ({ files: Object.keys(files).filter((file) => file !== "promgen.yml"), diagnostics: [] }),
    read: (file) => new TextEncoder().encode(files[file]),
  });
  const { diagnostics: checked, failures } = checkInventory(inventory);
  const problems = failures.map(({ id, error }) => `${id}: ${error instanceof Error ? error.stack : String(error)}`);
  for (const { code, where, message, help } of [...diagnostics, ...checked]) {
    const text = files[where.file];
    const isSomewhere =
      text !== undefined && (where.range ?? locatorOf(where.file, text)(where.path, where.part ?? "value"));
    if (isSomewhere === undefined && where.path.length > 0)
      problems.push(`${code} is nowhere: ${where.path.join("/")}`);
    if (/undefined|\[object|NaN|[\n\r]/.test(`${message} ${help}`)) problems.push(`${code} says: ${message} (${help})`);
  }
  return { problems, codes: [...diagnostics, ...checked].map(({ code }) => code) };
}

describe("mistakes", (it) => {
  it("of any kind, at any place of a document, are findings with words and a place", async () => {
    await fc.assert(
      fc.asyncProperty(
        PLAN,
        fc.nat(),
        fc.array(SPOILER, { minLength: 1, maxLength: 3 }),
        async (plan, which, spoilers) => {
          const documents = structuredClone(documentsOf(plan));
          const document = documents[which % documents.length] ?? {};
          const kind = (["service", "farm", "shard"] as const).find((key) => Object.hasOwn(document, key)) ?? "shard";
          for (const spoiler of spoilers) spoil(document, spoiler);
          const text = `${documents.map((one) => JSON.stringify(one)).join("\n---\n")}\n`;
          const fits = validators[kind](document);
          assert.equal(told(validators[kind]), toldByAjv(kind, document), text);
          const { problems, codes } = await outcomeOf({ "promgen.yml": CONFIG, "targets/all.yml": text });
          assert.equal(problems, [], text);
          // A label without a value is another rule's business.
          if (!fits)
            assert.ok(
              codes.some((code) => code.startsWith("schema/") || code.startsWith("label/")),
              text,
            );
        },
      ),
      RUNS,
    );
  });

  it("of any kind in promgen.yml, too", async () => {
    const settings = {
      inventory: "targets",
      repository: "https://github.com/acme/targets",
      labels: { org: "acme" },
      exporters: { e0: { port: 20_000, params: { a: "b" } }, e1: { port: 20_001, interval: "5s", labels: { c: "d" } } },
      prometheus: { targets: "/a.json", urls: "/b.json", blackbox: "127.0.0.1:9115", scrape_interval: "1m" },
      artifacts: ["all"],
      lint: {
        "label/required": { severity: "error", labels: ["env"] },
        "label/allowed-values": { labels: { env: ["prod"] } },
        "label/high-cardinality": { limit: 5 },
        overrides: [{ files: ["targets/**"], rules: { "address/non-canonical": "off" } }],
      },
      gate: { removed_percent: 20, removed_count: 200 },
    };
    await fc.assert(
      fc.asyncProperty(PLAN, fc.array(SPOILER, { minLength: 1, maxLength: 3 }), async (plan, spoilers) => {
        const config = structuredClone(settings);
        for (const spoiler of spoilers) spoil(config, spoiler);
        const text = JSON.stringify(config, undefined, 1);
        validators.promgen(config);
        assert.equal(told(validators.promgen), toldByAjv("promgen", config), text);
        const files = documentsOf(plan).map(
          (one, index) => [`targets/${index}.yml`, `${JSON.stringify(one)}\n`] as const,
        );
        const { problems } = await outcomeOf({ "promgen.yml": `${text}\n`, ...Object.fromEntries(files) });
        assert.equal(problems, [], text);
      }),
      RUNS,
    );
  });
});
