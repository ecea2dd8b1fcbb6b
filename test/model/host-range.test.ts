import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { expandRange, isRange, MAX_HOSTS_PER_ITEM, restateRange } from "../../src/model/host-range.ts";
import { describe } from "../describe.ts";

function names(text: string): readonly string[] {
  const expansion = expandRange(text);
  return "names" in expansion ? expansion.names : [`! ${expansion.reason}`];
}

function reason(text: string): string {
  const expansion = expandRange(text);
  return "reason" in expansion ? expansion.reason : "";
}

describe("isRange", (it) => {
  it("tells ranges from IPv6 addresses in brackets, whole and half", () => {
    for (const text of [
      "web[1-3]",
      "[1-3]",
      "[1-3]web",
      "10.0.0.[1-9]",
      "2001:db8::[1-9]",
      "web[1:3]",
      "web[1-3",
      "web1-3]",
      "[web1]",
    ])
      assert.ok(isRange(text), text);
    for (const text of [
      "web1",
      "10.0.0.1",
      "2001:db8::1",
      "[2001:db8::1]",
      "[::1",
      "::1]",
      "[::1]:9100",
      "[fe80::1%eth0]",
      // A template.
      "web[{{ n }}]",
      "{{ hosts[0] }}",
    ])
      assert.not.ok(isRange(text), text);
  });
});

describe("expandRange", (it) => {
  it("expands numbers, ranges and lists of them", () => {
    assert.equal(names("web[1-3]"), ["web1", "web2", "web3"]);
    assert.equal(names("web[1-3,7].x"), ["web1.x", "web2.x", "web3.x", "web7.x"]);
    assert.equal(names("web[5]"), ["web5"]);
    assert.equal(names("web[2-2]"), ["web2"]);
    assert.equal(names("web[1, 3]"), ["web1", "web3"]);
    assert.equal(names("r[1-2]n[1-2]"), ["r1n1", "r1n2", "r2n1", "r2n2"]);
    assert.equal(names("10.0.[0-1].[1-2]"), ["10.0.0.1", "10.0.0.2", "10.0.1.1", "10.0.1.2"]);
    assert.equal(names("web"), ["web"]);
  });

  it("keeps the zero padding of the start", () => {
    assert.equal(names("web[08-11]"), ["web08", "web09", "web10", "web11"]);
    assert.equal(names("web[001-2]"), ["web001", "web002"]);
    assert.equal(names("web[9-11]"), ["web9", "web10", "web11"]);
    assert.equal(names("web[0-1,05]"), ["web0", "web1", "web05"]);
  });

  it("says what is wrong with a bad one", () => {
    assert.match(reason("web[9-1]"), /`9-1` runs backwards/);
    assert.match(reason("web[a-c]"), /`a-c` is neither/);
    assert.match(reason("web[1-3-5]"), /`1-3-5` is neither/);
    assert.match(reason("web[1:3]"), /`1:3` is neither/);
    assert.match(reason("web[[1-2]]"), /`\[1-2` is neither/);
    assert.match(reason("web[-3]"), /`-3` is neither/);
    assert.match(reason("web[]"), /nothing between/);
    assert.match(reason("web[1,,2]"), /nothing between/);
    assert.match(reason("web[1-3"), /not closed/);
    assert.match(reason("web1-3]"), /no `\[` before/);
    assert.match(reason("web[1-2]]"), /no `\[` before/);
    assert.match(reason("web[1-99999999999999999999]"), /too many digits/);
    for (const text of ["web[8-012]", "web[1-010]", "web[001-02]"]) assert.match(reason(text), /more zeros/, text);
    for (const text of ["web[0-0]", "web[008-012,1]", "web[9-10]", "web[01-100]"]) assert.is(reason(text), "", text);
  });

  it("says what to do about it", () => {
    const help = (text: string): string => {
      const expansion = expandRange(text);
      return "help" in expansion ? expansion.help : "";
    };
    assert.match(help("web[a-c]"), "`web[01-20,31]`");
    assert.match(help("web[9-1]"), "`1-9`");
    for (const between of ["..", ":", "\u2013", " to "])
      assert.is(help(`web[1,01${between}20]`), "write `01-20` in its place", between);
    assert.match(help("web[8-012]"), "`008-012` or `8-12`");
    for (const text of ["web[1-99999999]", "web[1-99999999999999999999]", "a[1-999][1-999]"])
      assert.match(help(text), /a digit too many.*several items/, text);
  });

  it("stops at the limit, without building the names first", () => {
    assert.is(names(`web[1-${MAX_HOSTS_PER_ITEM}]`).length, MAX_HOSTS_PER_ITEM);
    for (const text of [
      `web[0-${MAX_HOSTS_PER_ITEM}]`,
      "web[1-99999999]",
      "web[1-1000][1-101]",
      "web[1-60000,1-60000]",
      "a[1-99][1-99][1-99][1-99]",
    ]) {
      assert.match(reason(text), /more than 100000 hosts/, text);
    }
    assert.is(names("web[1-1000][1-100]").length, MAX_HOSTS_PER_ITEM);
  });

  it("gives each number between first and last once, in order", () => {
    fc.assert(
      fc.property(fc.nat(9999), fc.nat(300), fc.nat(4), (first, more, zeros) => {
        const start = "0".repeat(zeros) + String(first);
        const expanded = names(`h[${start}-${first + more}].x`);
        assert.equal(
          expanded.map((name) => Number(name.slice(1, -2))),
          Array.from({ length: more + 1 }, (_, index) => first + index),
        );
        assert.is(expanded[0], `h${start}.x`);
      }),
    );
  });
});

describe("restateRange", (it) => {
  const host = (name: string): string => name.replace(/^x:|:\d+$/g, "").toLowerCase();

  it("gives the range of the mended hosts", () => {
    assert.is(restateRange("x:Web[1-3].y:80", host), "web[1-3].y");
    assert.is(restateRange("[1-2]a[01-10]:80", host), "[1-2]a[01-10]");
    assert.is(restateRange("1[1-12]:80", host), "1[1-12]");
  });

  it("gives none that stands for other hosts", () => {
    assert.is(restateRange("a[1-2]:8[0-1]", host), undefined);
    assert.is(restateRange("a:8[0-1]", host), undefined);
    assert.is(
      restateRange("a[1-3]", (name) => (name === "a2" ? "b2" : name)),
      undefined,
    );
    assert.is(
      restateRange("a[1-3]", () => "a1"),
      undefined,
    );
    assert.is(restateRange("a[3-1]", host), undefined);
    assert.is(restateRange("a[1-9999]:80", host), undefined);
  });
});
