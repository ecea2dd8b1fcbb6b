/**
 * Editors check a document with schema/*.json as YAML's core schema reads it, the program as it reads it itself. What one of
 * them refuses, the other refuses, too.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv } from "ajv";
import type { AnySchemaObject, ValidateFunction } from "ajv";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import type { Diagnostic, Path } from "../../src/diagnostic.ts";
import { withoutAnswered } from "../../src/parse/answered.ts";
import { parseFile } from "../../src/parse/parse.ts";
import { checkConfig, checkDocument } from "../../src/schema/document.ts";
import type { DocumentKind } from "../../src/schema/shapes.ts";
import { describe } from "../describe.ts";
import { ROOT } from "../workplace.ts";

const scraped = {
  port: 9100,
  path: "/metrics",
  params: { module: "http" },
  scheme: "https",
  interval: "30s",
  timeout: "10s",
  labels: { a: "b" },
};
const prometheus = {
  targets: "/a.json",
  urls: "/b.json",
  blackbox: "127.0.0.1:9115",
  scrape_interval: "1m",
  scrape_timeout: "10s",
};
/** Documents with every key. */
const WHOLE: Readonly<Record<DocumentKind, Readonly<Record<string, unknown>>>> = {
  service: {
    service: "s",
    description: "d",
    owner: "o",
    shard: "t",
    labels: { a: "b" },
    projects: [
      {
        name: "p",
        shard: ["t", "u"],
        farm: "f",
        hosts: ["h", { host: "i", labels: { a: "b" } }],
        labels: { a: "b" },
        exporters: ["node", { job: "j", ...scraped, enabled: true }],
        probes: [
          { module: "m", targets: ["x"], interval: "1m", timeout: "10s", labels: { a: "b" }, enabled: true },
          { module: "icmp", hosts: true },
        ],
      },
    ],
  },
  farm: { farm: "f", source: "cmdb", labels: { a: "b" }, hosts: ["h", "i"] },
  shard: {
    shard: "s",
    description: "d",
    servers: ["p1", "p2:9091"],
    labels: { a: "b" },
    limits: { targets: 10 },
    enabled: false,
    prometheus,
  },
  promgen: {
    inventory: "targets",
    repository: "https://github.com/acme/targets",
    labels: { a: "b" },
    exporters: { node: scraped },
    prometheus,
    artifacts: ["all", "services"],
    lint: {
      "topology/shared-target": "warning",
      "address/non-canonical": { severity: "error" },
      "label/required": { severity: "error", labels: ["env"] },
      "label/allowed-values": { labels: { env: ["prod"], rack: "r[0-9]" } },
      "label/high-cardinality": { limit: 100 },
      "label/inconsistent": { missing: true },
      overrides: [
        { files: ["a/**"], rules: { "address/non-canonical": "info", "label/required": { severity: "info" } } },
      ],
    },
    gate: { removed_percent: 20, removed_count: 200, removed_min: 5, relabelled_percent: 30 },
  },
};

/** Put in the place of every value. */
const SCALARS = [
  ..."5 1.10 1e2 007 0x1F +5 .inf 12345678901234567890 10000000000000000 22:22".split(" "),
  ..."true yes off null text 30s '5' '' [] {} [a] [5] {a: b}".split(/ (?!b)/),
];
/** Put in the place of every map, beside its own keys. */
const EXTRA = "zzz: 1, ";

/** Numbers to YAML, not to us where a number belongs, so that nobody has to guess what was meant. */
const OTHER_NOTATION = /^(?:1e2|007|0x1F|\+5|\.inf|12345678901234567890|10000000000000000)$/;

const validators = new Map<DocumentKind, ValidateFunction>();
const ajv = new Ajv({ allowUnionTypes: true, strict: false });
for (const kind of Object.keys(WHOLE) as DocumentKind[]) {
  const schema = JSON.parse(await readFile(join(ROOT, "schema", `${kind}.schema.json`), "utf8")) as AnySchemaObject;
  validators.set(kind, ajv.compile(schema));
}

interface Case {
  readonly kind: DocumentKind;
  readonly text: string;
  /** What was changed, and into what; `undefined` for a key that was taken out. */
  readonly path: Path;
  readonly written: string | undefined;
}

/** Every document with one change. */
function* cases(): Generator<Case> {
  for (const [kind, whole] of Object.entries(WHOLE) as [DocumentKind, unknown][]) {
    for (const { path, value } of routes(whole, [])) {
      const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
      const isKey = typeof path.at(-1) === "string";
      const others = isMap ? [`{ ${EXTRA}${flow(value).slice(1)}`] : [];
      for (const written of [...(path.length === 0 ? [] : SCALARS), ...others, ...(isKey ? [undefined] : [])])
        yield { kind, path, written, text: `${flow(whole, path, written)}\n` };
    }
  }
}

function* routes(value: unknown, path: Path): Generator<{ path: Path; value: unknown }> {
  yield { path, value };
  if (typeof value !== "object" || value === null) return;
  for (const [key, below] of Object.entries(value))
    yield* routes(below, [...path, Array.isArray(value) ? Number(key) : key]);
}

/** A value in brackets, all text in quotes. @param change route to what is written otherwise, or left out */
function flow(value: unknown, change?: Path, written?: string): string {
  if (change?.length === 0) return written ?? "";
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const [step, ...rest] = change ?? [];
  const entries = Object.entries(value).flatMap(([key, below]): string[] => {
    const isChanged = change !== undefined && key === String(step);
    if (isChanged && rest.length === 0 && written === undefined) return [];
    const text = isChanged ? flow(below, rest, written) : flow(below);
    return [Array.isArray(value) ? text : `${key}: ${text}`];
  });
  return Array.isArray(value) ? `[${entries.join(", ")}]` : `{${entries.join(", ")}}`;
}

function found({ kind, text }: Case): readonly Diagnostic[] {
  const file = kind === "promgen" ? "promgen.yml" : "targets/a.yml";
  const bytes = new TextEncoder().encode(text);
  const { documents, diagnostics } = parseFile(file, bytes);
  const checked = kind === "promgen" ? checkConfig(file, documents) : checkDocument(file, 0, documents[0]);
  return [...withoutAnswered(file, bytes, diagnostics, [checked]), ...checked.diagnostics].filter(
    ({ severity }) => severity !== "info",
  );
}

/** Findings that are about what a value says, not about its type: no schema can know that. */
function isContent({ code, message }: Diagnostic): boolean {
  return (
    ["schema/duration", "schema/invalid-name"].includes(code) ||
    /^there is no rule|neither `targets` nor `hosts: true`|names the same file as/.test(message)
  );
}

describe("schemas and the program", (it) => {
  it("refuse the same documents", () => {
    const differences: string[] = [];
    let refused = 0;
    let total = 0;
    for (const one of cases()) {
      const { kind, path, written, text } = one;
      const isLabel = path.some(
        (step, at) => /^(?:labels|params)$/.test(String(step)) && typeof path[at + 1] === "string",
      );
      const refuses = validators.get(kind)?.(parse(text)) === false;
      const all = found(one).filter(({ code }) => !(code === "yaml/implicit-type" && isLabel));
      const findings = refuses ? all : all.filter((finding) => !isContent(finding));
      total++;
      if (refuses) refused++;
      if (refuses === findings.length > 0) continue;
      // label/empty-or-control says it.
      if (refuses && isLabel && /^(?:null|~)$/.test(written ?? "")) continue;
      if (!refuses && OTHER_NOTATION.test(written ?? "") && findings.every(({ code }) => code === "schema/wrong-type"))
        continue;
      differences.push(
        `${kind} ${path.join(".")}: ${written}: ${findings.map(({ code }) => code).join() || "nothing"}`,
      );
    }
    assert.equal(differences, []);
    assert.ok(total > 2000 && refused > total / 2 && refused < total, `${refused} of ${total}`);
  });
});
