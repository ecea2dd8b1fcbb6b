import * as assert from "uvu/assert";
import { readSample } from "../../src/model/sample.ts";
import { hasPublished, isRead, READ, readingOf, strangerOf } from "../../src/notify/agent-reading.ts";
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
      repository: HEALTHY.floor?.repository,
      version: "1.2.3",
      appliedAt: NOW - 121,
      isConfirmed: true,
      isHeld: false,
      held: undefined,
      isOnHold: false,
      lastSuccess: NOW - 30,
      lastRun: NOW - 30,
      lastExit: 0,
      lastReason: undefined,
    });
    const lastRun = { at: NOW, exit: 5, reason: "quarantined", seconds: 1 } as const;
    assert.is(read(metricsOf(HEALTHY, { lastRun }))?.lastReason, "quarantined");
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

  it("is nothing where its generation is none", () => {
    for (const wrong of ["1795749008.5", "-5", "1e300"]) {
      for (const name of ["generation", "held_generation"]) {
        const line = new RegExp(`^(promgen_agent_${name}\\{.*\\}) .*$`, "m");
        assert.is(read(metricsOf(HELD).replace(line, `$1 ${wrong}`)), undefined, `${name} ${wrong}`);
      }
    }
  });

  it("has every metric that is read", () => {
    const metrics = metricsOf(HELD, { lastRun: { at: NOW, exit: 4, reason: "removed", seconds: 1 } });
    for (const name of READ) assert.match(metrics, new RegExp(`^promgen_agent_${name}\\{`, "m"));
    assert.equal(["promgen_agent_held", "promgen_agent_runs_total", "xpromgen_agent_held", "held"].map(isRead), [
      true,
      false,
      false,
      false,
    ]);
  });
});

describe("having what is published", (it) => {
  const reading = { ...CURRENT, commit: "a".repeat(40), repository: "https://github.com/acme/targets" };

  it("takes it or a newer one, and no proof that is missing", () => {
    assert.equal(
      [6, 7, 8].map((generation) => hasPublished(CURRENT, { generation })),
      [true, true, false],
    );
    assert.is(hasPublished({ ...CURRENT, isConfirmed: false }, { generation: 7 }), false);
    assert.is(hasPublished({ ...CURRENT, isConfirmed: undefined }, { generation: 7 }), true);
    assert.is(hasPublished({ ...CURRENT, generation: undefined, isConfirmed: undefined }, { generation: 0 }), false);
  });

  it("is not having something of another repository or commit, where both say which", () => {
    const { commit, repository } = reading;
    const other = "b".repeat(40);
    for (const [wanted, stranger] of [
      [{ generation: 7, commit, repository }, undefined],
      [{ generation: 6, repository: "https://github.com/acme/other" }, "another repository"],
      [{ generation: 7, commit: other, repository }, "another commit"],
      // Every generation has a commit of its own.
      [{ generation: 6, commit: other, repository }, undefined],
      [{ generation: 7, commit: null, repository: null }, undefined],
      [{ generation: 7 }, undefined],
    ] as const) {
      assert.is(strangerOf(reading, wanted), stranger, JSON.stringify(wanted));
      assert.is(hasPublished(reading, wanted), stranger === undefined);
    }
    assert.is(strangerOf(CURRENT, { generation: 7, commit, repository }), undefined);
    assert.is(strangerOf({ ...reading, generation: undefined }, { generation: 7, repository: "x" }), undefined);
  });
});
