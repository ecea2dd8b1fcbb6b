import * as assert from "uvu/assert";
import { showProgress } from "../../src/commands/progress.ts";
import { validate } from "../../src/commands/validate.ts";
import type { Io } from "../../src/io.ts";
import { describe } from "../describe.ts";
import { CLEAN, runOver } from "./fake-io.ts";

/** What is written when steps come at these milliseconds. */
function written(times: readonly number[], isTerminal = true): string[] {
  const lines: string[] = [];
  let now = 0;
  const stderr: Io["stderr"] = { write: (text) => void lines.push(text), isTerminal };
  const io: Io = {
    stdout: { write: () => assert.unreachable(), isTerminal },
    stderr,
    env: {},
    cwd: "/",
    resources: "/",
    version: "0",
    now: () => now,
  };
  const progress = showProgress(io);
  for (const [index, time] of times.entries()) {
    now = time;
    progress.step(index, times.length);
  }
  progress.end();
  return lines;
}

const CLEAR = "\r\u001b[2K";

describe("progress", (it) => {
  it("shows nothing for a second", () => {
    assert.equal(written([0, 500, 999]), []);
  });

  it("is one line from then on, ten times a second at most, and goes away", () => {
    assert.equal(written([0, 1000, 1050, 1099, 1100, 5000]), [
      `${CLEAR}reading 1 of 6 files`,
      `${CLEAR}reading 4 of 6 files`,
      `${CLEAR}reading 5 of 6 files`,
      CLEAR,
    ]);
  });

  it("is for terminals only", () => {
    assert.equal(written([0, 1000, 5000], false), []);
  });

  it("does not mix with the report", async () => {
    const options = { format: "json", failOn: "error", verbose: false } as const;
    const slow = await runOver(CLEAN, (io) => validate(io, [], options), { isTerminal: true, step: 2000 });
    assert.match(slow.stderr, "reading ");
    assert.ok(slow.stderr.endsWith(CLEAR));
    assert.ok(JSON.parse(slow.stdout));
  });
});
