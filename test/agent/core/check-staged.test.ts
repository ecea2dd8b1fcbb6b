import * as assert from "uvu/assert";
import { runSync } from "../../../src/agent/core/sync.ts";
import { Failure } from "../../../src/agent/failure.ts";
import { describe } from "../../describe.ts";
import { configOf, Host, hosts, release } from "./host.ts";

const FIRST = release(100, hosts(40), { targets: fileOf(hosts(40)) });
const SECOND = release(200, [], { targets: fileOf([...hosts(30), ...hosts(3, "new")]) });

/** A group for every two targets, a line each. */
function fileOf(targets: readonly string[]): string {
  const all = targets.map((target) => (target.includes(":") ? target : `${target}:9100`));
  const groups = all.flatMap((one, at) => (at % 2 === 0 ? [[one, ...all.slice(at + 1, at + 2)]] : []));
  const lines = groups.map((group) => JSON.stringify({ labels: { job: "node" }, targets: group.sort() })).sort();
  return `[\n${lines.join(",\n")}\n]\n`;
}

async function settled(): Promise<Host> {
  const host = new Host(FIRST);
  assert.is((await host.sync()).exit, 0);
  host.log.length = 0;
  return host;
}

/** Whether the last run had to count what was in place. */
function hasCounted(host: Host): boolean {
  return host.log.some(({ event }) => event === "compare");
}

describe("agent: the check of what is staged", (it) => {
  it("goes on from what was counted of the file in place, and comes to the same", async () => {
    const [host, other] = [await settled(), await settled()];
    other.storage.counted.clear();
    assert.is((await host.take(SECOND)).exit, 0);
    assert.is((await other.take(SECOND)).exit, 0);
    assert.equal([hasCounted(host), hasCounted(other)], [false, true]);
    assert.equal(host.state.applied?.distinct, other.state.applied?.distinct);
    assert.equal(host.state.applied?.targets, { "targets.json": 33, "urls.json": 1 });
  });

  it("holds what removes too much, and refuses what is wrong, as if it had read all of it", async () => {
    const host = await settled();
    const held = await host.take(release(200, [], { targets: fileOf(hosts(10)) }));
    assert.equal([held.exit, host.state.held?.removed, host.state.held?.before], [4, 30, 40]);
    const wrong = await host.take(release(201, [], { targets: fileOf([...hosts(39), "H:99999"]) }));
    assert.equal([wrong.exit, wrong.reason], [5, "invalid"]);
    assert.match(wrong.message, /line \d+.*H:99999/);
    assert.is((await host.take(release(202, [], { targets: fileOf(hosts(39)) }))).exit, 0);
    assert.is(hasCounted(host), false);
  });

  it("reads all of it where somebody writes to the file in place, or cuts it, while both are compared", async () => {
    for (const isCut of [false, true]) {
      const host = await settled();
      const all = host.collaborators();
      const { disk } = all;
      const open = disk.open.bind(disk);
      let isClosed = false;
      disk.open = (name) => {
        const inPlace = open(name);
        if (inPlace === undefined || name !== "targets.json") return inPlace;
        const view = (start: number, length: number): Buffer => {
          host.storage.put(name, fileOf(hosts(41)));
          if (isCut) throw new Failure("disk", "it became shorter");
          return inPlace.bytes.view(start, length);
        };
        const bytes = { length: inPlace.bytes.length, view };
        return { ...inPlace, bytes, close: () => void (isClosed = true) };
      };
      host.source.now = SECOND;
      const result = await runSync(configOf(), all);
      assert.is(result.exit, 0, result.message);
      assert.equal([hasCounted(host), isClosed], [true, true]);
    }
  });

  it("fails where the file in place cannot be read", async () => {
    const host = await settled();
    const all = host.collaborators();
    const open = all.disk.open.bind(all.disk);
    all.disk.open = (name) => {
      const inPlace = open(name);
      const view = (): never => {
        throw new Failure("disk", "the disk is broken");
      };
      return inPlace && { ...inPlace, bytes: { length: inPlace.bytes.length, view } };
    };
    host.source.now = SECOND;
    const result = await runSync(configOf(), all);
    assert.equal([result.exit, result.message], [7, "the disk is broken"]);
  });

  it("reads all of it where the file in place is another one, or another program has checked it", async () => {
    for (const [what, change] of [
      ["changed", (host: Host) => host.storage.put("targets.json", fileOf(hosts(41)))],
      ["damaged", (host: Host) => void host.storage.counted.set("targets.json", Buffer.from("x\ny\n"))],
    ] as const) {
      const host = await settled();
      change(host);
      assert.is((await host.take(SECOND)).exit, 0, what);
      assert.is(hasCounted(host), true, what);
    }
    for (const program of ["another one", undefined]) {
      const host = await settled();
      host.source.now = SECOND;
      assert.is((await runSync(configOf(), { ...host.collaborators(), program })).exit, 0);
      assert.is(hasCounted(host), true, program);
    }
  });
});
