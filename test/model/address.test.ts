import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { asciiHost, canonicalHost, isIpv6, readIpv4, renderHost } from "../../src/model/address.ts";
import { describe } from "../describe.ts";

describe("canonicalHost", (it) => {
  const cases: Record<string, string> = {
    "web1.example.com": "web1.example.com",
    "WEB1.Example.COM.": "web1.example.com",
    "10.0.0.1": "10.0.0.1",
    "010.000.0.01": "10.0.0.1",
    "10.0.0.00": "10.0.0.0",
    "2001:DB8:0:0:0:0:0:7": "2001:db8::7",
    "[2001:db8::7]": "2001:db8::7",
    "2001:db8:0:0:1:0:0:0": "2001:db8:0:0:1::",
    "2001:db8:0:1:1:1:1:1": "2001:db8:0:1:1:1:1:1",
    "::": "::",
    "0:0:0:0:0:0:0:1": "::1",
    "::ffff:10.0.0.1": "10.0.0.1",
    "::ffff:a00:1": "10.0.0.1",
    "::FFFF:255.255.255.255": "255.255.255.255",
    "64:ff9b::10.0.0.1": "64:ff9b::a00:1",
    日本: "xn--wgv71a",
    "日本.JP.": "xn--wgv71a.jp",
    "cafe\u0301.example": "xn--caf-dma.example",
    "café.example": "xn--caf-dma.example",
    ｗｅｂ１: "web1",
    "fe80::1%ETH0": "fe80::1%eth0",
    "A b": "a b",
  };
  it("brings every spelling of a host to one form", () => {
    for (const [host, canonical] of Object.entries(cases)) assert.is(canonicalHost(host), canonical, host);
  });

  it("changes nothing the second time", () => {
    for (const canonical of Object.values(cases)) assert.is(canonicalHost(canonical), canonical);
  });

  it("keeps different hosts apart", () => {
    const hosts = [
      "web1",
      "web10",
      "web-1",
      "web_1",
      "web1.a",
      "10.0.0.1",
      "10.0.0.10",
      "::1",
      "::10",
      "::1:0",
      "[web1]",
    ];
    assert.is(new Set(hosts.map(canonicalHost)).size, hosts.length);
  });
});

describe("isIpv6", (it) => {
  it("reads what RFC 4291 allows, and nothing else", () => {
    for (const text of ["::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::1.2.3.4", "1:2:3:4:5:6:1.2.3.4"])
      assert.ok(isIpv6(text), text);
    const wrong = [
      "",
      ":",
      ":1",
      "1:",
      ":::",
      "1::2::3",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7:8::",
      "12345::",
      "g::",
      "::1%eth0",
      "[::1]",
      "1.2.3.4::",
      "::1.2.3.04",
      "::1.2.3",
      "1:2:3:4:5:6:7:1.2.3.4",
      "10.0.0.1",
      "web1",
    ];
    for (const text of wrong) assert.not.ok(isIpv6(text), text);
  });

  it("agrees with the URL standard", () => {
    const text = fc
      .array(fc.constantFrom(":", "::", "0", "1", "ffff", "Db8", "00ff", "12345", "1.2.3.4", "."), { maxLength: 17 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (ipv6) => {
        const isUrl = ipv6.includes(":") && URL.canParse(`http://[${ipv6}]/`);
        assert.is(isIpv6(ipv6), isUrl);
        if (isUrl && !canonicalHost(ipv6).includes("."))
          assert.is(`[${canonicalHost(ipv6)}]`, new URL(`http://[${ipv6}]/`).hostname);
      }),
      { numRuns: 5000 },
    );
  });
});

describe("renderHost", (it) => {
  it("puts IPv6 into brackets once, and keeps the rest as it is written", () => {
    assert.is(renderHost("2001:DB8::7"), "[2001:DB8::7]");
    assert.is(renderHost("[2001:db8::7]"), "[2001:db8::7]");
    assert.is(renderHost("Web1."), "Web1.");
    assert.is(renderHost("10.0.0.1"), "10.0.0.1");
  });
});

describe("readIpv4", (it) => {
  it("reads four decimal bytes", () => {
    assert.is(readIpv4("0.0.0.0"), 0);
    assert.is(readIpv4("255.255.255.255"), 2 ** 32 - 1);
    assert.is(readIpv4("010.0.0.1"), 0x0a000001);
    for (const text of ["256.0.0.1", "1.2.3", "1.2.3.4.5", "1.2.3.x", "", "0x1.2.3.4"])
      assert.is(readIpv4(text), undefined, text);
  });
});

describe("asciiHost", (it) => {
  it("has no form for what IDNA refuses, nor for what is no name", () => {
    assert.is(asciiHost("日本.jp"), "xn--wgv71a.jp");
    for (const name of ["\u0301a.jp", "日本.1", "日 本", "日本/x", "日本:80", "u@日本", ""])
      assert.is(asciiHost(name), undefined, name);
  });
});
