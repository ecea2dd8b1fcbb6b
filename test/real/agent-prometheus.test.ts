/**
 * What the agent finds out about real servers: whether they have read a file, and whether they scrape what it says.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { until } from "../workplace.ts";
import { swapIn, withHost } from "./host.ts";
import { parallel } from "./parallel.ts";
import { installed } from "./prometheus.ts";
import {
  active,
  chunksOf,
  EMPTY,
  expected,
  groups,
  inTime,
  mtimeOf,
  read,
  serverOf,
  swapAndRead,
  text,
} from "./proofs.ts";

const together = parallel();
const found = await installed("what the agent finds out about real servers");
for (const release of found) {
  describe(`the agent and Prometheus ${release.name}`, (alone) => {
    const it = together(alone);

    it("knows within half a second that a changed file was read", async () => {
      await withHost(release, { targets: text(groups(1)) }, async (host) => {
        const server = serverOf(host);
        const quick = async (count: number): Promise<boolean> => {
          const { proof, seconds, nudges } = await swapAndRead(host, server, text(groups(count)), count);
          assert.is(proof.verdict, "confirmed", proof.message);
          assert.is(proof.rung, 3);
          assert.match(proof.version ?? "", new RegExp(`^${release.name}\\.`));
          return seconds < 0.5 && nudges === 0;
        };
        // Others start their servers meanwhile, on the same two processors: once is enough.
        let count = 3;
        while (!(await quick(count))) assert.ok(++count < 30, "never within half a second");
      });
    });

    it("makes the server look again where the series is lost with the groups that are gone", async () => {
      await withHost(release, { targets: text(groups(3)) }, async (host) => {
        const server = serverOf(host);
        await until("the first file is read", async () => (await host.metric(mtimeOf(host))) !== undefined);
        const { proof, nudges } = await swapAndRead(host, server, text(groups(1)), 1);
        assert.is(proof.verdict, "confirmed", proof.message);
        assert.ok(nudges >= 1, `${nudges}`);
      });
    });

    it("confirms where two file_sd configs read one file, and it shrinks", async () => {
      const second = { job_name: "second", file_sd_configs: [{ files: ["promgen/*.json"] }] };
      await withHost(release, { targets: text(groups(3)), scrapeConfigs: [second] }, async (host) => {
        const server = serverOf(host);
        await until("the first file is read", async () => (await host.metric(mtimeOf(host))) !== undefined);
        const { proof } = await swapAndRead(host, server, text(groups(1)), 1);
        assert.is(proof.verdict, "confirmed", proof.message);
      });
    });

    it("confirms a file that the server knows by a relative path, and asks for the pools that read it", async () => {
      await withHost(release, { targets: text(groups(1)), relativeConfig: true }, async (host) => {
        const server = serverOf(host);
        const { proof, file, before } = await swapAndRead(host, server, text(groups(2)), 2);
        assert.is(await host.metric(`prometheus_sd_file_mtime_seconds{filename="promgen/targets.json"}`), file.mtime);
        assert.is(proof.verdict, "confirmed", proof.message);
        const taken = await server.awaitActive([file], before, inTime());
        assert.is(taken.verdict, "active", taken.message);
        assert.is(taken.rung, 4);
        assert.is(await active(host), 2);
      });
    });

    it("leaves no ghost of a file that becomes empty and is reloaded at once, and would see one", async () => {
      await withHost(release, { targets: text(groups(2)) }, async (host) => {
        const server = serverOf(host);
        await until("it scrapes both", async () => (await active(host)) === 2);
        const { proof, file, before } = await swapAndRead(host, server, EMPTY, 0);
        assert.is(proof.verdict, "confirmed", proof.message);
        // The targets are still scraped: discovery passes them on every 5 seconds.
        const early = await server.compare(file, chunksOf(EMPTY), inTime());
        assert.is(early.ghosts, await active(host));
        assert.equal(await server.reload(inTime()), { kind: "ok" });
        const taken = await server.awaitActive([file], before, inTime());
        assert.is(taken.verdict, "active", taken.message);
        const late = await server.compare(file, chunksOf(EMPTY), inTime());
        assert.equal([late.ghosts, late.missing], [0, 0]);
        assert.is(await active(host), 0);
      });
    });

    it("says not-active where the server drops a target for its durations, which no series of the file shows", async () => {
      const smuggled = [...groups(2), { targets: ["127.0.0.1:9"], labels: { job: "bad", __scrape_interval__: "5s" } }];
      // What relabelling drops elsewhere must not stand in for it.
      const drops = {
        job_name: "drops",
        static_configs: [{ targets: ["127.0.0.1:7", "127.0.0.1:8"] }],
        relabel_configs: [{ action: "drop", source_labels: ["__address__"], regex: ".+" }],
      };
      await withHost(release, { targets: text(groups(1)), scrapeConfigs: [drops] }, async (host) => {
        const server = serverOf(host);
        const { proof, file, before } = await swapAndRead(host, server, text(smuggled), 3);
        assert.is(proof.verdict, "confirmed", proof.message);
        const taken = await server.awaitActive([file], before, inTime());
        assert.is(taken.verdict, "not-active", taken.message);
        assert.match(taken.message ?? "", /pool "promgen" lacks 1 of the 3 targets/);
        const difference = await server.compare(file, chunksOf(text(smuggled)), inTime());
        assert.equal([difference.missing, difference.ghosts], [1, 0]);
        assert.match(difference.examples[0] ?? "", /127\.0\.0\.1:9 /);
      });
    });

    it("takes targets that relabelling drops on purpose for active", async () => {
      const relabel = [{ source_labels: ["project"], regex: "p0", action: "drop" }];
      await withHost(release, { targets: text(groups(1)), relabel }, async (host) => {
        const server = serverOf(host);
        const { file, before } = await swapAndRead(host, server, text(groups(3)), 3);
        const taken = await server.awaitActive([file], before, inTime());
        assert.is(taken.verdict, "active", taken.message);
        assert.match(taken.message ?? "", /drop 1 /);
        const difference = await server.compare(file, chunksOf(text(groups(3))), inTime());
        assert.equal([difference.missing, difference.ghosts], [0, 0]);
      });
    });

    it("takes a file that the server cannot read for rejected, and another one's errors for what they are", async () => {
      await withHost(release, { targets: text(groups(1)), files: { "promgen/.keep": "" } }, async (host) => {
        const server = serverOf(host);
        const { proof } = await swapAndRead(host, server, '[{"targets":["127.0.0.1:1"],"more":1}]', 1);
        assert.is(proof.verdict, "rejected", proof.message);
        assert.match(proof.version ?? "", new RegExp(`^${release.name}\\.`));
        await until("the former target is scraped", async () => (await active(host)) === 1);
      });
      await withHost(
        release,
        { targets: text(groups(1)), files: { "promgen/broken.json": "{" }, reads: ["promgen/*.json"] },
        async (host) => {
          const server = serverOf(host);
          const { proof } = await swapAndRead(host, server, text(groups(2)), 2);
          assert.is(proof.verdict, "confirmed", proof.message);
        },
      );
    });

    it("sees that the file was rejected where the server was started again in between", async () => {
      await withHost(release, { targets: text(groups(1)) }, async (host) => {
        const server = serverOf(host);
        const before = await server.baseline(inTime());
        await host.kill("SIGKILL");
        const file = expected(host, await swapIn(host.targetsPath, "null "), 1);
        await writeFile(host.targetsPath, "[{");
        await host.restart();
        const { proof } = await read(host, server, [file], before);
        assert.is(proof.verdict, "rejected", proof.message);
      });
    });

    it("confirms after a restart, by counters that began anew", async () => {
      await withHost(release, { targets: text(groups(1)), files: { "promgen/.keep": "" } }, async (host) => {
        const server = serverOf(host);
        const before = await server.baseline(inTime());
        await host.kill("SIGKILL");
        const file = expected(host, await swapIn(host.targetsPath, text(groups(2))), 2);
        const reading = read(host, server, [file], before);
        await host.restart();
        const { proof } = await reading;
        assert.is(proof.verdict, "confirmed", proof.message);
      });
    });
  });
}

for (const release of found.filter(({ major, minor }) => major > 2 || minor >= 43)) {
  describe(`the agent and included scrape configs of Prometheus ${release.name}`, (alone) => {
    const it = together(alone);

    it("finds the pool that reads the file although the server does not show it", async () => {
      const included = {
        scrape_configs: [
          { job_name: "other", static_configs: [{ targets: ["127.0.0.1:7"] }], proxy_url: "http://127.0.0.1:1" },
          { job_name: "ours", file_sd_configs: [{ files: ["promgen/more.json"] }], proxy_url: "http://127.0.0.1:1" },
        ],
      };
      const options = {
        targets: text(groups(1)),
        files: { "included.yml": JSON.stringify(included), "promgen/more.json": text(groups(1)) },
        include: ["included.yml"],
      };
      await withHost(release, options, async (host) => {
        const server = serverOf(host);
        const path = join(host.directory, "promgen/more.json");
        const before = await server.baseline(inTime());
        const file = expected(host, await swapIn(path, text(groups(3))), 3, path);
        assert.is((await read(host, server, [file], before)).proof.verdict, "confirmed");
        const taken = await server.awaitActive([file], before, inTime());
        assert.is(taken.verdict, "active", taken.message);
        const difference = await server.compare(file, chunksOf(text(groups(2))), inTime());
        assert.equal([difference.missing, difference.ghosts], [0, 1]);
      });
    });
  });
}

/** Label names that only 3.0 and later take. */
for (const release of found) {
  describe(`the agent and label names of Prometheus ${release.name}`, (alone) => {
    const it = together(alone);
    const isTaken = release.major >= 3;
    it(`sees a UTF-8 label name ${isTaken ? "read" : "rejected"}`, async () => {
      await withHost(release, { targets: text(groups(1)) }, async (host) => {
        const utf8 = text([{ targets: ["127.0.0.1:1"], labels: { job: "a", "foo.bar": "x" } }]);
        const { proof } = await swapAndRead(host, serverOf(host), utf8, 1);
        assert.is(proof.verdict, isTaken ? "confirmed" : "rejected", proof.message);
      });
    });
  });
}
