import * as assert from "uvu/assert";
import type { Look } from "../../../src/agent/prometheus/inquiry.ts";
import { PACE } from "../../../src/agent/prometheus/pace.ts";
import type { Baseline } from "../../../src/agent/prometheus/prometheus.ts";
import { Rejection } from "../../../src/agent/prometheus/rejection.ts";
import { describe } from "../../describe.ts";

const BEFORE: Baseline = { readErrors: 3, syncFailed: 0, startTime: 100, version: "2.42.0" };

type Seen = readonly [now: number, errors: number, scans: number, startTime?: number];

/** What is said of looks at a server that has not read the file. */
function judge(before: Baseline | undefined, targets: number, looks: readonly Seen[]): (string | undefined)[] {
  const rejection = new Rejection(before, targets, PACE);
  return looks.map(([now, readErrors, scans, startTime = 100]) =>
    rejection.see({ readErrors, scans, startTime } as unknown as Look, now),
  );
}

describe("evidence that a file was rejected", (it) => {
  it("is an error that comes back twice, each time the server is made to look, and not by itself", () => {
    const said = judge(BEFORE, 10, [
      [0, 3, 10],
      [0.1, 4, 11],
      [0.5, 6, 13],
      [1.2, 6, 13],
      [2.3, 8, 15],
      [3.4, 8, 15],
    ]);
    assert.equal(said, [undefined, "nudge", "wait", "nudge", "wait", "rejected"]);
  });

  it("is not an error of before", () => {
    assert.equal(
      judge(BEFORE, 10, [
        [0, 3, 10],
        [60, 3, 30],
      ]),
      [undefined, undefined],
    );
  });

  it("is not an error that does not come back", () => {
    const said = judge(BEFORE, 10, [
      [0, 4, 10],
      [1.1, 4, 12],
      [2.2, 4, 14],
      [5, 4, 20],
    ]);
    assert.equal(said, ["nudge", undefined, undefined, undefined]);
  });

  it("is not the error of another file that is read again at its own refresh, however often", () => {
    for (const rate of [1, 2, 5, 50]) {
      const looks: Seen[] = [];
      for (let second = 0; second < 120; second++) looks.push([second * 1.1, 4 + rate * second, 10 + rate * second]);
      assert.not.ok(judge(BEFORE, 10, looks).includes("rejected"), `${rate}`);
    }
  });

  it("is not an error without a scan that has ended: the file may still be parsed", () => {
    const looks: Seen[] = [
      [0, 4, 10],
      [1.1, 6, 10],
      [2.2, 8, 10],
      [3.3, 8, 10],
    ];
    assert.not.ok(judge(BEFORE, 10, looks).includes("rejected"));
  });

  it("takes longer for a large file", () => {
    const looks: Seen[] = [
      [0, 4, 10],
      [1.1, 6, 12],
      [2.2, 8, 14],
      [51, 30, 40],
      [102, 60, 80],
      [153, 60, 80],
    ];
    assert.equal(judge(BEFORE, 10_000_000, looks), ["nudge", "wait", "wait", "nudge", "wait", "rejected"]);
  });

  it("counts from nothing where the server was started since, or starts meanwhile", () => {
    const since: Seen[] = [
      [0, 1, 1, 200],
      [1.1, 3, 3, 200],
      [2.2, 5, 5, 200],
      [3.3, 5, 5, 200],
    ];
    assert.is(judge(BEFORE, 10, since).at(-1), "rejected");
    const meanwhile: Seen[] = [[0, 4, 10], ...since.map(([now, ...rest]): Seen => [now + 0.5, ...rest])];
    assert.equal(judge(BEFORE, 10, meanwhile), ["nudge", "nudge", "nudge", "wait", "rejected"]);
  });

  it("needs a first look where the server did not answer before", () => {
    const looks: Seen[] = [
      [0, 9, 10],
      [0.1, 9, 11],
      [0.2, 10, 12],
    ];
    assert.equal(judge(undefined, 10, looks), [undefined, undefined, "nudge"]);
  });
});
