import * as assert from "uvu/assert";
import { hostPortProblems, portReason, splitHostPort } from "../../src/model/host-port.ts";
import { describe } from "../describe.ts";

describe("splitHostPort", (it) => {
  it("finds the port where it can be told", () => {
    assert.equal(splitHostPort("web1:9090"), { host: "web1", port: "9090" });
    assert.equal(splitHostPort("web1"), { host: "web1", port: undefined });
    assert.equal(splitHostPort("[::1]:9090"), { host: "[::1]", port: "9090" });
    assert.equal(splitHostPort("[::1]"), { host: "[::1]", port: undefined });
    assert.equal(splitHostPort("2001:db8::1"), { host: "2001:db8::1", port: undefined });
    assert.equal(splitHostPort("web1:"), { host: "web1", port: "" });
    assert.equal(splitHostPort(":9090"), { host: "", port: "9090" });
  });
});

describe("portReason", (it) => {
  it("takes 1 to 65535 in plain digits", () => {
    for (const port of [1, 80, 65_535, "1", "9100", "65535"]) assert.is(portReason(port), undefined, String(port));
    for (const port of [
      0,
      -1,
      65_536,
      9100.5,
      Number.NaN,
      "",
      "0",
      "65536",
      "-1",
      "9l00",
      "09100",
      "+80",
      "80 ",
      "0x50",
    ])
      assert.type(portReason(port), "string", String(port));
  });
});

describe("hostPortProblems", (it) => {
  it("says one thing of each", () => {
    const cases: Record<string, string> = {
      prom: "",
      "prom:9090": "",
      "10.0.0.1:9090": "",
      "2001:db8::1": "",
      "[2001:db8::1]:9090": "",
      "prom:0": "port-range",
      "prom:99999": "port-range",
      "prom:9l00": "port-range",
      "prom:": "port-range",
      "web1:9090:9090": "port-range",
      ":9090": "invalid-host",
      "-prom:9090": "invalid-host",
      "": "invalid-host",
      " prom:9090": "whitespace",
      "http://prom:9090": "url-in-host",
      "prom:9090/graph": "url-in-host",
      "2001:db8::1:9100": "ipv6",
      "[2001:db8::1:9100": "ipv6",
      "prom[1-2]:9090": "range",
      "10.0.0.1-3": "range",
      "10.0.0.x:9090": "range",
      "{{ prom }}:9090": "invalid-host",
      "Prom:9090": "non-canonical",
      "localhost:9090": "special-address",
    };
    for (const [text, kind] of Object.entries(cases)) {
      assert.equal(
        hostPortProblems(text, new Set([9100]))
          .map((problem) => problem.kind)
          .join(),
        kind,
        text,
      );
    }
  });

  it("says how to tell an IPv6 address from its port", () => {
    assert.match(hostPortProblems("2001:db8::1:9100", new Set([9100]))[0]?.help ?? "", /"\[2001:db8::1\]:9100"/);
  });
});

describe("what to write instead of a host with a port", (it) => {
  const help = (text: string): string => hostPortProblems(text, new Set())[0]?.help ?? "";

  it("keeps the port, and the one that a URL means", () => {
    assert.is(help("http://prom:9091"), "write `prom:9091`");
    assert.is(help("https://prom:9091/graph?g0=x"), "write `prom:9091`");
    assert.is(help("http://prom/"), "write `prom:80`");
    assert.is(help("HTTPS://prom"), "write `prom:443`");
    assert.is(help("http://[2001:db8::1]:9091/"), "write `[2001:db8::1]:9091`");
    assert.is(help("prom:9091/graph"), "write `prom:9091`");
    assert.match(help("me:pw@prom:9091/x"), "write `prom:9091`;");
  });

  it("names the host of a URL, whatever its path and query hold", () => {
    assert.is(help("http://prom1.example.com:9090/graph?user=a@b.c"), "write `prom1.example.com:9090`");
    assert.is(help("http://prom1/~a@b"), "write `prom1:80`");
    assert.is(help("http://me:pw@prom1:9090/~a@b"), "write `prom1:9090`");
    assert.is(help("http://me:p/w@prom1:9090/x"), "write `prom1:9090`");
    assert.is(help("prom1:9090/graph?user=a@b.c"), "write `prom1:9090`");
    assert.match(help("me:p/w@prom1:9090/x"), "write `prom1:9090`;");
    assert.match(help("me@prom1:9090/~a@b"), "write `prom1:9090`;");
    assert.match(help("prom1@prom1"), "write `prom1`;");
    assert.match(help("me@"), "write the host alone;");
  });

  it("puts an IPv6 address in brackets before a port, where it is clear what the port is", () => {
    assert.is(help("https://2001:db8::1/"), "write `[2001:db8::1]:443`");
    assert.is(help("http://2001:db8::1/~a@b"), "write `[2001:db8::1]:80`");
    assert.is(help("http://1:2:3:4:5:6:7:8:9090/"), "write `[1:2:3:4:5:6:7:8]:9090`");
    assert.is(help("http://2001:db8::1:9090/"), "write the host alone");
    assert.is(help("http://2001:db8:1:2:3:4:5:6:9090/~a@b"), "write `[2001:db8:1:2:3:4:5:6]:9090`");
    assert.is(help("2001:db8:1:2:3:4:5:6:9090/~a@b"), "write `[2001:db8:1:2:3:4:5:6]:9090`");
    assert.is(help("http://[2001:db8::1]:9090/~a@b"), "write `[2001:db8::1]:9090`");
    assert.match(help("me@2001:db8::1/x"), "write `[2001:db8::1]`;");
    assert.is(help("2001:db8::1/128:9090"), "write `[2001:db8::1]:9090`");
  });

  it("names no piece of what is neither an address nor a host", () => {
    for (const text of ["2001:db8:1", "fe80::1%eth0", "[2001:db8::1", "ab:cd:ef"])
      for (const url of [`http://${text}/~a@b`, `http://${text}/`, `${text}/~a@b`])
        assert.is(help(url), "write the host alone", url);
  });

  it("takes what is before a `/` for a password where it has no form of an address", () => {
    for (const user of ["me:p/w", "me:p:w/x", "ab:cd/ef", "2001:db8:p/w", "me:1a/2"]) {
      assert.is(help(`http://${user}@prom1:9090/x`), "write `prom1:9090`", user);
      assert.match(help(`${user}@prom1:9090/x`), "write `prom1:9090`;", user);
    }
  });

  it("keeps the port after a network", () => {
    assert.is(help("10.0.0.7/32:9090"), "write `10.0.0.7:9090`");
    assert.match(help("10.0.0.7/24:9090"), "write `10.0.0.7:9090`, if that is meant");
    assert.is(help("10.0.0.0/24:9090"), "write each host out");
  });

  it("speaks of no range and no exporter: there are none", () => {
    for (const text of ["10.0.0.1-3", "10.0.0.x", "10.0.0.0/24", "prom[1-2]"])
      assert.is(help(text), "write each host out");
    for (const text of ["http://prom", "tcp://prom", "prom/x", "//prom"])
      assert.not.match(help(text), "exporter", text);
  });
});
