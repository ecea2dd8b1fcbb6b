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
