import * as assert from "uvu/assert";
import type { Census } from "../../../src/agent/check/census.ts";
import { IdentitySet } from "../../../src/agent/check/identity-set.ts";
import type { FileName } from "../../../src/agent/config.ts";
import type { Effect, Event, Happening, Memory, Offer } from "../../../src/agent/core/event.ts";
import { readPointer } from "../../../src/agent/core/pointer.ts";
import type { Policy, Step } from "../../../src/agent/core/run.ts";
import { begin } from "../../../src/agent/core/run.ts";
import { FRESH_STATE } from "../../../src/agent/core/state-file.ts";
import { step } from "../../../src/agent/core/step.ts";
import type { Reason } from "../../../src/agent/failure.ts";
import { describe } from "../../describe.ts";
import { digest, hosts, release } from "./host.ts";

const POLICY: Policy = {
  intent: { kind: "sync" },
  shard: "tokyo",
  isAnyShard: false,
  repository: undefined,
  accept: undefined,
  bootstrap: false,
  maxRemovedPercent: 50,
  maxAge: 86_400,
  maxInconsistent: 900,
  names: ["targets.json", "urls.json"],
  places: { "targets.json": "/etc/t.json", "urls.json": "/etc/u.json" },
  paths: { "targets.json": "/t.json", "urls.json": "/u.json" },
  mode: 0o644,
  owner: undefined,
  sources: ["a", "b"],
  servers: ["p"],
  wait: "read",
  noProof: false,
};

const NOTHING: Memory = {
  state: "lost",
  kept: undefined,
  place: {},
  hasHistory: false,
  hasPointer: false,
  signers: undefined,
};

function offer(generation = 100): Offer {
  const { sums } = release(generation, hosts(3));
  const bytes = { sums: Buffer.from(sums), signature: undefined };
  return { pointer: readPointer(bytes.sums), sums: digest(sums), bytes, source: 0, validator: "v" };
}

function staged(name: FileName): Happening {
  return { kind: "fetched", staged: { name, path: `s-${name}`, sha256: offer().pointer.digests[name], bytes: 10 } };
}

const CENSUS: Census = { groups: 1, targets: 3, distinct: 3, jobs: new Set(), identities: new IdentitySet() };

/** One event of every kind. */
const EVENTS: readonly Happening[] = [
  { kind: "prepared" },
  { kind: "loaded", memory: NOTHING },
  { kind: "trusted" },
  { kind: "unchanged" },
  { kind: "offered", offer: offer() },
  staged("targets.json"),
  { kind: "mismatched", name: "targets.json" },
  { kind: "checked", census: CENSUS },
  { kind: "counted", census: CENSUS },
  { kind: "compared", loss: { before: 4, after: 3, removed: 1, jobsGone: [] } },
  { kind: "compared", loss: undefined },
  { kind: "saved" },
  { kind: "last-known-good-kept" },
  { kind: "based", baselines: [undefined] },
  { kind: "swapped", mtime: 7 },
  { kind: "pointer-kept" },
  { kind: "last-known-good", lastKnownGood: { files: {}, signed: undefined } },
  { kind: "proved", proofs: [{ verdict: "confirmed", rung: 3 }] },
  { kind: "failed", trouble: { reason: "disk", message: "broken" } },
];

/** A first install, event by event, and the effect that each leads to. */
const INSTALL: readonly [Happening, Effect["kind"]][] = [
  [{ kind: "prepared" }, "load"],
  [{ kind: "loaded", memory: NOTHING }, "ask"],
  [{ kind: "offered", offer: offer() }, "fetch"],
  [staged("targets.json"), "fetch"],
  [staged("urls.json"), "check"],
  [{ kind: "checked", census: CENSUS }, "check"],
  [{ kind: "checked", census: CENSUS }, "save"],
  [{ kind: "saved" }, "base"],
  [{ kind: "based", baselines: [undefined] }, "swap"],
  [{ kind: "swapped", mtime: 1 }, "swap"],
  [{ kind: "swapped", mtime: 2 }, "keep-pointer"],
  [{ kind: "pointer-kept" }, "save"],
  [{ kind: "saved" }, "prove"],
  [{ kind: "proved", proofs: [{ verdict: "confirmed", rung: 3 }] }, "save"],
  [{ kind: "saved" }, "end"],
];

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value) && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

function at(happening: Happening): Event {
  return deepFreeze({ ...happening, now: 1000, elapsed: 1 });
}

/** The steps after each of these events; each is frozen, so that nothing can be changed behind anybody's back. */
function replay(events: readonly Happening[]): Step[] {
  const steps = [deepFreeze(begin(POLICY, 1000))];
  for (const event of events) steps.push(deepFreeze(step(steps.at(-1)?.run ?? begin(POLICY, 0).run, at(event))));
  return steps;
}

describe("agent: step", (it) => {
  it("asks for one thing after the other in a first install", () => {
    const effects = replay(INSTALL.map(([event]) => event)).map(({ effect }) => effect.kind);
    assert.equal(effects, ["prepare", ...INSTALL.map(([, effect]) => effect)]);
  });

  it("gives the same for the same, whenever it is asked", () => {
    const events = INSTALL.map(([event]) => event);
    assert.equal(replay(events), replay(events));
  });

  it("writes what Prometheus must report before it asks", () => {
    const { effect } = replay(INSTALL.slice(0, 13).map(([event]) => event)).at(-1) ?? begin(POLICY, 0);
    assert.equal(effect.kind === "prove" ? effect.files : undefined, [
      { name: "targets.json", path: "/t.json", mtime: 1, targets: 3, distinct: 3 },
      { name: "urls.json", path: "/u.json", mtime: 2, targets: 3, distinct: 3 },
    ]);
  });

  it("ends with a bug where an event comes that cannot come, at any moment", () => {
    for (let length = 0; length < INSTALL.length - 1; length++) {
      const events = INSTALL.slice(0, length).map(([event]) => event);
      const before = replay(events).at(-1) ?? begin(POLICY, 0);
      const due = INSTALL[length]?.[0].kind;
      for (const event of EVENTS) {
        const { effect, run } = step(before.run, at(event));
        const isPossible = event.kind === due || event.kind === "failed" || isAnswer(before.effect, event);
        if (isPossible) continue;
        assert.is(run.outcomes.at(-1)?.reason, "bug", `${event.kind} after ${before.effect.kind}`);
        assert.ok(effect.kind === "save" || effect.kind === "end");
      }
    }
  });

  it("ends with what went wrong, and swaps nothing after that, at any moment", () => {
    for (let length = 0; length < INSTALL.length; length++) {
      const events = INSTALL.slice(0, length).map(([event]) => event);
      const failed: Happening = { kind: "failed", trouble: { reason: "disk-full", message: "full" } };
      const { effect, run } = replay([...events, failed]).at(-1) ?? begin(POLICY, 0);
      const last = effect.kind === "save" ? step(run, at({ kind: "saved" })) : { effect };
      assert.is(last.effect.kind, "end", `after ${length} events`);
      assert.is(last.effect.kind === "end" ? last.effect.result.exit : undefined, 7);
    }
  });

  it("never writes a state that was not read, or that has lost its floor", () => {
    const lost: Memory = { ...NOTHING, state: "damaged" };
    for (const events of [
      [{ kind: "failed", trouble: { reason: "disk", message: "broken" } }],
      [{ kind: "prepared" }, { kind: "failed", trouble: { reason: "format", message: "newer" } }],
      [{ kind: "prepared" }, { kind: "loaded", memory: lost }],
    ] as const) {
      const effects = replay(events).map(({ effect }) => effect.kind);
      assert.not(effects.includes("save"), events.at(-1)?.kind);
      assert.is(effects.at(-1), "end");
    }
  });

  it("asks the next source after one that fails, and ends after the last", () => {
    const failed: Happening = { kind: "failed", trouble: { reason: "unreachable", message: "down" } };
    const steps = replay([{ kind: "prepared" }, { kind: "loaded", memory: NOTHING }, failed, failed]);
    const asked = steps.map(({ effect }) => (effect.kind === "ask" ? effect.source : undefined));
    assert.equal(asked, [undefined, undefined, 0, 1, undefined]);
    assert.is(steps.at(-1)?.run.state.lastRun?.exit, 6);
    assert.is(steps.at(-1)?.run.state.counters.failures.unreachable, 1);
    assert.equal(FRESH_STATE.counters.failures, {});
  });

  it("remembers what the strict check refuses, and goes on to look after what is in place", () => {
    const checking = INSTALL.slice(0, 5).map(([event]) => event);
    const after = (reason: Reason) => replay([...checking, { kind: "failed", trouble: { reason, message: "no" } }]);
    const { sums } = offer();
    for (const reason of ["invalid", "too-large"] as const) {
      assert.is(after(reason).at(-1)?.run.state.refused?.sums, sums, reason);
    }
    assert.is(after("disk").at(-1)?.run.state.refused, undefined);
  });

  it("has no source to ask: a mistake, not a success", () => {
    const { run } = begin({ ...POLICY, sources: [] }, 0);
    const loaded = step(step(run, at({ kind: "prepared" })).run, at({ kind: "loaded", memory: NOTHING }));
    assert.is(loaded.run.state.lastRun?.exit, 2);
  });
});

/** Events that may well come instead of the one in the list. */
function isAnswer(effect: Effect, { kind }: Happening): boolean {
  return (effect.kind === "ask" && kind === "unchanged") || (effect.kind === "fetch" && kind === "mismatched");
}
