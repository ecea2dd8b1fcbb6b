import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { LookupFunction, Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import * as assert from "uvu/assert";
import { openHttpSource } from "../../../src/agent/source/http-source.ts";
import { describe } from "../../describe.ts";
import { endsSoon, withEnoughTime } from "../../stopwatch.ts";
import { run, until, withDirectory } from "../../workplace.ts";
import { config, failure, read, SUMS, sums, TARGETS, using } from "./artifacts.ts";
import { withCertificates } from "./certificates.ts";
import type { Certificates } from "./certificates.ts";
import { serve, withClosedDoor, withRawServer, withSilentServer, withWebServer } from "./web-server.ts";

const MIB = 1024 * 1024;
const HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

/** A body of some size that no two offsets of are alike, and its three framings. */
const BODY = Array.from({ length: 40 }, (_, index) => createHash("sha256").update(`${index}`).digest("hex")).join("\n");
const FRAMINGS: Readonly<Record<string, string>> = {
  "Content-Length": `${HEAD}Content-Length: ${BODY.length}\r\n\r\n${BODY}`,
  chunks: `${HEAD}Transfer-Encoding: chunked\r\n\r\n${chunked(BODY, 100)}0\r\n\r\n`,
  "chunks that are announced in capitals": `${HEAD}Transfer-Encoding: Chunked\r\n\r\n${chunked(BODY, 100)}0\r\n\r\n`,
  "HTTP/1.0 and the end of the connection": `HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n${BODY}`,
};

function chunked(text: string, size: number): string {
  let out = "";
  for (let at = 0; at < text.length; at += size) {
    const part = text.slice(at, at + size);
    out += `${part.length.toString(16)}\r\n${part}\r\n`;
  }
  return out;
}

/** Asks for a file of whoever listens there. */
async function ask(url: string, timeout = 10, lookup?: LookupFunction): Promise<string> {
  return await using(openHttpSource(new URL(url), config({ timeout }), "", lookup), async (source) => read(source));
}

/** Writes without end, as fast as it is taken; gives how much that was. */
function pump(socket: Socket, chunk: Buffer): () => number {
  let sent = 0;
  const more = (): void => {
    while (!socket.destroyed) {
      sent += chunk.length;
      if (!socket.write(chunk)) break;
    }
  };
  socket.on("drain", more);
  more();
  return () => sent;
}

/** Runs a server that wants a certificate of the authority `ca`. */
async function withPickyServer(made: Certificates, act: (url: string) => Promise<void>): Promise<void> {
  const who = "-cert server.pem -key server.key -CAfile ca.pem -Verify 1 -verify_return_error";
  const [program = "", ...args] = `openssl s_server -accept 127.0.0.1:0 ${who} -WWW`.split(" ");
  const server = spawn(program, args, { cwd: made.directory });
  try {
    let said = "";
    server.stdout.on("data", (data: Buffer) => (said += data.toString()));
    await until("openssl listens", () => /ACCEPT .*:\d+/.test(said));
    await act(`https://127.0.0.1:${/ACCEPT .*:(\d+)/.exec(said)?.[1]}/`);
  } finally {
    server.kill("SIGKILL");
  }
}

/** All ways to take longer than a deadline, at once. */
async function whoeverDawdles(timeout: number): Promise<void> {
  const drip = (text: string, ms: number) => (socket: Socket) => {
    let at = 0;
    const timer = setInterval(() => {
      if (at < text.length && !socket.destroyed) socket.write(text.charAt(at++));
      else clearInterval(timer);
    }, ms);
    socket.on("close", () => clearInterval(timer));
  };
  const start = performance.now();
  const secondsSinceStart = (): number => (performance.now() - start) / 1000;
  // Nothing can be asked of a deadline but what a timer does on this machine.
  const timer = new Promise<number>((resolve) => setTimeout(() => resolve(secondsSinceStart()), timeout * 1000));
  const late = async (work: Promise<unknown>, phase: RegExp): Promise<void> => {
    const { message } = await failure("unreachable", work);
    const seconds = secondsSinceStart();
    assert.ok(seconds > timeout - 0.01 && seconds < (await timer) + timeout * 0.1, `${message} after ${seconds} s`);
    assert.match(message, phase);
    assert.match(message, `within ${timeout} s`);
  };
  const long = `HTTP/1.1 200 OK\r\nX-Slow: ${"x".repeat(1000)}`;
  const begun = (socket: Socket): void => {
    socket.write(`${HEAD}Content-Length: 1000\r\n\r\n`);
    drip("x".repeat(1000), 50)(socket);
  };
  await Promise.all([
    withRawServer(drip(long, 50), async ({ url }) => late(ask(url, timeout), /waiting for the answer/)),
    withRawServer(begun, async ({ url }) => late(ask(url, timeout), /reading the answer/)),
    withRawServer(
      (socket) => drip("HTTP/1.1 100 Continue\r\n\r\n".repeat(50), 1)(socket),
      async ({ url }) => late(ask(url, timeout), /waiting for the answer/),
    ),
    withSilentServer(async (port) => late(ask(`http://127.0.0.1:${port}/`, timeout), /waiting for the answer/)),
    withSilentServer(async (port) => late(ask(`https://127.0.0.1:${port}/`, timeout), /TLS handshake/)),
    late(
      ask("https://targets.example.com/", timeout, () => undefined),
      /looking up the address of targets.example.com/,
    ),
    withSilentServer(async (port) => {
      const proxy = { https: `http://127.0.0.1:${port}` };
      const source = openHttpSource(new URL("https://targets.example.com/"), config({ timeout, proxy }), "");
      await using(source, async () => late(sums(source), /waiting for the proxy/));
    }),
    // No redirect gets new time.
    withWebServer(
      ({ url }, response) => void setTimeout(() => response.writeHead(302, { Location: `${url}x` }).end(), 500),
      async ({ url }) => late(ask(url, timeout), /waiting for the answer/),
    ),
  ]);
}

describe("agent/source/http-client", (it) => {
  for (const [framing, answer] of Object.entries(FRAMINGS)) {
    it(`never takes an answer that ends early for a whole one: ${framing}`, async () => {
      let length = 0;
      let isReset = false;
      const talk = (socket: Socket): void => {
        socket.write(answer.slice(0, length), () => {
          if (isReset) socket.resetAndDestroy();
          else socket.end();
        });
      };
      await withRawServer(talk, async ({ url }) => {
        for (isReset of [false, true]) {
          for (let cut = 0; cut < 50; cut++) {
            length = Math.floor((cut * answer.length) / 50);
            await failure("unreachable", ask(url));
            await using(openHttpSource(new URL(url), config(), ""), async (source) => {
              await failure("unreachable", sums(source));
            });
          }
          // The very last byte counts, too.
          length = answer.length - 1;
          await failure("unreachable", ask(url));
        }
        [length, isReset] = [answer.length, false];
        if (framing.startsWith("HTTP/1.0")) await failure("unreachable", ask(url));
        else assert.is(await ask(url), BODY);
      });
    });
  }

  it("takes no answer that is not HTTP, contradicts itself, or is packed for the way", async () => {
    const answers = [
      "SSH-2.0-OpenSSH_9.2\r\n",
      `${HEAD}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`,
      `${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
      `${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
      `${HEAD}Content-Length: -1\r\n\r\nhello`,
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n`,
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nhello",
      "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n`,
    ];
    for (const answer of answers)
      await withRawServer(
        (socket) => socket.write(answer),
        async ({ url }) => assert.match((await failure("unreachable", ask(url))).message, "does not answer in HTTP"),
      );
  });

  it("holds its deadline within a tenth, whoever dawdles", async () => {
    await withEnoughTime(1.5, whoeverDawdles);
  });

  it("says at once that somebody hung up before TLS began", async () => {
    const url = new URL("https://targets.example.com/");
    const hungUp = async (at: URL, https?: string): Promise<void> => {
      const proxy = https === undefined ? {} : { https };
      await using(openHttpSource(at, config({ proxy }), ""), async (source) => {
        const { message } = await endsSoon(() => failure("unreachable", sums(source)));
        assert.match(message, "broke the connection off");
      });
    };
    await withClosedDoor(async (port) => {
      await hungUp(new URL(`https://127.0.0.1:${port}/`));
      await hungUp(url, `https://127.0.0.1:${port}`);
    });
    for (const isReset of [false, true])
      await withRawServer(
        (socket) => socket.write("HTTP/1.1 200 OK\r\n\r\n", () => (isReset ? socket.resetAndDestroy() : socket.end())),
        async ({ port }) => hungUp(url, `http://127.0.0.1:${port}`),
      );
  });

  it("gives a file only the time that SHA256SUMS has left of the attempt, and the next attempt all of it", async () => {
    await withEnoughTime(0.4, async (timeout) => {
      const answer = (_request: unknown, response: { end: (text: string) => void }): void => {
        setTimeout(() => response.end(SUMS), timeout * 625);
      };
      await withWebServer(answer, async ({ url }) => {
        await using(openHttpSource(new URL(url), config({ timeout }), ""), async (source) => {
          await sums(source);
          await failure("unreachable", read(source));
          await sums(source);
        });
      });
    });
  });

  it("stops at its caps, whatever is poured over it, in less than 128 MiB of memory", async () => {
    const junk = Buffer.alloc(64 * 1024, "x");
    const chunk = Buffer.from(`10000\r\n${junk.toString()}\r\n`);
    const bomb = gzipSync(Buffer.alloc(100 * MIB));
    const most = 40 * MIB;
    const floods: readonly (readonly [string, string, Buffer])[] = [
      ["too-large", `${HEAD}Content-Length: 10000000000\r\n\r\n`, junk],
      ["too-large", `${HEAD}Transfer-Encoding: chunked\r\n\r\n`, chunk],
      ["unreachable", `${HEAD}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`, bomb],
      ["unreachable", `${HEAD}Content-Encoding: gzip, gzip\r\nTransfer-Encoding: chunked\r\n\r\n`, chunk],
      ["unreachable", "HTTP/1.1 200 OK\r\nX-Huge: ", junk],
      ["unreachable", "HTTP/1.1 200 OK\r\n", Buffer.from(`X-Many: x\r\n`.repeat(5000))],
      ["unreachable", `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Trailer: `, junk],
      ["unreachable", `${HEAD}Transfer-Encoding: chunked\r\n\r\n5;extension=`, junk],
      ["unreachable", "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n", chunk],
      ["inconsistent", "HTTP/1.1 404 No\r\nContent-Length: 10000000000\r\n\r\n", junk],
      ["redirect", "HTTP/1.1 302 Go\r\nLocation: /\r\nTransfer-Encoding: chunked\r\n\r\n", chunk],
    ];
    const sent: (() => number)[] = [];
    const withFloods = async (index: number, urls: string[], act: (urls: string[]) => Promise<void>): Promise<void> => {
      const [, head, body] = floods[index] ?? [];
      if (head === undefined || body === undefined) return await act(urls);
      const flood = (socket: Socket): void => {
        socket.write(head);
        sent.push(pump(socket, body));
      };
      await withRawServer(flood, async ({ url }) => withFloods(index + 1, [...urls, url], act));
    };
    await withDirectory({}, async (directory) => {
      const outfile = join(directory, "flooded-agent.cjs");
      const entry = fileURLToPath(new URL("flooded-agent.ts", import.meta.url));
      await build({ entryPoints: [entry], outfile, bundle: true, platform: "node", format: "cjs", logLevel: "error" });
      await withFloods(0, [], async (urls) => {
        const ran = await run(directory, [process.execPath, outfile, `${most}`, ...urls]);
        const { endings, maxRss } = JSON.parse(ran.stdout) as { endings: string[]; maxRss: number };
        assert.equal(
          endings,
          floods.map(([ending]) => ending),
        );
        assert.ok(maxRss < 128 * MIB, `${Math.round(maxRss / MIB)} MiB`);
      });
    });
    // What lies in the buffers of the kernel was sent as well.
    for (const bytes of sent) assert.ok(bytes() < most + 16 * MIB, `${bytes()} bytes were sent`);
  });

  it("trusts a private authority besides Node's own, and reads its file again at every attempt", async () => {
    await withCertificates(async (made) => {
      const files = serve({ "/SHA256SUMS": SUMS });
      await made.make("other");
      await run(made.directory, ["cp", "other.pem", "trusted.pem"]);
      await withWebServer(
        files,
        async ({ url }) => {
          await using(openHttpSource(new URL(url), config(), ""), async (source) => {
            assert.match((await failure("unreachable", sums(source))).help ?? "", "--ca");
          });
          const tls = { ca: made.path("trusted.pem") };
          await using(openHttpSource(new URL(url), config({ tls }), ""), async (source) => {
            await failure("unreachable", sums(source));
            await run(made.directory, ["cp", "ca.pem", "trusted.pem"]);
            assert.is(await sums(source), SUMS);
            await run(made.directory, ["cp", "other.pem", "trusted.pem"]);
            await failure("unreachable", sums(source));
          });
        },
        await made.of("server"),
      );
    });
  });

  it("says what is wrong with certificates, and with a port that does not speak TLS", async () => {
    await withCertificates(async (made) => {
      const tls = { ca: made.path("ca.pem") };
      await made.make("elsewhere", { signer: "ca", names: "DNS:elsewhere.example.com" });
      await withWebServer(
        serve({}),
        async ({ url }) => {
          await using(openHttpSource(new URL(url), config({ tls }), ""), async (source) => {
            assert.match((await failure("unreachable", sums(source))).message, "ERR_TLS_CERT_ALTNAME_INVALID");
          });
        },
        await made.of("elsewhere"),
      );
      await withWebServer(serve({}), async ({ port }) => {
        await using(openHttpSource(new URL(`https://127.0.0.1:${port}/`), config(), ""), async (source) => {
          assert.match((await failure("unreachable", sums(source))).message, "does not speak TLS");
        });
      });
    });
  });

  it("shows a client certificate where one is configured, and says so where the server wants another", async () => {
    await withCertificates(async (made) => {
      await made.make("client", { signer: "ca" });
      await made.make("stranger");
      const ca = made.path("ca.pem");
      const as = (name: string): { certificate: string; key: string } => ({
        certificate: made.path(`${name}.pem`),
        key: made.path(`${name}.key`),
      });
      await withWebServer(
        serve({ "/SHA256SUMS": SUMS, "/targets.json": TARGETS }),
        async ({ url }) => {
          const open = async (tls: object): Promise<string> =>
            using(openHttpSource(new URL(url), config({ tls: { ca, ...tls } }), ""), async (source) => sums(source));
          assert.is(await open(as("client")), SUMS);
          await failure("configuration", open({ ...as("client"), key: as("stranger").key }));
          await failure("configuration", open({ ...as("client"), key: ca }));
          await failure("configuration", open({ ca: as("client").key }));
          await failure("configuration", open({ ca: made.path("missing.pem") }));
        },
        { ...(await made.of("server")), ca: (await made.of("ca")).cert, requestCert: true, rejectUnauthorized: true },
      );
      // Node's server hangs up; OpenSSL's says why, as those of others do.
      await withPickyServer(made, async (url) => {
        for (const tls of [{ ca }, { ca, ...as("stranger") }]) {
          await using(openHttpSource(new URL(url), config({ tls }), ""), async (source) => {
            await failure("unauthorized", sums(source));
          });
        }
      });
    });
  });

  it("warns of a key that everybody can read, once", async () => {
    await withCertificates(async (made) => {
      await made.make("client", { signer: "ca" });
      const tls = { ca: made.path("ca.pem"), certificate: made.path("client.pem"), key: made.path("client.key") };
      await withWebServer(
        serve({ "/SHA256SUMS": SUMS }),
        async ({ url }) => {
          for (const [mode, count] of [
            ["600", 0],
            ["644", 1],
          ] as const) {
            await run(made.directory, ["chmod", mode, "client.key"]);
            await using(openHttpSource(new URL(url), config({ tls }), ""), async (source) => {
              await sums(source);
              await sums(source);
              assert.is(source.warnings?.length, count);
            });
          }
        },
        await made.of("server"),
      );
    });
  });

  it("leaves no timer behind that keeps a program alive", async () => {
    await withWebServer(serve({ "/SHA256SUMS": SUMS }), async ({ url }) => {
      const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
      const source = openHttpSource(new URL(url), config({ timeout: 60 }), "");
      const before = timers();
      await sums(source);
      await failure("inconsistent", read(source));
      await source.close();
      assert.ok(timers() <= before, `${timers()} timers`);
    });
  });
});
