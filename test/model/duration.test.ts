import * as assert from "uvu/assert";
import { parseDuration } from "../../src/model/duration.ts";
import { describe } from "../describe.ts";

describe("parseDuration", (it) => {
  it("counts milliseconds", () => {
    const cases: Record<string, number> = {
      "1ms": 1,
      "30s": 30_000,
      "1m": 60_000,
      "1m30s": 90_000,
      "1h": 3_600_000,
      "1d": 86_400_000,
      "1w": 604_800_000,
      "1y": 31_536_000_000,
      "1y2w3d4h5m6s7ms": 31_536_000_000 + 2 * 604_800_000 + 3 * 86_400_000 + 4 * 3_600_000 + 5 * 60_000 + 6007,
      "90s": 90_000,
      "007s": 7000,
      "0": 0,
      "0s": 0,
    };
    for (const [text, milliseconds] of Object.entries(cases)) assert.is(parseDuration(text), milliseconds, text);
  });

  it("takes only what Prometheus takes", () => {
    const wrong = [
      "",
      "30",
      "1.5m",
      "-5m",
      "+5m",
      "5 m",
      " 5m",
      "5m ",
      "5m\n",
      "5mm",
      "1s1m",
      "1m1m",
      "5M",
      "1µs",
      "1ns",
      "m",
      "0x5s",
      "5m foo",
      "１s",
    ];
    for (const text of wrong) assert.is(parseDuration(text), undefined, text);
  });

  it("ends where Go's durations end", () => {
    assert.is(parseDuration("9223372036s"), 9_223_372_036_000);
    assert.is(parseDuration("9223372037s"), undefined);
    assert.is(parseDuration("292y"), 292 * 31_536_000_000);
    assert.is(parseDuration("293y"), undefined);
    assert.is(parseDuration("99999999999999999999999y"), undefined);
  });
});
