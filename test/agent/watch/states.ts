import type { AgentState } from "../../../src/agent/core/state.ts";

export const NOW = 1_795_698_000;
export const DIGESTS = { "targets.json": "a".repeat(64), "urls.json": "b".repeat(64) };

/** A generation in place, confirmed two minutes ago. */
export const HEALTHY: AgentState = {
  version: 1,
  floor: {
    generation: 1_795_334_400,
    shard: "tokyo-a",
    repository: "https://github.com/acme/targets",
    digests: DIGESTS,
    paths: { "targets.json": "/etc/prometheus/promgen/targets.json" },
  },
  applied: {
    generation: 1_795_334_400,
    commit: "65ca1e8f0a9b5c6d7e8f90123456789abcdef012",
    at: NOW - 121,
    mtimes: { "targets.json": NOW - 121 },
    targets: { "targets.json": 1820, "urls.json": 12 },
    distinct: { "targets.json": 1820, "urls.json": 12 },
    confirmedAt: NOW - 120,
    servers: { "http://localhost:9090": { verdict: "confirmed", at: NOW - 120 } },
  },
  validators: {},
  quarantine: [],
  lastContact: NOW - 30,
  lastSuccess: NOW - 30,
  lastRun: { at: NOW - 30, exit: 0, seconds: 0.25 },
  counters: { runs: 40, swaps: 3, rollbacks: 1, failures: { unreachable: 2, signature: 1 } },
};

/** The applied generation without the proof. */
export function unconfirmed({ applied, ...state }: AgentState): AgentState {
  if (applied === undefined) return state;
  const { confirmedAt, ...rest } = applied;
  return { ...state, applied: confirmedAt === undefined ? applied : rest };
}
