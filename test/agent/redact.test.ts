import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { redactor } from "../../src/agent/redact.ts";
import { describe } from "../describe.ts";
import { startCpuWatch } from "../stopwatch.ts";
import { withDirectory } from "../workplace.ts";

const CANARY = "c4n4ry-0123456789";

describe("agent redaction", (it) => {
  const redact = redactor([]);

  it("takes out what looks like a secret wherever it stands", () => {
    for (const text of [
      `cannot reach https://user:${CANARY}@targets.example.com/x`,
      `cannot reach https://user:p@${CANARY}@targets.example.com/x`,
      ...["_", "-", ".", "1", "a//b "].map((before) => `${before}https://user:${CANARY}@host/`),
      `cannot reach https://user:password@${CANARY}@targets.example.com/x`,
      `cannot reach git+https://${CANARY}@host/x#y`,
      `Authorization: Bearer ${CANARY}`,
      `authorization: ${CANARY}`,
      `{"Authorization":"Basic ${CANARY}"}`,
      `GET /x?token=${CANARY}&b=1`,
      `GET https://s3.example.com/x?X-Amz-Signature=${CANARY}#f`,
      `-----BEGIN OPENSSH PRIVATE KEY-----\n${CANARY.replaceAll("-", "+")}\n`,
    ]) {
      assert.not.match(redact(text), /c4n4ry|0123456789/, redact(text));
      assert.match(redact(text), "[secret]");
    }
    for (const token of ["ghp_", "gho_", "github_pat_", "glpat-"].map((prefix) => `${prefix}0123456789abcdefABCDEF`))
      assert.is(redact(`with ${token}.`), "with [secret].");
  });

  it("takes as long as the text is, whatever it is of", () => {
    const watch = startCpuWatch();
    for (const part of ["a.", "a-", "a://", "x@", "Bearer ", "authorization: ", "?x-amz-", "glpat-", "-----BEGIN "])
      redact(part.repeat(100_000));
    assert.is(redact(`${"a-".repeat(100_000)}b://u:p@x`), `${"a-".repeat(100_000)}b://[secret]@x`);
    assert.ok(watch() < 2000, `${watch()} ms`);
  });

  it("leaves alone what is no secret", () => {
    for (const text of [
      "generation 1795334400 of shard tokyo-a, commit 65ca1e8f0a9b5c6d7e8f90123456789abcdef012",
      "cannot reach https://targets.example.com:8443/shards/tokyo-a/SHA256SUMS: ECONNREFUSED",
      "write the proxy as http://user:password@127.0.0.1:3128, or as http://[user:password@]host:port",
      "write user@host:path as git+ssh://user@host/path#branch",
      "git+ssh://host/repo#branch; mail sre@example.com",
      "give the path of a file to --credentials, never the token itself",
      "bearer:FILE with a token, or basic:FILE with user:password",
    ])
      assert.is(redact(text), text);
  });

  it("takes out what the files of secrets hold now, in the forms in which it is quoted", async () => {
    await withDirectory({ token: `${CANARY}\r\n`, basic: "admin:p@ss/word" }, async (directory) => {
      const known = redactor([join(directory, "token"), join(directory, "basic"), join(directory, "absent")]);
      const quoted = [
        CANARY,
        "p@ss/word",
        "admin:p@ss/word",
        encodeURIComponent("p@ss/word"),
        Buffer.from("admin:p@ss/word").toString("base64"),
        Buffer.from(CANARY).toString("base64"),
      ];
      for (const text of quoted) assert.is(known(`>${text}<`), ">[secret]<");
      await writeFile(join(directory, "token"), "another-0123456789");
      assert.is(known("another-0123456789"), "[secret]");
      await rm(join(directory, "token"));
      assert.is(known("anything"), "anything");
    });
  });

  it("leaves nothing of a secret that begins with another one", async () => {
    await withDirectory({ short: CANARY, long: `${CANARY}-and-more` }, (directory) => {
      for (const names of [
        ["short", "long"],
        ["long", "short"],
      ])
        assert.is(redactor(names.map((name) => join(directory, name)))(`>${CANARY}-and-more<`), ">[secret]<");
    });
  });

  it("does not blank out ordinary words because a secret is short", async () => {
    await withDirectory({ token: "hidden" }, async (directory) => {
      assert.is(redactor([join(directory, "token")])("it is hidden."), "it is [secret].");
    });
    await withDirectory({ token: "a" }, (directory) => {
      assert.is(redactor([join(directory, "token")])("a sentence"), "a sentence");
    });
  });
});
