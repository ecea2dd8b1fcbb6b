/**
 * The JSON Schemas: valid, described, right about the example inventory, and of one mind with the words of src/schema.
 */
import { readFile, readdir } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import type { AnySchemaObject } from "ajv";
import * as assert from "uvu/assert";
import { parseFile } from "../../src/parse/parse.ts";
import type { Shape } from "../../src/schema/shape.ts";
import { SHAPES } from "../../src/schema/shapes.ts";
import type { DocumentKind } from "../../src/schema/shapes.ts";
import validators from "../../src/schema/validators.cjs";
import { describe } from "../describe.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const KINDS: readonly DocumentKind[] = ["service", "farm", "shard", "promgen"];

const schemaFiles = (await readdir(join(ROOT, "schema"))).filter((name) => name.endsWith(".schema.json")).sort();
const schemas = new Map<string, AnySchemaObject>();
for (const file of schemaFiles)
  schemas.set(file, JSON.parse(await readFile(join(ROOT, "schema", file), "utf8")) as AnySchemaObject);
const examples = [
  "promgen.yml",
  ...(await readdir(join(ROOT, "targets"), { recursive: true }))
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => join("targets", name))
    .sort(),
];

/** Every schema within a schema that describes a value, with its place. */
function* valueSchemas(schema: unknown, place: string): Generator<[place: string, schema: AnySchemaObject]> {
  if (typeof schema !== "object" || schema === null) return;
  const { properties, items, additionalProperties, patternProperties, definitions } = schema as AnySchemaObject;
  for (const [name, group] of Object.entries({ properties, patternProperties, definitions })) {
    for (const [key, value] of Object.entries((group as object | undefined) ?? {})) {
      yield [`${place}/${name}/${key}`, value as AnySchemaObject];
      yield* valueSchemas(value, `${place}/${name}/${key}`);
    }
  }
  for (const [name, value] of Object.entries({ items, additionalProperties })) {
    if (typeof value !== "object") continue;
    yield [`${place}/${name}`, value as AnySchemaObject];
    yield* valueSchemas(value, `${place}/${name}`);
  }
}

function schemaOf(kind: DocumentKind): AnySchemaObject {
  return schemas.get(`${kind}.schema.json`) ?? {};
}

/** Where the words and the schema of a value differ. */
function* differences(shape: Shape, given: AnySchemaObject, root: AnySchemaObject, place: string): Generator<string> {
  const name = /^#\/definitions\/(.*)$/.exec(String(given.$ref))?.[1];
  const schema = name === undefined ? given : ((root.definitions as Record<string, AnySchemaObject>)[name] ?? {});
  const properties = (schema.properties ?? {}) as Record<string, AnySchemaObject>;
  const required = (schema.required ?? []) as readonly string[];
  const keys = Object.keys(shape.keys ?? {});
  if (keys.sort().join() !== Object.keys(properties).sort().join()) yield `${place}: keys ${keys.join()}`;
  for (const [key, below] of Object.entries(shape.keys ?? {})) {
    if ((below.isNeeded === true) !== required.includes(key)) yield `${place}/${key}: needed`;
    yield* differences(below, properties[key] ?? {}, root, `${place}/${key}`);
  }
  const takesTexts = [resolve(schema.items, root).type].flat().includes("string");
  if (shape.takesTexts === true && !takesTexts) yield `${place}: takes no texts`;
  const each = [
    schema.items,
    schema.additionalProperties,
    ...Object.values((schema.patternProperties as object) ?? {}),
  ];
  const values = each.filter((value): value is AnySchemaObject => typeof value === "object");
  if ((shape.each !== undefined) !== values.length > 0) yield `${place}: items`;
  // A list or a map of lists, as options of rules have them, is told apart by nobody.
  if (shape.each !== undefined && values[0] !== undefined && shape.each.keys !== undefined)
    yield* differences(shape.each, values[0], root, `${place}/*`);
}

function resolve(schema: unknown, root: AnySchemaObject): AnySchemaObject {
  if (typeof schema !== "object" || schema === null) return {};
  const name = /^#\/definitions\/(.*)$/.exec(String((schema as AnySchemaObject).$ref))?.[1];
  return name === undefined ? schema : ((root.definitions as Record<string, AnySchemaObject>)[name] ?? {});
}

describe("schemas", (it) => {
  it("are valid draft-07", () => {
    // One refers to others, as an editor finds them: by the file beside it.
    const ajv = new Ajv({ strict: true, allowUnionTypes: true });
    for (const [file, schema] of schemas) ajv.addSchema(schema, file);
    for (const [file, schema] of schemas) {
      assert.is(schema["$schema"], "http://json-schema.org/draft-07/schema#", file);
      assert.ok(ajv.validateSchema(schema), `${file}: ${ajv.errorsText()}`);
      assert.ok(ajv.getSchema(file), file);
    }
  });

  it("say of any document of the inventory what that of its kind says", async () => {
    const ajv = new Ajv({ allowUnionTypes: true, strict: false });
    for (const [file, schema] of schemas) ajv.addSchema(schema, file);
    const validate = ajv.getSchema("document.schema.json");
    assert.ok(validate !== undefined);
    const documents: [file: string, document: unknown][] = [
      ["", { service: "a", shard: "s", projects: [{ name: "p", host: ["h"] }] }],
      ["", { farm: "f", host: ["h"] }],
      ["", { shard: "s", server: ["p"] }],
    ];
    for (const file of examples.filter((name) => name !== "promgen.yml"))
      for (const document of parseFile(file, await readFile(join(ROOT, file))).documents)
        documents.push([file, document]);
    for (const [file, document] of documents) {
      const fits = file !== "";
      assert.is(validate(document), fits, JSON.stringify(document));
      assert.is(ajv.getSchema(`${kindOf(file, document)}.schema.json`)?.(document), fits);
    }
    assert.not.ok(validate({ projects: [] }));
  });

  it("describe every value, in sentences", () => {
    for (const kind of KINDS) {
      for (const [place, schema] of [["#", schemaOf(kind)] as const, ...valueSchemas(schemaOf(kind), "#")]) {
        if (schema.$ref !== undefined) continue;
        assert.type(schema["description"], "string", `${kind} ${place}`);
        assert.match(schema["description"] as string, /^(?:[A-Z`]|label\/).*[.]$/, `${kind} ${place}`);
      }
    }
  });

  it("are of one mind where two say the same", () => {
    const prometheus = (kind: DocumentKind): unknown =>
      (schemaOf(kind).properties as Record<string, AnySchemaObject>)["prometheus"]?.properties;
    assert.equal(prometheus("shard"), prometheus("promgen"));
    for (const name of ["host", "labelValue"])
      assert.equal(schemaOf("farm").definitions[name], schemaOf("service").definitions[name], name);
    assert.equal(schemaOf("promgen").definitions["paramValue"], schemaOf("service").definitions["paramValue"]);
  });

  it("know the keys that src/schema has words for, and which of them are needed", () => {
    for (const kind of KINDS) assert.equal([...differences(SHAPES[kind], schemaOf(kind), schemaOf(kind), kind)], []);
  });

  it("take the example inventory", async () => {
    const problems: string[] = [];
    for (const file of examples) {
      const { documents, diagnostics } = parseFile(file, await readFile(join(ROOT, file)));
      assert.equal(
        diagnostics.filter(({ severity }) => severity === "error"),
        [],
        file,
      );
      assert.ok(documents.length > 0, file);
      for (const document of documents) {
        const kind = kindOf(file, document);
        const validate = validators[kind];
        if (!validate(document)) problems.push(`${file}: ${JSON.stringify(validate.errors)}`);
      }
    }
    assert.equal(problems, []);
    assert.ok(examples.length > 10);
  });

  it("are named on the first line of every example file, by the right path", async () => {
    for (const file of examples) {
      const [line = ""] = (await readFile(join(ROOT, file), "utf8")).split("\n");
      const path = /^# yaml-language-server: \$schema=(\S+)$/.exec(line)?.[1] ?? "";
      const { documents } = parseFile(file, await readFile(join(ROOT, file)));
      const kinds = new Set(documents.map((document) => kindOf(file, document)));
      assert.is(kinds.size, 1, file);
      const wanted = join(ROOT, "schema", `${[...kinds][0]}.schema.json`);
      assert.is(join(ROOT, dirname(file), path), wanted, `${file}: ${relative(ROOT, wanted)}`);
    }
  });

  it("refuse what the validators of the program refuse", () => {
    const ajv = new Ajv({ allowUnionTypes: true, strict: false });
    const compiled = new Map(KINDS.map((kind) => [kind, ajv.compile(schemaOf(kind))]));
    const values: readonly [kind: DocumentKind, value: unknown, fits: boolean][] = [
      ["service", { service: "a", projects: [{ name: "p", exporters: ["node"] }] }, true],
      ["service", { service: "a", project: [] }, false],
      ["service", { service: "a", shard: ["x", "x"] }, false],
      ["farm", { farm: "f" }, false],
      ["farm", { farm: "f", hosts: null }, true],
      ["shard", { shard: "s", prometheus: { targets: "/a.yml" } }, false],
      ["promgen", { gate: { removed_percent: 101 } }, false],
      ["promgen", { lint: { "label/inconsistent": { missing: 1 } } }, false],
    ];
    for (const [kind, value, fits] of values) {
      assert.is(compiled.get(kind)?.(value), fits, JSON.stringify(value));
      assert.is(validators[kind](value), fits, JSON.stringify(value));
    }
  });
});

function kindOf(file: string, document: unknown): DocumentKind {
  if (basename(file) === "promgen.yml") return "promgen";
  const kind = KINDS.find((key) => Object.hasOwn(document as object, key));
  if (kind === undefined) throw new Error(`${file} has a document of no kind`);
  return kind;
}
