import * as assert from "uvu/assert";
import { EnvironmentError } from "../../src/exit.ts";
import { fleetOf } from "../../src/notify/fleet.ts";
import type { AgentReading } from "../../src/notify/agent-reading.ts";
import { agentsReader, prometheusReader } from "../../src/notify/read-fleet.ts";
import type { Reading } from "../../src/notify/read-fleet.ts";
import { describe } from "../describe.ts";
import { HEALTHY, unconfirmed } from "../agent/watch/states.ts";
import { freePort } from "../real/loopback.ts";
import { GENERATION, metricsOf, vector, withAnswers } from "./readings.ts";

function brief(reading: Reading): unknown {
  return "trouble" in reading ? reading.trouble.replace(/:\d{4,5}/g, ":N") : [reading.generation, reading.isConfirmed];
}

/** For all of them, however busy this machine is. */
const SECONDS = 60;

describe("agents that are asked", (it) => {
  it("say what they run, each for its server; who does not answer keeps nobody from it", async () => {
    const old = { ...HEALTHY, applied: { ...HEALTHY.applied, generation: 5 } } as typeof HEALTHY;
    await withAnswers(
      ({ url }, response) => void response.end(metricsOf(url.startsWith("/b") ? old : HEALTHY)),
      async (port, asked) => {
        const fleet = fleetOf([["tokyo-a", [`127.0.0.1:${port}`, `127.0.0.1:${await freePort()}`]]]);
        const readings = await agentsReader("http://{host}:{port}/metrics")(fleet, SECONDS);
        assert.equal(readings.map(brief), [
          [GENERATION, true],
          "http://127.0.0.1:N/metrics refuses the connection: nothing listens there (ECONNREFUSED)",
        ]);
        assert.equal((await agentsReader("http://{host}:{port}/b")(fleet.slice(0, 1), SECONDS)).map(brief), [
          [5, true],
        ]);
        assert.equal(
          asked.map(({ url }) => url),
          ["/metrics", "/b"],
        );
      },
    );
  });

  it("are told apart by their shard, where a node_exporter tells of several", async () => {
    const text = `# TYPE up gauge\nup 1\n${metricsOf(HEALTHY, { shard: 'osaka "a"' })}${metricsOf(unconfirmed(HEALTHY))}`;
    await withAnswers(
      (_, response) => void response.end(text),
      async (port) => {
        const server = [`127.0.0.1:${port}`];
        const fleet = fleetOf([
          ["tokyo-a", server],
          ['osaka "a"', server],
          ["kobe", server],
        ]);
        assert.equal((await agentsReader("http://{host}:{port}/metrics")(fleet, SECONDS)).map(brief), [
          [GENERATION, false],
          [GENERATION, true],
          'http://127.0.0.1:N/metrics is an agent of "osaka \\"a\\"", `tokyo-a`',
        ]);
      },
    );
  });

  it("are found whatever the code points of the shard's letters are", async () => {
    const metrics = metricsOf(HEALTHY, { shard: "caf\u00e9" });
    await withAnswers(
      ({ url }, response) =>
        void response.end(url.startsWith("/metrics") ? metrics : vector([{ instance: "127.0.0.1:1" }, metrics])),
      async (port) => {
        const fleet = fleetOf([["cafe\u0301", [`127.0.0.1:${port}`]]]);
        assert.equal((await agentsReader("http://{host}:{port}/metrics")(fleet, SECONDS)).map(brief), [
          [GENERATION, true],
        ]);
        assert.equal((await prometheusReader(`http://127.0.0.1:${port}`)(fleet, SECONDS)).map(brief), [
          [GENERATION, true],
        ]);
      },
    );
  });

  it("are of every shard with --all-shards, where none is of the one that is asked for", async () => {
    const old = { ...HEALTHY, applied: { ...HEALTHY.applied, generation: 5 } } as typeof HEALTHY;
    await withAnswers(
      (_, response) => void response.end(metricsOf(HEALTHY, { shard: "*" }) + metricsOf(old, { shard: "kobe" })),
      async (port) => {
        const server = [`127.0.0.1:${port}`];
        const fleet = fleetOf([
          ["tokyo-a", server],
          ["kobe", server],
        ]);
        assert.equal((await agentsReader("http://{host}:{port}/metrics")(fleet, SECONDS)).map(brief), [
          [GENERATION, true],
          [5, true],
        ]);
      },
    );
  });

  it("are asked where they have an address, and the others named", async () => {
    await withAnswers(
      (_, response) => void response.end(metricsOf(HEALTHY)),
      async (port) => {
        const fleet = fleetOf([["tokyo-a", [`127.0.0.1:${port}`, "127.0.0.1:1"]]]);
        const pattern = port > 9999 ? "http://{host}:{port}/m" : "http://{host}:0{port}/m";
        const [first] = await agentsReader(pattern)(fleet, SECONDS);
        assert.equal(first && brief(first), [GENERATION, true]);
        const readings = await agentsReader("http://{host}:9{port}/m")(fleet, SECONDS);
        assert.match(String(readings[0] && brief(readings[0])), /^http:\/\/127\.0\.0\.1:\S+ is no address/);
        assert.match(String(readings[1] && brief(readings[1])), "refuses the connection");
      },
    );
  });

  it("say nothing where what they say makes no sense", async () => {
    const text = metricsOf(HEALTHY).replace(/^(promgen_agent_generation\S+) .*$/m, "$1 7.5");
    await withAnswers(
      (_, response) => void response.end(text),
      async (port) => {
        const fleet = fleetOf([["tokyo-a", [`127.0.0.1:${port}`]]]);
        const readings = await agentsReader("http://{host}:{port}/metrics")(fleet, SECONDS);
        assert.equal(readings.map(brief), ["http://127.0.0.1:N/metrics says of this shard what no agent does"]);
      },
    );
  });

  it("are no agents where something else answers", async () => {
    const answers = ["up 1\n", "<html>\u001B[31m", "", "promgen_agent_info{shard=\n"];
    for (const text of answers)
      await withAnswers(
        (_, response) => void response.end(text),
        async (port) => {
          const fleet = fleetOf([["tokyo-a", [`127.0.0.1:${port}`]]]);
          const readings = await agentsReader("http://{host}:{port}/metrics")(fleet, SECONDS);
          assert.equal(readings.map(brief), ["http://127.0.0.1:N/metrics is no agent"]);
        },
      );
    await withAnswers(
      (_, response) => void response.writeHead(503).end("c4n4ry"),
      async (port) => {
        const fleet = fleetOf([["tokyo-a", [`127.0.0.1:${port}`]]]);
        const readings = await agentsReader("http://{host}:{port}/metrics")(fleet, SECONDS);
        assert.equal(readings.map(brief), ["http://127.0.0.1:N/metrics answers with status 503"]);
      },
    );
  });
});

describe("a Prometheus that scrapes agents", (it) => {
  const fleet = fleetOf([
    ["tokyo-a", ["prom1", "PROM2:9091", "prom3", "[2001:db8::7]:9095"]],
    ["kobe", ["prom1"]],
  ]);

  it("tells of all of them in one answer, by the host on which they were scraped", async () => {
    const old = metricsOf({ ...HEALTHY, applied: { ...HEALTHY.applied, generation: 5 } } as typeof HEALTHY);
    const answer = vector(
      [{ instance: "prom1:9914", job: "agents" }, metricsOf(HEALTHY)],
      [
        { instance: "Prom2:9914", shard: "of the target", version: "3", commit: "x", repository: "y" },
        metricsOf(unconfirmed(HEALTHY)),
      ],
      [{ instance: "[2001:db8::7]:9914" }, metricsOf(HEALTHY)],
      [{ instance: "[2001:db8::7]:9915" }, old],
      [{ instance: "stranger" }, metricsOf(HEALTHY)],
    );
    await withAnswers(
      (_, response) => void response.end(answer),
      async (port, asked) => {
        const url = `http://127.0.0.1:${port}`;
        const readings = await prometheusReader(`${url}/prometheus/`)(fleet, SECONDS);
        assert.equal(readings.map(brief), [
          [GENERATION, true],
          [GENERATION, false],
          "`http://127.0.0.1:N/prometheus/` has nothing of an agent of this shard on `prom3`",
          [5, true],
          "`http://127.0.0.1:N/prometheus/` has nothing of an agent of this shard on `prom1`",
        ]);
        const second = readings[1] as AgentReading;
        assert.equal(
          [second.version, second.commit, second.repository],
          ["1.2.3", HEALTHY.applied?.commit, HEALTHY.floor?.repository],
        );
        assert.is(asked.length, 1);
        assert.match(asked[0]?.url ?? "", /^\/prometheus\/api\/v1\/query\?query=%7B__name__/);
      },
    );
  });

  it("tells several agents of one host and shard apart, and the one that is furthest behind counts", async () => {
    const at = (generation: number): typeof HEALTHY =>
      ({ ...HEALTHY, applied: { ...HEALTHY.applied, generation } }) as typeof HEALTHY;
    const of = async (...scraped: readonly (readonly [Readonly<Record<string, string>>, string])[]): Promise<unknown> =>
      await withAnswers(
        (_, response) => void response.end(vector(...scraped)),
        async (port) => (await prometheusReader(`http://127.0.0.1:${port}`)(fleet.slice(0, 1), SECONDS)).map(brief)[0],
      );
    const instance = "prom1:9914";
    const lastRun = { at: 1, exit: 5, reason: "quarantined", seconds: 1 } as const;
    const behind = metricsOf(at(5), { lastRun, version: "1.0.0" });
    for (const two of [
      [
        [{ instance, job: "a" }, metricsOf(HEALTHY)],
        [{ instance, job: "b" }, behind],
      ],
      [
        [{ instance, job: "b" }, behind],
        [{ instance, job: "a" }, metricsOf(HEALTHY)],
      ],
      [
        [{ instance, job: "a", cluster: "x" }, metricsOf(HEALTHY)],
        [{ instance, job: "a", cluster: "y" }, behind],
      ],
    ] as const)
      assert.equal(await of(...two), [5, true]);
    // Of two with one generation, the one without its proof.
    for (const jobs of ["ab", "ba"])
      assert.equal(
        await of(
          [{ instance, job: jobs[0] ?? "" }, metricsOf(jobs[0] === "a" ? HEALTHY : unconfirmed(HEALTHY))],
          [{ instance, job: jobs[1] ?? "" }, metricsOf(jobs[1] === "a" ? HEALTHY : unconfirmed(HEALTHY))],
        ),
        [GENERATION, false],
      );
    assert.equal(
      await of([{ instance, job: "a" }, metricsOf(at(6))], [{ instance, job: "b" }, metricsOf(unconfirmed(at(7)))]),
      [6, true],
    );
    assert.equal(await of([{ instance }, metricsOf(at(5), { shard: "*" })]), [5, true]);
    assert.equal(await of([{ instance }, metricsOf(at(5), { shard: "*" }) + metricsOf(HEALTHY)]), [GENERATION, true]);
  });

  it("is believed nothing that makes no sense", async () => {
    const strange = [
      { metric: { __name__: "promgen_agent_info", instance: 7, shard: "tokyo-a" }, value: [1, "1"] },
      { metric: { __name__: "promgen_agent_generation", instance: "prom1", shard: "tokyo-a" }, value: [1, "7"] },
      { metric: { __name__: "promgen_agent_info", instance: "prom3", shard: "tokyo-a" }, value: [1, "1"] },
      { metric: { __name__: "promgen_agent_generation", instance: "prom3", shard: "tokyo-a" }, value: [1, "NaN"] },
    ];
    await withAnswers(
      (_, response) => void response.end(JSON.stringify({ data: { result: strange } })),
      async (port) => {
        const readings = await prometheusReader(`http://127.0.0.1:${port}`)(fleet, SECONDS);
        assert.equal(
          readings.map((reading) => ("trouble" in reading ? "nothing" : reading.generation)),
          ["nothing", "nothing", "nothing", "nothing", "nothing"],
        );
      },
    );
  });

  it("is an error where it does not answer as one", async () => {
    const refusal = async (text: string): Promise<string> =>
      await Promise.resolve()
        .then(() => prometheusReader(text)(fleet, SECONDS))
        .then(
          () => "not refused",
          (error: unknown) => {
            assert.instance(error, EnvironmentError, String(error));
            return (error as Error).message;
          },
        );
    assert.match(await refusal(`http://127.0.0.1:${await freePort()}`), "refuses the connection");
    assert.match(await refusal("prometheus001:9090"), "--prometheus is no address");
    const secret = await refusal("http://u:c4n4ry@prometheus001:9090");
    assert.match(secret, "credentials");
    assert.not.match(secret, "c4n4ry");
    for (const [status, text, said] of [
      [401, "", "status 401"],
      [200, "<html>", "otherwise than Prometheus"],
      [200, '{"status":"error"}', "otherwise than Prometheus"],
      [200, '{"data":{"result":[null]}}', "otherwise than Prometheus"],
    ] as const)
      await withAnswers(
        (_, response) => void response.writeHead(status).end(text),
        async (port) => assert.match(await refusal(`http://127.0.0.1:${port}`), said),
      );
  });
});
