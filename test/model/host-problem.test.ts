import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { canonicalHost, renderHost } from "../../src/model/address.ts";
import { hostProblems } from "../../src/model/host-problem.ts";
import { describe } from "../describe.ts";
import { startCpuWatch } from "../stopwatch.ts";

const PORTS = new Set([8080, 9100]);

function kinds(host: string): string {
  return hostProblems(host, PORTS)
    .map(({ kind, severity }) => (severity === undefined ? kind : `${kind} (${severity})`))
    .join(", ");
}

function all(kind: string, hosts: readonly string[]): void {
  for (const host of hosts) assert.is(kinds(host), kind, host);
}

describe("hostProblems", (it) => {
  it("takes as long as the text is, whatever it is of", () => {
    const watch = startCpuWatch();
    for (const part of [":", ".", ",", ";", "[", "a-", " "])
      assert.ok(hostProblems(`a${part.repeat(200_000)}x`).length > 0);
    assert.ok(watch() < 5000, `${watch()} ms`);
  });

  it("has nothing to say about ordinary hosts", () => {
    all("", [
      "1234",
      "10",
      "web1",
      "web-1.example.com",
      "a.b.c.d.e",
      "1web.example.com",
      "web1.dc1",
      "3com",
      "xn--wgv71a.jp",
      "日本.jp",
      "ファーム1",
      "x".repeat(63),
      "http",
      "db.service.consul",
      "localhost1",
      "nolocalhost",
    ]);
    all("", ["10.0.0.1", "8.8.8.8", "192.168.255.255", "223.255.255.255", "1.1.1.1", "170.0.0.1", "128.0.0.1"]);
    all("", ["2001:db8::7", "[2001:db8::7]", "fd12:3456:789a::1", "2001:db8:1:2:3:4:5:9100", "2001:db8::9100"]);
  });

  it("names several addresses that are written as one host, and what to write for them", () => {
    for (const [host, written] of [
      ["10.1.2.3-9", 'write `"10.1.2.[3-9]"`'],
      ["010.1.2.03-09", 'write `"10.1.2.[3-9]"`'],
      ["10.1.2.0-010", 'write `"10.1.2.[0-10]"`'],
      ["10.1.2.9-3", 'write `"10.1.2.[3-9]"`'],
      ["10.1.2.3-10.1.2.9", 'write `"10.1.2.[3-9]"`'],
      ["10.1-3.2.4", 'write `"10.[1-3].2.4"`'],
      ["10.1.2-3.4-5", 'write `"10.1.[2-3].[4-5]"`'],
      ["10.1.2.x", 'such as `"10.1.2.[1-20]"`'],
      ["10.1.2.XX", 'such as `"10.1.2.[1-20]"`'],
      ["10.1.2.*", 'such as `"10.1.2.[1-20]"`'],
      ["10.x.2.3", 'such as `"10.[1-20].2.3"`'],
      ["10.x.x.x", "in ranges such as"],
      ["10.1.2.3-300", "from 0 to 255"],
    ] as const) {
      assert.is(kinds(host), "range", host);
      assert.ok(hostProblems(host)[0]?.help.includes(written), host);
    }
    all("", [
      "10-1-2-3.example.com",
      "ip-10-0-0-1",
      "10-1-2-3",
      "1.2.3-4",
      "10.1.2.3-a",
      "10.1.2.x1",
      "x.y.z.x",
      "10.1.2.3-9.dc",
    ]);
  });

  it("names a template before all else that it has", () => {
    for (const host of [
      "{{ host }}.example.com",
      "{{host}}:9100",
      "https://{{ host }}/",
      "{% for h in hosts %}",
      "${HOST}.example.com",
      "<%= host %>",
      "web[{{ n }}]",
    ]) {
      assert.is(kinds(host), "invalid-host", host);
      assert.match(hostProblems(host)[0]?.message ?? "", /template.*nothing fills it in here/, host);
    }
    for (const host of ["{host}", "$HOST", "web{1}"])
      assert.not.match(hostProblems(host)[0]?.message ?? "", "template");
    assert.is(hostProblems("https://me:s3cret@{{ host }}")[0]?.redact, true);
  });

  it("tells a comment, dashes that are a part of the text, commas at the end and other ranges", () => {
    const help = (host: string): string => hostProblems(host)[0]?.help ?? "";
    for (const comment of ["// spare", "//spare", "-- spare", "; spare", "– spare", "— spare"])
      assert.match(help(`web1 ${comment}`), "`web1 # spare`", comment);
    assert.match(help("web[1-3] (spare)"), "`web[1-3] # (spare)`");
    assert.match(help("web1 - web2 - web3"), "in the column of the first one");
    assert.match(help("web1 web2"), "several hosts");
    for (const end of [",", ";", ",,"]) assert.is(help(`web1${end}`), "write `web1`", end);
    assert.match(help("web1,web2"), "an item of its own");
    for (const range of ["web{1..8}.a", "web(1-8).a", "web{1-8}.a"])
      assert.match(help(range), 'write `"web[1-8].a"`', range);
    assert.match(help("web{1,3}.a"), 'write `"web[1,3].a"`');
    assert.not.match(help("web(a).b"), "range");
    for (const block of ["web1\n", "web1\n\n"]) assert.match(help(block), "`web1` on one line");
    assert.is(help("web1 "), "remove the white space");
  });

  it("takes smart quotes off", () => {
    for (const host of ["\u201cweb1\u201d", "\u2018web1\u2019", "\u201eweb1"]) {
      assert.is(kinds(host), "invalid-host", host);
      assert.is(hostProblems(host)[0]?.help, "write `web1`", host);
    }
  });

  it("names white space first", () => {
    all("whitespace", [
      " web1",
      "web1 ",
      "web 1",
      "web1\n",
      "\t",
      " ",
      "web1, web2",
      " web1:9100 ",
      "http://a b",
      "web1\u00a0",
      "全　角",
    ]);
  });

  it("names a dash that only looks like one", () => {
    for (const [dash, name] of [
      ["–", "U+2013"],
      ["—", "U+2014"],
      ["−", "U+2212"],
      ["‐", "U+2010"],
    ] as const) {
      const [only, ...others] = hostProblems(`web${dash}1.example.com`, PORTS);
      assert.is(only?.kind, "invalid-host");
      assert.match(only?.message ?? "", `a dash that is no \`-\` (${name})`);
      assert.is(only?.help, "write `-` in its place");
      assert.equal(others, []);
    }
  });

  it("finds URLs, networks and pieces of them", () => {
    all("url-in-host", [
      "http://web1:9100/metrics",
      "https://web1",
      "//web1/x",
      "http:web1",
      "tcp://web1:1",
      "web1/metrics",
      "web1:9100/metrics",
      "web1?a=1",
      "web1#a",
      "web\\1",
      "user@web1",
      "user:secret@web1:9100",
    ]);
    const link = hostProblems("<http://web1.a:8080|web1.a>")[0];
    assert.is(
      `${link?.message}: ${link?.help}`,
      "`<http://web1.a:8080…>` stands in the angle brackets of a link: write `web1.a`",
    );
    all("url-in-host", ["<web1>", "<web1|web1>"]);
    all("url-in-host", ["10.0.0.0/24", "10.0.0.1/32", "2001:db8::/64", "[::1]/128"]);
  });

  it("finds ports", () => {
    all("port-in-host", [
      "web1:9100",
      "web1:99999",
      "web1:0",
      "web1:",
      "web1:http",
      ":9100",
      "10.0.0.1:9100",
      "[2001:db8::1]:9100",
      "[web1]:9100",
      "web1:9100:9100",
      "日本.jp:80",
    ]);
    all("port-in-host", ["1:2:3:4:5:6:7:8:9100", "2001:db8::1:19100"]);
  });

  it("takes the end of a bare IPv6 address for a port only where an exporter has it", () => {
    assert.is(kinds("2001:db8::1:9100"), "port-in-host");
    assert.is(kinds("2001:db8::1:8080"), "port-in-host");
    assert.is(kinds("2001:db8::1:8081"), "");
    assert.is(kinds("[2001:db8::1:9100]"), "");
    assert.is(kinds("2001:db8:0:0:0:0:1:9100"), "non-canonical");
  });

  it("finds what was meant as an IPv6 address", () => {
    all("ipv6", [
      "fe80::1%eth0",
      "[fe80::1%eth0]",
      "[::1",
      "::1]",
      "[2001:db8::1]x",
      "2001:db8:::1",
      "1:2:3:4:5:6:7",
      "2001::1::2",
      "12345::1",
      "2001:db8::g",
      "a:b:c",
      "::1.2.3",
      "[a:b]",
      "1::2::",
    ]);
  });

  it("finds brackets that nobody expands", () => {
    all("range", ["web[1-3]", "[web1]", "web]"]);
  });

  it("finds what is no name", () => {
    all("invalid-host", [
      "",
      ".",
      "-web",
      "web-",
      "a.-b.c",
      "a-.b",
      "a..b",
      ".a",
      "a..",
      "*.example.com",
      "web*",
      "web1,web2",
      "web$1",
      "a`b",
      "a\u200bb",
      "😀",
      "a\u0000b",
      "'web1'",
    ]);
    all("invalid-host", [
      "999.1.1.1",
      "10.0.0.256",
      "1.2.3",
      "1.2.3.4.5",
      "web.1",
      "0x7f.0.0.1",
      "10.0.0.1.",
      "日本.1",
    ]);
    all("invalid-host", [
      "\u0301a.jp",
      "a".repeat(64),
      `web.${"a".repeat(64)}.x`,
      `${"abcdefg.".repeat(32)}x`,
      `${"日月火水木金土".repeat(5)}.jp`,
    ]);
  });

  it("allows the greatest lengths", () => {
    all("", [`${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(61)}`]);
    all("invalid-host", [`${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(62)}`]);
    all("non-canonical", [`${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(61)}.`]);
  });

  it("warns of underscores, beside other warnings", () => {
    all("invalid-host (warning)", ["web_1", "_web", "web_", "_sip._tcp.example.com", "日_本.jp"]);
    assert.is(kinds("Web_1"), "invalid-host (warning), non-canonical");
  });

  it("warns of letters that look like others", () => {
    all("invalid-host (warning)", ["web1.n\u043erdwind.example", "d\u044c2", "\u03b1web"]);
    all("", ["\u0441\u0430\u0439\u0442.example", "\u03b1\u03b2.example", "日本web.jp", "müller.example"]);
    assert.match(hostProblems("n\u043erd")[0]?.message ?? "", "U+043E");
  });

  it("warns of other spellings", () => {
    all("non-canonical", [
      "Web1",
      "web1.",
      "010.0.0.1",
      "2001:DB8::7",
      "[2001:DB8::7]",
      "2001:db8:0:0:0:0:0:7",
      "::ffff:10.0.0.1",
      "日本.JP",
      "ｗｅｂ1",
      "cafe\u0301.example",
    ]);
  });

  it("warns of addresses that mean something else everywhere", () => {
    all("special-address", [
      "localhost",
      "web.localhost",
      "localhost.localdomain",
      "ip6-localhost",
      "127.0.0.1",
      "127.1.2.3",
      "::1",
      "[::1]",
    ]);
    all("special-address", [
      "0.0.0.0",
      "::",
      "169.254.1.1",
      "169.254.169.254",
      "fe80::1",
      "febf::1",
      "224.0.0.1",
      "ff02::1",
      "255.255.255.255",
      "240.0.0.1",
      "fd00:ec2::254",
    ]);
    all("", ["126.0.0.1", "128.0.0.1", "169.253.0.1", "169.255.0.1", "fec0::1", "fd00:ec2::255", "::2"]);
    assert.is(kinds("LOCALHOST"), "non-canonical, special-address");
    assert.is(kinds("::ffff:127.0.0.1"), "non-canonical, special-address");
  });

  it("never has two errors, and no warnings beside one", () => {
    const piece = fc.constantFrom(
      "web",
      "Web",
      "1",
      "10.0.0.1",
      "::",
      ":",
      "9100",
      "/",
      "%",
      "[",
      "]",
      " ",
      ".",
      "-",
      "_",
      "@",
      "http://",
      "日本",
      "*",
      "fe80::1",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const problems = hostProblems(pieces.join(""), PORTS);
        const errors = problems.filter(
          ({ kind, severity }) => severity === undefined && kind !== "non-canonical" && kind !== "special-address",
        );
        assert.ok(errors.length === 0 || problems.length === 1, pieces.join(""));
        for (const { message, help } of problems) assert.not.match(message + help, /\n/);
      }),
      { numRuns: 5000 },
    );
  });

  it("lets through only what stands in a target as it should", () => {
    const piece = fc.constantFrom(
      "web",
      "1",
      "10.0.0.1",
      "2001:db8::1",
      ":",
      "9100",
      "[",
      "]",
      ".",
      "-",
      "/",
      "@",
      "?",
      "#",
      "%",
      " ",
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), (pieces) => {
        const host = pieces.join("");
        // A number alone is a name to Promgen and to DNS with a search domain, but an address to the URL standard.
        if (hostProblems(host).length > 0 || /^\d+\.?$/.test(host)) return;
        const url = new URL(`http://${renderHost(host)}:9100/metrics`);
        assert.is(url.port, "9100");
        assert.is(canonicalHost(url.hostname), canonicalHost(host));
      }),
      { numRuns: 5000 },
    );
  });

  it("says what to write", () => {
    const help = (host: string): string => hostProblems(host, PORTS)[0]?.help ?? "";
    assert.match(help("http://user:secret@web1:9100/metrics"), /`web1`/);
    assert.match(help("https://web1.example.com/~a@b"), /^write `web1\.example\.com`;/);
    assert.match(help("web1.example.com/~a@b"), /^write `web1\.example\.com`;/);
    assert.match(help("https://2001:db8::1/"), /^write `\[2001:db8::1\]`;/);
    assert.match(help("me@[2001:db8::1]:9100/x"), /^write `\[2001:db8::1\]`;/);
    assert.match(help("web1:9100/metrics"), /^write `web1`; port, path and query are/);
    assert.match(help("10.0.0.1/32"), /`10.0.0.1`/);
    assert.match(help("10.0.0.1/32:9100"), /^write `10\.0\.0\.1`;.*`port: 9100`/);
    assert.match(help("10.0.0.0/24"), /`"10.0.0.\[1-20\]"`/);
    assert.match(help("web1/metrics"), /^write `web1`; path and query are.*`path: \/metrics`/);
    assert.match(help("web1:9100"), /`web1`.*`port: 9100`/);
    assert.match(help("[::1"), /"\[::1\]"/);
    assert.match(help("Web1."), /`web1`/);
    assert.match(help("2001:db8::1:9100"), /`2001:db8::1`.*"\[2001:db8::1:9100\]"/);
  });

  it("shows no password, and redacts the line", () => {
    for (const host of [
      "http://user:s3cret@web1",
      "user:s3cret@web1",
      "http://user:s3c/ret@web1",
      "<http://user:s3cret@web1|web1>",
      "<http://web1|user:s3cret@web1>",
      " user:s3cret@web1",
      "https://web1?u=s3cret@x",
      "https://web1/s3cret@x",
      "web1/s3cret@x",
    ]) {
      const [problem] = hostProblems(host);
      assert.not.match(`${problem?.message} ${problem?.help}`, /s3c/, host);
      assert.is(problem?.redact, true, host);
    }
  });
});
