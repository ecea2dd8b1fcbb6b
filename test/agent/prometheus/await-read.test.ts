import * as assert from "uvu/assert";
import { Failure } from "../../../src/agent/failure.ts";
import type { Baseline, Expected, PrometheusServer, Proof } from "../../../src/agent/prometheus/prometheus.ts";
import { describe } from "../../describe.ts";
import { parallel } from "../../real/parallel.ts";
import { endsSoon } from "../../stopwatch.ts";
import type { Fake } from "./fake-server.ts";
import { afterLooks, file, PATH, QUICK, withFake } from "./fake-server.ts";

async function read(
  server: PrometheusServer,
  files: readonly Expected[],
  {
    nudge = () => {},
    signal = AbortSignal.timeout(60_000),
    before,
  }: { nudge?: () => void; signal?: AbortSignal; before?: Partial<Baseline> } = {},
): Promise<Proof> {
  const baseline =
    before === undefined ? undefined : { readErrors: 0, syncFailed: 0, startTime: 100, version: "2.42.0", ...before };
  return await server.awaitRead(files, baseline, async () => nudge(), signal);
}

describe("waiting until files are read", (alone) => {
  const it = parallel()(alone);
  it("confirms only the very mtime, of every file", async () => {
    await withFake(async (fake, server) => {
      fake.mtimes = { [PATH]: 7 };
      assert.is((await read(server, [file(7)])).verdict, "confirmed");
      const urls: Expected = { ...file(9), name: "urls.json", path: "/etc/prometheus/promgen/urls.json" };
      const [one, older, newer] = await Promise.all(
        [[file(7), urls], [file(8)], [file(6)]].map(
          async (files) => await read(server, files, { signal: afterLooks(fake, 1200) }),
        ),
      );
      assert.equal([one?.verdict, one?.rung], ["unconfirmed", 2]);
      assert.match(one?.message ?? "", /urls\.json/);
      assert.equal([older?.verdict, newer?.verdict], ["unconfirmed", "unconfirmed"]);
      assert.match(older?.message ?? "", /still has the former .*targets\.json/);
      assert.match(newer?.message ?? "", /has read a later .*targets\.json/);
    });
  });

  it("takes another file of the same name and second for what it is", async () => {
    await withFake(async (fake, server) => {
      fake.mtimes = { "/srv/targets.json": 7 };
      const { verdict, help } = await read(server, [file(7)], { signal: afterLooks(fake, 1200) });
      assert.is(verdict, "unconfirmed");
      assert.match(help ?? "", /--prometheus-path \/srv\/targets\.json/);
    });
  });

  it("understands relative paths by the working directory of the server, and only by that", async () => {
    await withFake(async (fake, server) => {
      fake.mtimes = { "promgen/targets.json": 7 };
      assert.is((await read(server, [file(7)])).verdict, "confirmed");
      const elsewhere = { ...file(7), path: "/srv/promgen/targets.json" };
      assert.is((await read(server, [elsewhere], { signal: afterLooks(fake, 1200) })).verdict, "unconfirmed");
    });
  });

  it("makes the server look again where the series is missing, ever more rarely", async () => {
    await withFake(async (fake, server) => {
      let nudges = 0;
      const nudge = (): void => {
        nudges++;
        if (nudges === 2) fake.mtimes = { [PATH]: 7 };
      };
      assert.is((await read(server, [file(7)], { nudge })).verdict, "confirmed");
      assert.is(nudges, 2);
      fake.mtimes = {};
      nudges = 10;
      const start = performance.now();
      await read(server, [file(7)], { nudge, signal: afterLooks(fake, 800) });
      // Each is waited for four times as long as the one before.
      const times = (performance.now() - start) / 1000 / QUICK.absent;
      assert.ok(nudges - 10 <= 1 + Math.log(times) / Math.log(4), `${nudges - 10} in ${times} times of the first`);
    });
  });

  it("rolls nothing back for the errors of another file, though ours is nowhere to be seen", async () => {
    await withFake(async (fake, server) => {
      fake.instead = ({ url }) => {
        if (url === "/metrics") fake.readErrors = fake.scans += 3;
        return false;
      };
      const { verdict } = await read(server, [file(7)], { signal: afterLooks(fake, 800), before: {} });
      assert.is(verdict, "unconfirmed");
    });
  });

  it("takes an error that comes back with every nudge for a rejection", async () => {
    await withFake(async (fake, server) => {
      fake.mtimes = { [PATH]: 3 };
      fake.readErrors = 1;
      const nudge = (): void => {
        fake.readErrors += 2;
        fake.scans += 2;
      };
      const proof = await read(server, [file(7)], { nudge, before: {} });
      assert.equal([proof.verdict, proof.version], ["rejected", "2.42.0"]);
      assert.match(proof.message ?? "", PATH);
    });
  });

  it("takes it for the error of another file in our directory where it is not known to read ours", async () => {
    const urls: Expected = { ...file(9), name: "urls.json", path: "/etc/prometheus/promgen/urls.json" };
    const readBy = async (yaml: string | undefined, mtimes: Record<string, number> = {}): Promise<Proof> => {
      let proof: Proof | undefined;
      await withFake(async (fake, server) => {
        fake.mtimes = { [PATH]: 7, ...mtimes };
        fake.readErrors = 1;
        if (yaml !== undefined) fake.yaml = yaml;
        else
          fake.instead = ({ url }, response) =>
            url !== "/metrics" && url !== "/-/ready" && !!response.writeHead(403).end();
        const nudge = (): void => {
          fake.readErrors += 2;
          fake.scans += 2;
        };
        proof = await read(server, [file(7), urls], { nudge, signal: afterLooks(fake, 1500), before: {} });
      });
      if (proof === undefined) throw new Error("nothing was read");
      return proof;
    };
    const reads = (...files: readonly string[]): string =>
      `scrape_configs:\n- job_name: promgen\n  file_sd_configs:\n  - files:\n${files.map((one) => `    - ${one}\n`).join("")}`;
    const others = reads(PATH, "/etc/prometheus/promgen/custom.json");
    assert.is((await readBy(others)).verdict, "unconfirmed");
    assert.is((await readBy(undefined)).verdict, "unconfirmed", "it does not say what it reads");
    const rejected = await readBy(reads("promgen/*.json"));
    assert.is(rejected.verdict, "rejected", "it is configured to");
    assert.match(rejected.message ?? "", "cannot read /etc/prometheus/promgen/urls.json");
    assert.is((await readBy(undefined, { [urls.path]: 8 })).verdict, "rejected", "it has read it before");
  });

  it("does not nudge a server that starts, and says that it does", async () => {
    await withFake(async (fake, server) => {
      fake.isReady = false;
      let nudges = 0;
      const { verdict, message } = await read(server, [file(7)], {
        nudge: () => nudges++,
        signal: afterLooks(fake, 1200),
      });
      assert.is(verdict, "unconfirmed");
      assert.match(message ?? "", /is starting/);
      assert.is(nudges, 0);
    });
  });

  it("confirms where others' files have errors, and says so", async () => {
    await withFake(async (fake, server) => {
      fake.mtimes = { [PATH]: 7 };
      fake.readErrors = 5;
      const { verdict, rung, message } = await read(server, [file(7)], { before: { readErrors: 2 } });
      assert.equal([verdict, rung], ["confirmed", 3]);
      assert.match(message ?? "", / 3 errors /);
    });
  });

  it("leaves it at unconfirmed where the directory cannot be touched, and says why", async () => {
    await withFake(async (fake, server) => {
      const nudge = (): void => {
        throw new Failure("permission", "cannot create a file there");
      };
      const { verdict, message } = await read(server, [file(7)], { nudge, signal: afterLooks(fake, 1200) });
      assert.is(verdict, "unconfirmed");
      assert.match(message ?? "", /cannot create a file there/);
    });
  });

  it("ends at once where waiting does not help", async () => {
    const cases: readonly [status: number, body: string, says: RegExp][] = [
      [401, "Unauthorized\n", /401/],
      [403, "blocked by the gateway", /blocked by the gateway/],
      [404, "404 page not found", /no Prometheus lives/],
      [302, "", /points to http:\/\/else\.where/],
      [200, "<html>please log in</html>", /is no Prometheus/],
    ];
    for (const [status, body, says] of cases) {
      await withFake(async (fake, server) => {
        fake.instead = (_, response) => {
          response.writeHead(status, { Location: "http://else.where/" }).end(body);
          return true;
        };
        const { verdict, message } = await endsSoon(() => read(server, [file(7)]));
        assert.is(verdict, "unconfirmed");
        assert.match(message ?? "", says);
        assert.is(fake.asked.length, 3, "a redirect is not followed");
      });
    }
  });

  it("waits where it may help, until it is told to stop", async () => {
    for (const status of [500, 502, 503]) {
      await withFake(async (fake, server) => {
        fake.instead = (_, response) => {
          response.writeHead(status).end("later");
          return true;
        };
        const reading = read(server, [file(7)]);
        setTimeout(() => {
          fake.instead = undefined;
          fake.mtimes = { [PATH]: 7 };
        }, 60);
        assert.is((await reading).verdict, "confirmed", `${status}`);
      });
    }
  });

  it("is not kept waiting by an answer that does not end", async () => {
    const act = async (fake: Fake, server: PrometheusServer): Promise<void> => {
      const drips: NodeJS.Timeout[] = [];
      fake.instead = (_, response) => {
        response.write("go_goroutines 1\n");
        drips.push(setInterval(() => response.write("x 1\n"), 20));
        return true;
      };
      const { verdict, message } = await endsSoon(() => read(server, [file(7)], { signal: afterLooks(fake, 700, 1) }));
      for (const drip of drips) clearInterval(drip);
      assert.is(verdict, "unconfirmed");
      assert.match(message ?? "", /did not answer within 0\.6 s/);
      assert.is(fake.asked.length >= 2, true);
    };
    await withFake(act, {}, { ...QUICK, answer: 0.6 });
  });

  it("does not take half an answer for a whole one", async () => {
    await withFake(async (fake, server) => {
      fake.instead = (_, response) => {
        response.writeHead(200, { "Content-Length": "100000" });
        response.write(
          `prometheus_build_info{version="1"} 1\nprometheus_sd_file_mtime_seconds{filename="${PATH}"} 7\n`,
        );
        setTimeout(() => response.destroy(), 5);
        return true;
      };
      assert.is((await read(server, [file(7)], { signal: afterLooks(fake, 1200) })).verdict, "unconfirmed");
    });
  });
});
