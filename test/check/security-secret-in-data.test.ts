import * as assert from "uvu/assert";
import { secretInData } from "../../src/check/security-secret-in-data.ts";
import { describe } from "../describe.ts";
import { startCpuWatch } from "../stopwatch.ts";
import { findings } from "./inventory.ts";

const FILE = "targets/services/pay.yml";
const FILL = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8";

/** Put together here, so that no scanner takes this file for a leak. */
const TOKENS = [
  `ghp_${FILL}`,
  `github_pat_${FILL}`,
  `glpat-${FILL.slice(0, 20)}`,
  `xoxb-1234567890-${FILL}`,
  `xoxp-1234567890-${FILL}`,
  `AKIA${"ABCD1234".repeat(2)}`,
  `AIza${FILL}`,
  `eyJ${FILL}.eyJ${FILL}.${FILL}`,
  "-----BEGIN RSA PRIVATE KEY-----",
  "-----BEGIN PRIVATE KEY-----",
];

function inLabel(name: string, value: string): number {
  return findings(secretInData, {
    [FILE]: `service: pay\nlabels: { ${JSON.stringify(name)}: ${JSON.stringify(value)} }\n`,
  }).length;
}

function inTarget(target: string): number {
  return findings(secretInData, {
    [FILE]: `service: pay\nprojects:\n  - name: p\n    probes:\n      - { module: m, targets: [${JSON.stringify(target)}] }\n`,
  }).length;
}

describe("security/secret-in-data", (it) => {
  it("finds tokens by their shape, in any label, and shows none of them", () => {
    for (const token of TOKENS) {
      for (const value of [token, `see ${token} for this`]) {
        const [first, ...others] = findings(secretInData, {
          [FILE]: `service: pay\nlabels: { note: ${JSON.stringify(value)} }\n`,
        });
        assert.is(first?.code, "security/secret-in-data", token);
        assert.equal(
          [first?.severity, first?.redact, first?.path, first?.part],
          ["error", true, [0, "labels", "note"], "value"],
        );
        assert.not.ok(`${first?.message}${first?.help}${JSON.stringify(first?.related)}`.includes(token.slice(0, 12)));
        assert.equal(others, []);
      }
    }
  });

  it("finds the password of a URL", () => {
    assert.is(inTarget("https://admin:hunter2@pay.example.com/health"), 1);
    assert.is(inTarget("https://:s3cr3t@pay.example.com/"), 1);
    assert.is(inLabel("docs", "http://user:pw@wiki.example.com"), 1);
    assert.is(
      findings(secretInData, { "promgen.yml": "repository: https://bot:hunter2@github.com/acme/targets\n" }).length,
      1,
    );
  });

  it("finds parameters that are named for a secret", () => {
    assert.is(inTarget("https://pay.example.com/?password=hunter2"), 1);
    assert.is(inTarget("https://pay.example.com/?x=1&api_key=9f86d081884c"), 1);
    assert.is(inTarget("https://pay.example.com/?access-token=9f86d081884c"), 1);
    assert.is(inLabel("client_secret", "9f86d081884c"), 1);
    const exporters = `      - { job: a, port: 1, params: { token: 9f86d081884c } }
      - { job: b, port: 1, path: "/m?module=x&secret=9f86%3Ad081884c" }
      - { job: c, port: 1, path: "/probe?target=https%3A%2F%2Fme%3Ahunter2%40db.example.com" }
`;
    const result = findings(secretInData, {
      [FILE]: `service: pay\nprojects:\n  - name: p\n    exporters:\n${exporters}`,
    });
    assert.equal(
      result.map(({ path }) => path.slice(4).join(" ")),
      ["0 params token", "1 path", "2 path"],
    );
  });

  it("looks into presets, descriptions and hosts, too", () => {
    const token = TOKENS[0] ?? "";
    const files = {
      "promgen.yml": `exporters:\n  a: { port: 1, path: "/m?token=${token}" }\n  b: { port: 1, params: { x: ${token} } }\n`,
      "targets/shard.yml": `shard: s\ndescription: login with ${token}\n`,
      [FILE]: `service: pay\ndescription: the password=hunter2 is secret\nprojects:\n  - name: p\n    hosts: ["http://me:hunter2@web1/metrics"]\n    exporters: [a, b]\n`,
    };
    assert.equal(
      findings(secretInData, files)
        .map(({ file, path }) => `${file} ${path.join(" ")}`)
        .toSorted(),
      [
        "promgen.yml 0 exporters a path",
        "promgen.yml 0 exporters b params x",
        `${FILE} 0 description`,
        `${FILE} 0 projects 0 hosts 0`,
        "targets/shard.yml 0 description",
      ].toSorted(),
    );
  });

  it("finds each host that is one, also in a range and in a map", () => {
    const token = TOKENS[0] ?? "";
    const hosts = ["web1.example.com", token, `web[1-3]-${token}`, { host: `a ${token}` }, "2001:db8::1", "me@web2"];
    const result = findings(secretInData, { "targets/f.yml": JSON.stringify({ farm: "f", hosts }) });
    assert.equal(
      result.map(({ path }) => path.join(" ")),
      ["0 hosts 1", "0 hosts 2", "0 hosts 3 host"],
    );
  });

  it("leaves alone plain names, whatever their parameter is called", () => {
    for (const value of [
      "public_v2",
      "vault-prod",
      "default",
      "team1",
      "rotated2026",
      "eu-1a-2b",
      "${TOKEN}",
      "<token>",
      "true",
    ]) {
      assert.is(inLabel("token", value), 0, value);
      assert.is(inTarget(`https://pay.example.com/?secret=${encodeURIComponent(value)}`), 0, value);
    }
    assert.is(inTarget("https://snmp.example.com/snmp?auth=public_v2&module=if_mib"), 0);
    assert.is(inLabel("auth", "public_v2"), 0);
  });

  it("leaves alone what only resembles a secret", () => {
    for (const value of [
      "ghp_short",
      "AKIA-1",
      "eyJust.a.word",
      "-----BEGIN PUBLIC KEY-----",
      "xoxb",
      "glpat-",
      "9f86d081884c7d659a2feaa0c55ad015",
    ])
      assert.is(inLabel("note", value), 0, value);
    for (const target of [
      "https://pay.example.com:8443/a@b",
      "ssh://git@github.com/x",
      "https://me@pay.example.com/",
      "http://x/?tokens=9f86d081884c",
      "https://$USER:$PASSWORD@x/",
      "10.1.2.3:22",
    ])
      assert.is(inTarget(target), 0, target);
    assert.is(inLabel("secret_store", "a1b2c3d4e5f6"), 0);
    assert.is(inLabel("tokenizer", "a1b2c3d4e5f6"), 0);
  });

  it("long texts do not take long", () => {
    const cpu = startCpuWatch();
    assert.is(inTarget(`${"a".repeat(200_000)}@=${"-eyJ".repeat(50_000)}`), 0);
    assert.ok(cpu() < 2000);
  });
});
