import * as assert from "uvu/assert";
import { renderMetrics } from "../../../src/agent/watch/metrics.ts";
import { describe } from "../../describe.ts";
import { HEALTHY, NOW, unconfirmed } from "./states.ts";

const FACTS = { version: "1.2.3", shard: "tokyo-a", now: NOW, maxAge: 86_400 };

/** Samples by their name with labels, the shard left out. */
function samples(text: string, shard = "tokyo-a"): Record<string, number> {
  return Object.fromEntries(
    text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => {
        const [, name = "", labels = "", value] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
        assert.ok(labels.startsWith(`shard="${shard}"`), line);
        const others = labels.slice(`shard="${shard}"`.length).replace(/^,/, "");
        return [`${name.replace("promgen_agent_", "")}${others === "" ? "" : `{${others}}`}`, Number(value)] as const;
      }),
  );
}

describe("agent metrics", (it) => {
  it("say all there is to say about a host that is well", () => {
    const repository = HEALTHY.floor?.repository;
    const commit = HEALTHY.applied?.commit;
    assert.equal(samples(renderMetrics(HEALTHY, FACTS)), {
      [`info{version="1.2.3",commit="${commit}",repository="${repository}"}`]: 1,
      last_success_timestamp_seconds: NOW - 30,
      last_contact_timestamp_seconds: NOW - 30,
      last_run_timestamp_seconds: NOW - 30,
      last_run_exit_code: 0,
      last_run_duration_seconds: 0.25,
      stale: 0,
      generation: 1_795_334_400,
      applied_timestamp_seconds: NOW - 121,
      confirmed: 1,
      held: 0,
      hold: 0,
      'targets{file="targets.json"}': 1820,
      'targets{file="urls.json"}': 12,
      'prometheus_confirmed{prometheus="http://localhost:9090"}': 1,
      runs_total: 40,
      swaps_total: 3,
      rollbacks_total: 1,
      'failures_total{reason="unreachable"}': 2,
      'failures_total{reason="signature"}': 1,
    });
  });

  it("begin with what alerts need, though there is no state yet", () => {
    const found = samples(renderMetrics(undefined, { ...FACTS, lastRun: { at: NOW, exit: 7, seconds: 1 } }));
    assert.is(found["last_success_timestamp_seconds"], 0);
    assert.is(found["last_run_exit_code"], 7);
    assert.is(found["confirmed"], 0);
    assert.is(found["generation"], undefined);
  });

  it("go by the run that has just ended, where its end could not be written to the state", () => {
    const lastRun = { at: NOW, exit: 7, reason: "disk-full", seconds: 3 } as const;
    const found = samples(renderMetrics(HEALTHY, { ...FACTS, lastRun }));
    assert.equal([found["last_run_exit_code"], found['last_run_reason{reason="disk-full"}']], [7, 1]);
    assert.is(found["last_run_timestamp_seconds"], NOW);
  });

  it("tell apart unconfirmed, held, on hold and stale", () => {
    const held = { generation: 1_795_400_000, reason: "removed" as const, removed: 60, before: 100, since: NOW - 60 };
    const found = samples(
      renderMetrics(
        { ...unconfirmed(HEALTHY), held, hold: { since: NOW - 60, until: NOW + 60 }, lastContact: NOW - 90_000 },
        FACTS,
      ),
    );
    assert.equal(
      [found["confirmed"], found["held"], found["held_generation"], found["hold"], found["stale"]],
      [0, 1, 1_795_400_000, 1, 1],
    );
    const over = samples(renderMetrics({ ...HEALTHY, hold: { since: NOW - 60, until: NOW } }, FACTS));
    assert.is(over["hold"], 0);
    const waited = { ...HEALTHY, held: { ...held, reason: "hold" as const } };
    const seen = [NOW, NOW + 1].map((until) => {
      const {
        held: isHeld,
        held_generation,
        hold,
      } = samples(renderMetrics({ ...waited, hold: { since: NOW - 60, until } }, FACTS));
      return [isHeld, held_generation, hold];
    });
    assert.equal(seen, [
      [0, undefined, 0],
      [1, 1_795_400_000, 1],
    ]);
    const endless = samples(renderMetrics({ ...HEALTHY, hold: { since: NOW - 60 } }, FACTS));
    assert.is(endless["hold"], 1);
  });

  it("say nothing of a proof that nobody wants, so that no alert waits for one", () => {
    const found = samples(renderMetrics(unconfirmed(HEALTHY), { ...FACTS, noProof: true }));
    assert.equal([found["confirmed"], found["generation"]], [undefined, 1_795_334_400]);
  });

  it("count a server as confirmed only where it has proven it", () => {
    const { applied } = HEALTHY;
    if (applied === undefined) throw new Error("nothing is in place");
    const servers = Object.fromEntries(
      (["confirmed", "active", "not-active", "rejected", "unconfirmed"] as const).map((verdict) => [
        verdict,
        { verdict, at: NOW },
      ]),
    );
    const found = samples(renderMetrics({ ...HEALTHY, applied: { ...applied, servers } }, FACTS));
    assert.equal(
      ["confirmed", "active", "not-active", "rejected", "unconfirmed"].map(
        (name) => found[`prometheus_confirmed{prometheus="${name}"}`],
      ),
      [1, 1, 0, 0, 0],
    );
  });

  it("say whether a queue can send messages and what became of them, where there is one", () => {
    const queue = { isConnected: false, messages: { confirmed: 2, refused: 0 } };
    const found = samples(renderMetrics(HEALTHY, { ...FACTS, queue }));
    assert.equal(
      ["queue_connected", 'queue_messages_total{result="confirmed"}', 'queue_messages_total{result="refused"}'].map(
        (name) => found[name],
      ),
      [0, 2, 0],
    );
  });

  it("escape labels: names of shards are anybody's text", () => {
    const shard = 'a"b\\c\nd 東京';
    const text = renderMetrics(HEALTHY, { ...FACTS, shard });
    assert.ok(text.includes('shard="a\\"b\\\\c\\nd 東京"'));
    assert.is(text.split("\n").filter((line) => !/^(# (HELP|TYPE) \w+ .+|\w+\{.*\} [\d.e+-]+|)$/.test(line)).length, 0);
  });
});
