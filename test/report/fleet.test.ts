import { readFile } from "node:fs/promises";
import { Ajv } from "ajv";
import type { AnySchemaObject } from "ajv";
import * as assert from "uvu/assert";
import type { FleetStatus, ServerStatus } from "../../src/notify/fleet-status.ts";
import { fleetJsonLines } from "../../src/report/fleet-json.ts";
import { fleetMarkdown } from "../../src/report/fleet-markdown.ts";
import { fleetTextLines } from "../../src/report/fleet-text.ts";
import { shortSpan } from "../../src/report/fleet-words.ts";
import { describe } from "../describe.ts";

const schema = JSON.parse(
  await readFile(new URL("../../schema/status.schema.json", import.meta.url), "utf8"),
) as AnySchemaObject;
const validate = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);

const CURRENT: ServerStatus = {
  shard: "tokyo-a",
  server: "prom1",
  host: "prom1",
  port: 9090,
  state: "current",
  isLate: false,
  generation: 1000,
  commit: "0123456789012345678901234567890123456789",
  repository: "https://github.com/acme/targets",
  age: 200,
  isConfirmed: true,
  held: null,
  isOnHold: false,
  lastSuccess: 1190,
  lastRun: 1190,
  lastExit: 0,
  agent: "1.2.3",
  error: null,
};
const SILENT: ServerStatus = {
  ...CURRENT,
  server: "prom2:9091",
  state: "unknown",
  isLate: true,
  generation: null,
  commit: null,
  repository: null,
  age: null,
  isConfirmed: null,
  lastSuccess: null,
  lastRun: null,
  lastExit: null,
  agent: null,
  error: "http://prom2:9914/metrics does not answer",
};

function statusOf(servers: readonly ServerStatus[]): FleetStatus {
  return {
    version: 1,
    at: 1200,
    published: { where: "branch `artifacts`", generation: 1000, commit: CURRENT.commit, repository: null },
    maxAge: 60,
    counts: {
      servers: servers.length,
      current: servers.filter(({ state }) => state === "current").length,
      late: servers.filter(({ isLate }) => isLate).length,
    },
    servers,
  };
}

describe("status of a fleet for people", (it) => {
  it("is a line a server below what they should have", () => {
    assert.equal(
      [...fleetTextLines(statusOf([SILENT, CURRENT]), false)],
      [
        "1 of 2 servers have generation 1000 of 012345678901 · branch `artifacts` · 1 server without it for longer than 1m",
        "server      shard    state          generation  age  what is wrong",
        "prom2:9091  tokyo-a  unknown, late  –           –    http://prom2:9914/metrics does not answer",
        "prom1       tokyo-a  current        1000        3m",
      ],
    );
    assert.equal(
      [...fleetTextLines(statusOf([]), false)],
      ["0 of 0 servers have generation 1000 of 012345678901 · branch `artifacts`"],
    );
  });

  it("is red where somebody is late, and says where no proof is wanted", () => {
    const lines = [...fleetTextLines(statusOf([SILENT, { ...CURRENT, isConfirmed: null }]), true)];
    assert.match(lines[2] ?? "", "\u001B[31munknown, late\u001B[39m");
    assert.match(lines[3] ?? "", "\u001B[32mcurrent, no proof\u001B[39m");
  });

  it("shows nothing that would act on a terminal", () => {
    const hostile = { ...SILENT, server: "\u001B[2J", shard: "a\u202Eb", error: "x\r\ny" };
    const text = [
      ...fleetTextLines(
        { ...statusOf([hostile]), published: { where: "\u001B", generation: 1, commit: null, repository: null } },
        false,
      ),
    ];
    assert.is(text.length, 3);
    assert.not.match(text.join(""), /[\p{Cc}\p{Cf}]/u);
  });

  it("has ages that one reads at a glance", () => {
    assert.equal([0, 59, 60, 3599, 7200, 86_400 * 3].map(shortSpan), ["0s", "59s", "1m", "59m", "2h", "3d"]);
  });
});

describe("status of a fleet as Markdown", (it) => {
  it("is a table below a verdict", () => {
    assert.is(
      fleetMarkdown(statusOf([SILENT, CURRENT])),
      [
        "### promgen-gen: ⛔ 1 of 2 servers have generation 1000 of 012345678901",
        "",
        "Published at branch `artifacts`. **1 server without it for longer than 1m.**",
        "",
        "| server | shard | state | generation | age | what is wrong |",
        "| :-- | :-- | :-- | :-- | :-- | :-- |",
        "| `prom2:9091` | `tokyo-a` | unknown, late | – | – | `http://prom2:9914/metrics does not answer` |",
        "| `prom1` | `tokyo-a` | current | 1000 | 3m |  |",
        "",
      ].join("\n"),
    );
    assert.match(fleetMarkdown(statusOf([CURRENT])), "✅ 1 of 1 server has");
    assert.match(fleetMarkdown(statusOf([{ ...SILENT, isLate: false }])), "⏳ 0 of 1 server has");
  });

  it("is inert, and never longer than a forge takes", () => {
    const long = "`|@team<img src=x>\n".repeat(100);
    const hostile = { ...SILENT, server: long, shard: "](http://x) | #1", error: long };
    const text = fleetMarkdown(statusOf(Array.from({ length: 500 }, () => hostile)));
    assert.ok(text.length < 65_536, `${text.length}`);
    assert.match(text, "… and 400 more servers");
    const rows = text.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| server"));
    assert.is(rows.length, 101);
    for (const row of rows.slice(1)) {
      assert.is(row.split("|").length, 8, row);
      const outside = row.replace(/(`+)[^`].*?[^`]\1(?!`)/g, "");
      assert.not.match(outside, /@team|<img|http|#1/);
    }
  });
});

describe("status of a fleet as JSON", (it) => {
  it("is what its schema says, and gives back every value", () => {
    for (const servers of [[], [CURRENT], [{ ...SILENT, server: "\u001B", shard: "##[" }, CURRENT]]) {
      const status = statusOf(servers);
      const text = [...fleetJsonLines(status)].join("\n");
      assert.not.match(text.replaceAll("\n", ""), /\p{Cc}/u);
      const value: unknown = JSON.parse(text);
      assert.ok(validate(value), JSON.stringify(validate.errors));
      assert.equal(value, status);
    }
  });
});
