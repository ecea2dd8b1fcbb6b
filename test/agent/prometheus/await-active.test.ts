import * as assert from "uvu/assert";
import type { Baseline, PrometheusServer, Proof } from "../../../src/agent/prometheus/prometheus.ts";
import { describe } from "../../describe.ts";
import { parallel } from "../../real/parallel.ts";
import type { Fake } from "./fake-server.ts";
import { afterLooks, file, PATH, QUICK, withFake } from "./fake-server.ts";

const BEFORE: Baseline = {
  readErrors: 0,
  syncFailed: 0,
  startTime: 100,
  version: "2.42.0",
  scraped: new Map([["promgen", 2]]),
};

async function wait(
  server: PrometheusServer,
  targets: number,
  { before, signal = AbortSignal.timeout(60_000) }: { before?: Baseline; signal?: AbortSignal } = {},
): Promise<Proof & { readonly seconds: number }> {
  const start = performance.now();
  const proof = await server.awaitActive([file(7, targets)], before, signal);
  return { ...proof, seconds: (performance.now() - start) / 1000 };
}

/** The file is read, and its pool scrapes so many of its targets. */
function reads(fake: Fake, discovered: number, scraped: number): void {
  fake.mtimes = { [PATH]: 7 };
  fake.discovered = { promgen: discovered };
  fake.scraped = { promgen: scraped };
}

function live(count: number, dropped = 0): object {
  const target = (at: number): object => ({ discoveredLabels: { __address__: `h${at}:1`, __meta_filepath: PATH } });
  return {
    data: {
      activeTargets: Array.from({ length: count }, (_, at) => ({
        ...target(at),
        scrapeUrl: "x",
        scrapePool: "promgen",
      })),
      droppedTargets: Array.from({ length: dropped }, (_, at) => target(count + at)),
      // All pools are in it, whichever was asked for.
      droppedTargetCounts: { promgen: dropped, other: 9 },
    },
  };
}

describe("waiting until targets are scraped", (alone) => {
  const it = parallel()(alone);
  it("gives a count that stays the same the time that a change takes", async () => {
    await withFake(async (fake, server) => {
      reads(fake, 2, 2);
      const proof = await wait(server, 2, { before: BEFORE });
      assert.is(proof.verdict, "active");
      assert.ok(proof.seconds >= QUICK.throttle, `${proof.seconds}`);
    });
  });

  it("needs no such time where the count has changed to what is expected, and for no targets at all", async () => {
    const act = async (fake: Fake, server: PrometheusServer): Promise<void> => {
      reads(fake, 5, 5);
      const proof = await wait(server, 5, { before: BEFORE });
      assert.equal([proof.verdict, proof.rung], ["active", 4]);
      reads(fake, 0, 0);
      assert.is((await wait(server, 0)).verdict, "active");
    };
    await withFake(act, {}, { ...QUICK, throttle: 3600 });
  });

  it("is not content with a count that changes to something else", async () => {
    await withFake(async (fake, server) => {
      reads(fake, 5, 4);
      const waiting = wait(server, 5, { before: BEFORE });
      setTimeout(() => reads(fake, 5, 5), 50);
      const proof = await waiting;
      assert.is(proof.verdict, "active");
      assert.ok(proof.seconds >= 0.045, `${proof.seconds}`);
    });
  });

  it("does the same where nothing is known of before", async () => {
    await withFake(async (fake, server) => {
      reads(fake, 5, 5);
      const proof = await wait(server, 5);
      assert.is(proof.verdict, "active");
      assert.ok(proof.seconds >= QUICK.throttle);
    });
  });

  it("says not-active where targets are in no pool and no list, by the second look", async () => {
    await withFake(async (fake, server) => {
      reads(fake, 5, 4);
      fake.syncFailed = { promgen: 1 };
      fake.targets = { promgen: live(4) };
      const proof = await wait(server, 5, { before: BEFORE });
      assert.equal([proof.verdict, proof.rung], ["not-active", 3]);
      assert.match(proof.message ?? "", /pool "promgen" lacks 1 of the 5 targets/);
      assert.match(proof.help ?? "", /scrape timeout/);
      assert.is(fake.asked.filter((path) => path.includes("/targets?")).length, 2);
    });
  });

  it("gives a slow server that second look", async () => {
    await withFake(async (fake, server) => {
      reads(fake, 5, 4);
      fake.targets = { promgen: live(4) };
      const waiting = wait(server, 5, { before: BEFORE });
      const look = setInterval(() => {
        if (fake.asked.some((path) => path.includes("/targets?"))) reads(fake, 5, 5);
      }, 2);
      const proof = await waiting;
      clearInterval(look);
      assert.is(proof.verdict, "active");
    });
  });

  it("finds those that relabelling drops, and leaves others' failures to others", async () => {
    await withFake(async (fake, server) => {
      reads(fake, 5, 3);
      fake.syncFailed = { other: 9 };
      fake.targets = { promgen: live(3, 2) };
      const proof = await wait(server, 5, { before: BEFORE });
      assert.is(proof.verdict, "active", proof.message);
      assert.match(proof.message ?? "", /drop 2/);
    });
  });

  it("lets a dropped target that the server does not list stand for one that is missing, not for one of each file", async () => {
    const urls = "/etc/prometheus/promgen/urls.json";
    await withFake(async (fake, server) => {
      fake.yaml = `scrape_configs:\n- job_name: promgen\n  file_sd_configs:\n  - files:\n    - ${PATH}\n    - ${urls}\n`;
      fake.mtimes = { [PATH]: 7, [urls]: 7 };
      fake.discovered = { promgen: 6 };
      fake.scraped = { promgen: 4 };
      const two = (path: string): object[] =>
        [0, 1].map((at) => ({
          discoveredLabels: { __address__: `${path}${at}:1`, __meta_filepath: path },
          scrapeUrl: "x",
          scrapePool: "promgen",
        }));
      const files = [file(7, 3), { ...file(7, 3), name: "urls.json", path: urls } as const];
      const ask = async (unlisted: number): Promise<Proof> => {
        const data = { activeTargets: [...two(PATH), ...two(urls)], droppedTargets: [] };
        fake.targets = { promgen: { data: { ...data, droppedTargetCounts: { promgen: unlisted } } } };
        return await server.awaitActive(files, BEFORE, AbortSignal.timeout(60_000));
      };
      const missing = await ask(1);
      assert.is(missing.verdict, "not-active", missing.message);
      assert.match(missing.message ?? "", `pool "promgen" lacks 1 of the 6 targets of ${PATH} and ${urls}`);
      const dropped = await ask(2);
      assert.is(dropped.verdict, "active", dropped.message);
      assert.match(dropped.message ?? "", "drop 2 ");
    });
  });

  it("does not call it active while targets are scraped that are gone from the file", async () => {
    await withFake(async (fake, server) => {
      reads(fake, 0, 2);
      fake.targets = { promgen: live(2) };
      const proof = await wait(server, 0, { before: BEFORE, signal: afterLooks(fake, 1500) });
      assert.equal([proof.verdict, proof.rung], ["confirmed", 3]);
      assert.match(proof.message ?? "", /still scrapes 2 targets that are gone/);
    });
  });

  it("counts the targets of the file where the pool has others as well", async () => {
    await withFake(async (fake, server) => {
      fake.yaml += "  static_configs:\n  - targets:\n    - x:1\n";
      reads(fake, 8, 7);
      fake.syncFailed = { promgen: 1 };
      fake.targets = { promgen: live(4) };
      assert.is((await wait(server, 5, { before: BEFORE })).verdict, "not-active");
      fake.targets = { promgen: live(5) };
      assert.is((await wait(server, 5, { before: BEFORE })).verdict, "active");
    });
  });

  it("says that it knows no pool of the file, and that the file is read all the same", async () => {
    await withFake(async (fake, server) => {
      reads(fake, 5, 5);
      fake.yaml = "scrape_config_files:\n- other.yml\n";
      const proof = await wait(server, 5, { before: BEFORE, signal: afterLooks(fake, 1200) });
      assert.equal([proof.verdict, proof.rung], ["confirmed", 3]);
      assert.match(proof.message ?? "", /no scrape pool is known/);
    });
  });

  it("looks for the pools that are not shown among those with enough targets", async () => {
    await withFake(async (fake, server) => {
      reads(fake, 5, 5);
      fake.yaml = "scrape_config_files:\n- other.yml\n";
      fake.discovered = { promgen: 5, small: 3, large: 500 };
      fake.targets = { promgen: live(5) };
      assert.is((await wait(server, 5)).verdict, "active");
      assert.is(fake.asked.filter((path) => path.includes("scrapePool=small")).length, 0);
    });
  });

  it("begins anew where the server was started meanwhile", async () => {
    await withFake(async (fake, server) => {
      reads(fake, 2, 2);
      const waiting = wait(server, 2, { before: BEFORE });
      setTimeout(() => (fake.startTime = 200), (QUICK.throttle / 2) * 1000);
      const proof = await waiting;
      assert.is(proof.verdict, "active");
      assert.ok(proof.seconds >= QUICK.throttle * 1.4, `${proof.seconds}`);
    });
  });

  it("is unconfirmed where the server does not answer", async () => {
    await withFake(async (fake, server) => {
      fake.instead = (_, response) => {
        response.writeHead(502).end("bad gateway");
        return true;
      };
      const proof = await wait(server, 2, { signal: afterLooks(fake, 1000) });
      assert.is(proof.verdict, "unconfirmed");
      assert.match(proof.message ?? "", /502: bad gateway/);
    });
  });
});
