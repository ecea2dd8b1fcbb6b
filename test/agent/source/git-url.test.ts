import * as assert from "uvu/assert";
import { parseGitUrl } from "../../../src/agent/source/git-url.ts";
import { describe } from "../../describe.ts";
import { failureOf } from "./git-repository.ts";

describe("git URLs", (it) => {
  const GOOD: readonly (readonly [string, string, string, string])[] = [
    ["git+https://git.example.com/a/b.git#artifacts", "https", "https://git.example.com/a/b.git", "artifacts"],
    ["git+https://git.example.com:8443/b", "https", "https://git.example.com:8443/b", "artifacts"],
    ["git+https://git.example.com/b#", "https", "https://git.example.com/b", "artifacts"],
    [
      "git+ssh://git@git.example.com:2222/b.git#release/2024",
      "ssh",
      "ssh://git@git.example.com:2222/b.git",
      "release/2024",
    ],
    ["git+ssh://git-ro@git-1.example.com/b.git", "ssh", "ssh://git-ro@git-1.example.com/b.git", "artifacts"],
    ["git+file:///srv/targets.git#main", "file", "file:///srv/targets.git", "main"],
    ["git+http://127.0.0.1:8080/b.git#%E6%9D%B1", "http", "http://127.0.0.1:8080/b.git", "東"],
  ];
  for (const [source, transport, url, branch] of GOOD) {
    it(`reads ${source}`, () => {
      const place = parseGitUrl(source, false);
      assert.equal([place.transport, place.url, place.branch], [transport, url, branch]);
      assert.is(place.label, `git+${url.replace(/[\w-]+@/, "")}#${branch}`);
    });
  }

  const BAD: readonly string[] = [
    "git+ext::sh -c touch% /tmp/mark",
    "git+ext://sh",
    "ext::sh",
    "git+fd://3",
    "git+git://git.example.com/b.git",
    "git+ftp://git.example.com/b.git",
    "https://git.example.com/b.git",
    "git+https:git.example.com/b.git",
    "git+https://",
    "git+ssh:///b.git",
    "git+ssh://-oProxyCommand=touch/b.git",
    "git+ssh://%2DoProxyCommand=touch/b.git",
    "git+ssh://-oProxyCommand=touch@git.example.com/b.git",
    "git+ssh://%2doProxyCommand=touch@git.example.com/b.git",
    "git+https://%2Dx.example.com/b.git",
    "git+file://host/b.git",
    "git+file:///",
    "git+http://git.example.com/b.git",
    "git+https://user:secret@git.example.com/b.git",
    "git+https://secret@git.example.com/b.git",
    "git+ssh://git:secret@git.example.com/b.git",
    "git+https://git.example.com/b.git?token=secret",
    "git+https:user:secret@git.example.com/b.git",
    "git+https://user:x/secret@git.example.com/b.git",
    "git+https://user:secret#1@git.example.com/b.git",
  ];
  for (const source of BAD) {
    it(`refuses ${source}`, async () => {
      const { message, help } = await failureOf("configuration", async () => parseGitUrl(source, false));
      assert.not.ok(`${message} ${help}`.includes("secret"));
    });
  }

  it("takes plain http to other hosts where that is allowed", () => {
    assert.is(parseGitUrl("git+http://git.example.com/b.git", true).transport, "http");
  });

  const BRANCHES = [
    "-x",
    "--upload-pack=x",
    "a..b",
    "a b",
    "a:b",
    "a^",
    "a~1",
    "a?",
    "a*",
    "[a",
    "a\\b",
    "/a",
    "a/",
    "a//b",
    ".a",
    "a/.b",
    "a.",
    "a.lock",
    "a.lock/b",
    "@",
    "a@{1}",
    "a\nb",
  ];
  it("refuses branches that git would not take, or take for something else", async () => {
    for (const branch of BRANCHES) {
      await failureOf("configuration", async () =>
        parseGitUrl(`git+file:///srv/b.git#${encodeURIComponent(branch)}`, false),
      );
    }
    assert.is(parseGitUrl("git+file:///srv/b.git#a-b_c.d/e%25f", false).branch, "a-b_c.d/e%f");
  });
});
