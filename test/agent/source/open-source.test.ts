import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as assert from "uvu/assert";
import type { SourceConfig } from "../../../src/agent/config.ts";
import { openSource } from "../../../src/agent/source/open-source.ts";
import type { Source } from "../../../src/agent/source/source.ts";
import { encodeName } from "../../../src/render/file-name.ts";
import { describe } from "../../describe.ts";
import { withDirectory, writeFiles } from "../../workplace.ts";
import { CANARY, config, failure, SUMS, sums, using } from "./artifacts.ts";
import { serve, withWebServer } from "./web-server.ts";

async function open(url: string, shard = "tokyo-a", more: Partial<SourceConfig> = {}): Promise<Source> {
  return await openSource(url, config(more), shard, "/nowhere");
}

describe("agent/source/open-source", (it) => {
  it("finds the same shard over HTTP and in a directory, whatever its name is made of", async () => {
    const names = ["tokyo-a", "東京 a/b%2F~!'()*", "x".repeat(300), "a?b#c", "..."];
    for (const name of names) {
      const directory = `shards/${encodeName(name)}`;
      await withDirectory({}, async (root) => {
        await writeFiles(root, { [`${directory}/SHA256SUMS`]: SUMS, SHA256SUMS: "all" });
        await using(await open(pathToFileURL(root).href, name), async (source) => assert.is(await sums(source), SUMS));
        await using(await open(pathToFileURL(root).href, "*"), async (source) => assert.is(await sums(source), "all"));
      });
      const path = `/sub/${directory.replaceAll("%", "%25")}/SHA256SUMS`;
      await withWebServer(serve({ [path]: SUMS, "/sub/SHA256SUMS": "all" }), async ({ url }) => {
        await using(await open(`${url}sub`, name), async (source) => assert.is(await sums(source), SUMS));
        await using(await open(`${url}sub/`, "*"), async (source) => assert.is(await sums(source), "all"));
      });
    }
  });

  const bad: Readonly<Record<string, string>> = {
    "a password": `https://user:${CANARY}@targets.example.com/`,
    "a token as the user": `https://${CANARY}@targets.example.com/`,
    "a password for git": `git+https://user:${CANARY}@git.example.com/x.git#artifacts`,
    "a password for git over ssh": `git+ssh://git:${CANARY}@git.example.com/x.git#artifacts`,
    "a signed URL": `https://targets.example.com/?sig=${CANARY}`,
    "a fragment": `https://targets.example.com/#${CANARY}`,
    "plain http elsewhere": "http://targets.example.com/",
    "no scheme": "targets.example.com",
    "a bare directory": "/srv/targets",
    "the way of scp": `git@git.example.com:team/${CANARY}.git`,
    "an unknown scheme": `s3://${CANARY}/x`,
    "git without a transport": "git://git.example.com/x.git",
    "a command": "ext::sh -c 'touch /tmp/x'",
    nothing: "",
    "a host that is none": "https://[/",
    "a relative file": "file:targets",
    "a file on another host": "file://server/share",
    "a file whose path hides a slash": "file:///srv/a%2Fb",
    "a file with a query": "file:///srv?x",
    "a file with a fragment": "file:///srv#x",
  };
  for (const [what, url] of Object.entries(bad)) {
    it(`takes no source with ${what}, and says what to write instead`, async () => {
      const { message, help } = await failure("configuration", open(url));
      assert.ok(help);
      assert.not.ok(`${message} ${help}`.includes(CANARY));
    });
  }

  it("takes no name of a shard that would lead to another directory", async () => {
    for (const name of ["", ".", ".."]) await failure("configuration", open("file:///srv", name));
  });

  it("lists the schemes that it knows", async () => {
    const { help = "" } = await failure("configuration", open("s3://bucket/x"));
    for (const scheme of ["https:", "git+https:", "git+ssh:", "git+file:", "github:", "file:"])
      assert.match(help, scheme);
    assert.match(
      (await failure("configuration", open("git@host:x.git"))).help ?? "",
      /^write user@host:path as git\+ssh:\/\//,
    );
    assert.match(
      (await failure("configuration", open("/srv/targets"))).help ?? "",
      /^write a directory as file:\/\/\//,
    );
    assert.match((await failure("configuration", open("srv/targets"))).help ?? "", /^use one of https:/);
  });

  it("takes plain http from loopback, and from elsewhere where that is said", async () => {
    for (const url of ["http://127.0.0.1:8080/", "http://localhost/", "http://[::1]/"])
      assert.is((await open(url)).label, url);
    assert.is(
      (await open("http://targets.example.com/a", "a", { allowHttp: true })).label,
      "http://targets.example.com/a/",
    );
    assert.is((await open("HTTPS://Targets.example.com")).label, "https://targets.example.com/");
  });

  it("knows localhost in a file URL, and spaces in its path", async () => {
    await withDirectory({ "a b/SHA256SUMS": SUMS }, async (root) => {
      await writeFile(join(root, "SHA256SUMS"), "root");
      assert.is(await sums(await open(`file://localhost${root}/a%20b/`, "*")), SUMS);
      assert.is(await sums(await open(`file://${root}`, "*")), "root");
    });
  });
});
