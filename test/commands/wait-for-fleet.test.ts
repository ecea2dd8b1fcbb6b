import * as assert from "uvu/assert";
import { waitForFleet } from "../../src/commands/wait-for-fleet.ts";
import { fleetOf } from "../../src/notify/fleet.ts";
import type { Reading } from "../../src/notify/read-fleet.ts";
import { describe } from "../describe.ts";
import { CURRENT } from "../notify/readings.ts";
import { runOver } from "./fake-io.ts";
import type { Outcome } from "./fake-io.ts";

const MANIFEST = { version: 1, generation: 7, generator: "test", shards: {} };

async function waited(looks: readonly (readonly Reading[])[], isTerminal: boolean, seconds = 50): Promise<Outcome> {
  const servers = fleetOf([["tokyo-a", ["prom1", "prom2"]]]);
  let at = 0;
  const read = async (): Promise<Reading[]> => await Promise.resolve([...(looks[at++] ?? [])]);
  const fleet = { manifest: MANIFEST, name: "here", servers };
  return await runOver({}, async (io) => Number(await waitForFleet(io, read, fleet, seconds)), { isTerminal });
}

describe("waiting until servers have it", (it) => {
  it("shows on a terminal how far it is, and takes that away in the end", async () => {
    const { exit, stdout, stderr } = await waited([[CURRENT, { trouble: "silent" }], [CURRENT]], true);
    assert.is(exit, 1);
    assert.match(stdout, /^all 2 have it, after \d+\.\d s\n$/);
    const shown = stderr.split("\r\u001B[2K");
    assert.is(shown[1], "waiting up to 50s until 2 servers have it");
    assert.match(shown[2] ?? "", /^1 of 2 servers have it after \d+s$/);
    assert.match(shown[3] ?? "", /^2 of 2 servers have it/);
    assert.is(shown.at(-1), "");
  });

  it("says once elsewhere that it waits, then who is missing, and what could not be proven", async () => {
    const late = await waited([[CURRENT, { trouble: "silent\u001B[2J" }]], false, 0);
    assert.is(late.exit, 0);
    assert.is(late.stdout, "");
    assert.match(late.stderr, /^waiting up to 0s until 2 servers have it\n1 of 2 servers have generation 7 · here\n/);
    assert.match(late.stderr, /\nprom2 +tokyo-a +unknown +– +– +silent\\x1b\[2J\n$/);
    const { stdout } = await waited([[CURRENT, { ...CURRENT, isConfirmed: undefined }]], false);
    assert.match(stdout, "all 2 have it, 1 without a proof of Prometheus, after");
  });
});
