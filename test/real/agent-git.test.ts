/**
 * The git source against a real git on the other side, over HTTP, and over ssh as far as it goes without a server for it:
 * troubles on the way, credentials, and a kill in the middle.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer as createTlsServer } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import { request as ask } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { Reason } from "../../src/agent/failure.ts";
import type { Source } from "../../src/agent/source/source.ts";
import {
  failureOf,
  NEVER,
  pointerOf,
  SHARD,
  sourceConfig,
  textOf,
  withRepository,
} from "../agent/source/git-repository.ts";
import type { Repository } from "../agent/source/git-repository.ts";
import { withGitServer, withServer } from "../agent/source/git-server.ts";
import type { GitServer, Trouble } from "../agent/source/git-server.ts";
import { describe } from "../describe.ts";
import { endsSoon, withEnoughTime } from "../stopwatch.ts";
import { environment, ROOT, run, until, writeFiles } from "../workplace.ts";
import { makeCertificate } from "./loopback.ts";

const SUMS = String(SHARD["shards/a/SHA256SUMS"]);
const CANARY = "canary-5f0c1d";

function answers(status: number, headers: Readonly<Record<string, string>> = {}): Trouble {
  return (_, response) => {
    response.writeHead(status, headers).end();
    return true;
  };
}

function wants(authorization: () => string): Trouble {
  return ({ headers }, response) => {
    if (headers.authorization === authorization()) return false;
    return answers(401, { "WWW-Authenticate": 'Basic realm="git"' })({ headers } as never, response);
  };
}

async function withRemote(
  act: (repository: Repository, server: GitServer, url: string) => Promise<void>,
  trouble?: Trouble,
  bytesPerSecond?: number,
): Promise<void> {
  await withRepository(async (repository) => {
    await withGitServer(
      repository.directory,
      async (server) => await act(repository, server, `git+${server.origin}/work/.git#artifacts`),
      trouble,
      bytesPerSecond,
    );
  });
}

/** Asks somebody else, and passes the answer on. */
function forward(request: IncomingMessage, response: ServerResponse, url: string): void {
  const { method, headers } = request;
  const forwarded = ask(url, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  });
  request.pipe(forwarded);
}

/** Command lines of processes that name this. */
async function processesWith(text: string): Promise<string[]> {
  const { stdout } = await run("/", ["ps", "-eo", "args"]);
  return stdout.split("\n").filter((line) => line.includes(text));
}

describe("git source over HTTP", (it) => {
  it("reads a branch, and asks two short questions while it stays", async () => {
    await withRemote(async ({ open }, { asked }, url) => {
      const source = await open({}, "shards/a/", url);
      const { text, validator } = await pointerOf(source);
      assert.is(text, SUMS);
      assert.is(await textOf(source, "targets.json"), SHARD["shards/a/targets.json"]);
      asked.length = 0;
      assert.equal(await source.pointer(validator, NEVER), { kind: "unchanged" });
      assert.equal(
        asked.map(({ method }) => method),
        ["GET", "POST"],
      );
    });
  });

  const STATUSES: readonly (readonly [number, Reason])[] = [
    [401, "unauthorized"],
    [403, "unauthorized"],
    [404, "unreachable"],
    [429, "throttled"],
    [500, "unreachable"],
    [503, "unreachable"],
  ];
  it("takes an answer for what it says, keeps its clone, and goes on when that is over", async () => {
    let trouble: number | undefined;
    await withRemote(
      async ({ open, clone, publish }, _, url) => {
        await pointerOf(await open({}, "shards/a/", url));
        await writeFile(join(clone, "mark"), "");
        for (const [status, reason] of STATUSES) {
          trouble = status;
          await failureOf(reason, async () => (await open({}, "shards/a/", url)).pointer(undefined, NEVER));
          assert.ok((await readdir(clone)).includes("mark"), String(status));
          trouble = undefined;
          await publish({ "shards/a/SHA256SUMS": `${status}\n` });
          assert.is((await pointerOf(await open({}, "shards/a/", url))).text, `${status}\n`);
        }
      },
      (request, response) => trouble !== undefined && answers(trouble)(request, response),
    );
  });

  it("says unreachable where nobody listens, and where the answer is a web page", async () => {
    const page: Trouble = (_, response) => {
      response.writeHead(200, { "Content-Type": "text/html" }).end("<html>log in</html>");
      return true;
    };
    await withRemote(async ({ open }, _, url) => {
      await failureOf("unreachable", async () => (await open({}, "shards/a/", url)).pointer(undefined, NEVER));
      const nobody = await open({}, "shards/a/", "git+http://127.0.0.1:1/x.git");
      await failureOf("unreachable", () => nobody.pointer(undefined, NEVER));
    }, page);
  });

  it("sends credentials of their file, but never on a command line or in the words of a failure", async () => {
    const good = `Basic ${Buffer.from(`x-access-token:${CANARY}`).toString("base64")}`;
    await withRemote(
      async ({ open, directory }, _, url) => {
        const log = join(directory, "log");
        await writeFiles(join(directory), { token: `x-access-token:${CANARY}\r\n`, wrong: `user:${CANARY}x\n` });
        // Stands before git and notes how it is called.
        const { PATH = "" } = environment("/");
        const real = (await run("/", ["sh", "-c", "command -v git"])).stdout.trim();
        await writeFiles(directory, { "bin/git": `#!/bin/sh\necho "$0 $@" >> ${log}\nexec ${real} "$@"\n` });
        await run(directory, ["chmod", "755", "bin/git"]);
        const use = async (path: string | undefined): Promise<Source> =>
          await open(
            {
              environment: { PATH: `${join(directory, "bin")}:${PATH}` },
              ...(path === undefined ? {} : { credentials: { kind: "basic", path: join(directory, path) } }),
            },
            "shards/a/",
            url,
          );
        const source = await use("token");
        await pointerOf(source);
        await textOf(source, "targets.json");
        for (const path of ["wrong", undefined]) {
          const refused = await use(path);
          const failure = await failureOf("unauthorized", () => refused.pointer(undefined, NEVER));
          assert.not.ok(
            `${failure.message} ${failure.help} ${String(failure.cause)} ${refused.label}`.includes(CANARY),
          );
        }
        const calls = await readFile(log, "utf8");
        assert.match(calls, "ls-remote");
        for (const secret of [CANARY, good.slice(6)]) assert.not.ok(calls.includes(secret));
        const kept = await run(directory, ["grep", "-rlF", "-e", CANARY, "-e", good.slice(6), "state"]);
        assert.is(kept.stdout, "");
      },
      wants(() => good),
    );
  });

  it("reads a token again that was replaced while it was on its way, once", async () => {
    let directory = "";
    let isReplaced = false;
    const replacing: Trouble = (request, response) => {
      const isGood = request.headers.authorization === "Bearer new";
      if (isGood) return false;
      void writeFile(join(directory, "token"), isReplaced ? "old" : "new").then(() =>
        answers(401, { "WWW-Authenticate": "Basic" })(request, response),
      );
      return true;
    };
    await withRemote(async (repository, { asked }, url) => {
      directory = repository.directory;
      await writeFile(join(directory, "token"), "old");
      const credentials = { kind: "bearer", path: join(directory, "token") } as const;
      const source = await repository.open({ credentials }, "shards/a/", url);
      assert.is((await pointerOf(source)).text, SUMS);
      isReplaced = true;
      await writeFile(credentials.path, "other");
      asked.length = 0;
      await failureOf("unauthorized", () => source.pointer(undefined, NEVER));
      assert.equal(
        asked.map(({ authorization }) => authorization),
        ["Bearer other", "Bearer old"],
      );
    }, replacing);
  });

  it("takes no credentials along to where a redirect leads", async () => {
    await withServer(
      () => false,
      (_, response) => response.writeHead(404).end(),
      async (elsewhere) => {
        await withRemote(
          async ({ open, directory }, _, url) => {
            await writeFile(join(directory, "token"), CANARY);
            const credentials = { kind: "bearer", path: join(directory, "token") } as const;
            const source = await open({ credentials }, "shards/a/", url);
            await failureOf("redirect", () => source.pointer(undefined, NEVER));
            assert.equal(elsewhere.asked, []);
          },
          (request, response) => answers(302, { Location: `${elsewhere.origin}${request.url}` })(request, response),
        );
      },
    );
  });

  it("tells a missing branch from what may be no repository at all", async () => {
    let isPage = false;
    await withRemote(
      async ({ open, git }, _, url) => {
        await git("checkout", "--quiet", "-b", "other");
        await git("branch", "--quiet", "--delete", "--force", "artifacts");
        for (const words of ["after the #", "a proxy's page"]) {
          const { message, help } = await failureOf("unreachable", async () =>
            (await open({}, "shards/a/", url)).pointer(undefined, NEVER),
          );
          assert.match(message, "has no branch artifacts");
          assert.match(help ?? "", words);
          isPage = true;
        }
      },
      (request, response) => isPage && answers(200, { "Content-Type": "text/html" })(request, response),
    );
  });

  it("goes through the proxy that is configured", async () => {
    await withRemote(async ({ open }, { asked }, url) => {
      await withServer(
        () => false,
        (request, response) => forward(request, response, request.url ?? ""),
        async (proxy) => {
          const through = await open({ proxy: { http: proxy.origin } }, "shards/a/", url);
          await pointerOf(through);
          assert.ok(proxy.asked.length > 0);
          assert.ok(proxy.asked.every(({ url: target }) => target?.startsWith("http://127.0.0.1")));
          proxy.asked.length = 0;
          asked.length = 0;
          const past = await open({ proxy: { http: proxy.origin, none: "127.0.0.1" } }, "shards/a/", url);
          await pointerOf(past);
          assert.equal(proxy.asked, []);
          assert.ok(asked.length > 0);
        },
      );
    });
  });

  it("holds its deadline against a server that never answers, and leaves no process behind", async () => {
    const open: ServerResponse[] = [];
    await withRemote(
      async (repository, { origin }, url) => {
        const source = await repository.open({ timeout: 1 }, "shards/a/", url);
        const { message } = await endsSoon(() => failureOf("unreachable", () => source.pointer(undefined, NEVER)));
        assert.match(message, "1 s");
        await until("git is gone", async () => (await processesWith(origin)).length === 0);
      },
      (_, response) => {
        open.push(response);
        return true;
      },
    );
  });

  it("stops where it is told to, in the middle of a fetch", async () => {
    await withRemote(
      async ({ open, publish }, { origin }, url) => {
        await publish({ large: randomBytes(3_000_000) });
        const source = await open({ maxBytes: 100_000_000 }, "shards/a/", url);
        const controller = new AbortController();
        const failing = failureOf("unreachable", () => source.pointer(undefined, controller.signal));
        await until("it fetches", async () => (await processesWith("index-pack")).length > 0);
        controller.abort();
        await failing;
        // Long before all has come.
        await until("git is gone", async () => (await processesWith(origin)).length === 0, 20_000);
      },
      undefined,
      60_000,
    );
  });

  it("stops a fetch that brings more than is allowed, and leaves nothing of it", async () => {
    await withRemote(
      async ({ open, publish, clone, git }, _, url) => {
        const small = await git("rev-parse", "HEAD");
        await publish({ large: randomBytes(3_000_000) });
        const source = await open({ maxBytes: 200_000 }, "shards/a/", url);
        await failureOf("too-large", () => source.pointer(undefined, NEVER));
        assert.equal(await readdir(join(clone, "objects/pack")), []);
        await git("reset", "--quiet", "--hard", small);
        assert.is((await pointerOf(source)).text, SUMS);
      },
      undefined,
      1_500_000,
    );
  });

  it("converges after SIGKILL in the middle of a fetch", async () => {
    await withRepository(async ({ directory, publish, open, clone }) => {
      await pointerOf(await open());
      await publish({ large: randomBytes(3_000_000), "shards/a/SHA256SUMS": "2\n" });
      await withGitServer(
        directory,
        async ({ origin }) => {
          const url = `git+${origin}/work/.git#artifacts`;
          const config = JSON.stringify(sourceConfig({ maxBytes: 100_000_000, timeout: 60 }));
          const program = `
            import { openGitSource } from "./src/agent/source/git-source.ts";
            const source = await openGitSource(${JSON.stringify(url)}, ${config}, "shards/a/", ${JSON.stringify(join(clone, ".."))});
            await source.pointer(undefined, new AbortController().signal);`;
          const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", program], {
            cwd: ROOT,
            stdio: "ignore",
          });
          const ended = new Promise((resolve) => child.on("close", resolve));
          await until("a pack arrives", async () =>
            (await readdir(join(clone, "objects/pack"))).some((name) => name.startsWith("tmp_pack_")),
          );
          child.kill("SIGKILL");
          await ended;
        },
        undefined,
        300_000,
      );
      const { text, validator } = await pointerOf(await open({ maxBytes: 100_000_000 }));
      assert.is(text, "2\n");
      assert.equal(await (await open()).pointer(validator, NEVER), { kind: "unchanged" });
      assert.not.ok((await readdir(clone, { recursive: true })).some((name) => /\.lock$|tmp_pack/.test(name)));
    });
  });
});

describe("git source over HTTPS", (it) => {
  it("trusts a private authority that is named, besides the public ones, and no other", async () => {
    await withRemote(async ({ open, directory }, { origin }) => {
      await makeCertificate(directory);
      const [cert, key] = await Promise.all(
        ["server.pem", "server.key"].map((name) => readFile(join(directory, name))),
      );
      const server = createTlsServer({ cert, key }, (request, response) => {
        forward(request, response, `${origin}${request.url}`);
      });
      await new Promise<void>((resolve) => {
        server.listen(0, "127.0.0.1", resolve);
      });
      try {
        const url = `git+https://127.0.0.1:${(server.address() as AddressInfo).port}/work/.git`;
        const trusting = await open({ tls: { ca: join(directory, "server.pem") } }, "shards/a/", url);
        assert.is((await pointerOf(trusting)).text, SUMS);
        const stranger = await open({}, "shards/a/", url);
        const { help } = await failureOf("unreachable", () => stranger.pointer(undefined, NEVER));
        assert.match(help ?? "", "--ca");
      } finally {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    });
  });
});

/** Stands in for ssh: notes its arguments, then does this. */
async function withSsh(
  script: string,
  act: (open: () => ReturnType<Repository["open"]>, repository: Repository) => Promise<void>,
  timeout = 60,
): Promise<void> {
  await withRepository(async (repository) => {
    const { directory, open } = repository;
    await writeFiles(directory, { "bin/ssh": `#!/bin/sh\necho "$@" >> ${directory}/log\n${script}\n` });
    await run(directory, ["chmod", "755", "bin/ssh"]);
    const PATH = `${join(directory, "bin")}:${environment("/").PATH}`;
    const url = `git+ssh://git@example.com:2222${directory}/work/.git#artifacts`;
    await act(async () => await open({ timeout, environment: { PATH } }, "shards/a/", url), repository);
  });
}

describe("git source over ssh", (it) => {
  it("runs ssh without questions, without taking keys that are not known, and without anything that outlives it", async () => {
    await withSsh(
      'while [ "$1" != git@example.com ]; do shift; done; shift; eval "$@"',
      async (open, { directory }) => {
        const source = await open();
        assert.is((await pointerOf(source)).text, SUMS);
        assert.is(await textOf(source, "targets.json"), SHARD["shards/a/targets.json"]);
        const log = await readFile(join(directory, "log"), "utf8");
        for (const option of ["BatchMode=yes", "StrictHostKeyChecking=yes", "ControlMaster=no", "ForwardAgent=no"]) {
          assert.match(log, `-o${option} `);
        }
        assert.match(log, "-p 2222 git@example.com git-upload-pack");
      },
    );
  });

  const WORDS: readonly (readonly [string, Reason, string])[] = [
    [
      "No ED25519 host key is known for example.com and you have requested strict checking.\nHost key verification failed.",
      "unreachable",
      "known_hosts",
    ],
    [
      "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.",
      "unreachable",
      "in between",
    ],
    ["git@example.com: Permission denied (publickey).", "unauthorized", "key"],
    ["ERROR: Repository not found.", "unreachable", "credentials"],
    ["ssh: Could not resolve hostname example.com: Name or service not known", "unreachable", "ls-remote"],
  ];
  for (const [words, reason, help] of WORDS) {
    it(`says what to do where ssh says: ${words.split("\n")[0]}`, async () => {
      await withSsh(`cat >&2 <<'END'\n${words}\nEND\nexit 255`, async (open) => {
        const source = await open();
        const failure = await failureOf(reason, () => source.pointer(undefined, NEVER));
        assert.match(failure.help ?? "", help);
      });
    });
  }

  it("ends an ssh that hangs", async () => {
    await withEnoughTime(1, async (seconds) => {
      await withSsh(
        'echo $$ > "$(dirname "$0")/pid"\nexec sleep 600',
        async (open, { directory }) => {
          const source = await open();
          await failureOf("unreachable", () => source.pointer(undefined, NEVER));
          const pid = (await readFile(join(directory, "bin/pid"), "utf8")).trim();
          // Who has died may wait for being noticed: Z.
          const isGone = async (): Promise<boolean> =>
            /^(Z.*)?$/.test((await run("/", ["ps", "-o", "stat=", "-p", pid])).stdout.trim());
          await until("ssh is gone", isGone);
        },
        seconds,
      );
    });
  });
});
