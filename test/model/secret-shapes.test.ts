import * as assert from "uvu/assert";
import { holdsSecret, withoutSecrets } from "../../src/model/secret-shapes.ts";
import { describe } from "../describe.ts";

/** Put together here, so that no scanner takes this file for a leak. */
const TOKEN = `ghp_${"a1B2c3D4".repeat(4)}`;

describe("what looks like a secret", (it) => {
  it("is left out of a text, and the rest stays", () => {
    for (const [text, shown] of [
      [`write \`token: ${TOKEN}\`, one a line`, "write `token: …`, one a line"],
      [`- { a: ${TOKEN}, b: c }  # and ${TOKEN}`, "- { a: …, b: c }  # and …"],
      [
        '{target: "https://u:hunter22@a.example.com/x", moduel: b}',
        '{target: "https://u:…@a.example.com/x", moduel: b}',
      ],
      ["`password=hunter22` is no map", "`password=…` is no map"],
      ["path: /m?token=a1b2c3d4e5&x=1", "path: /m?token=…&x=1"],
      ["  db_password: hunter22 # of the replica", "  db_password: …"],
      ['"password": "two words, and a comma"', '"password": "…"'],
      ["{ pwd: 'hunter22', env: prod }", "{ pwd: '…', env: prod }"],
      ["labels: { password: hunter22, b: [ }", "labels: { password: …, b: [ }"],
      ["api-key: a1b2c3d4e5", "api-key: …"],
      ["write `key: -----BEGIN RSA PRIVATE KEY----- MIIE`", "write `key: …`"],
    ] as const) {
      assert.is(withoutSecrets(text), shown);
      assert.ok(holdsSecret(text), text);
    }
  });

  it("is no plain word, no name, and nothing that stands for a secret", () => {
    for (const text of [
      "a key is missing here: `web1` is no key: value",
      "the key `password` is given twice in one map",
      "token: vault-prod",
      "password: ${PASSWORD}",
      "password: …",
      "secret_key: none",
      "https://u:…@a.example.com/x",
      "params: { auth: public_v2, module: http_2xx }",
      "web1.example.com:9100 is listed twice in shard `tokyo-a`",
      "",
    ]) {
      assert.is(withoutSecrets(text), text);
      assert.not.ok(holdsSecret(text), text);
    }
  });
});
