import type { IncomingMessage, RequestListener } from "node:http";
import { gzipSync } from "node:zlib";
import * as assert from "uvu/assert";
import type { SourceConfig } from "../../../src/agent/config.ts";
import { Failure } from "../../../src/agent/failure.ts";
import type { Reason } from "../../../src/agent/failure.ts";
import { collect } from "../../../src/agent/source/chunks.ts";
import { openHttpSource } from "../../../src/agent/source/http-source.ts";
import type { Source } from "../../../src/agent/source/source.ts";
import { describe } from "../../describe.ts";
import { endsSoon } from "../../stopwatch.ts";
import { config, DIGEST, failure, never, read, sha256, SUMS, sums, TARGETS, using } from "./artifacts.ts";
import { serve, withWebServer } from "./web-server.ts";
import type { WebServer } from "./web-server.ts";

const SHARD = "shards/tokyo-a/";

/** A source at a server that answers like this. */
async function at<T>(
  answer: RequestListener,
  act: (source: Source, server: WebServer) => Promise<T>,
  more: Partial<SourceConfig> = {},
  directory = SHARD,
): Promise<T> {
  return await withWebServer(answer, async (server) =>
    using(openHttpSource(new URL(server.url), config(more), directory), async (source) => act(source, server)),
  );
}

/** Gives SHA256SUMS with these headers, and 304 to whom asks with the ETag or the time in them. */
function conditional(headers: Readonly<Record<string, string>>): RequestListener {
  return (request, response) => {
    const asked = request.headers["if-none-match"] ?? request.headers["if-modified-since"];
    const isSame = asked !== undefined && (asked === headers["ETag"] || asked === headers["Last-Modified"]);
    if (isSame) response.writeHead(304, headers).end();
    else response.writeHead(200, { "Content-Length": SUMS.length, ...headers }).end(SUMS);
  };
}

async function validator(source: Source): Promise<string | undefined> {
  const answer = await source.pointer(undefined, never());
  return answer.kind === "pointer" ? answer.validator : answer.kind;
}

function paths(requests: readonly IncomingMessage[]): (string | undefined)[] {
  return requests.map(({ url }) => url);
}

const OLD = "Thu, 26 Nov 2026 10:00:00 GMT";
const NOW = "Thu, 26 Nov 2026 13:00:00 GMT";

describe("agent/source/http-source", (it) => {
  it("brings SHA256SUMS and files over one connection, files by their digest, nothing packed", async () => {
    const files = { "/shards/tokyo-a/SHA256SUMS": SUMS, "/shards/tokyo-a/targets.json": TARGETS };
    await at(serve(files), async (source, { requests, connections, url }) => {
      assert.is(await sums(source), SUMS);
      assert.is(await read(source), TARGETS);
      assert.equal(paths(requests), ["/shards/tokyo-a/SHA256SUMS", `/shards/tokyo-a/targets.json?${DIGEST}`]);
      assert.equal(
        requests.map(({ headers }) => headers["accept-encoding"]),
        ["identity", "identity"],
      );
      assert.is(requests[0]?.headers["cache-control"], undefined);
      assert.is(connections(), 1);
      assert.is(source.label, url);
    });
  });

  it("finds a shard whose name is percent-encoded on disk", async () => {
    const files = { "/shards/%25E6%259D%25B1%2520a/SHA256SUMS": SUMS };
    await at(serve(files), async (source) => assert.is(await sums(source), SUMS), {}, "shards/%E6%9D%B1%20a/");
  });

  it("takes a URL without a slash at its end for a directory all the same", async () => {
    await withWebServer(serve({ "/sub/dir/SHA256SUMS": SUMS }), async ({ url }) => {
      await using(openHttpSource(new URL(`${url}sub/dir`), config(), ""), async (source) => {
        assert.is(await sums(source), SUMS);
      });
    });
  });

  it("asks caches to look again where it is told to, and does not ask conditionally then", async () => {
    await at(conditional({ ETag: '"a"' }), async (source, { requests }) => {
      assert.is((await source.pointer('"a"', never(), true)).kind, "pointer");
      assert.is(requests[0]?.headers["cache-control"], "no-cache");
      assert.ok((await collect(source.file("targets.json", DIGEST, never(), true))).length > 0);
      assert.is(requests[1]?.headers["cache-control"], "no-cache");
    });
  });

  it("asks for the signature only where it is wanted, and of these very sums", async () => {
    const files = { "/shards/tokyo-a/SHA256SUMS": SUMS, "/shards/tokyo-a/SHA256SUMS.sig": "signed" };
    const signature = async (source: Source): Promise<string | undefined> => {
      const answer = await source.pointer(undefined, never());
      const bytes = answer.kind === "pointer" ? answer.signature : undefined;
      return bytes === undefined ? undefined : Buffer.from(bytes).toString();
    };
    await at(serve(files), async (source, { requests }) => {
      assert.is(await signature(source), undefined);
      assert.is(requests.length, 1);
    });
    await at(
      serve(files),
      async (source, { requests }) => {
        assert.is(await signature(source), "signed");
        assert.is(requests[1]?.url, `/shards/tokyo-a/SHA256SUMS.sig?${sha256(SUMS)}`);
      },
      { signatures: true },
    );
    await at(
      serve({ "/shards/tokyo-a/SHA256SUMS": SUMS }),
      async (source) => assert.is(await signature(source), undefined),
      { signatures: true },
    );
  });

  it("a signature that cannot be had is not a missing one", async () => {
    const answer: RequestListener = (request, response) => {
      if (request.url?.includes(".sig") === true) response.writeHead(503, { "Retry-After": "7" }).end();
      else response.end(SUMS);
    };
    await at(answer, async (source) => assert.is((await failure("unreachable", sums(source))).retryAfter, 7), {
      signatures: true,
    });
  });

  for (const [what, headers] of Object.entries({
    "a strong ETag": { ETag: '"a-1"' },
    "a weak ETag": { ETag: 'W/"a-1"' },
    "an ETag of an older file": { ETag: '"a-1"', "Last-Modified": OLD, Date: NOW },
  })) {
    it(`hears that nothing changed by ${what}`, async () => {
      await at(conditional(headers), async (source, { requests }) => {
        const kept = await validator(source);
        assert.is(kept, headers.ETag);
        assert.is(await sums(source, kept), "unchanged");
        assert.is(requests[1]?.headers["if-none-match"], headers.ETag);
      });
    });
  }

  it("hears that nothing changed by the time where there is no ETag", async () => {
    await at(conditional({ "Last-Modified": OLD, Date: NOW }), async (source) => {
      assert.is(await validator(source), OLD);
      assert.is(await sums(source, OLD), "unchanged");
    });
  });

  for (const [what, headers] of Object.entries({
    "changed in the second of the answer": { ETag: '"6566-1a4"', "Last-Modified": NOW, Date: NOW },
    "lies where no times are kept": { ETag: '"1-1a4"', "Last-Modified": "Thu, 01 Jan 1970 00:00:01 GMT", Date: NOW },
    "has an ETag that is none": { ETag: "a-1" },
    "has a time of the future": { "Last-Modified": "Thu, 26 Nov 2099 10:00:00 GMT", Date: NOW },
  })) {
    it(`does not ask conditionally next time where the file ${what}`, async () => {
      await at(conditional(headers), async (source) => assert.is(await validator(source), undefined));
    });
  }

  it("keeps what is no validator out of the headers", async () => {
    await at(conditional({}), async (source, { requests }) => {
      assert.is(await sums(source, '"a"\r\nX-Injected: 1'), SUMS);
      assert.is(await sums(source, "unchanged"), SUMS);
      for (const { headers } of requests) {
        assert.is(headers["if-none-match"] ?? headers["if-modified-since"] ?? headers["x-injected"], undefined);
      }
    });
  });

  it("gives other bytes under the same ETag to who asks, and does not call them unchanged", async () => {
    let body = SUMS;
    const answer: RequestListener = (_request, response) => response.writeHead(200, { ETag: '"same"' }).end(body);
    await at(answer, async (source) => {
      assert.is(await sums(source), SUMS);
      body = SUMS.replace("1795334400", "1795334401");
      assert.is(await sums(source, '"same"'), body);
    });
  });

  const answers: readonly (readonly [string, Reason, number, Readonly<Record<string, string>>?])[] = [
    ["a 304 that nobody asked for", "unreachable", 304],
    ["a part of the file", "unreachable", 206],
    ["no content", "unreachable", 204],
    ["a choice", "unreachable", 300],
    ["plain HTTP to what speaks TLS", "unreachable", 400],
    ["credentials that are asked for", "unauthorized", 401],
    ["a forbidden file", "unauthorized", 403],
    ["too many requests", "throttled", 429],
    ["a broken server", "unreachable", 500],
    ["a server behind a proxy that is not there", "unreachable", 502],
    ["a server in maintenance", "unreachable", 503],
    ["a server that is too slow for a proxy", "unreachable", 504],
    ["a network that wants a login", "unreachable", 511],
    ["an empty file", "unreachable", 200, { "Content-Length": "0" }],
    ["an empty file in chunks", "unreachable", 200],
    ["a packed file", "unreachable", 200, { "Content-Encoding": "gzip" }],
    ["a file that is packed twice", "unreachable", 200, { "Content-Encoding": "gzip, gzip" }],
    ["a web page", "unreachable", 200, { "Content-Type": "text/html; charset=utf-8" }],
  ];
  const words: Readonly<Record<number, string>> = {
    206: "a part",
    304: "nothing changed",
    400: "does not understand",
    401: "credentials",
    403: "forbidden",
    429: "too often",
    502: "not available",
    503: "not available",
    504: "not available",
    511: "login page",
  };
  for (const [what, reason, status, headers = {}] of answers) {
    it(`refuses ${what}: ${reason} (${status})`, async () => {
      const answer: RequestListener = (_request, response) => {
        const text = headers["Content-Type"] === undefined ? "" : SUMS;
        response.writeHead(status, headers).end(headers["Content-Encoding"] === undefined ? text : gzipSync(SUMS));
      };
      await at(answer, async (source) => {
        const { message, help } = await failure(reason, sums(source));
        assert.match(help ?? "", status === 400 ? "https://" : /./);
        assert.match(message, words[status] ?? "/SHA256SUMS");
        // An empty file may be what its digest says; the check of its content refuses it with better words.
        if (what.startsWith("an empty file")) assert.is(await read(source), "");
        else await failure(reason, read(source));
      });
    });
  }

  it("knows a captive portal by its page, whatever type it claims", async () => {
    const answer: RequestListener = (_request, response) => {
      response.end("\n <!DOCTYPE html><title>Welcome to the airport</title>");
    };
    await at(answer, async (source) => assert.match((await failure("unreachable", sums(source))).message, /web page/));
  });

  const waits: readonly (readonly [string, number | undefined])[] = [
    ["120", 120],
    ["1000000000", 3600],
    ["99999999999999999999999", 3600],
    ["0", undefined],
    ["-5", undefined],
    ["soon", undefined],
    ["Thu, 26 Nov 2026 13:01:30 GMT", 90],
    ["Thu, 26 Nov 2026 12:00:00 GMT", undefined],
    ["Thu, 26 Nov 2099 13:01:30 GMT", 3600],
  ];
  for (const [text, seconds] of waits) {
    it(`waits ${seconds ?? "no certain time"} where Retry-After is ${text}`, async () => {
      const answer: RequestListener = (_request, response) => {
        response.writeHead(429, { "Retry-After": text, Date: NOW }).end();
      };
      await at(answer, async (source) => assert.is((await failure("throttled", sums(source))).retryAfter, seconds));
    });
  }

  it("says unknown-shard only where the manifest knows others", async () => {
    const manifest = (...names: string[]): string =>
      JSON.stringify({ version: 1, shards: Object.fromEntries(names.map((name) => [name, {}])) });
    const cases: readonly (readonly [Reason, Record<string, string>])[] = [
      ["unknown-shard", { "/manifest.json": manifest("osaka", "東 b") }],
      ["unknown-shard", { "/SHA256SUMS": SUMS }],
      ["unreachable", { "/manifest.json": manifest("osaka", "東 a") }],
      ["unreachable", { "/manifest.json": "{", "/index.html": "x" }],
      ["unreachable", { "/manifest.json": '{"shards":["a"]}' }],
      ["unreachable", { "/SHA256SUMS": "<html>" }],
      ["unreachable", {}],
    ];
    for (const [reason, files] of cases)
      await at(serve(files), async (source) => await failure(reason, sums(source)), {}, "shards/%E6%9D%B1%20a/");
    await at(
      serve({ "/manifest.json": manifest("a") }),
      async (source) => failure("unreachable", sums(source)),
      {},
      "",
    );
  });

  it("a web page in place of the manifest is no decision about a shard", async () => {
    const answer: RequestListener = (request, response) => {
      if (request.url?.startsWith("/shards/") === true) response.writeHead(404).end();
      else response.writeHead(200, { "Content-Type": "text/html" }).end("<html>");
    };
    await at(answer, async (source) => failure("unreachable", sums(source)));
  });

  it("a file that SHA256SUMS lists and that is not there is inconsistent", async () => {
    await at(serve({}), async (source) => failure("inconsistent", read(source)));
  });

  it("takes a file of exactly the largest size, and not one byte more, announced or in chunks", async () => {
    for (const isAnnounced of [true, false]) {
      for (const [bytes, isTaken] of [
        [1000, true],
        [1001, false],
      ] as const) {
        const answer: RequestListener = (_request, response) => {
          response.writeHead(200, isAnnounced ? { "Content-Length": bytes } : {}).end("x".repeat(bytes));
        };
        await at(
          answer,
          async (source) => {
            if (isTaken) assert.is((await read(source)).length, bytes);
            else await failure("too-large", read(source));
          },
          { maxBytes: 1000 },
        );
      }
    }
  });

  it("takes no SHA256SUMS and no signature of a megabyte", async () => {
    await at(
      (_request, response) => response.end("x".repeat(1 << 20)),
      async (source) => failure("too-large", sums(source)),
    );
    const answer: RequestListener = (request, response) => {
      response.end(request.url?.includes(".sig") === true ? "x".repeat(1 << 20) : SUMS);
    };
    await at(answer, async (source) => failure("too-large", sums(source)), { signatures: true });
  });

  it("takes up a connection anew that the server closed meanwhile", async () => {
    const answer: RequestListener = ({ socket }, response) => {
      response.end(SUMS);
      // Without a word about it, as servers do whose patience ends just then.
      response.on("finish", () => setTimeout(() => socket.destroy(), 20));
    };
    await at(answer, async (source, { connections }) => {
      await sums(source);
      await new Promise((resolve) => setTimeout(resolve, 60));
      assert.is(await read(source), SUMS);
      assert.is(connections(), 2);
    });
  });

  it("asks once more where a kept connection breaks under the request, and no third time", async () => {
    let asked = 0;
    const answer: RequestListener = (request, response) => {
      asked += 1;
      if (asked === 1) response.end(SUMS);
      else request.socket.destroy();
    };
    await at(answer, async (source) => {
      await sums(source);
      await failure("unreachable", read(source));
      assert.is(asked, 3);
    });
  });

  it("names who refuses the connection", async () => {
    const port = await withWebServer(serve({}), async (server) => server.port);
    await using(openHttpSource(new URL(`http://127.0.0.1:${port}/`), config(), ""), async (source) => {
      const { message } = await failure("unreachable", sums(source));
      assert.match(message, `127.0.0.1:${port} refuses the connection`);
    });
  });

  it("takes a time of months for what it is: no timer of Node does, and it would be over at once", async () => {
    const answer: RequestListener = (_request, response) => void setTimeout(() => response.end(SUMS), 20);
    await at(answer, async (source) => assert.is(await sums(source), SUMS), { timeout: 1e8 });
  });

  it("ends with the caller's own words where the caller calls it off, and what it was waiting for", async () => {
    const outOfTime = new Failure("throttled", "over after 9 s", { help: "wait" });
    for (const [reason, words, help] of [
      [outOfTime, "over after 9 s: waiting for the answer of 127.0.0.1", "wait"],
      [new Error("stop"), "called off before 127.0.0.1", undefined],
    ] as const) {
      const controller = new AbortController();
      const answer: RequestListener = () => controller.abort(reason);
      await at(answer, async (source) => {
        for (const when of ["while it asks", "before it asks"]) {
          const kind = reason instanceof Failure ? reason.reason : "unreachable";
          const failed = await endsSoon(() => failure(kind, source.pointer(undefined, controller.signal)));
          if (when === "while it asks") assert.match(failed.message, words);
          assert.is(failed.help, help);
        }
      });
    }
  });
});
