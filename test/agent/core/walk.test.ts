/** Long random sequences of what can happen to a host. Seeded: a failure names the events that are enough for it. */
import * as fc from "fast-check";
import { Failure } from "../../../src/agent/failure.ts";
import { describe } from "../../describe.ts";
import { hosts, release } from "./host.ts";
import { Walk } from "./walk.ts";

type Happening = (walk: Walk, a: number, b: number) => Promise<unknown> | void;

const EVENTS: Readonly<Record<string, Happening>> = {
  change: (walk, a, b) => serveChange(walk, a % 3, b),
  "new number": (walk, a) => {
    const { hosts: names, urls } = walk.large();
    walk.serve(walk.publish(names, urls), a % 3);
  },
  loss: (walk, a, b) => walk.serve(walk.publish(walk.large().hosts.slice(0, b % 6), walk.large().urls), a % 3),
  "no urls": (walk, a) => walk.serve(walk.publish(walk.large().hosts, []), a % 3),
  older: (walk, a, b) => walk.serve(walk.any(b), a % 3),
  invalid: (walk, a) => walk.serve(walk.publish(walk.large().hosts, [], { targets: "[]", isGood: false }), a % 3),
  "another shard": (walk, a) => walk.serve(walk.publish(hosts(20), [], { shard: "osaka", isGood: false }), a % 3),
  offline: (walk, a) => walk.serve(new Failure("unreachable", "nobody answers"), a % 3),
  "Prometheus is down": ({ host }, a) => void (host.server.isUp = a % 2 === 0),
  "Prometheus rejects": (walk, a, b) => {
    serveChange(walk, a % 3, b);
    walk.host.server.rejects.add(walk.any(-1 + walk.count).digests["targets.json"]);
  },
  "another Prometheus": ({ host }, a) => {
    host.server.version = `3.${a % 3}.0`;
    if (a % 2 === 0) host.server.rejects.clear();
  },
  "a file is edited": (walk, a, b) => {
    const texts = ["", "x", "{}", "[]", release(1, hosts(b % 30, "edited")).files["targets.json"]];
    put(walk, a, texts[b % texts.length] ?? "");
  },
  "a file is removed": (walk, a) => {
    walk.host.storage.files.delete(nameOf(walk, a));
    doubt(walk);
  },
  "the directory is removed": (walk) => {
    walk.host.storage.removePlace();
    doubt(walk);
  },
  "the pointer is lost": (walk, a) => {
    walk.host.storage.pointer = a % 2 === 0 ? undefined : { sums: Buffer.from("x"), signature: undefined };
    doubt(walk);
  },
  "last-known-good is lost": ({ host: { storage } }) => {
    storage.lastKnownGood.clear();
    storage.lastKnownGoodPointer = undefined;
  },
  "the state is lost": (walk, a) => {
    walk.host.storage.state = a % 2 === 0 ? undefined : Buffer.from("x");
    doubt(walk);
  },
  "the state comes from a backup": (walk, a) => {
    if (a % 2 === 0 || walk.backup === undefined) walk.backup = walk.host.storage.state;
    else walk.host.storage.state = walk.backup;
    doubt(walk);
  },
  "time goes by": ({ host }, a) => void (host.clock.wall += [-7200, 7200, 200_000][a % 3] ?? 0),
  hold: async (walk, a) => await walk.run({ kind: "hold", seconds: a % 2 === 0 ? 3600 : undefined, reason: "why" }),
  release: async (walk) => await walk.run({ kind: "release" }),
  rollback: async (walk) => {
    await walk.run({ kind: "rollback" });
    doubt(walk);
  },
  accept: async (walk, a) => {
    walk.mayLose = true;
    await walk.sync({ accept: walk.any(a).generation });
  },
  "other options": (walk, a) => {
    walk.names = a % 2 === 0 ? ["targets.json"] : ["targets.json", "urls.json"];
    doubt(walk);
  },
};

function serveChange(walk: Walk, which: number, b: number): void {
  const { hosts: names, urls } = walk.large();
  const more = [`new${walk.count}.example.com`, `more${b}.example.com`];
  walk.serve(walk.publish([...new Set([...names.slice(b % 3), ...more])], urls), which);
}

function nameOf({ names }: Walk, a: number): (typeof names)[number] {
  return names[a % names.length] ?? "targets.json";
}

function put(walk: Walk, a: number, text: string): void {
  walk.byHand.add(text);
  walk.host.storage.put(nameOf(walk, a), text);
  doubt(walk);
}

function doubt(walk: Walk): void {
  walk.mayGoBack = true;
}

const NAMES = Object.keys(EVENTS);
const event = fc.tuple(fc.constantFrom(...NAMES), fc.nat(99), fc.nat(99));

async function play(events: readonly (readonly [string, number, number])[]): Promise<void> {
  const walk = new Walk();
  try {
    for (const [name, a, b] of events) {
      walk.tell(`${name} ${a} ${b}`);
      await EVENTS[name]?.(walk, a, b);
      await walk.sync();
    }
    await walk.end();
  } catch (error) {
    throw new Error(`${String(error)}\n${walk.story}`, { cause: error });
  }
}

describe("agent: a host through whatever happens to it", (it) => {
  it("has in place what it may have, says so, and comes to the newest when all is well again", async () => {
    await fc.assert(fc.asyncProperty(fc.array(event, { maxLength: 25, size: "max" }), play), {
      seed: 7,
      numRuns: 250,
      includeErrorInReport: true,
    });
  });
});
