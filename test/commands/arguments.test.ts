import * as assert from "uvu/assert";
import { readArguments } from "../../src/commands/arguments.ts";
import { readUsage } from "../../src/commands/usage.ts";
import { describe } from "../describe.ts";

/** Words that are something to some command, and others. */
const WORDS =
  `validate build explain plan help targets web1:9100 - -- -C -v --verbose -o --out --out=dist -odist --shard --service
--project --stdout --format --format=json json xml --fail-on never --new-since --base --published --exit-code --accept markdown -V --version -h --help --no-verbose`
    .split(/\s/)
    .concat("", " ");

const silent = { writeOut: () => {}, writeErr: () => {} };

/** A key that is not there is the same as one without a value. */
function comparable(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

describe("arguments", (it) => {
  it("what is read quickly is what the command line says", () => {
    let taken = 0;
    const visit = (args: readonly string[], depth: number): void => {
      const command = readArguments(args);
      if (command !== undefined) {
        taken++;
        assert.is(comparable(command), comparable(readUsage(args, "", silent)), JSON.stringify(args));
      }
      if (depth > 0) for (const word of WORDS) visit([...args, word], depth - 1);
    };
    for (const start of [["validate"], ["build"], ["explain"], ["-C", "x"], ["plan"], ["-C", "x", "build"], ["help"]])
      visit(start, 3);
    for (const start of [
      [],
      ["-C"],
      ["validate", "--format", "json"],
      ["build", "--shard", "a"],
      ["plan", "--base", "main"],
    ])
      visit(start, 2);
    // Else the test would compare nothing.
    assert.ok(taken > 1000, String(taken));
  });

  it("reads what is typed every day", () => {
    const lines = [
      "validate",
      "validate targets/services -v",
      "validate --format json --fail-on warning",
      "-C inventory build",
      "build --out out --verbose",
      "build --shard tokyo-a --stdout",
      "explain web1.example.com:9100",
      "plan --base main --format markdown",
      "plan --published https://targets.example.com --exit-code",
    ];
    for (const line of lines) assert.ok(readArguments(line.split(" ")), line);
  });

  it("leaves to commander what is wrong, and everything else", () => {
    for (const line of [
      "",
      "validate --format xml",
      "build x",
      "explain",
      "explain a b",
      "build -v -v",
      "plan x",
      "constructor --format json",
      "plan --format sarif",
      "plan --accept sha256:0",
      "--help",
      "-C",
    ])
      assert.is(readArguments(line.split(" ")), undefined, line);
  });
});
