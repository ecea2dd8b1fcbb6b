import { createHmac } from "node:crypto";
import * as assert from "uvu/assert";
import { Bucket, isSigned } from "../../../src/agent/watch/webhook.ts";
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
