import * as assert from "uvu/assert";
import { putComment } from "../../src/publish/comment.ts";
import type { PlanComment } from "../../src/publish/comment.ts";
import { CommentApi } from "../../src/publish/comment-api.ts";
import { markedText, readMarker } from "../../src/publish/comment-text.ts";
import { sha256 } from "../../src/render/sha256.ts";
import { describe } from "../describe.ts";
import { refusalWords } from "../refusal.ts";
import { refuse, REPOSITORY, send, withGitHub } from "./github-stand-in.ts";
import type { GitHub } from "./github-stand-in.ts";

const HEAD = "a".repeat(40);
const BOT = "github-actions[bot]";

async function open(github: GitHub, token = "workflow", repository = REPOSITORY): Promise<CommentApi> {
  return await CommentApi.open({ baseUrl: github.url, token, repository, userAgent: "test" });
}

async function put(github: GitHub, more: Partial<PlanComment> = {}, token?: string): Promise<string> {
  const asked = { pull: 7, author: BOT, text: "### plan\n", key: "targets", commit: HEAD, isNews: true };
  return await putComment(await open(github, token), { ...asked, ...more });
}

/** A stand-in with pull request 7. */
async function withPull(act: (github: GitHub) => Promise<void>): Promise<void> {
  await withGitHub(async (github) => {
    github.pulls.push({ number: 7, head: HEAD });
    await act(github);
  });
}

/** How many comments were written. */
function writes({ requests }: GitHub): number {
  return requests.filter((request) => /^(?:POST|PATCH)/.test(request)).length;
}

describe("comment: marker", (it) => {
  it("comes back from a text, whatever the key is", () => {
    for (const key of ["targets", "", "a b", "a --> <b> --", "サービス/x", "%41", "`|\n"]) {
      const marked = markedText("text\n", key);
      const [first = "", ...rest] = marked.split("\n");
      assert.equal(readMarker(marked), { key, sha256: sha256("text\n") });
      assert.is(rest.join("\n"), "text\n");
      assert.match(first, /^<!-- (?:(?!--|>).)* -->$/, key);
    }
  });

  it("is read with the line breaks that GitHub gives back", () => {
    assert.is(readMarker(markedText("a\nb\n", "k").replaceAll("\n", "\r\n"))?.key, "k");
  });

  it("is none where it is not the whole first line, or is of another version", () => {
    const marked = markedText("text", "k");
    for (const body of [
      `> ${marked}`,
      `hello\n${marked}`,
      marked.replace("v1", "v2"),
      marked.replace(/sha256=\w+/, ""),
      "",
    ])
      assert.is(readMarker(body), undefined, body);
  });
});

describe("comment: one for a pull request", (it) => {
  it("is posted, then left alone while it says the same, then changed", async () => {
    await withPull(async (github) => {
      assert.is(await put(github), "posted");
      assert.is(await put(github), "unchanged");
      assert.is(writes(github), 1);
      assert.is(await put(github, { text: "### other\n" }), "changed");
      assert.equal(
        github.comments.map(({ body }) => body),
        [markedText("### other\n", "targets")],
      );
    });
  });

  it("is found on the third page", async () => {
    await withPull(async (github) => {
      for (let id = 1; id <= 250; id++) github.comments.push({ id, pull: 7, author: "kei", body: "hello" });
      github.comments.push({ id: 251, pull: 7, author: BOT, body: markedText("old", "targets") });
      assert.is(await put(github), "changed");
      assert.is(github.comments.length, 251);
      assert.is(github.requests.filter((request) => request.includes("/issues/7/comments")).length, 3);
    });
  });

  it("is not that of somebody else who writes our marker, nor of another inventory", async () => {
    await withPull(async (github) => {
      github.comments.push({ id: 1, pull: 7, author: "mallory", body: markedText("### plan\n", "targets") });
      github.comments.push({ id: 2, pull: 7, author: BOT, body: markedText("### plan\n", "other") });
      github.comments.push({ id: 3, pull: 7, author: BOT, body: `quoting:\n${markedText("### plan\n", "targets")}` });
      assert.is(await put(github), "posted");
      assert.is(github.comments.length, 4);
    });
  });

  it("of a newer commit is not taken back by a run that was slower", async () => {
    await withPull(async (github) => {
      await put(github);
      const [pull] = github.pulls;
      if (pull !== undefined) pull.head = "b".repeat(40);
      assert.is(await put(github, { text: "slow" }), "outdated");
      assert.is(await put(github, { text: "newer", commit: "b".repeat(40) }), "changed");
      assert.is(await put(github, { text: "slow" }), "outdated");
      assert.is(github.comments[0]?.body, markedText("newer", "targets"));
    });
  });

  it("a push while we look for it makes us outdated, too", async () => {
    await withPull(async (github) => {
      github.answer = ({ url = "" }) => {
        const [pull] = github.pulls;
        if (url.includes("/comments") && pull !== undefined) pull.head = "b".repeat(40);
        return false;
      };
      assert.is(await put(github), "outdated");
      assert.is(writes(github), 0);
    });
  });

  it("may be about the merge that GitHub made of the head", async () => {
    await withGitHub(async (github) => {
      github.pulls.push({ number: 7, head: HEAD, merge: "c".repeat(40) });
      assert.is(await put(github, { commit: "c".repeat(40) }), "posted");
      assert.is(await put(github, { commit: "d".repeat(40) }), "outdated");
    });
  });

  it("is not posted where there is nothing to say, but says so where it is there", async () => {
    await withPull(async (github) => {
      assert.is(await put(github, { isNews: false }), "needless");
      assert.is(writes(github), 0);
      await put(github);
      assert.is(await put(github, { isNews: false, text: "nothing changes\n" }), "changed");
    });
  });
});

describe("comment: who and where", (it) => {
  it("knows its login where GitHub says it, and not with the token of an app", async () => {
    await withGitHub(async (github) => {
      assert.is(await (await open(github, "person")).login(), "kei");
      assert.is(await (await open(github)).login(), undefined);
    });
  });

  it("finds the open pull requests that propose a commit, from forks too, on every page", async () => {
    await withGitHub(async (github) => {
      for (let number = 1; number <= 150; number++) github.pulls.push({ number, head: "b".repeat(40) });
      github.pulls.push({ number: 200, head: HEAD, from: "kei/targets" });
      github.pulls.push({ number: 201, head: HEAD, state: "closed" });
      const found = await (await open(github)).pullRequestsOf(HEAD);
      assert.equal(found, [{ number: 200, head: HEAD, merge: undefined, from: "kei/targets" }]);
      assert.equal(await (await open(github)).pullRequestsOf("e".repeat(40)), []);
    });
  });
});

describe("comment: what GitHub refuses", (it) => {
  it("a token that is none, or may only read", async () => {
    await withPull(async (github) => {
      assert.match(await refusalWords(() => put(github, {}, "wrong")), /does not accept the token/);
      const words = await refusalWords(() => put(github, {}, "fork"));
      assert.match(words, /may not write comments/);
      assert.match(words, /pull-requests: write/);
      assert.is(github.comments.length, 0);
    });
  });

  it("a pull request or repository that is not there, a locked conversation", async () => {
    await withPull(async (github) => {
      assert.match(await refusalWords(() => put(github, { pull: 8 })), /does not know the pull request/);
      const elsewhere = await open(github, "workflow", "acme/other");
      assert.match(await refusalWords(() => elsewhere.pullRequest(7)), /acme\/other/);
      Object.assign(github.pulls[0] ?? {}, { isLocked: true });
      assert.match(await refusalWords(() => put(github)), /locked/);
    });
  });

  it("a text that is too long, in its words", async () => {
    await withPull(async (github) => {
      assert.match(await refusalWords(() => put(github, { text: "x".repeat(66_000) })), /maximum is 65536 characters/);
    });
  });

  it("a rate that is used up: until when", async () => {
    await withPull(async (github) => {
      github.answer = (request, response) => {
        response.setHeader("x-ratelimit-remaining", "0");
        response.setHeader("x-ratelimit-reset", String(Math.floor(Date.now() / 1000) + 3000));
        refuse(request, response, 403, "API rate limit exceeded for installation ID 1.");
        return true;
      };
      assert.match(
        await refusalWords(() => put(github)),
        /no more requests with this token for now, until \d\d:\d\d UTC/,
      );
      assert.is(github.requests.length, 1);
    });
  });

  it("a rate that is used up, by its words or by its header alone: until when only where it says that nothing is left", async () => {
    await withPull(async (github) => {
      const reset = String(Math.floor(Date.now() / 1000) + 3000);
      for (const [said, headers, until] of [
        ["API rate limit exceeded", { "x-ratelimit-reset": reset }, /for now\b(?!,)/],
        ["Forbidden", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset }, /for now, until \d\d:\d\d UTC/],
        ["Forbidden", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "0" }, /for now\b(?!,)/],
      ] as const) {
        github.answer = (request, response) => {
          for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
          refuse(request, response, 403, said);
          return true;
        };
        assert.match(await refusalWords(() => put(github)), until);
      }
    });
  });

  it("what it has no words of ours for, in its own", async () => {
    await withPull(async (github) => {
      for (const [status, words] of [
        [403, /^GitHub forbids it: Not today/],
        [410, /^GitHub answers with status 410: Not today \/ $/],
      ] as const) {
        github.answer = (request, response) => {
          refuse(request, response, status, "Not today");
          return true;
        };
        assert.match(await refusalWords(() => put(github)), words);
      }
    });
  });

  it("a pause that GitHub asks for is made, where it is short", async () => {
    await withPull(async (github) => {
      let isFirst = true;
      github.answer = (request, response) => {
        if (!isFirst) return false;
        isFirst = false;
        response.setHeader("retry-after", "1");
        refuse(request, response, 403, "You have exceeded a secondary rate limit. Please wait a few minutes.");
        return true;
      };
      assert.is(await put(github), "posted");
    });
  });

  it("what fails once is asked again", async () => {
    await withPull(async (github) => {
      let isFirst = true;
      github.answer = (request, response) => {
        if (!isFirst) return false;
        isFirst = false;
        send(request, response, 502, { message: "Server Error" });
        return true;
      };
      assert.is(await put(github), "posted");
      assert.is(github.comments.length, 1);
    });
  });

  it("an address where nobody answers, and one that leads elsewhere", async () => {
    const nobody = { url: "http://127.0.0.1:9" } as GitHub;
    assert.match(await refusalWords(() => put(nobody)), /127\.0\.0\.1:9 cannot be reached: /);
    // Fetch itself refuses port 9; here it is the system.
    const closed = { url: "http://127.0.0.1:2" } as GitHub;
    assert.match(await refusalWords(() => put(closed)), /127\.0\.0\.1:2 cannot be reached: ECONNREFUSED\b/);
    await withPull(async (github) => {
      github.answer = (request, response) => {
        if (request.method !== "POST") return false;
        response.writeHead(301, { location: `${github.url}/repositories/1/issues/7/comments` }).end();
        return true;
      };
      assert.match(await refusalWords(() => put(github)), /sends us elsewhere/);
      assert.is(github.comments.length, 0);
    });
  });

  it("never shows the token, nor what a terminal acts upon", async () => {
    await withPull(async (github) => {
      github.answer = (request, response) => {
        refuse(request, response, 422, "\u001b[31m no \u202e");
        return true;
      };
      const words = await refusalWords(() => put(github, {}, "person"));
      assert.match(words, /\\x1b\[31m no \\u202e/);
      assert.not.match(words, /person/);
    });
  });
});
