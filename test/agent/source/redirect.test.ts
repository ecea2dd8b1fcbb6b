import type { LookupAddress } from "node:dns";
import type { RequestListener } from "node:http";
import type { LookupFunction, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import * as assert from "uvu/assert";
import type { SourceConfig } from "../../../src/agent/config.ts";
import { openHttpSource } from "../../../src/agent/source/http-source.ts";
import { isRedirect, publicLookup, redirectTarget } from "../../../src/agent/source/redirect.ts";
import { describe } from "../../describe.ts";
import { withDirectory } from "../../workplace.ts";
import { CANARY, config, failure, SUMS, sums, using } from "./artifacts.ts";
import { withCertificates } from "./certificates.ts";
import { serve, withRawServer, withWebServer } from "./web-server.ts";

const FILES = serve({ "/SHA256SUMS": SUMS, "/signed": SUMS });
const LAX = { allowHttp: true, allowPrivateRedirects: true };
const STRICT = { allowHttp: false, allowPrivateRedirects: false };
const HOME = { url: new URL("https://targets.example.com/"), addresses: new Set<string>() };

function to(location: string, status = 302): RequestListener {
  return (_request, response) => response.writeHead(status, { Location: location }).end("elsewhere");
}

async function ask(url: string, more: Partial<SourceConfig> = {}, lookup?: LookupFunction): Promise<string> {
  return await using(openHttpSource(new URL(url), config(more), "", lookup), async (source) => sums(source));
}

/** Where a redirect of `https://targets.example.com/` leads. */
async function target(location: string | undefined, policy = STRICT, from = HOME.url): Promise<string> {
  return redirectTarget(from, location, { ...HOME, url: from }, policy).href;
}

/** Resolves every name to these addresses. */
function resolvesTo(...addresses: string[]): LookupFunction {
  const found = addresses.map((address): LookupAddress => ({ address, family: address.includes(":") ? 6 : 4 }));
  return (_hostname, { all }, callback) => {
    if (all === true) callback(null, found);
    else callback(null, found[0]?.address ?? "", found[0]?.family);
  };
}

describe("agent/source/redirect", (it) => {
  it("follows redirects to the same server and upwards to https, and five of them at most", async () => {
    const hops =
      (most: number): RequestListener =>
      (request, response) => {
        const hop = Number(/hop=(\d+)/.exec(request.url ?? "")?.[1] ?? 0);
        if (hop < most) response.writeHead(307, { Location: `?hop=${hop + 1}` }).end();
        else response.end(SUMS);
      };
    await withWebServer(hops(5), async ({ url }) => assert.is(await ask(url), SUMS));
    await withWebServer(hops(6), async ({ url, requests }) => {
      await failure("redirect", ask(url));
      assert.is(requests.length, 6);
    });
    await withWebServer(to("/SHA256SUMS"), async ({ url }) => failure("redirect", ask(url)));
    assert.is(
      await target("https://other.example.com/", LAX, new URL("http://a.example.com/")),
      "https://other.example.com/",
    );
  });

  it("follows 301, 302, 303, 307 and 308, and nothing else", () => {
    assert.equal([300, 301, 302, 303, 304, 305, 306, 307, 308, 200, 404].filter(isRedirect), [301, 302, 303, 307, 308]);
  });

  for (const [what, location] of Object.entries({
    nowhere: undefined,
    "no URL": "https://[",
    "a file": "file:///etc/passwd",
    data: "data:text/plain,x",
    "another protocol": "ftp://example.com/x",
    "plain http": "http://targets.example.com/x",
    "plain http on loopback": "http://127.0.0.1/x",
    "a URL with credentials": `https://user:${CANARY}@other.example.com/x?token=${CANARY}`,
    "a URL with a token": `https://${CANARY}@other.example.com/`,
    "the metadata of clouds": "https://169.254.169.254/latest/meta-data/",
    "the metadata of clouds, as a number": "https://2852039166/",
    "the metadata of clouds, in IPv6": "https://[fd00:ec2::254]/",
    "the metadata of clouds, mapped": "https://[::ffff:169.254.169.254]/",
    loopback: "https://127.0.0.1:8443/",
    "loopback in IPv6": "https://[::1]/",
    "loopback by name": "https://localhost./",
    "a private network": `https://10.0.0.1/?X-Amz-Signature=${CANARY}`,
  })) {
    it(`refuses to be led to ${what}`, async () => {
      const { help } = await failure("redirect", async () => target(location));
      assert.ok(help);
    });
  }

  it("follows to private addresses and plain http where that is said", async () => {
    for (const location of ["https://10.0.0.1/", "https://localhost/", "https://[fd00::1]/"])
      assert.is(await target(location, LAX), location);
    assert.is(await target("http://b.example.com/", LAX, new URL("http://a.example.com/")), "http://b.example.com/");
    await failure("redirect", async () => target("http://b.example.com/", STRICT, new URL("http://127.0.0.1/")));
    // https stays https whatever is said.
    await failure("redirect", async () => target("http://b.example.com/", LAX));
  });

  it("lets a source in a private network redirect to itself, and to nobody else there", async () => {
    const home = { url: new URL("https://10.0.0.1/"), addresses: new Set(["10.0.0.1"]) };
    const follow = async (location: string): Promise<string> => redirectTarget(home.url, location, home, STRICT).href;
    assert.is(await follow("https://10.0.0.1:8443/x"), "https://10.0.0.1:8443/x");
    await failure("redirect", follow("https://10.0.0.2/"));
    // Through a proxy, nobody knows its address.
    const proxied = { url: home.url, addresses: new Set<string>() };
    assert.is(redirectTarget(home.url, "https://10.0.0.1/x", proxied, STRICT).href, "https://10.0.0.1/x");
    const named = { url: new URL("https://targets.internal/"), addresses: new Set(["10.0.0.1"]) };
    assert.is(redirectTarget(named.url, "https://10.0.0.1/", named, STRICT).href, "https://10.0.0.1/");
  });

  it("knows a source by the address that its name led to", async () => {
    await withWebServer(FILES, async (other) => {
      await withWebServer(to(`${other.url}SHA256SUMS`), async ({ port }) => {
        const url = `http://targets.internal:${port}/`;
        assert.is(await ask(url, { allowHttp: true }, resolvesTo("127.0.0.1")), SUMS);
      });
      // The connection may end with the redirect.
      const answer = `HTTP/1.0 302 Go\r\nLocation: ${other.url}SHA256SUMS\r\nContent-Length: 0\r\n\r\n`;
      const talk = (socket: Socket): void => void socket.end(answer);
      await withRawServer(talk, async ({ port }) => {
        const url = `http://targets.internal:${port}/`;
        assert.is(await ask(url, { allowHttp: true }, resolvesTo("127.0.0.1")), SUMS);
      });
    });
  });

  it("does not listen to a redirect that never ends while it follows it", async () => {
    let sent = 0;
    const endless: RequestListener = (request, response) => {
      if (request.url === "/next") return void setTimeout(() => response.end(SUMS), 200);
      response.writeHead(302, { Location: "/next" });
      const pour = (): void => {
        sent += 65_536;
        if (!response.destroyed) response.write("x".repeat(65_536));
      };
      response.on("drain", pour);
      pour();
    };
    await withWebServer(endless, async ({ url }) => assert.is(await ask(url), SUMS));
    assert.ok(sent < 10_000_000, `${sent} bytes`);
  });

  it("judges a name by every address that it resolves to, in the look-up that the connection uses", async () => {
    const resolve = async (...addresses: string[]): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const home = { url: new URL("https://targets.internal/"), addresses: new Set(["10.0.0.9"]) };
        const lookup = publicLookup(new URL("https://mirror.example.com/"), home, resolvesTo(...addresses));
        lookup("mirror.example.com", { all: true }, (error, found) =>
          error === null ? resolve(found) : reject(error),
        );
      });
    await resolve("1.1.1.1", "2606:4700:4700::1111");
    await resolve("10.0.0.9");
    await failure("redirect", resolve("10.0.0.1"));
    await failure("redirect", resolve("1.1.1.1", "169.254.169.254"));
    await failure("redirect", resolve("2606:4700:4700::1111", "::1"));
    // In the form in which a single address is given.
    const lookup = publicLookup(new URL("https://mirror.example.com/"), HOME, resolvesTo("127.0.0.1"));
    await failure(
      "redirect",
      new Promise((resolve, reject) => {
        lookup("mirror.example.com", {}, (error, address) => (error === null ? resolve(address) : reject(error)));
      }),
    );
  });

  it("does not connect where a redirect's name turns out to be private", async () => {
    await withWebServer(
      FILES,
      async (inside) => {
        const lookup: LookupFunction = (name, options, callback) =>
          resolvesTo(name === "inside.example.com" ? "127.0.0.2" : "127.0.0.1")(name, options, callback);
        await withWebServer(to(`http://inside.example.com:${inside.port}/SHA256SUMS`), async ({ url }) => {
          const strict = { allowHttp: true };
          assert.match((await failure("redirect", ask(url, strict, lookup))).message, "inside.example.com");
          assert.is(inside.connections(), 0);
          assert.is(await ask(url, LAX, lookup), SUMS);
        });
        await withWebServer(to(`${inside.url}SHA256SUMS`), async ({ url }) => {
          await failure("redirect", ask(url));
          assert.is(inside.connections(), 1);
          assert.is(await ask(url, LAX), SUMS);
        });
      },
      undefined,
      "127.0.0.2",
    );
  });

  it("takes credentials and client certificates to their own origin alone, not to a signed URL elsewhere", async () => {
    await withCertificates(async (made) => {
      await made.make("client", { signer: "ca" });
      const both = { ...(await made.of("server")), ca: (await made.of("ca")).cert, requestCert: true };
      const seen: string[] = [];
      const note =
        (who: string, answer: RequestListener): RequestListener =>
        (request, response) => {
          const { subject } = (request.socket as TLSSocket).getPeerCertificate();
          seen.push(`${who} ${request.headers.authorization ?? "-"} ${String(subject?.CN ?? "-")}`);
          answer(request, response);
        };
      await withDirectory({ token: `${CANARY}\n` }, async (directory) => {
        const more: Partial<SourceConfig> = {
          credentials: { kind: "bearer", path: `${directory}/token` },
          tls: { ca: made.path("ca.pem"), certificate: made.path("client.pem"), key: made.path("client.key") },
        };
        const options = { ...both, rejectUnauthorized: false };
        await withWebServer(
          note("store", FILES),
          async (store) => {
            const location = `${store.url}signed?X-Amz-Signature=${CANARY}`;
            await withWebServer(
              note("source", to(location)),
              async ({ url }) => assert.is(await ask(url, more), SUMS),
              options,
            );
            assert.is(store.requests[0]?.url, `/signed?X-Amz-Signature=${CANARY}`);
          },
          options,
        );
        assert.equal(seen, [`source Bearer ${CANARY} client`, "store - -"]);
      });
    });
  });

  it("tells no signature of a URL where what it leads to fails", async () => {
    await withWebServer(to(`/signed?sig=${CANARY}`), async ({ url }) => failure("redirect", ask(url)));
    for (const status of [403, 404, 500]) {
      const answer: RequestListener = (request, response) => {
        if (request.url?.startsWith("/signed") === true) response.writeHead(status).end();
        else to(`/signed?sig=${CANARY}`)(request, response);
      };
      await withWebServer(answer, async ({ url }) =>
        failure(status === 403 ? "unauthorized" : "unreachable", ask(url)),
      );
    }
  });
});
