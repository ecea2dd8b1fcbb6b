import * as assert from "uvu/assert";
import { EnvironmentError } from "../../src/exit.ts";
import { awaitFleet } from "../../src/notify/await-fleet.ts";
import { fleetOf } from "../../src/notify/fleet.ts";
import type { Reading } from "../../src/notify/read-fleet.ts";
import { describe } from "../describe.ts";
import { endsSoon } from "../stopwatch.ts";
import { CURRENT } from "./readings.ts";

const FLEET = fleetOf([["tokyo-a", ["a", "b"]]]);
const OLD = { ...CURRENT, generation: 6 };
const WANTED = { generation: 7, repository: "https://github.com/acme/targets" };
const SILENT = { trouble: "does not answer" };

/** Answers with one of these after the other; the last stays. */
function answering(...looks: readonly Readonly<Record<string, Reading | undefined>>[]): {
  read: (servers: readonly { host: string }[]) => Promise<Reading[]>;
  asked: string[];
} {
  const asked: string[] = [];
  let at = 0;
  return {
    asked,
    read: async (servers) => {
      const look = looks[Math.min(at++, looks.length - 1)] ?? {};
      asked.push(servers.map(({ host }) => host).join(""));
      return await Promise.resolve(servers.map(({ host }) => look[host] ?? SILENT));
    },
  };
}

describe("waiting for a fleet", (it) => {
  it("ends when all have it, and asks only those that do not", async () => {
    const { read, asked } = answering(
      { a: OLD },
      { a: CURRENT, b: { ...CURRENT, isConfirmed: false } },
      { b: CURRENT },
    );
    const seen: number[] = [];
    const readings = await awaitFleet(read, FLEET, WANTED, 60, (have) => seen.push(have));
    assert.equal(readings, [CURRENT, CURRENT]);
    assert.equal(asked, ["ab", "ab", "b"]);
    assert.equal(seen, [0, 1, 2]);
  });

  it("goes on where one has something as new of another repository", async () => {
    const stranger = { ...CURRENT, repository: "https://github.com/acme/other" };
    const { read, asked } = answering({ a: CURRENT, b: stranger }, { b: CURRENT });
    assert.equal(await awaitFleet(read, FLEET, WANTED, 60, () => {}), [CURRENT, CURRENT]);
    assert.equal(asked, ["ab", "b"]);
  });

  it("does not wait where all have it, and looks once where there is no time", async () => {
    const there = answering({ a: CURRENT, b: CURRENT });
    // Not even one turn of the event loop.
    const turn = new Promise((resolve) => setImmediate(resolve, "waited"));
    assert.equal(await Promise.race([awaitFleet(there.read, FLEET, WANTED, 60, () => {}), turn]), [CURRENT, CURRENT]);
    const none = answering({ a: OLD, b: SILENT });
    assert.equal(await awaitFleet(none.read, FLEET, WANTED, 0, () => {}), [OLD, SILENT]);
    assert.equal([there.asked, none.asked], [["ab"], ["ab"]]);
  });

  it("does not take a mistake of its own for a server that cannot be asked", async () => {
    const read = async (): Promise<Reading[]> => await Promise.reject(new TypeError("oh"));
    const error = await awaitFleet(read, FLEET, WANTED, 0, () => {}).catch((thrown: unknown) => thrown);
    assert.instance(error, TypeError);
  });

  it("ends when the time is over, with what each ran last", async () => {
    const { read } = answering({ a: CURRENT });
    const start = performance.now();
    assert.equal(await endsSoon(() => awaitFleet(read, FLEET, WANTED, 0.7, () => {})), [CURRENT, SILENT]);
    assert.ok(performance.now() - start >= 700);
  });

  it("gives no look all of the time, and the last one some", async () => {
    const given: number[] = [];
    const read = async (_: unknown, seconds: number): Promise<Reading[]> => {
      given.push(seconds);
      return await Promise.resolve([CURRENT]);
    };
    const one = FLEET.slice(0, 1);
    await awaitFleet(read, one, WANTED, 30 * 86_400, () => {});
    await awaitFleet(read, one, WANTED, 0, () => {});
    assert.equal(given, [20, 2]);
    await awaitFleet(read, one, WANTED, 10, () => {});
    assert.ok(given[2] !== undefined && given[2] > 2 && given[2] <= 10, `${given[2]}`);
  });

  it("goes on where for a while nobody can be asked", async () => {
    let looks = 0;
    const read = async (): Promise<Reading[]> => {
      if (++looks === 1) throw new EnvironmentError("Prometheus restarts");
      return await Promise.resolve([CURRENT, CURRENT]);
    };
    assert.equal(await awaitFleet(read, FLEET, WANTED, 60, () => {}), [CURRENT, CURRENT]);
    assert.equal(
      await awaitFleet(
        () => Promise.reject(new EnvironmentError("gone")),
        FLEET,
        WANTED,
        0,
        () => {},
      ),
      [{ trouble: "gone" }, { trouble: "gone" }],
    );
  });
});
