import type { LookupFunction } from "node:net";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { SourceConfig } from "../../../src/agent/config.ts";
import { openHttpSource } from "../../../src/agent/source/http-source.ts";
import { proxyFor } from "../../../src/agent/source/proxy.ts";
import { describe } from "../../describe.ts";
import { withDirectory } from "../../workplace.ts";
import { CANARY, config, DIGEST, failure, read, SUMS, sums, TARGETS, using } from "./artifacts.ts";
import { withCertificates } from "./certificates.ts";
import { withProxy } from "./proxy-server.ts";
import { serve, withWebServer } from "./web-server.ts";
import type { WebServer } from "./web-server.ts";

const FILES = serve({ "/SHA256SUMS": SUMS, "/targets.json": TARGETS });
const USER = `user:${CANARY}%40x`;
const AUTHORIZATION = `Basic ${Buffer.from(`user:${CANARY}@x`).toString("base64")}`;

/** No name may be looked up here: that is the proxy's. */
const noLookup: LookupFunction = (name) => {
  throw new Error(`${name} was looked up`);
};

/** A source with TLS, called targets.example.com, which only a proxy reaches. */
async function withHidden(
  act: (place: {
    server: WebServer;
    ask: (more: Partial<SourceConfig>) => Promise<string>;
    ca: string;
  }) => Promise<void>,
  answer = FILES,
): Promise<void> {
  await withCertificates(async (made) => {
    const ca = made.path("ca.pem");
    await withWebServer(
      answer,
      async (server) => {
        const url = new URL(`https://targets.example.com:${server.port}/`);
        const ask = async (more: Partial<SourceConfig>): Promise<string> =>
          using(openHttpSource(url, config({ tls: { ca }, ...more }), "", noLookup), async (source) => {
            return (await sums(source)) + (await read(source));
          });
        await act({ server, ask, ca });
      },
      await made.of("server"),
    );
  });
}

function chosen(url: string, none: string | undefined, https = "http://proxy.example.com:3128"): string {
  const proxy = proxyFor(new URL(url), { https, http: https, ...(none === undefined ? {} : { none }) });
  return proxy === undefined ? "direct" : `${proxy.url.href} ${proxy.port} ${proxy.authorization ?? "-"}`;
}

describe("agent/source/proxy", (it) => {
  it("asks a proxy to connect it, once a run, with the proxy's credentials for the proxy alone", async () => {
    await withDirectory({ token: `${CANARY}\n` }, async (directory) => {
      await withHidden(async ({ server, ask }) => {
        await withProxy({ authorization: AUTHORIZATION }, async (proxy) => {
          const credentials = { kind: "bearer", path: join(directory, "token") } as const;
          assert.is(
            await ask({ proxy: { https: `http://${USER}@127.0.0.1:${proxy.port}` }, credentials }),
            SUMS + TARGETS,
          );
          assert.equal(proxy.asked, [`CONNECT targets.example.com:${server.port} ${AUTHORIZATION}`]);
          assert.equal(
            server.requests.map(({ headers }) => [headers["proxy-authorization"], headers.authorization, headers.host]),
            [0, 1].map(() => [undefined, `Bearer ${CANARY}`, `targets.example.com:${server.port}`]),
          );
        });
      });
    });
  });

  it("takes a connection from a proxy, whatever that says of a body or of its own connection", async () => {
    await withHidden(async ({ ask }) => {
      for (const established of [
        "HTTP/1.0 200 OK\r\nContent-Length: 0",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked",
        "HTTP/1.0 204 OK",
        "HTTP/1.1 102 Wait\r\n\r\nHTTP/1.1 200 OK",
      ])
        await withProxy({ established }, async ({ port }) => {
          assert.is(await ask({ proxy: { https: `http://127.0.0.1:${port}` } }), SUMS + TARGETS);
        });
    });
  });

  it("speaks TLS with a proxy that wants it", async () => {
    await withHidden(async ({ ask }) => {
      await withCertificates(async (made) => {
        await withProxy({ tls: await made.of("server") }, async ({ port }) => {
          // The proxy's authority is not the source's here: it is not trusted.
          const { message } = await failure("unreachable", ask({ proxy: { https: `https://127.0.0.1:${port}` } }));
          assert.match(message, `the proxy 127.0.0.1:${port} of HTTPS_PROXY has a certificate`);
        });
      });
    });
    await withCertificates(async (made) => {
      const both = await made.of("server");
      await withWebServer(
        FILES,
        async (server) => {
          await withProxy({ tls: both }, async ({ port, asked }) => {
            const url = new URL(`https://targets.example.com:${server.port}/`);
            const more = { tls: { ca: made.path("ca.pem") }, proxy: { https: `https://127.0.0.1:${port}` } };
            await using(openHttpSource(url, config(more), "", noLookup), async (source) => {
              assert.is(await sums(source), SUMS);
            });
            assert.is(asked.length, 1);
          });
        },
        both,
      );
    });
  });

  it("hands plain http to a proxy as a whole URL", async () => {
    await withWebServer(FILES, async ({ port }) => {
      await withProxy({ authorization: AUTHORIZATION }, async (proxy) => {
        const url = new URL(`http://targets.example.com:${port}/`);
        const more = { allowHttp: true, proxy: { http: `${USER}@127.0.0.1:${proxy.port}` } };
        await using(openHttpSource(url, config(more), "", noLookup), async (source) => {
          assert.is((await sums(source)) + (await read(source)), SUMS + TARGETS);
        });
        assert.equal(proxy.asked, [
          `GET ${url.href}SHA256SUMS ${AUTHORIZATION}`,
          `GET ${url.href}targets.json?${DIGEST} ${AUTHORIZATION}`,
        ]);
        assert.is(proxy.headers[0]?.["host"], url.host);
      });
    });
  });

  it("says that it is the proxy which asks for credentials, with and without some", async () => {
    await withHidden(async ({ ask }) => {
      await withProxy({ authorization: "Basic other" }, async ({ port }) => {
        for (const user of ["", `${USER}@`]) {
          const { message } = await failure(
            "unauthorized",
            ask({ proxy: { https: `http://${user}127.0.0.1:${port}` } }),
          );
          assert.match(message, `proxy 127.0.0.1:${port}`);
          assert.match(message, "407");
          const plain = config({ allowHttp: true, proxy: { http: `http://${user}127.0.0.1:${port}` } });
          await using(openHttpSource(new URL("http://targets.example.com/"), plain, "", noLookup), async (source) => {
            assert.match((await failure("unauthorized", sums(source))).message, `proxy 127.0.0.1:${port}`);
          });
        }
      });
    });
  });

  it("says so where the proxy refuses, is not there, or dies in the middle of a file", async () => {
    const answer = serve({ "/SHA256SUMS": SUMS, "/targets.json": "x".repeat(500_000) });
    await withHidden(async ({ ask }) => {
      for (const status of [403, 502, 503]) {
        await withProxy({ status }, async ({ port }) => {
          const { message } = await failure(
            "unreachable",
            ask({ proxy: { https: `http://${USER}@127.0.0.1:${port}` } }),
          );
          assert.match(message, `proxy 127.0.0.1:${port}`);
          assert.match(message, String(status));
        });
      }
      const gone = await withProxy({}, async ({ port }) => port);
      const { message } = await failure("unreachable", ask({ proxy: { https: `http://${USER}@127.0.0.1:${gone}` } }));
      assert.match(message, `the proxy 127.0.0.1:${gone} of HTTPS_PROXY refuses`);
      const plain = config({ allowHttp: true, proxy: { http: `127.0.0.1:${gone}` } });
      await using(openHttpSource(new URL("http://targets.example.com/"), plain, ""), async (source) => {
        const failed = await failure("unreachable", sums(source));
        assert.match(failed.message, `the proxy 127.0.0.1:${gone} of HTTP_PROXY refuses`);
      });
      await withProxy({ diesAfter: 100_000 }, async ({ port, asked }) => {
        await failure("unreachable", ask({ proxy: { https: `http://127.0.0.1:${port}` } }));
        assert.is(asked.length, 1);
      });
      await withProxy({ diesAfter: 0 }, async ({ port }) => {
        await failure("unreachable", ask({ proxy: { https: `http://127.0.0.1:${port}` } }));
      });
    }, answer);
  });

  it("is not led into the private network by a redirect, although the proxy would go there", async () => {
    await withHidden(
      async ({ ask }) => {
        await withProxy({}, async ({ port, asked }) => {
          await failure("redirect", ask({ proxy: { https: `http://127.0.0.1:${port}` } }));
          assert.is(asked.length, 1);
        });
      },
      (_request, response) => response.writeHead(302, { Location: "https://169.254.169.254/" }).end(),
    );
  });

  it("goes past the proxy to loopback and to what NO_PROXY names", () => {
    const direct: readonly (readonly [string, string])[] = [
      ["https://targets.example.com/", "*"],
      ["https://targets.example.com/", "targets.example.com"],
      ["https://TARGETS.example.com/", "a.example.com, Targets.Example.Com."],
      ["https://targets.example.com/", "example.com"],
      ["https://targets.example.com/", ".example.com"],
      ["https://example.com/", ".example.com"],
      ["https://targets.example.com/", "x,,  example.com:443"],
      ["https://targets.example.com:8443/", "targets.example.com:8443"],
      ["https://10.1.2.3/", "10.0.0.0/8"],
      ["https://10.1.2.3/", "10.1.2.3"],
      ["https://10.1.2.3/", "0.0.0.0/0"],
      ["https://10.1.2.3:8443/", "10.0.0.0/8:8443"],
      ["https://[fd00::1]/", "fd00::/8"],
      ["https://[fd00::1]/", "[fd00::1]"],
      ["https://[fd00::1]:8443/", "[fd00::1]:8443"],
      ["https://127.0.0.1/", ""],
      ["https://localhost:8443/", ""],
      ["https://[::1]/", ""],
    ];
    assert.equal(
      direct.filter(([url, none]) => chosen(url, none) !== "direct"),
      [],
    );
    const through: readonly (readonly [string, string])[] = [
      ["https://targets.example.com/", ""],
      ["https://targets.example.com/", " , "],
      ["https://targets.example.com/", "ample.com"],
      ["https://targets.example.com/", "www.targets.example.com"],
      ["https://targets.example.com.evil.org/", "example.com"],
      ["https://targets.example.com/", "targets.example.com:80"],
      ["https://targets.example.com/", "10.0.0.0/8"],
      ["https://11.1.2.3/", "10.0.0.0/8"],
      ["https://10.1.2.3/", "10.0.0.0/x"],
      ["https://10.1.2.3/", "11.0.0.0/"],
      ["https://10.1.2.3/", "10.0.0.0/33"],
      ["https://10.1.2.3/", "1.2.3"],
      ["https://10.1.2.3/", "fd00::/8"],
      ["https://[fd00::1]/", "fd00::2"],
      ["https://[fd00::1]/", "[fd00::1]:8443"],
      ["https://10.1.2.3/", "**"],
    ];
    assert.equal(
      through.filter(([url, none]) => chosen(url, none) === "direct"),
      [],
    );
  });

  it("reads the forms in which a proxy is written", () => {
    const url = "https://targets.example.com/";
    assert.is(chosen(url, undefined, "proxy:3128"), "http://proxy:3128/ 3128 -");
    assert.is(chosen(url, undefined, " http://proxy "), "http://proxy/ 80 -");
    assert.is(chosen(url, undefined, "https://proxy/ignored"), "https://proxy/ 443 -");
    assert.is(chosen(url, undefined, "http://[fd00::1]:8080"), "http://[fd00::1]:8080/ 8080 -");
    assert.is(chosen(url, undefined, "http://u:p%40%3A@proxy"), `http://proxy/ 80 Basic ${btoa("u:p@:")}`);
    assert.is(chosen(url, undefined, "u:100%@proxy:1"), `http://proxy:1/ 1 Basic ${btoa("u:100%")}`);
    assert.is(chosen(url, undefined, ""), "direct");
    assert.is(proxyFor(new URL("http://targets.example.com/"), { https: "http://proxy" }), undefined);
    assert.is(proxyFor(new URL(url), { http: "http://proxy" }), undefined);
  });

  it("takes nothing else for a proxy, and does not quote it", async () => {
    for (const https of [`socks5://u:${CANARY}@proxy:1080`, `http://u:${CANARY}@proxy:port`, `http://u:${CANARY}@`])
      await failure("configuration", async () => proxyFor(new URL("https://targets.example.com/"), { https }));
  });
});
