import * as assert from "uvu/assert";
import type { AgentConfig } from "../../../src/agent/config.ts";
import type { AgentState } from "../../../src/agent/core/state.ts";
import { configure } from "../../../src/agent/option-config.ts";
import { standingOf } from "../../../src/agent/watch/standing.ts";
import type { FileInPlace, Standing } from "../../../src/agent/watch/standing.ts";
import { standingText } from "../../../src/agent/watch/standing-text.ts";
import { describe } from "../../describe.ts";
import { DIGESTS, HEALTHY, NOW, unconfirmed } from "./states.ts";

const { config: CONFIG } = configure("status", new Map(), [], {}, "/");

/** targets.json as it lies there. */
function file(sha256: string | undefined): FileInPlace {
  const facts = sha256 === undefined ? undefined : { sha256, bytes: 1, mtime: NOW, mode: 0o644, uid: 0, gid: 0 };
  return { name: "targets.json", path: "/etc/prometheus/promgen/targets.json", facts };
}

function standing(
  state: AgentState | undefined,
  sha256: string | undefined = DIGESTS["targets.json"],
  config: AgentConfig = CONFIG,
): Standing {
  return standingOf(config, state, [file(sha256)], NOW);
}

const HELD = { generation: 1_795_400_000, reason: "removed" as const, removed: 60, before: 100, since: NOW - 60 };

describe("agent status", (it) => {
  it("has nothing to advise where all is well, and ends with 0", () => {
    const { exit, advice, files, generation, prometheus } = standing(HEALTHY);
    assert.equal([exit, advice, generation], [0, [], 1_795_334_400]);
    assert.is(files[0]?.condition, "in place");
    assert.equal(prometheus, [{ url: "http://localhost:9090", verdict: "confirmed", message: null, at: NOW - 120 }]);
  });

  it("ends as sync would", () => {
    const last = (exit: number): NonNullable<AgentState["lastRun"]> => ({ at: NOW, exit, seconds: 1 });
    const states: readonly (readonly [AgentState | undefined, number])[] = [
      [undefined, 8],
      [unconfirmed(HEALTHY), 3],
      [{ ...HEALTHY, held: HELD }, 4],
      [{ ...HEALTHY, lastContact: NOW - 86_401 }, 8],
      [{ ...HEALTHY, lastContact: NOW - 86_400 }, 0],
      [{ ...HEALTHY, lastRun: last(5) }, 5],
      [{ ...HEALTHY, lastRun: last(6), held: HELD }, 6],
      [{ ...HEALTHY, hold: { since: NOW - 60 } }, 0],
    ];
    for (const [state, exit] of states) assert.is(standing(state).exit, exit, JSON.stringify(state));
    const noProof = { ...CONFIG, prometheus: { ...CONFIG.prometheus, noProof: true } };
    assert.is(standing(unconfirmed(HEALTHY), DIGESTS["targets.json"], noProof).exit, 0);
  });

  it("ends as a run would that cannot make a state, and says why and what to do", () => {
    const lost = { what: "it is gone", help: "do so", reason: "bootstrap" } as const;
    const found = standingOf(CONFIG, undefined, [file(DIGESTS["targets.json"])], NOW, undefined, lost);
    assert.equal([found.exit, found.advice], [5, ["do so (it is gone)"]]);
    assert.equal(standing(undefined).advice, ["run promgen-agent sync (no run has left a state here yet)"]);
  });

  it("notices files that are missing or not what was verified, and says who repairs them", () => {
    for (const [sha256, condition] of [
      ["c".repeat(64), "changed"],
      [undefined, "missing"],
    ] as const) {
      const found = standingOf(CONFIG, HEALTHY, [file(sha256)], NOW);
      assert.equal([found.exit, found.files[0]?.condition], [7, condition]);
      assert.match(found.advice.join(), "promgen-agent sync");
    }
  });

  it("does not promise to repair what no run would take for its own", () => {
    const [{ floor, ...rest }, others] = [HEALTHY, file("c".repeat(64))];
    if (floor === undefined) throw new Error("there is no floor");
    const { paths: _, ...anywhere } = floor;
    for (const found of [
      standingOf(CONFIG, HEALTHY, [others], NOW, "none"),
      standingOf(CONFIG, { ...rest, floor: anywhere }, [others], NOW),
    ])
      assert.equal([found.exit, found.files[0]?.condition, found.advice], [0, "unknown", []]);
  });

  it("does not advise to run again what could not repair them", () => {
    const lastRun = { at: NOW, exit: 7, reason: "disk", message: "generation 9 waits", seconds: 1 } as const;
    const found = standingOf(CONFIG, { ...HEALTHY, lastRun }, [file("c".repeat(64))], NOW);
    assert.is(found.exit, 7);
    assert.match(found.advice.join(), "the last run could not repair it: generation 9 waits");
    assert.not.match(found.advice.join(), "run promgen-agent sync");
  });

  it("claims nothing about files while a run was cut short between floor and rename", () => {
    const { floor } = HEALTHY;
    if (floor === undefined) throw new Error("there is no floor");
    const found = standing({ ...HEALTHY, floor: { ...floor, generation: floor.generation + 1 } });
    assert.equal([found.exit, found.files[0]?.condition], [0, "unknown"]);
  });

  it("knows what was rolled back to by the SHA256SUMS beside it, and whether that was changed since", () => {
    const { floor } = HEALTHY;
    if (floor === undefined) throw new Error("there is no floor");
    const left = { generation: floor.generation + 1, reason: "rolled-back" as const, at: NOW - 60 };
    const state: AgentState = {
      ...HEALTHY,
      floor: { ...floor, generation: left.generation, digests: { ...DIGESTS, "targets.json": "d".repeat(64) } },
      quarantine: [{ ...left, sums: "e".repeat(64) }],
    };
    const kept = { generation: floor.generation, digests: DIGESTS };
    const conditions = ["a", "c", "d"].map((digit) => {
      const found = standingOf(CONFIG, state, [file(digit.repeat(64))], NOW, kept);
      return [found.exit, found.files[0]?.condition];
    });
    // The last one is as a kill leaves it that comes between the rename and the pointer.
    assert.equal(conditions, [
      [0, "in place"],
      [7, "changed"],
      [0, "unknown"],
    ]);
    const found = standingOf(CONFIG, state, [file("a".repeat(64))], NOW, kept);
    assert.equal(found.quarantine, [left]);
    assert.match(
      standingText(found, NOW),
      /^not taken +generation 1795334401: it was rolled back on 2026-11-26T12:59:00Z$/m,
    );
  });

  it("says nothing against what another agent has put there with its SHA256SUMS", () => {
    const digests = { ...DIGESTS, "targets.json": "d".repeat(64) };
    const kept = { generation: 1_795_400_000, digests };
    const found = standingOf(CONFIG, HEALTHY, [file("d".repeat(64))], NOW, kept);
    assert.equal([found.exit, found.files[0]?.condition], [0, "unknown"]);
  });

  it("does not promise to repair what lies where it never put anything", () => {
    const { floor } = HEALTHY;
    if (floor === undefined) throw new Error("there is no floor");
    const conditions = ["/trial/targets.json", "/etc/prometheus/promgen/targets.json"].map((path) => {
      const state = { ...HEALTHY, floor: { ...floor, paths: { "targets.json": path } } };
      return standingOf(CONFIG, state, [file("c".repeat(64))], NOW).files[0]?.condition;
    });
    assert.equal(conditions, ["unknown", "changed"]);
  });

  it("names the command that lets a held generation pass", () => {
    assert.match(standing({ ...HEALTHY, held: HELD }).advice.join(), "--accept 1795400000");
    const hold = { ...HELD, reason: "hold" as const };
    assert.match(standing({ ...HEALTHY, held: hold, hold: { since: NOW } }).advice.join(), "release");
  });

  it("counts nothing where what is in place cannot be counted, and names the file that would lose too much", () => {
    const lines = [
      [{ removed: 0, before: 0 }, "what is in place cannot be counted"],
      [{ removed: 0, before: 0, files: ["targets.json"] as const }, "targets.json that is in place cannot be counted"],
      [{ removed: 29, before: 30, files: ["urls.json"] as const }, "it would remove 29 of 30 targets of urls.json"],
    ] as const;
    for (const [facts, words] of lines) {
      const found = standing({ ...HEALTHY, held: { ...HELD, ...facts } });
      assert.is(found.held?.message, words);
      assert.match(standingText(found, NOW), new RegExp(`^held .*: ${words}$`, "m"));
      assert.equal(found.advice, ["where that is meant, run sync with --accept 1795400000"]);
    }
  });

  it("says nothing of what waited for a hold that is over", () => {
    const held = { ...HELD, reason: "hold" as const };
    const found = standing({ ...HEALTHY, held, hold: { since: NOW - 60, until: NOW } });
    assert.equal([found.exit, found.held, found.hold, found.advice], [0, null, null, []]);
  });

  it("does not give advice twice for what the last run said as well", () => {
    assert.is(standing({ ...HEALTHY, held: HELD, lastRun: { at: NOW, exit: 4, seconds: 1 } }).advice.length, 1);
  });

  it("tells people in words, with ages, what programs get as numbers", () => {
    const text = standingText(
      standing({
        ...HEALTHY,
        held: HELD,
        hold: { since: NOW - 7200, until: NOW + 60, reason: "rack 12" },
        lastRun: { at: NOW - 90, exit: 4, reason: "removed", message: "too much", seconds: 1 },
      }),
      NOW,
    );
    for (const words of [
      /^shard +tokyo-a$/m,
      /^generation +1795334400 \(of 2026-11-22T08:00:00Z, commit 65ca1e8f0a9b\)$/m,
      /^in place +since 2026-11-26T12:57:59Z \(2 min ago\)$/m,
      /^targets.json 1820 targets, as it was verified: \/etc\/prometheus\/promgen\/targets.json$/m,
      /^prometheus +http:\/\/localhost:9090 confirmed, .* \(2 min ago\)$/m,
      /^held +generation 1795400000, since .*: it would remove 60 of 100 targets$/m,
      /^hold +since .* \(2 h ago\), until 2026-11-26T13:01:00Z: rack 12$/m,
      /^source +last reached .* \(30 s ago\)$/m,
      /^last run +.* \(90 s ago\), ended with 4 \(removed\): too much$/m,
      /^ {2}= help: .*--accept 1795400000$/m,
    ])
      assert.match(text, words);
  });

  it("says so where nothing is there yet, where the clock was set back, and where a time is impossible", () => {
    assert.match(standingText(standing(undefined, undefined), NOW), /generation +none yet\n(.*\n)*.*never reached/);
    assert.match(standingText(standing(HEALTHY), NOW - 1000), "the clock was set back");
    assert.match(standingText(standing({ ...HEALTHY, lastContact: 1e15 }), NOW), "an impossible time");
  });

  it("does not let a message write to the terminal", () => {
    const state = { ...HEALTHY, hold: { since: NOW, reason: "\u001b[2J\nshard  forged" } };
    const text = standingText(standing(state), NOW);
    assert.not.match(text, "\u001b");
    assert.not.match(text, /^shard +forged/m);
  });
});
