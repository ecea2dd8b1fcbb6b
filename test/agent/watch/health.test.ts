import * as assert from "uvu/assert";
import { healthOf } from "../../../src/agent/watch/health.ts";
import { describe } from "../../describe.ts";
import { HEALTHY, NOW } from "./states.ts";

describe("agent health", (it) => {
  it("goes by the age of the last success, to the second", () => {
    const at = (age: number) => healthOf({ ...HEALTHY, lastSuccess: NOW - age }, NOW, 3600).status;
    assert.equal([at(0), at(3600), at(3601)], ["ok", "ok", "failing"]);
  });

  it("is bad where nothing ever succeeded, and says how the last run ended", () => {
    assert.is(healthOf(undefined, NOW, 3600).status, "failing");
    const { lastSuccess, ...state } = HEALTHY;
    assert.ok(lastSuccess !== undefined);
    const health = healthOf({ ...state, lastRun: { at: NOW, exit: 5, reason: "signature", seconds: 1 } }, NOW, 3600);
    assert.is(health.status, "failing");
    assert.is(health.lastSuccess, null);
    assert.is(health.lastExit, 5);
    assert.match(health.reason, "5 (signature)");
  });

  it("stays good while single runs fail", () => {
    const state = { ...HEALTHY, lastRun: { at: NOW, exit: 6, reason: "unreachable" as const, seconds: 1 } };
    assert.is(healthOf(state, NOW, 3600).status, "ok");
  });

  it("does not take a clock that was set back for an age", () => {
    assert.equal([healthOf(HEALTHY, NOW - 86_400, 3600).status, healthOf(HEALTHY, NOW - 86_400, 3600).age], ["ok", 0]);
  });
});
