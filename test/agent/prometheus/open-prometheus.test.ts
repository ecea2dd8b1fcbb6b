import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { Failure } from "../../../src/agent/failure.ts";
import { HttpClient, textOf } from "../../../src/agent/prometheus/http-client.ts";
import { Inquiry } from "../../../src/agent/prometheus/inquiry.ts";
import { NoAnswer } from "../../../src/agent/prometheus/no-answer.ts";
import { openPrometheus } from "../../../src/agent/prometheus/open-prometheus.ts";
import type { PrometheusServer, Reloaded } from "../../../src/agent/prometheus/prometheus.ts";
import { describe } from "../../describe.ts";
import { withDirectory } from "../../workplace.ts";
import { withCertificates } from "../source/certificates.ts";
import { withWebServer } from "../source/web-server.ts";
import { inChunks } from "./chunks.ts";
import type { Fake } from "./fake-server.ts";
import { CONFIG, file, PATH, QUICK, withFake } from "./fake-server.ts";

const never = (): AbortSignal => new AbortController().signal;

/** What is said where POST /-/reload is answered with this. */
async function reloadOf(status: number, body: string): Promise<Reloaded> {
  let said: Reloaded = { kind: "ok" };
  await withFake(async (fake, server) => {
    fake.instead = (_, response) => {
      response.writeHead(status, { Location: "/prometheus" }).end(body);
      return true;
    };
    said = await server.reload(never());
    assert.equal(fake.asked, ["POST /-/reload"]);
  });
  return said;
}

describe("a Prometheus of this host", (it) => {
  it("has a label without the slash at its end, and is asked below its route prefix", async () => {
    await withFake(async (fake, _, url) => {
      const server = openPrometheus(`${url}/prefix/`, CONFIG, { pace: QUICK });
      assert.is(server.label, `${url}/prefix`);
      await server.baseline(never());
      assert.equal(fake.asked, ["GET /prefix/metrics"]);
    });
  });

  it("gives the counters of before, and nothing where it does not answer", async () => {
    await withFake(async (fake, server) => {
      fake.readErrors = 3;
      fake.syncFailed = { a: 1, b: 2 };
      fake.scraped = { a: 9 };
      const scraped = new Map([["a", 9]]);
      assert.equal(await server.baseline(never()), {
        readErrors: 3,
        syncFailed: 3,
        startTime: 100,
        version: "2.42.0",
        scraped,
      });
      fake.version = undefined;
      assert.is(await server.baseline(never()), undefined);
    });
  });

  it("says what came of a reload, and never throws", async () => {
    const cases: readonly [status: number, body: string, kind: Reloaded["kind"], says: RegExp][] = [
      [200, "", "ok", /^$/],
      [200, "<html>welcome</html>", "failed", /with a page: what is there is no Prometheus/],
      [401, "Unauthorized", "failed", /401/],
      [403, "Lifecycle API is not enabled.", "failed", /lifecycle API switched off/],
      [403, "RBAC: access denied", "failed", /RBAC: access denied/],
      [404, "404 page not found", "failed", /no Prometheus lives/],
      [405, "Method Not Allowed", "failed", /405/],
      [307, "", "failed", /points to \/prometheus/],
      [500, "failed to reload config: a\nb", "failed", /nothing to do with these targets: failed to reload config: a$/],
      [503, "Service Unavailable", "failed", /not ready/],
    ];
    for (const [status, body, kind, says] of cases) {
      const said = await reloadOf(status, body);
      assert.is(said.kind, kind, `${status}`);
      assert.match("message" in said ? said.message : "", says);
    }
  });

  it("does not know what came of a reload that was not answered", async () => {
    const act = async (fake: Fake, server: PrometheusServer): Promise<void> => {
      fake.instead = () => true;
      assert.is((await server.reload(never())).kind, "unknown");
      fake.instead = (request) => {
        request.socket.destroy();
        return true;
      };
      assert.is((await server.reload(never())).kind, "unknown");
    };
    await withFake(act, { reloadTimeout: 0.3 });
  });

  it("sends credentials as they are in the file now, and only what the file says", async () => {
    await withDirectory({}, async (directory) => {
      const path = join(directory, "token");
      await withFake(
        async (fake, server) => {
          const seen: (string | undefined)[] = [];
          fake.instead = ({ headers }) => {
            seen.push(headers.authorization);
            return false;
          };
          for (const token of ["first\n", "second\r\n"]) {
            await writeFile(path, token, { mode: 0o600 });
            await server.baseline(never());
          }
          assert.equal(seen, ["Bearer first", "Bearer second"]);
        },
        { credentials: { kind: "bearer", path } },
      );
    });
  });

  it("shows a client certificate where one is configured", async () => {
    await withCertificates(async (made) => {
      await made.make("client", { signer: "ca" });
      const metrics = 'prometheus_build_info{version="2.42.0"} 1\nprocess_start_time_seconds 100\n';
      const authority = { ca: (await made.of("ca")).cert, requestCert: true, rejectUnauthorized: true };
      await withWebServer(
        (_, response) => void response.end(metrics),
        async ({ url }) => {
          const ca = made.path("ca.pem");
          const certificate = { certificate: made.path("client.pem"), key: made.path("client.key") };
          for (const [tls, version] of [
            [{ ca, ...certificate }, "2.42.0"],
            [{ ca }, undefined],
            [certificate, undefined],
          ] as const) {
            const server = openPrometheus(url, { ...CONFIG, tls }, { pace: QUICK });
            assert.is((await server.baseline(never()))?.version, version, Object.keys(tls).join());
          }
          // The key of another certificate: our file is wrong, and not the server's TLS.
          const inquiry = new Inquiry(
            new HttpClient(url, { tls: { ca, ...certificate, key: made.path("ca.key") } }),
            60,
          );
          await inquiry.look(never()).then(
            () => assert.unreachable(),
            (error: unknown) => {
              assert.instance(error, NoAnswer);
              assert.is((error as NoAnswer).kind, "files");
            },
          );
        },
        { ...(await made.of("server")), ...authority },
      );
    });
  });

  it("takes no more of an answer than was asked for", async () => {
    await withFake(async (_, __, url) => {
      const client = new HttpClient(url, { tls: {} });
      const request = { path: "/metrics", seconds: 60, signal: never() };
      assert.match(await client.request({ ...request, most: 1000 }, textOf), /process_start_time_seconds/);
      try {
        await client.request({ ...request, most: 20 }, textOf);
        assert.unreachable();
      } catch (error) {
        assert.match((error as Error).message, /more than 20 bytes/);
      }
    });
  });

  it("knows nothing of a file without knowing who reads it, and asks all pools then", async () => {
    await withFake(async (fake, server) => {
      fake.yaml = "scrape_configs:\n- job_name: x\n";
      const labels = { __address__: "gone:1", job: "node", __meta_filepath: PATH };
      fake.targets = {
        "": { data: { activeTargets: [{ discoveredLabels: labels, scrapeUrl: "x" }], droppedTargets: [] } },
      };
      const difference = await server.compare(file(7, 0), inChunks('[{"targets":[]}]'), never());
      assert.equal([difference.ghosts, difference.missing], [1, 0]);
    });
  });

  it("fails a comparison as unconfirmed where the server does not answer", async () => {
    await withFake(async (fake, server) => {
      fake.version = undefined;
      try {
        await server.compare(file(7, 0), inChunks("[]"), never());
        assert.unreachable();
      } catch (error) {
        assert.instance(error, Failure);
        assert.is((error as Failure).reason, "unconfirmed");
      }
    });
  });
});
