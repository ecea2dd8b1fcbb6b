import * as assert from "uvu/assert";
import { fleetOf } from "../../src/notify/fleet.ts";
import { fleetStatus } from "../../src/notify/fleet-status.ts";
import type { FleetStatus } from "../../src/notify/fleet-status.ts";
import type { Reading } from "../../src/notify/read-fleet.ts";
import { describe } from "../describe.ts";
import { CURRENT } from "./readings.ts";

const READINGS: Readonly<Record<string, Reading>> = {
  current: CURRENT,
  newer: { ...CURRENT, generation: 8 },
  unproven: { ...CURRENT, isConfirmed: undefined },
  unconfirmed: { ...CURRENT, isConfirmed: false, appliedAt: 900, lastExit: 3 },
  behind: { ...CURRENT, generation: 5, lastExit: 6 },
  older: { ...CURRENT, generation: 4 },
  empty: { ...CURRENT, generation: undefined, isConfirmed: false, lastSuccess: undefined },
  held: { ...CURRENT, generation: 5, isHeld: true, held: 7 },
  waits: { ...CURRENT, generation: 6, isHeld: true, held: 7, isOnHold: true },
  "rolled-back": { ...CURRENT, generation: 6, lastExit: 5, lastReason: "quarantined" },
  "newer-than-we": { ...CURRENT, generation: 6, lastExit: 5, lastReason: "constructor" },
  strange: { ...CURRENT, repository: "https://github.com/acme/other" },
  astray: { ...CURRENT, commit: "b".repeat(40) },
  silent: { trouble: "http://silent:9914/metrics does not answer" },
};

function statusOf(names: readonly string[], at = 1000, maxAge = 60): FleetStatus {
  const readings = names.map((name) => READINGS[name] ?? { trouble: "no such reading" });
  const published = {
    where: "here",
    generation: 7,
    commit: "a".repeat(40),
    repository: "https://github.com/acme/targets",
  };
  return fleetStatus(fleetOf([["tokyo-a", names]]), readings, published, at, maxAge);
}

describe("status of a fleet", (it) => {
  it("shows first who is behind, and furthest behind of those", () => {
    const { servers, counts } = statusOf(Object.keys(READINGS));
    assert.equal(
      servers.map(({ server, state }) => `${server} ${state}`),
      [
        "held held",
        "waits held",
        "older behind",
        "behind behind",
        "rolled-back behind",
        "newer-than-we behind",
        "empty empty",
        "unconfirmed unconfirmed",
        "silent unknown",
        "strange unknown",
        "astray unknown",
        "current current",
        "unproven current",
        "newer current",
      ],
    );
    assert.equal(counts, { servers: 14, current: 3, late: 8 + 3 });
  });

  it("counts late from the commit of what is published on, and a proof from when it came into place", () => {
    const late = (at: number, name: string): boolean => statusOf([name], at).servers[0]?.isLate ?? false;
    for (const name of ["behind", "empty", "held", "silent", "strange"])
      assert.equal([late(66, name), late(67, name), late(68, name)], [false, false, true], name);
    assert.equal([late(960, "unconfirmed"), late(961, "unconfirmed")], [false, true]);
    assert.equal([late(9999, "current"), late(9999, "unproven"), late(9999, "newer")], [false, false, false]);
    // A commit from a clock that is ahead of ours.
    assert.is(statusOf(["behind"], 1).servers[0]?.age, 0);
  });

  it("says what is wrong, and nothing where nothing is", () => {
    const errors = Object.fromEntries(
      statusOf(Object.keys(READINGS)).servers.map(({ server, error }) => [server, error]),
    );
    assert.equal(errors, {
      held: "generation 7 is held back: too much would vanish",
      waits: "an operator holds all generations back (promgen-agent release)",
      older: null,
      behind: "no source answers",
      empty: null,
      unconfirmed: "Prometheus has not proven that it read the targets",
      "rolled-back": "what its source has was taken back on this host: rejected by Prometheus, or rolled back",
      "newer-than-we": "something newer is refused: its signature, digest, age, shard or content",
      strange: "it runs artifacts of another repository",
      astray: "it runs artifacts of another commit",
      silent: "http://silent:9914/metrics does not answer",
      current: null,
      unproven: null,
      newer: null,
    });
  });
});
