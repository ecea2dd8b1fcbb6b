import { createHmac } from "node:crypto";
import * as assert from "uvu/assert";
import { Bucket, isSigned, Repetitions } from "../../../src/agent/watch/webhook.ts";
import { describe } from "../../describe.ts";

describe("agent webhook", (it) => {
  it("knows GitHub's own example", () => {
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
    const signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert.ok(isSigned(Buffer.from("Hello, World!"), signature, "It's a Secret to Everybody"));
  });

  it("refuses every other signature, body and secret", () => {
    const secret = "0123456789abcdef";
    const body = Buffer.from("{}");
    const right = createHmac("sha256", secret).update(body).digest("hex");
    assert.ok(isSigned(body, `sha256=${right}`, secret));
    for (const header of [
      undefined,
      "",
      right,
      `sha1=${right.slice(0, 40)}`,
      `sha256=${right.slice(1)}`,
      `sha256=${right}0`,
      `sha256=${right.slice(0, -1)}${right.endsWith("0") ? "1" : "0"}`,
      `sha256=${"0".repeat(64)}`,
      `sha256=${right}, sha256=${right}`,
    ])
      assert.not.ok(isSigned(body, header, secret), header);
    assert.not.ok(isSigned(Buffer.from("{ }"), `sha256=${right}`, secret));
    assert.not.ok(isSigned(body, `sha256=${right}`, `${secret}x`));
  });

  it("refuses all where the secret is empty", () => {
    const signature = createHmac("sha256", "").update("{}").digest("hex");
    assert.not.ok(isSigned(Buffer.from("{}"), `sha256=${signature}`, ""));
  });

  it("knows a repetition for as long as its time is near, and takes what says no time each time", () => {
    const NOW = 1_795_698_000;
    const repetitions = new Repetitions();
    const at = (sent: unknown, nonce = "a"): Uint8Array => Buffer.from(JSON.stringify({ sent, nonce }));
    assert.is(repetitions.refusal(at(NOW), NOW), undefined);
    assert.is(repetitions.refusal(at(NOW, "b"), NOW), undefined);
    for (const later of [0, 1, 299, 300]) assert.is(repetitions.refusal(at(NOW), NOW + later), "was here before");
    assert.match(repetitions.refusal(at(NOW), NOW + 301) ?? "", "301 s before");
    assert.is(repetitions.refusal(at(NOW + 300, "ahead"), NOW), undefined);
    assert.match(repetitions.refusal(at(NOW + 301), NOW) ?? "", "301 s after");
    // The one from ahead is known until nobody would take it for another reason.
    assert.is(repetitions.refusal(at(NOW + 300, "ahead"), NOW + 600), "was here before");
    for (const body of ["", "{}", "null", "5", "[", '{"sent":"now"}', '{"ref":"refs/heads/artifacts"}'])
      for (let count = 0; count < 2; count++) assert.is(repetitions.refusal(Buffer.from(body), NOW), undefined, body);
  });

  it("remembers ten thousand at most, the newest", () => {
    const repetitions = new Repetitions();
    const body = (nonce: number): Uint8Array => Buffer.from(JSON.stringify({ sent: 1000, nonce }));
    for (let nonce = 0; nonce < 10_001; nonce++) assert.is(repetitions.refusal(body(nonce), 1000), undefined);
    assert.is(repetitions.refusal(body(10_000), 1000), "was here before");
    assert.is(repetitions.refusal(body(1), 1000), "was here before");
    assert.is(repetitions.refusal(body(0), 1000), undefined);
  });

  it("lets a burst through, then one every so many seconds", () => {
    const bucket = new Bucket(3, 6, 100);
    const taken = (now: number, tries: number): number =>
      Array.from({ length: tries }, () => bucket.take(now)).filter(Boolean).length;
    assert.is(taken(100, 10), 3);
    assert.is(taken(105.9, 10), 0);
    assert.is(taken(106.1, 10), 1);
    assert.is(taken(10_000, 10), 3);
  });
});
