/** What was accepted, and of which a part is held back once other changes are published, or merged beside it. */
import * as assert from "uvu/assert";
import { judgePlan } from "../../src/plan/verdict.ts";
import { describe } from "../describe.ts";
import { hosts, plan, sha256, trips } from "./sides.ts";
import type { GroupSpec, Shards } from "./sides.ts";

const node = (count: number, from = 0): GroupSpec => [{}, hosts(count, from)];
const other = (count: number): GroupSpec => [{ project: "r" }, hosts(count, 500)];
const more = (count: number): GroupSpec => [{ project: "r" }, hosts(count, 900)];
const app = (count: number): GroupSpec => [{ job: "app", project: "q", service: "t" }, hosts(count, 0, 80)];
const rest = (count: number): GroupSpec => [{ job: "rest", project: "u", service: "u" }, hosts(count, 0, 82)];
/** The first targets of a group have a label that they had not. */
const relabelled = ([labels, targets]: GroupSpec, count: number): readonly [GroupSpec, GroupSpec] => [
  [{ ...labels, team: "new" }, targets.slice(0, count)],
  [labels, targets.slice(count)],
];

/** In a shard of its own, and too little to be held back. */
const ASIDE: GroupSpec = [{ job: "aside", project: "z", service: "z" }, hosts(100, 0, 83)];
const ASIDE_LOSES: Shards = { c: [[ASIDE[0], ASIDE[1].slice(1)]] };
const ASIDE_RELABELS: Shards = { c: relabelled(ASIDE, 1) };

/**
 * Fails where who accepted all of one change is asked once more for the part of it that is held back beside another one.
 *
 * @param held the trips of `now`
 */
function assertCovered(seen: readonly [Shards, Shards], now: readonly [Shards, Shards], held: readonly string[]): void {
  const { digest } = plan(...seen);
  assert.ok(digest);
  const found = plan({ ...now[0], c: [ASIDE] }, now[1]);
  assert.equal(trips(found), held);
  assert.ok([found, ...found.trips].every((held) => held.digest !== digest));
  const { isRefused, digests } = judgePlan(found, new Set([digest]), sha256);
  assert.equal([isRefused, digests], [false, [digest]]);
}

describe("an accepted change, of which less is held back beside another one", (it) => {
  it("is released where it was accepted as a part of what its job loses", () => {
    assertCovered(
      [
        { a: [node(100)], b: [other(50)] },
        { a: [node(70)], b: [other(45)] },
      ],
      [
        { a: [node(100)], b: [other(50), more(40)] },
        { a: [node(70)], b: [other(45), more(40)], ...ASIDE_LOSES },
      ],
      ["shard a: removed_percent 30 of 100"],
    );
  });

  it("is released where it was accepted as a part of what its shard loses", () => {
    assertCovered(
      [{ a: [node(100), app(20)] }, { a: [node(70), app(18)] }],
      [{ a: [node(100), app(20), rest(100)] }, { a: [node(70), app(18), rest(100)], ...ASIDE_LOSES }],
      ["job node: removed_percent 30 of 100"],
    );
  });

  it("is released in the shard that it leaves, where it moves to one that nobody pulled before", () => {
    assertCovered(
      [{ a: [node(100), app(20)] }, { a: [node(70), app(18)], n: [node(30, 70)] }],
      [
        { a: [node(100), app(20), rest(100)] },
        { a: [node(70), app(18), rest(100)], n: [node(30, 70)], ...ASIDE_LOSES },
      ],
      ["job node: removed_percent 30 of 100"],
    );
  });

  it("is released where it was accepted as a part of a service of which nothing was left", () => {
    const jobs: readonly GroupSpec[] = ["x", "y", "w"].map((job) => [
      { job, project: job, service: "gone" },
      hosts(job === "w" ? 1 : 6, 0, 90),
    ]);
    const [x, y, w] = jobs as [GroupSpec, GroupSpec, GroupSpec];
    const left: readonly GroupSpec[] = [[{ job: "y" }, hosts(100, 0, 91)], node(800)];
    assertCovered(
      [
        { a: [x, rest(800)], b: [y, ...left] },
        { a: [rest(800)], b: left },
      ],
      [
        { a: [x, rest(800)], b: [y, w, ...left] },
        { a: [rest(800)], b: [w, ...left], ...ASIDE_LOSES },
      ],
      ["job x: zero 6 of 6"],
    );
  });

  it("is released where it was accepted as a part of what begins anew in its job", () => {
    assertCovered(
      [
        { a: [node(100)], b: [other(50)] },
        { a: relabelled(node(100), 40), b: relabelled(other(50), 10) },
      ],
      [
        { a: [node(100)], b: [other(50), more(40)] },
        { a: relabelled(node(100), 40), b: [...relabelled(other(50), 10), more(40)], ...ASIDE_RELABELS },
      ],
      ["shard a: relabelled_percent 40 of 100"],
    );
  });

  it("is released where all that was lost was accepted, of several jobs and shards, and labels change elsewhere", () => {
    assertCovered(
      [
        { a: [node(100), app(100)], b: [other(50)] },
        { a: [node(70), app(70)], b: [other(35)] },
      ],
      [
        { a: [node(100), app(100)], b: [other(50), rest(800), more(200)] },
        { a: [node(70), app(70)], b: [other(35), rest(800), more(200)], ...ASIDE_RELABELS },
      ],
      ["shard a: removed_percent 60 of 200", "job app: removed_percent 30 of 100"],
    );
  });

  it("is released where all that begins anew was accepted, of several jobs and shards, and something is lost elsewhere", () => {
    const after = (b: readonly GroupSpec[]): Shards => ({
      // The first of these have another port, the others another label.
      a: [[app(0)[0], [...hosts(40, 0, 81), ...hosts(60, 40, 80)]], ...relabelled(node(100), 40)],
      b: [...relabelled(other(50), 20), ...b],
    });
    const added = [rest(800), more(200)];
    assertCovered(
      [{ a: [node(100), app(100)], b: [other(50)] }, after([])],
      [
        { a: [node(100), app(100)], b: [other(50), ...added] },
        { ...after(added), ...ASIDE_LOSES },
      ],
      ["shard a: relabelled_percent 80 of 200", "job app: relabelled_percent 40 of 100"],
    );
  });

  it("is released where losses and new labels were accepted together, whatever is added beside them", () => {
    const [a, b] = [[node(70)], relabelled(app(100), 40)];
    const [added, last]: GroupSpec[] = [
      [{ job: "app", project: "q", service: "t" }, hosts(100, 100, 80)],
      [{ job: "last", project: "last" }, hosts(3, 0, 84)],
    ] as [GroupSpec, GroupSpec];
    assertCovered(
      [
        { a: [node(100)], b: [app(100)] },
        { a, b },
      ],
      [
        { a: [node(100)], b: [app(100), added] },
        { a, b: [...b, added, last], c: [ASIDE] },
      ],
      ["shard a: removed_percent 30 of 100", "job node: removed_percent 30 of 100"],
    );
  });
});
