/**
 * A process can die between any two things that it does. Each scenario is run once without trouble, and then once for
 * each call of a collaborator, with the process dying right after it. The next runs must come to the same end.
 */
import * as assert from "uvu/assert";
import type { FileName } from "../../../src/agent/config.ts";
import { FILE_NAMES } from "../../../src/agent/config.ts";
import type { Collaborators } from "../../../src/agent/core/collaborators.ts";
import type { Intent } from "../../../src/agent/core/run.ts";
import { drive } from "../../../src/agent/core/sync.ts";
import { Failure } from "../../../src/agent/failure.ts";
import type { Reason } from "../../../src/agent/failure.ts";
import { describe } from "../../describe.ts";
import type { Options } from "./host.ts";
import { configOf, digest, Host, hosts, release } from "./host.ts";
import { NEW, OLD } from "./settled.ts";

const SMALL = release(200, hosts(4));
const SYNC: Intent = { kind: "sync" };

interface Scenario {
  readonly name: string;
  readonly host: () => Promise<Host>;
  readonly intent?: Intent;
  readonly options?: Options;
  /** What may lie in place in the end, where a crash can come before what was asked for was written down. */
  readonly alternatives?: readonly string[];
}

const scenarios: readonly Scenario[] = [
  { name: "a first install", host: async () => new Host(NEW) },
  { name: "a first install over files of others", host: async () => withFilesOfOthers(new Host(NEW)) },
  {
    name: "an install over files of others, with a state that was copied from elsewhere",
    host: async () => withoutPointer(withFilesOfOthers(await updated())),
  },
  {
    name: "an install over files of others, which an operator lets pass",
    host: async () => withFilesOfOthers(await waiting()),
    options: accept(200),
  },
  { name: "an update", host: async () => await offering(NEW) },
  { name: "an update of one file", host: async () => await offering(release(200, hosts(21))) },
  { name: "a new number for the same files", host: async () => await offering(release(200, hosts(20))) },
  { name: "a generation that waits", host: async () => await offering(SMALL) },
  { name: "a generation that an operator lets pass", host: async () => await offering(SMALL), options: accept(200) },
  { name: "a repair from the source", host: async () => damaged(await offering(OLD)) },
  { name: "a repair from last-known-good", host: async () => offline(damaged(await updated())) },
  {
    name: "an older set that stands in for two files",
    host: async () => {
      const host = offline(await updated());
      host.storage.removePlace();
      return host;
    },
  },
  {
    name: "an older file that stands in for one alone",
    host: async () => offline(damaged(await updated(release(100, hosts(20), { urls: [] })))),
  },
  {
    name: "a lost directory after a rollback",
    host: async () => {
      const host = await updated();
      await drive(configOf(), host.collaborators(), { kind: "rollback" });
      host.storage.removePlace();
      return host;
    },
  },
  { name: "a rejected generation", host: async () => rejecting(await offering(NEW)) },
  {
    name: "a rejected first install over files of others",
    host: async () => rejecting(withFilesOfOthers(new Host(NEW))),
  },
  {
    name: "a rollback",
    host: async () => await updated(),
    intent: { kind: "rollback" },
    alternatives: [NEW.files["targets.json"]],
  },
  { name: "a state that is lost", host: async () => withoutState(await updated()) },
];

function accept(generation: number): Options {
  return { trust: { accept: generation } };
}

async function offering(next: typeof OLD): Promise<Host> {
  const host = new Host(OLD);
  await host.sync();
  host.source.now = next;
  return host;
}

/** A host with files of others that has held SMALL. */
async function waiting(): Promise<Host> {
  const host = withFilesOfOthers(new Host(SMALL));
  await host.sync();
  return host;
}

function withoutPointer(host: Host): Host {
  host.storage.pointer = undefined;
  return host;
}

async function updated(first = OLD): Promise<Host> {
  const host = new Host(first);
  await host.sync();
  host.source.now = NEW;
  await host.sync();
  return host;
}

function withFilesOfOthers(host: Host): Host {
  host.storage.put("targets.json", OLD.files["targets.json"]);
  host.storage.put("urls.json", OLD.files["urls.json"]);
  return host;
}

function damaged(host: Host): Host {
  host.storage.put("targets.json", "x");
  return host;
}

function offline(host: Host): Host {
  host.goOffline();
  return host;
}

function rejecting(host: Host): Host {
  host.server.rejects.add(NEW.digests["targets.json"]);
  return host;
}

function withoutState(host: Host): Host {
  host.storage.state = undefined;
  return host;
}

/** The process is gone: nothing that it calls afterwards does anything. */
class Crash extends Error {}

/** Collaborators whose disk fails at the call of this number, and only there; the function says whether it came to that. */
function failing(host: Host, at: number, reason: Reason, options: Options): [Collaborators, () => boolean] {
  let calls = 0;
  const all = host.collaborators(options);
  const disk = new Proxy(all.disk, {
    get: (object, key) => {
      const value: unknown = Reflect.get(object, key);
      if (typeof value !== "function") return value;
      if (key === "path" || key === "read" || key === "readStaged") return value.bind(object) as unknown;
      const act = (...args: unknown[]): unknown => {
        if (++calls === at) throw new Failure(reason, `${String(key)} fails`);
        return Reflect.apply(value, object, args);
      };
      return key === "open" || key === "bytesOf" ? act : async (...args: unknown[]) => await act(...args);
    },
  });
  return [{ ...all, disk }, () => calls >= at];
}

/** Collaborators that die after the call of this number has done what it should; the function counts the calls. */
function dying(host: Host, at: number, options: Options): [Collaborators, () => number] {
  let calls = 0;
  const watch = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (object, key) => {
        const value: unknown = Reflect.get(object, key);
        if (typeof value !== "function" || key === "path") return value;
        return (...args: unknown[]): unknown => {
          if (++calls > at) throw new Crash("killed");
          const result: unknown = Reflect.apply(value, object, args);
          if (calls < at || !(result instanceof Promise)) return result;
          return result.then(() => {
            throw new Crash("killed");
          });
        };
      },
    });
  const all = host.collaborators(options);
  const collaborators = {
    ...all,
    disk: watch(all.disk),
    sources: all.sources.map(watch),
    servers: all.servers.map(watch),
  };
  return [collaborators, () => calls];
}

/** What counts of what a host has in the end. */
function snapshot(host: Host): string {
  const { state, storage } = host;
  const { floor, applied, held, quarantine } = state;
  const seen = {
    inPlace: Object.values(host.inPlace).map((text) => digest(text ?? "")),
    pointer: digest(storage.pointer?.sums ?? ""),
    lastKnownGood: FILE_NAMES.map((name) => digest(storage.lastKnownGood.get(name) ?? "")),
    lastKnownGoodPointer: digest(storage.lastKnownGoodPointer?.sums ?? ""),
    floor,
    applied: applied && [
      applied.generation,
      ...counts(applied.targets),
      ...counts(applied.distinct),
      applied.confirmedAt,
    ],
    isMtimeKnown: Object.entries(applied?.mtimes ?? {}).every(
      ([name, mtime]) => storage.files.get(name as FileName)?.mtime === mtime,
    ),
    held: held && [held.generation, held.removed, held.before],
    quarantine: quarantine.map(({ sums, reason }) => [sums, reason]),
    validators: state.validators,
    staged: storage.staged.size,
  };
  return JSON.stringify(seen, undefined, 1);
}

function counts(by: Readonly<Partial<Record<FileName, number>>>): (number | undefined)[] {
  return [by["targets.json"], by["urls.json"]];
}

/** Two runs without trouble: the first puts everything right, the second has nothing to do. */
async function settle(host: Host, options: Options): Promise<string> {
  await drive(configOf(options), host.collaborators(options), SYNC);
  const settled = snapshot(host);
  const { mtime } = host.storage.files.get("targets.json") ?? {};
  await drive(configOf(options), host.collaborators(options), SYNC);
  assert.is(snapshot(host), settled, "the run after the first clean one changes something");
  assert.is(host.storage.files.get("targets.json")?.mtime, mtime);
  return settled;
}

describe("agent: a disk that fails at any moment", (it) => {
  const reasons: readonly Reason[] = ["disk-full", "permission", "unsafe-path", "disk"];
  for (const { name, host: make, intent = SYNC, options = {}, alternatives = [] } of scenarios) {
    it(`ends with 7, and converges: ${name}`, async () => {
      const start = await make();
      const whole = start.fork();
      const { exit } = await drive(configOf(options), whole.collaborators(options), intent);
      const expected = await settle(whole, options);
      for (let at = 1; ; at++) {
        const host = start.fork();
        const reason = reasons[at % reasons.length] ?? "disk";
        const [collaborators, isReached] = failing(host, at, reason, options);
        const result = await drive(configOf(options), collaborators, intent);
        if (!isReached()) break;
        const isTidyingUp = host.log.some(({ event }) => event === "not-discarded" || event === "not-kept");
        if (!isTidyingUp) assert.is(result.exit, 7, `call ${at}: ${result.message}`);
        // A run that ends with 7 anyway says why that is.
        if (!isTidyingUp && exit !== 7) assert.is(result.reason, reason, `call ${at}: ${result.message}`);
        const found = await settle(host, options);
        if (alternatives.includes(host.inPlace["targets.json"] ?? "")) continue;
        assert.is(found, expected, `failed at call ${at}`);
      }
    });
  }
});

describe("agent: a crash at any moment", (it) => {
  for (const { name, host: make, intent = SYNC, options = {}, alternatives = [] } of scenarios) {
    it(`converges: ${name}`, async () => {
      const start = await make();
      const whole = start.fork();
      const before = whole.inPlace;
      const [collaborators, count] = dying(whole, Infinity, options);
      await drive(configOf(options), collaborators, intent);
      const calls = count();
      const expected = await settle(whole, options);
      const right = new Set([before, whole.inPlace, OLD.files, NEW.files].flatMap((files) => Object.values(files)));
      for (let at = 1; at < calls; at++) {
        const host = start.fork();
        await drive(configOf(options), dying(host, at, options)[0], intent);
        for (const text of Object.values(host.inPlace)) assert.ok(right.has(text), `after call ${at}: ${text}`);
        const found = await settle(host, options);
        if (alternatives.includes(host.inPlace["targets.json"] ?? "")) continue;
        assert.is(found, expected, `killed after call ${at} of ${calls}`);
      }
    });
  }
});
