import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { assertFindings, assertReads, parse } from "./findings.ts";

const ERROR = "error yaml/unquoted-ipv6";

describe("yaml/unquoted-ipv6", (it) => {
  it("finds addresses that are lists or maps to YAML, and reads the rest of the file", () => {
    const { documents, isComplete } = assertFindings("hosts:\n  - «2001:db8::»\n  - «[::1]»\n  - a\n", ERROR, ERROR);
    assert.equal(documents, [{ hosts: [null, null, "a"] }]);
    assert.not.ok(isComplete);
    assertFindings("hosts:\n  - «[2001:db8::1]»\n", ERROR);
    assertFindings("hosts: [ «[::1]:9100», a ]\n", ERROR);
    assertFindings("hosts: [ { host: «[2001:db8::1]» } ]\n", ERROR);
    assertFindings("hosts:\n  - «fe80::» # gateway\n", ERROR);
  });

  it("finds addresses that YAML cannot read at all", () => {
    assertFindings("hosts:\n  - «[::1]:9100»\n  - a\n", ERROR);
    assertFindings("- host: «[2001:db8::1]:9100»\n", ERROR);
    assertFindings("- host: «2001:db8::»\n", ERROR);
    assertFindings("owner: x\ntargets: [ a ]\nhost: «[fe80::1]»x\n", ERROR);
  });

  it("says how it is written", () => {
    assert.is(parse("- [::1]:9100\n").diagnostics[0]?.help, 'put it in quotes: "[::1]:9100"');
    assert.is(parse("- 2001:db8::\n").diagnostics[0]?.help, 'put it in quotes: "2001:db8::"');
  });

  it("is content with quotes, and with addresses that are text to YAML", () => {
    assertReads("hosts: [ '[::1]', 2001:db8::1, \"2001:db8::\" ]\n", { hosts: ["[::1]", "2001:db8::1", "2001:db8::"] });
    assertReads("- ::1\n- fe80::1:2\n- fe80::1%eth0\n", ["::1", "fe80::1:2", "fe80::1%eth0"]);
  });

  it("takes neither times, MAC addresses nor short lists for addresses", () => {
    assertReads("a: [ [x], [a:b] ]\n", { a: [["x"], ["a:b"]] });
    assertReads("- [00:11:22:33:44:55]\n", [["00:11:22:33:44:55"]]);
    assertFindings("a: x\nb: [10:20:30]\n«c d»\n".replace("10:20:30", "'10:20:30'"), "error yaml/syntax");
  });
});
