import * as assert from "uvu/assert";
import { readUsage } from "../../src/commands/usage.ts";
import { EXIT } from "../../src/exit.ts";
import { describe } from "../describe.ts";

function read(...args: readonly string[]): { asked: ReturnType<typeof readUsage>; said: string } {
  let said = "";
  const write = (text: string): void => void (said += text);
  return { asked: readUsage(args, "1.2.3", { writeOut: write, writeErr: write }), said };
}

function directoryOf(...args: readonly string[]): string | undefined {
  const { asked } = read(...args, "validate");
  return typeof asked === "number" ? `exit code ${asked}` : asked.directory;
}

/** What is said where the usage is wrong. */
function refused(...args: readonly string[]): string {
  const { asked, said } = read(...args);
  assert.is(asked, EXIT.environment, args.join(" "));
  return said;
}

describe("usage", (it) => {
  it("-C goes on from the one before it, as git's", () => {
    assert.is(directoryOf(), undefined);
    assert.is(directoryOf("-C", "a"), "a");
    assert.is(directoryOf("-C", "a", "-C", "b"), "a/b");
    assert.is(directoryOf("-C", "a", "-C", "../b", "-C", ""), "b");
    assert.is(directoryOf("-C", "a", "-C", "/b"), "/b");
  });

  it("an empty value is a variable that is not set, and wrong in every command", () => {
    for (const words of [
      "build --out",
      "build --shard",
      "validate --new-since",
      "plan --base",
      "publish --sign",
      "publish branch --push",
      "publish directory x --base",
      "verify x --identity",
      "notify --broker",
      "status --published",
      "comment --plan",
      "init --dir",
    ])
      assert.match(refused(...words.split(" "), ""), /argument '' is invalid. It is empty\.\n/, words);
    assert.match(refused("explain", ""), "It is empty.");
  });

  it("the largest plan for a comment is a number of bytes", () => {
    for (const value of ["0", "-1", "1.5", "20MiB", "1e9", "9".repeat(16)])
      assert.match(refused("comment", "--plan", "x", "--max-bytes", value), "It is not a number of bytes.", value);
    const asked = (...more: string[]): string =>
      JSON.stringify(read("comment", "--plan", "x", "--pr", "7", ...more).asked);
    assert.match(asked("--max-bytes", "400000000"), '"maxBytes":400000000,');
    assert.match(asked(), '"maxBytes":20971520,');
  });

  it("what is published cannot be signed and unsigned", () => {
    for (const start of [["publish"], ["publish", "branch"], ["publish", "directory", "x"]])
      assert.match(
        refused(...start, "--sign", "key", "--unsigned"),
        "'--unsigned' cannot be used with option '--sign <file>'",
      );
  });

  it("a commit id that cannot be one is told, whether it is needed or not", () => {
    const id = "0123456789abcdef0123456789ABCDEF01234567";
    for (const text of ["zzz", "HEAD", id.slice(0, 6), `${id.slice(1)}z`])
      assert.match(refused("publish", "--accept-rewrite", text), "It is no commit id", text);
    for (const text of [id, id.slice(0, 7)])
      assert.type(read("publish", "--accept-rewrite", text).asked, "object", text);
  });

  it("publish says how a directory or a branch is named", () => {
    for (const start of [["publish"], ["publish", "branch"]])
      assert.match(
        refused(...start, "../site"),
        /does not take `\.\.\/site` alone: write `publish directory <dir>` for a directory, /,
      );
  });
});
