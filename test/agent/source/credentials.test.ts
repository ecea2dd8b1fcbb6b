import type { RequestListener } from "node:http";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { CredentialsFile } from "../../../src/agent/config.ts";
import { readAuthorization } from "../../../src/agent/source/credentials.ts";
import { openHttpSource } from "../../../src/agent/source/http-source.ts";
import type { Source } from "../../../src/agent/source/source.ts";
import { describe } from "../../describe.ts";
import { run, withDirectory } from "../../workplace.ts";
import { CANARY, config, failure, read, SUMS, sums, using } from "./artifacts.ts";
import { withWebServer } from "./web-server.ts";
import type { WebServer } from "./web-server.ts";

interface Place {
  readonly source: Source;
  readonly server: WebServer;
  readonly path: string;
}

/** A source with credentials in a file, and a server that answers like this. */
async function withToken(answer: RequestListener, act: (place: Place) => Promise<void>): Promise<void> {
  await withDirectory({ token: `${CANARY}-1\n` }, async (directory) => {
    const path = join(directory, "token");
    await chmod(path, 0o600);
    await withWebServer(answer, async (server) => {
      const source = openHttpSource(new URL(server.url), config({ credentials: { kind: "bearer", path } }), "");
      await using(source, async () => act({ source, server, path }));
    });
  });
}

async function authorization(kind: CredentialsFile["kind"], content: string | Uint8Array): Promise<string> {
  return await withDirectory({ file: content }, async (directory) =>
    readAuthorization({ kind, path: join(directory, "file") }, () => undefined),
  );
}

const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

describe("agent/source/credentials", (it) => {
  it("reads a token and a password, whatever the editor put behind them", async () => {
    for (const end of ["", "\n", "\r\n", "\n\n"]) {
      assert.is(await authorization("bearer", `abc.DEF-_~+/=${end}`), "Bearer abc.DEF-_~+/=");
      assert.is(await authorization("basic", `user:pass word:ü${end}`), basic("user:pass word:ü"));
    }
    assert.is(await authorization("bearer", "\uFEFFabc"), "Bearer abc");
    // Blanks can be of a password.
    assert.is(await authorization("basic", "user: \n"), basic("user: "));
    assert.is(await authorization("basic", ":"), basic(":"));
  });

  const bad: Readonly<Record<string, readonly [CredentialsFile["kind"], string | Uint8Array]>> = {
    nothing: ["bearer", ""],
    "an empty line": ["bearer", "\r\n"],
    "two lines": ["bearer", `${CANARY}\n${CANARY}`],
    "a header of its own": ["bearer", `${CANARY}\r\nX-Injected: 1`],
    "a zero byte": ["basic", `user:${CANARY}\u0000`],
    "a tab": ["basic", `user:\t${CANARY}`],
    "a delete": ["basic", `user:${CANARY}\u007F`],
    "a word before the token": ["bearer", `Bearer ${CANARY}`],
    "letters that no token has": ["bearer", `${CANARY}ü`],
    "a user alone": ["basic", CANARY],
    "two megabytes": ["bearer", CANARY.repeat(400_000)],
  };
  for (const [what, [kind, content]] of Object.entries(bad)) {
    it(`takes no credentials from a file with ${what}, and does not quote it`, async () => {
      const { message, help = "" } = await failure("configuration", authorization(kind, content));
      // What belongs into it, where the file can be mended.
      if (!message.includes("can hold")) assert.match(help, kind === "basic" ? "user:password" : "token");
    });
  }

  it("names the file that is not there, or that is none", async () => {
    await withDirectory({}, async (directory) => {
      for (const name of ["missing", "pipe", "."]) {
        if (name === "pipe") await run(directory, ["mkfifo", name]);
        const path = join(directory, name);
        const { message } = await failure(
          "configuration",
          readAuthorization({ kind: "bearer", path }, () => undefined),
        );
        assert.match(message, path);
        assert.is(message.includes("is not there"), name === "missing");
      }
    });
  });

  it("reads the file again for every request, and keeps it out of all words", async () => {
    const answer: RequestListener = (_request, response) => response.end(SUMS);
    await withToken(answer, async ({ source, server: { requests }, path }) => {
      await sums(source);
      await writeFile(path, `${CANARY}-2\r\n`);
      await read(source);
      assert.equal(
        requests.map(({ headers }) => headers.authorization),
        [`Bearer ${CANARY}-1`, `Bearer ${CANARY}-2`],
      );
      assert.equal(source.warnings, []);
      await writeFile(path, "");
      await failure("configuration", sums(source));
    });
  });

  it("tries a token once more that was replaced on its way, and only then", async () => {
    let path = "";
    let isReplaced = true;
    const answer: RequestListener = (request, response) => {
      if (request.headers.authorization === `Bearer ${CANARY}-2`) return void response.end(SUMS);
      const refuse = (): unknown => response.writeHead(401, { "WWW-Authenticate": "Bearer" }).end();
      if (isReplaced) void writeFile(path, `${CANARY}-2`).then(refuse);
      else refuse();
    };
    await withToken(answer, async (place) => {
      ({ path } = place);
      const { source, server } = place;
      assert.is(await sums(source), SUMS);
      assert.is(server.requests.length, 2);
      isReplaced = false;
      await writeFile(path, `${CANARY}-3`);
      const { message } = await failure("unauthorized", sums(source));
      assert.is(server.requests.length, 3);
      assert.match(message, "401");
    });
  });

  it("gives up on a token that changes and is refused all the same", async () => {
    let path = "";
    let count = 1;
    const answer: RequestListener = (_request, response) => {
      void writeFile(path, `${CANARY}-${++count}`).then(() => response.writeHead(401).end());
    };
    await withToken(answer, async (place) => {
      ({ path } = place);
      await failure("unauthorized", sums(place.source));
      assert.is(place.server.requests.length, 2);
    });
  });

  it("tells refused credentials from a file that is not there", async () => {
    for (const [status, reason] of [
      [401, "unauthorized"],
      [403, "unauthorized"],
      [404, "unreachable"],
    ] as const) {
      await withToken(
        (_request, response) => response.writeHead(status).end(),
        async ({ source }) => void (await failure(reason, sums(source))),
      );
    }
  });

  it("warns of a token that everybody can read, and not of one for a group", async () => {
    const answer: RequestListener = (_request, response) => response.end(SUMS);
    await withToken(answer, async ({ source, path }) => {
      await chmod(path, 0o640);
      await sums(source);
      assert.equal(source.warnings, []);
      await chmod(path, 0o644);
      await sums(source);
      await sums(source);
      assert.is(source.warnings?.length, 1);
      assert.match(source.warnings?.[0] ?? "", path);
      assert.not.ok(String(source.warnings).includes(CANARY));
    });
  });
});
