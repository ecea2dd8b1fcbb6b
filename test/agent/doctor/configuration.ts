/** What doctor is given, with everything well unless a test says otherwise. */
import type { AgentConfig } from "../../../src/agent/config.ts";
import type { Collaborators } from "../../../src/agent/core/collaborators.ts";
import type { Pointer } from "../../../src/agent/core/pointer.ts";
import type { Row, RowId } from "../../../src/agent/doctor/row.ts";
import type { Source } from "../../../src/agent/source/source.ts";
import type { Place } from "../disk/place.ts";
import { chunksOf, sha256 } from "../disk/place.ts";
import { CONFIG } from "../prometheus/fake-server.ts";

export const TARGETS =
  '[\n{"labels":{"__shard":"a","__scheme__":"http","__farm_source":"promgen","farm":"f","job":"node","project":"p","service":"s"},"targets":["h1.example.com:9100","h2.example.com:9100"]}\n]\n';
export const EMPTY = '[{"targets":[]}]\n';
export const NOW = 1_700_000_000;

export function configIn(place: Pick<Place, "config">, more: Partial<AgentConfig> = {}): AgentConfig {
  return {
    shard: "a",
    source: {
      urls: [],
      tls: {},
      allowHttp: false,
      allowPrivateRedirects: false,
      timeout: 60,
      maxBytes: 1 << 20,
      proxy: {},
      githubApi: "",
    },
    trust: { bootstrap: false, maxRemovedPercent: 50 },
    place: place.config,
    prometheus: { ...CONFIG, noProof: true },
    maxAge: 86_400,
    maxInconsistent: 900,
    ...more,
  };
}

export function collaboratorsIn(
  place: Pick<Collaborators, "clock" | "disk">,
  more: Partial<Collaborators> = {},
): Collaborators {
  return {
    clock: place.clock,
    log: { write: () => {} },
    disk: place.disk,
    sources: [],
    verifier: undefined,
    servers: [],
    signal: new AbortController().signal,
    ...more,
  };
}

export function sums(targets: string, urls: string, header = "shard=a generation=1699999999"): Uint8Array {
  return Buffer.from(`# promgen-gen 1 ${header}\n${sha256(targets)}  targets.json\n${sha256(urls)}  urls.json\n`);
}

export function pointerOf(targets: string, urls: string, more: Partial<Pointer> = {}): Pointer {
  return {
    shard: "a",
    generation: 1_699_999_999,
    commit: undefined,
    repository: undefined,
    counts: {},
    accepts: undefined,
    times: {},
    digests: { "targets.json": sha256(targets), "urls.json": sha256(urls) },
    ...more,
  };
}

/** A source that has these files. */
export function sourceOf(files: Readonly<Record<string, string>>, pointer: Uint8Array, label = "https://x/"): Source {
  return {
    label,
    pointer: async () => ({ kind: "pointer", sums: pointer, signature: undefined, validator: undefined }),
    file: (name) => chunksOf(files[name] ?? ""),
    close: async () => {},
  };
}

/** `level` of the rows about something, and the reasons of troubles. */
export function about(rows: readonly Row[], id: RowId): string[] {
  return rows.filter((row) => row.id === id).map(({ level, reason }) => reason ?? level);
}
