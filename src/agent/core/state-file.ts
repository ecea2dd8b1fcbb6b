/**
 * state.json ↔ {@link AgentState}. Its first line is a checksum of the rest: a flipped bit in the number of the floor
 * would otherwise let an old generation in.
 */
import { FILE_NAMES } from "../config.ts";
import { Failure } from "../failure.ts";
import type { Reason } from "../failure.ts";
import { withContact } from "../glance/contact.ts";
import type { Contact } from "../glance/contact.ts";
import { sha256 } from "../sha256.ts";
import { count, fields, list, number, oneOf, record, text } from "./shape.ts";
import type { Shape } from "./shape.ts";
import type { AgentState, ServerVerdict } from "./state.ts";

const VERSION = 1;
const FIRST_LINE = /^\{"checksum":"([0-9a-f]{64})",\n/;

const fileName = oneOf(...FILE_NAMES);
/** Any text: a later agent of this same version may know more of them, and a hold must not be lost for that. */
const reason = text as Shape<Reason>;
const digests = fields({ "targets.json": text, "urls.json": text });
const byFile = record(fileName, number);

const server = fields<ServerVerdict>(
  {
    verdict: oneOf("confirmed", "active", "not-active", "rejected", "unconfirmed"),
    message: text,
    at: number,
  },
  "message",
);

const HELD = {
  generation: count,
  reason: oneOf("removed", "hold"),
  removed: count,
  before: count,
  files: list(fileName),
  left: count,
  since: number,
  sums: text,
  percent: number,
  earlier: list(fields({ generation: count, left: count })),
};
const HELD_OPTIONAL = ["files", "left", "sums", "percent", "earlier"] as const;

const REFUSED = { sums: text, reason, message: text, help: text, at: number };
const REFUSED_OPTIONAL = ["reason", "help"] as const;

const agentState: Shape<AgentState> = fields<AgentState>(
  {
    version: oneOf(VERSION),
    floor: fields<NonNullable<AgentState["floor"]>>(
      { generation: count, shard: text, repository: text, digests, paths: record(fileName, text) },
      "shard",
      "repository",
      "paths",
    ),
    applied: fields<NonNullable<AgentState["applied"]>>(
      {
        generation: count,
        commit: text,
        at: number,
        mtimes: byFile,
        targets: byFile,
        distinct: byFile,
        confirmedAt: number,
        servers: record(text, server),
      },
      "commit",
      "confirmedAt",
    ),
    validators: record(text, text),
    signers: text,
    quarantine: list(
      fields<AgentState["quarantine"][number]>(
        {
          sums: text,
          generation: count,
          reason: oneOf("rejected", "rolled-back"),
          at: number,
          prometheus: text,
          digests,
        },
        "prometheus",
        "digests",
      ),
    ),
    held: fields<NonNullable<AgentState["held"]>>(
      { ...HELD, others: list(fields(HELD, ...HELD_OPTIONAL)) },
      ...HELD_OPTIONAL,
      "others",
    ),
    refused: fields<NonNullable<AgentState["refused"]>>(
      { ...REFUSED, others: list(fields(REFUSED, ...REFUSED_OPTIONAL)) },
      ...REFUSED_OPTIONAL,
      "others",
    ),
    accepted: fields({ generation: count, identitiesLeft: count }),
    fallenFrom: count,
    fallenDistinct: byFile,
    hold: fields<NonNullable<AgentState["hold"]>>({ since: number, until: number, reason: text }, "until", "reason"),
    inconsistent: fields({ sums: text, since: number }),
    hashed: record(fileName, fields({ sha256: text, seal: text, at: number })),
    lastContact: number,
    lastSuccess: number,
    lastRun: fields<NonNullable<AgentState["lastRun"]>>(
      { at: number, exit: count, reason, message: text, seconds: number },
      "reason",
      "message",
    ),
    counters: fields<AgentState["counters"]>(
      { runs: count, swaps: count, rollbacks: count, jobsGone: count, failures: record(reason, count) },
      "jobsGone",
    ),
  },
  "floor",
  "applied",
  "signers",
  "held",
  "refused",
  "accepted",
  "fallenFrom",
  "fallenDistinct",
  "hold",
  "inconsistent",
  "hashed",
  "lastContact",
  "lastSuccess",
  "lastRun",
);

const contactShape = fields<Contact>({ state: text, at: number, seconds: number, runs: count });

/** A host that remembers nothing. */
export const FRESH_STATE: AgentState = {
  version: VERSION,
  validators: {},
  quarantine: [],
  counters: { runs: 0, swaps: 0, rollbacks: 0, failures: {} },
};

/** The bytes of state.json. */
export function writeAgentState(state: AgentState): Uint8Array {
  const body = `${JSON.stringify(state, undefined, 1).replace(/^\{\n/, "")}\n`;
  return Buffer.from(`{"checksum":"${sha256(body)}",\n${body}`);
}

/** The checksum that the first line says; undefined where there is none. */
export function checksumOf(bytes: Uint8Array): string | undefined {
  return FIRST_LINE.exec(Buffer.from(bytes).toString("latin1"))?.[1];
}

/**
 * Reads state.json, and what was found since by glances. Keys that it does not know are passed over.
 *
 * @param contact the bytes of contact.json
 * @returns `damaged` where it is not exactly what was written
 * @throws {Failure} `format` where a newer agent wrote it
 */
export function readAgentState(bytes: Uint8Array, contact?: Uint8Array): AgentState | "damaged" {
  const source = Buffer.from(bytes).toString("utf8");
  const [line, checksum] = FIRST_LINE.exec(source) ?? [];
  if (line !== undefined && sha256(source.slice(line.length)) !== checksum) return "damaged";
  const value = parse(source);
  const version = (value as { readonly version?: unknown } | null | undefined)?.version;
  if (typeof version === "number" && Number.isInteger(version) && version > VERSION) throw tooNew(version);
  if (line === undefined) return "damaged";
  const state = shaped(agentState, value);
  const later = contact && shaped(contactShape, parse(Buffer.from(contact).toString("utf8")));
  if (state === undefined) return "damaged";
  return later !== undefined && later.state === checksum ? withContact(state, later) : state;
}

function shaped<T>(shape: Shape<T>, value: unknown): T | undefined {
  try {
    return shape(value);
  } catch {
    return undefined;
  }
}

function parse(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}

function tooNew(version: number): Failure {
  return new Failure("format", `state.json was written by a newer promgen-agent (its version is ${version})`, {
    help: "upgrade promgen-agent; or delete state.json, and it is made anew from the signed SHA256SUMS in place",
  });
}
