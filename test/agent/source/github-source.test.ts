import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { SourceConfig } from "../../../src/agent/config.ts";
import type { Reason } from "../../../src/agent/failure.ts";
import { FEED_BYTES } from "../../../src/agent/source/feed.ts";
import { openGitHubSource } from "../../../src/agent/source/github-source.ts";
import type { Source } from "../../../src/agent/source/source.ts";
import { describe } from "../../describe.ts";
import { endsSoon } from "../../stopwatch.ts";
import { withDirectory } from "../../workplace.ts";
import { failureOf, NEVER, pointerOf, SHARD, sourceConfig, textOf } from "./git-repository.ts";
import { json, withGitHub } from "./github-stand-in.ts";
import type { GitHubStandIn, Tree } from "./github-stand-in.ts";

const TREE = SHARD as Tree;
const SUMS = String(SHARD["shards/a/SHA256SUMS"]);
const TARGETS = String(SHARD["shards/a/targets.json"]);
const CANARY = "ghp_canary5f0c1d";

async function open(
  { api }: GitHubStandIn,
  config: Partial<SourceConfig> = {},
  directory = "shards/a/",
  url = "github:acme/targets#artifacts",
): Promise<Source> {
  return await openGitHubSource(url, sourceConfig({ githubApi: api, ...config }), directory);
}

/** A file with a token, and what names it. */
async function withToken(
  act: (credentials: NonNullable<SourceConfig["credentials"]>, path: string) => Promise<void>,
): Promise<void> {
  await withDirectory({ token: `${CANARY}\n` }, async (directory) => {
    const path = join(directory, "token");
    await act({ kind: "bearer", path }, path);
  });
}

describe("github source", (it) => {
  it("brings SHA256SUMS and the files beside it, from one commit", async () => {
    await withGitHub(TREE, async (hub) => {
      const source = await open(hub);
      assert.is(source.label, "github:acme/targets#artifacts");
      const { text, signature, validator } = await pointerOf(source);
      assert.is(text, SUMS);
      assert.is(signature, undefined);
      assert.match(validator ?? "", /^[0-9a-f]{40} W\/"/);
      hub.publish({ ...TREE, "shards/a/targets.json": "newer" });
      assert.is(await textOf(source, "targets.json"), TARGETS);
      assert.is(await textOf(source, "urls.json"), TREE["shards/a/urls.json"]);
      await source.close();
    });
  });

  it("asks one question that costs nothing while the branch stays", async () => {
    await withGitHub(TREE, async (hub) => {
      const { validator } = await pointerOf(await open(hub));
      hub.asked.length = 0;
      const source = await open(hub);
      assert.equal(await source.pointer(validator, NEVER), { kind: "unchanged" });
      assert.equal(
        hub.asked.map(({ status }) => status),
        [304],
      );
      // Something is wrong with the file in place: it is asked for although nothing changed.
      assert.is(await textOf(source, "targets.json"), TARGETS);
      await source.close();
    });
  });

  it("sees a new commit, one that was forced back, and does not ask for what it has been told", async () => {
    await withGitHub(TREE, async (hub) => {
      const first = await pointerOf(await open(hub));
      hub.publish({ ...TREE, "shards/a/SHA256SUMS": "2\n" });
      const second = await pointerOf(await open(hub), first.validator);
      assert.is(second.text, "2\n");
      hub.publish(TREE);
      hub.asked.length = 0;
      assert.is((await pointerOf(await open(hub), second.validator)).text, SUMS);
      // The branch, the directory, SHA256SUMS.
      assert.is(hub.asked.length, 3);
    });
  });

  it("asks past all caches where somebody doubts an answer", async () => {
    await withGitHub(TREE, async (hub) => {
      const { validator } = await pointerOf(await open(hub));
      hub.asked.length = 0;
      assert.is((await pointerOf(await open(hub), validator, true)).text, SUMS);
      assert.is(hub.asked[0]?.headers["if-none-match"], undefined);
      assert.is(hub.asked[0]?.headers["cache-control"], "no-cache");
    });
  });

  it("ignores a validator that is not one of ours", async () => {
    await withGitHub(TREE, async (hub) => {
      for (const validator of ["", '"etag"', "x\r\ny: z", `${"0".repeat(40)} "a\nb"`]) {
        assert.is((await pointerOf(await open(hub), validator)).text, SUMS);
      }
    });
  });

  it("brings the signature where signatures are wanted, and undefined where there is none", async () => {
    await withGitHub(TREE, async (hub) => {
      const source = await open(hub, { signatures: true });
      assert.equal(Buffer.from((await pointerOf(source)).signature ?? "").toString(), "signature\n");
      hub.publish({ "shards/a/SHA256SUMS": "2\n" });
      assert.is((await pointerOf(source)).signature, undefined);
    });
  });

  it("takes the whole inventory from the root, and the branch artifacts where none is named", async () => {
    await withGitHub({ SHA256SUMS: "all\n", "targets.json": "[all]", "shards/a/SHA256SUMS": "a\n" }, async (hub) => {
      const source = await open(hub, {}, "", "github:acme/targets");
      assert.is((await pointerOf(source)).text, "all\n");
      assert.is(await textOf(source, "targets.json"), "[all]");
    });
  });

  it("finds a shard whose directory name is percent-encoded", async () => {
    await withGitHub({ "shards/%E6%9D%B1%2A/SHA256SUMS": "tokyo\n" }, async (hub) => {
      assert.is((await pointerOf(await open(hub, {}, "shards/%E6%9D%B1%2A/"))).text, "tokyo\n");
    });
  });

  it("tells a shard that is not in the inventory from a branch that is not one of ours", async () => {
    await withGitHub(TREE, async (hub) => {
      await failureOf("unknown-shard", async () => (await open(hub, {}, "shards/b/")).pointer(undefined, NEVER));
      hub.publish({ "README.md": "x" });
      await failureOf("unreachable", async () => (await open(hub, {}, "shards/b/")).pointer(undefined, NEVER));
      await failureOf("unreachable", async () => (await open(hub, {}, "")).pointer(undefined, NEVER));
      hub.publish({ "shards/a/SHA256SUMS": "x\n" });
      const source = await open(hub);
      await pointerOf(source);
      await failureOf("inconsistent", () => textOf(source, "urls.json"));
    });
  });

  it("says both causes where GitHub says that there is nothing: a wrong name, or no right to read it", async () => {
    await withGitHub(undefined, async (hub) => {
      hub.authorization = "Bearer other";
      const { message, help } = await failureOf("unreachable", async () => (await open(hub)).pointer(undefined, NEVER));
      assert.match(message, "not for us");
      assert.match(help ?? "", "--credentials");
    });
  });

  it("refuses links and submodules, which GitHub would follow or hide", async () => {
    for (const type of ["symlink", "submodule"] as const) {
      await withGitHub({ ...TREE, "shards/a/targets.json": { type } }, async (hub) => {
        const source = await open(hub);
        await pointerOf(source);
        const { message } = await failureOf("invalid", () => textOf(source, "targets.json"));
        assert.match(message, type === "symlink" ? "symbolic link" : type);
        hub.publish({ ...TREE, "shards/a/SHA256SUMS": { type } });
        await failureOf("pointer", () => source.pointer(undefined, NEVER));
        hub.publish({ "manifest.json": "{}", "shards/a": { type } });
        await failureOf("pointer", () => source.pointer(undefined, NEVER));
      });
    }
  });
});

describe("github source: credentials", (it) => {
  it("sends the token, which is read anew at every attempt, and once more where it was just replaced", async () => {
    await withToken(async (credentials, path) => {
      await withGitHub(TREE, async (hub) => {
        hub.authorization = `Bearer ${CANARY}`;
        const source = await open(hub, { credentials });
        await pointerOf(source);
        await writeFile(path, "next");
        hub.authorization = "Bearer next";
        await pointerOf(source);
        hub.trouble = ({ headers }) => {
          if (headers.authorization === "Bearer next") writeFileSync(path, "last");
          hub.authorization = "Bearer last";
          return false;
        };
        assert.is((await pointerOf(source)).text, SUMS);
      });
    });
  });

  it("says that the token is not accepted, without saying it", async () => {
    await withToken(async (credentials) => {
      await withGitHub(TREE, async (hub) => {
        hub.authorization = "Bearer other";
        const source = await open(hub, { credentials });
        const { message, help, cause } = await failureOf("unauthorized", () => source.pointer(undefined, NEVER));
        assert.not.ok(`${message} ${help} ${String(cause)}`.includes(CANARY));
      });
    });
  });

  it("takes no token along where a redirect leads to another origin, and takes it along within one", async () => {
    await withToken(async (credentials) => {
      await withGitHub(TREE, async (hub) => {
        hub.authorization = `Bearer ${CANARY}`;
        const seen: (string | undefined)[] = [];
        const elsewhere = createServer((request, response) => {
          seen.push(request.headers.authorization, JSON.stringify(request.headers));
          response.writeHead(200, { "Content-Length": Buffer.byteLength(TARGETS) }).end(TARGETS);
        });
        await new Promise<void>((resolve) => {
          elsewhere.listen(0, "127.0.0.1", resolve);
        });
        try {
          const { port } = elsewhere.address() as AddressInfo;
          const source = await open(hub, { credentials });
          await pointerOf(source);
          hub.trouble = ({ url = "" }, response) => {
            if (url.includes("blobs"))
              response.writeHead(302, { Location: `http://127.0.0.1:${port}/signed?x=1` }).end();
            return url.includes("blobs");
          };
          assert.is(await textOf(source, "targets.json"), TARGETS);
          assert.is(seen[0], undefined);
          assert.not.ok(String(seen[1]).includes(CANARY));

          // A repository that was renamed.
          hub.trouble = ({ url = "" }, response) => {
            const isOld = url.includes("/acme/old/");
            if (isOld) response.writeHead(301, { Location: url.replace("/acme/old/", "/acme/targets/") }).end();
            return isOld;
          };
          assert.is((await pointerOf(await open(hub, { credentials }, "shards/a/", "github:acme/old"))).text, SUMS);
        } finally {
          elsewhere.closeAllConnections();
          await new Promise((resolve) => elsewhere.close(resolve));
        }
      });
    });
  });

  it("warns of a token that everybody on the host can read", async () => {
    await withToken(async (credentials) => {
      await withGitHub(TREE, async (hub) => {
        const source = await open(hub, { credentials });
        await pointerOf(source);
        assert.is(source.warnings?.length, 1);
      });
    });
  });
});

interface Refusal {
  readonly what: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly message?: string;
  readonly reason: Reason;
  readonly retryAfter?: number | undefined;
  /** In its words, what to do included. */
  readonly says?: RegExp;
}

const DATE = "Thu, 01 Jan 2026 00:00:00 GMT";
const LATER = (seconds: number): string => String(Date.parse(DATE) / 1000 + seconds);
const LIMITED = { "X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", Date: DATE };

const REFUSALS: readonly Refusal[] = [
  {
    what: "a used-up budget",
    status: 403,
    headers: { ...LIMITED, "X-RateLimit-Reset": LATER(90) },
    reason: "throttled",
    retryAfter: 90,
  },
  {
    what: "a used-up budget as 429",
    status: 429,
    headers: { ...LIMITED, "X-RateLimit-Reset": LATER(1) },
    reason: "throttled",
    retryAfter: 1,
  },
  {
    what: "a budget that is given anew next year",
    status: 403,
    headers: { ...LIMITED, "X-RateLimit-Reset": LATER(1e7) },
    reason: "throttled",
    retryAfter: 3600,
  },
  {
    what: "a secondary limit",
    status: 403,
    headers: { "Retry-After": "17", "X-RateLimit-Remaining": "4000" },
    reason: "throttled",
    retryAfter: 17,
  },
  {
    what: "a secondary limit that is only said in words",
    status: 403,
    message: "You have exceeded a secondary rate limit.",
    reason: "throttled",
    retryAfter: 60,
  },
  {
    what: "missing rights",
    status: 403,
    message: "Resource not accessible by personal access token",
    reason: "unauthorized",
    says: /right to read contents/,
  },
  {
    what: "single sign-on",
    status: 403,
    headers: { "X-GitHub-SSO": "required; url=https://x" },
    reason: "unauthorized",
    says: /single sign-on/,
  },
  {
    what: "a file that is too large",
    status: 403,
    message: "This API returns blobs up to 100 MB in size. The requested blob is too large",
    reason: "too-large",
  },
  {
    what: "an empty repository",
    status: 409,
    message: "Git Repository is empty.",
    reason: "unreachable",
    says: /is an empty repository .*publish to its branch/,
  },
  { what: "a server that breaks", status: 500, reason: "unreachable", says: /cannot answer .*githubstatus/ },
  { what: "a server that is down", status: 502, message: "Server Error", reason: "unreachable", says: /cannot answer/ },
  {
    what: "a server that says when to come back",
    status: 503,
    headers: { "Retry-After": "30" },
    reason: "unreachable",
    retryAfter: 30,
  },
  { what: "a repository that is blocked", status: 451, reason: "unreachable" },
  { what: "a question that it does not understand", status: 422, reason: "unreachable" },
];

describe("github source: what GitHub refuses", (it) => {
  for (const { what, status, headers, message = "x", reason, retryAfter, says = /acme/ } of REFUSALS) {
    it(`takes ${what} (${status}) for ${reason}`, async () => {
      await withGitHub(TREE, async (hub) => {
        hub.trouble = (_, response) => {
          json(response, status, { message, documentation_url: "https://docs.github.com" }, headers);
          return true;
        };
        const failure = await failureOf(reason, async () => (await open(hub)).pointer(undefined, NEVER));
        assert.is(failure.retryAfter, retryAfter);
        assert.ok(failure.help);
        assert.match(`${failure.message} ${failure.help}`, says);
        // Whether and when to ask again is not for the source to say.
        assert.is(hub.asked.length, 1);
      });
    });
  }

  it("takes what is not GitHub for unreachable: a web page, JSON of another kind, a 304 that nobody asked for", async () => {
    const page = { "Content-Type": "text/html" };
    await withGitHub(TREE, async (hub) => {
      for (const [status, headers, body] of [
        [200, page, "<html>log in</html>"],
        [502, page, "<html>bad gateway</html>"],
        [200, { "Content-Type": "application/json" }, "{"],
        [200, { "Content-Type": "application/json" }, "[]"],
        [200, { "Content-Type": "application/json" }, "null"],
        [200, { "Content-Type": "application/json" }, '{"message":"ok"}'],
        [200, { "Content-Type": "application/json" }, '{"ref":"refs/heads/other","object":{"sha":"../../x"}}'],
        [204, {}, ""],
        [304, {}, ""],
      ] as const) {
        hub.trouble = (_, response) => {
          response.writeHead(status, headers).end(body);
          return true;
        };
        await failureOf("unreachable", async () => (await open(hub)).pointer(undefined, NEVER));
      }
    });
  });
});

describe("github source: sizes and time", (it) => {
  it("streams a large file, and stops at the largest size before it asks for one", async () => {
    const large = Buffer.alloc(3_000_000, "x");
    await withGitHub({ ...TREE, "shards/a/targets.json": large }, async (hub) => {
      const source = await open(hub, { maxBytes: 3_000_000 });
      await pointerOf(source);
      let [bytes, largest] = [0, 0];
      for await (const chunk of source.file("targets.json", "", NEVER)) {
        bytes += chunk.length;
        largest = Math.max(largest, chunk.length);
      }
      assert.is(bytes, 3_000_000);
      assert.ok(largest <= FEED_BYTES, String(largest));

      const small = await open(hub, { maxBytes: 2_999_999 });
      await pointerOf(small);
      hub.asked.length = 0;
      await failureOf("too-large", () => textOf(small, "targets.json"));
      assert.equal(
        hub.asked.filter(({ path }) => path.includes("blobs")),
        [],
      );
      hub.publish({ "shards/a/SHA256SUMS": large });
      await failureOf("too-large", () => small.pointer(undefined, NEVER));
    });
  });

  it("never takes a file that is cut off, or longer than its directory says, for a whole one", async () => {
    await withGitHub(TREE, async (hub) => {
      const source = await open(hub);
      await pointerOf(source);
      for (const body of [TARGETS.slice(0, -1), `${TARGETS} `, ""]) {
        for (const length of [String(body.length), undefined]) {
          hub.trouble = (_, response) => {
            if (length !== undefined) response.setHeader("Content-Length", length);
            response.writeHead(200).end(body);
            return true;
          };
          await failureOf("unreachable", () => textOf(source, "targets.json"));
        }
      }
      hub.trouble = (_, response) => {
        response.writeHead(200, { "Content-Length": TARGETS.length });
        response.write(TARGETS.slice(0, 5), () => response.destroy());
        return true;
      };
      await failureOf("unreachable", () => textOf(source, "targets.json"));
    });
  });

  it("stops reading what has no end, JSON or a file", async () => {
    await withGitHub(TREE, async (hub) => {
      const source = await open(hub);
      await pointerOf(source);
      hub.trouble = (_, response) => {
        response.writeHead(200, { "Content-Type": "application/json" });
        const more = (): void => {
          while (!response.destroyed && response.write("[".repeat(65_536)));
        };
        response.on("drain", more);
        more();
        return true;
      };
      await endsSoon(() => failureOf("unreachable", () => textOf(source, "targets.json")));
      await endsSoon(() => failureOf("too-large", () => source.pointer(undefined, NEVER)));
    });
  });

  it("holds its deadline against a server that never answers", async () => {
    await withGitHub(TREE, async (hub) => {
      hub.trouble = () => true;
      const source = await open(hub, { timeout: 0.5 });
      await endsSoon(() => failureOf("unreachable", () => source.pointer(undefined, NEVER)));
    });
  });

  it("goes through the proxy that is configured", async () => {
    await withGitHub(TREE, async (hub) => {
      const proxy = hub.api.replace("/api/v3", "");
      const source = await open(hub, {
        githubApi: "http://github.invalid/api/v3",
        allowHttp: true,
        proxy: { http: proxy },
      });
      assert.is((await pointerOf(source)).text, SUMS);
      assert.match(hub.asked[0]?.path ?? "", /^http:\/\/github\.invalid\/api\/v3\/repos\/acme\/targets/);
    });
  });
});

describe("github source: addresses", (it) => {
  it("refuses what does not name a repository and a branch", async () => {
    for (const url of [
      "github:",
      "github:acme",
      "github:acme/..",
      "github:a b/c",
      "github:acme/x/y",
      "github:acme/x#-b",
      "github:acme/x#a..b",
      "github:acme/x#a b",
    ]) {
      await failureOf("configuration", () => openGitHubSource(url, sourceConfig(), ""));
    }
  });

  it("refuses an API that is not encrypted, but for this host", async () => {
    for (const githubApi of ["http://github.example.com", "ftp://github.example.com", "x"]) {
      await failureOf("configuration", () => openGitHubSource("github:a/b", sourceConfig({ githubApi }), ""));
    }
  });
});
