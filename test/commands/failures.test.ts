/** A rule that throws: a bug of ours. */
import * as assert from "uvu/assert";
import { CHECKS } from "../../src/check/checks.ts";
import type { Rule } from "../../src/check/rule.ts";
import { build } from "../../src/commands/build.ts";
import { reportFailures } from "../../src/commands/failures.ts";
import { validate } from "../../src/commands/validate.ts";
import { EXIT } from "../../src/exit.ts";
import type { Io } from "../../src/io.ts";
import { describe } from "../describe.ts";
import type { Outcome } from "./fake-io.ts";
import { CLEAN, MIXED, runOver } from "./fake-io.ts";

const BROKEN: Rule = {
  id: "topology/shard-limit",
  check() {
    throw new RangeError("off by one");
  },
};

/** Runs a command while a rule throws. */
async function withBroken(files: typeof CLEAN, command: (io: Io) => Promise<number>): Promise<Outcome> {
  const checks = CHECKS as Rule[];
  checks.unshift(BROKEN);
  try {
    return await runOver(files, command);
  } finally {
    checks.shift();
  }
}

describe("a rule that throws", (it) => {
  it("is named with its error; the other rules run, and the exit code is 70", async () => {
    const { exit, stdout, stderr } = await withBroken(MIXED, (io) =>
      validate(io, [], { format: "text", failOn: "error", verbose: false }),
    );
    assert.is(exit, EXIT.bug);
    assert.match(stdout, "warning[address/non-canonical]");
    assert.match(stdout, "error[schema/unknown-key]");
    assert.match(stderr, "a bug in the rule topology/shard-limit");
    assert.match(stderr, "RangeError: off by one");
    assert.match(stderr, "please report this with promgen-gen 0.0.0-test");
  });

  it("leaves a report in another format whole", async () => {
    const { exit, stdout } = await withBroken(MIXED, (io) =>
      validate(io, [], { format: "json", failOn: "never", verbose: false }),
    );
    assert.is(exit, EXIT.bug);
    assert.ok(JSON.parse(stdout));
  });

  it("keeps build from writing anything", async () => {
    const { exit, stdout, stderr, files } = await withBroken(CLEAN, (io) =>
      build(io, { stdout: false, verbose: false }),
    );
    assert.is(exit, EXIT.bug);
    assert.is(stdout, "");
    assert.match(stderr, "topology/shard-limit");
    assert.equal(Object.keys(files).sort(), Object.keys(CLEAN).sort());
  });

  it("does not make comments unused that would have silenced it", async () => {
    const text = `# promgen-ignore topology/shard-limit -- more next week\n${CLEAN["targets/shards.yml"]}`;
    const files = { ...CLEAN, "targets/shards.yml": text };
    const options = { format: "text", failOn: "error", verbose: false } as const;
    assert.match((await runOver(files, (io) => validate(io, [], options))).stdout, "meta/unused-ignore");
    assert.not.match((await withBroken(files, (io) => validate(io, [], options))).stdout, "meta/unused-ignore");
  });

  it("is told with whatever it threw", async () => {
    const { stderr } = await runOver({}, async (io) => reportFailures(io, [{ id: "label/required", error: "a text" }]));
    assert.match(stderr, "the rule label/required; the other rules ran\n  a text\n");
  });
});
