import * as assert from "uvu/assert";
import { readSample } from "../../src/model/sample.ts";
import { hasGeneration, isRead, READ, readingOf } from "../../src/notify/agent-reading.ts";
import type { AgentReading } from "../../src/notify/agent-reading.ts";
import { describe } from "../describe.ts";
import { HEALTHY, NOW, unconfirmed } from "../agent/watch/states.ts";
import { CURRENT, GENERATION, metricsOf } from "./readings.ts";

function read(metrics: string): AgentReading | undefined {
  return readingOf(metrics.split("\n").flatMap((line) => readSample(line) ?? []));
}

const HELD = {
  ...HEALTHY,
  held: { generation: GENERATION + 60, reason: "removed", removed: 9, before: 10, since: NOW },
} as const;

describe("what an agent says", (it) => {
  it("is what it runs", () => {
    assert.equal(read(metricsOf(HEALTHY)), {
      generation: GENERATION,
      commit: HEALTHY.applied?.commit,
      version: "1.2.3",
      appliedAt: NOW - 121,
      isConfirmed: true,
      isHeld: false,
      held: undefined,
      isOnHold: false,
      lastSuccess: NOW - 30,
      lastRun: NOW - 30,
      lastExit: 0,
    });
  });

  it("is that nothing is in place, that something is not proven, that it is held back", () => {
    const empty = read(metricsOf(undefined));
    assert.equal([empty?.generation, empty?.isConfirmed, empty?.lastSuccess], [undefined, false, undefined]);
    assert.is(read(metricsOf(unconfirmed(HEALTHY)))?.isConfirmed, false);
    assert.is(read(metricsOf(unconfirmed(HEALTHY), { noProof: true }))?.isConfirmed, undefined);
    const held = read(metricsOf(HELD));
    assert.equal([held?.isHeld, held?.held, held?.isOnHold], [true, GENERATION + 60, false]);
    assert.is(read(metricsOf({ ...HEALTHY, hold: { since: 1 } }))?.isOnHold, true);
  });

  it("is nothing where no agent speaks", () => {
    assert.is(read("up 1\nprocess_start_time_seconds 7\n"), undefined);
    assert.is(read(""), undefined);
  });

  it("has every metric that is read", () => {
    const metrics = metricsOf(HELD);
    for (const name of READ) assert.match(metrics, new RegExp(`^promgen_agent_${name}\\{`, "m"));
    assert.equal(["promgen_agent_held", "promgen_agent_runs_total", "xpromgen_agent_held", "held"].map(isRead), [
      true,
      false,
      false,
      false,
    ]);
  });
});

describe("having a generation", (it) => {
  it("takes it or a newer one, and no proof that is missing", () => {
    assert.equal(
      [6, 7, 8].map((wanted) => hasGeneration(CURRENT, wanted)),
      [true, true, false],
    );
    assert.is(hasGeneration({ ...CURRENT, isConfirmed: false }, 7), false);
    assert.is(hasGeneration({ ...CURRENT, isConfirmed: undefined }, 7), true);
    assert.is(hasGeneration({ ...CURRENT, generation: undefined, isConfirmed: undefined }, 0), false);
  });
});
