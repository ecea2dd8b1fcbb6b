import * as assert from "uvu/assert";
import { canonicalTarget, targetProblem } from "../../src/model/probe-target.ts";
import { describe } from "../describe.ts";

function severity(module: string, target: string): string {
  const problem = targetProblem(module, target);
  return problem === undefined ? "" : (problem.severity ?? "error");
}

function all(wanted: string, module: string, targets: readonly string[]): void {
  for (const target of targets) assert.is(severity(module, target), wanted, `${module} ${target}`);
}

describe("targetProblem", (it) => {
  it("takes URLs, hosts and host:port", () => {
    all("", "http_2xx", [
      "https://pay.example.com/health",
      "http://x",
      "https://X",
      "https://x:8443/a?b=c&d=e@f#g",
      "https://日本.jp/健康",
      "https://[2001:db8::1]:8443/x",
      "https://a_b.example.com",
      "https://user:pw@x/",
      "https://x/@user",
      "https://localhost/",
    ]);
    all("", "http_2xx", [
      "pay.example.com",
      "pay.example.com:8443",
      "10.0.0.1",
      "[2001:db8::1]",
      "[2001:db8::1]:80",
      "日本.jp",
      "http:8080",
    ]);
    all("", "dns_udp", ["8.8.8.8", "8.8.8.8:53", "ns1.example.com"]);
  });

  it("finds templates and smart quotes", () => {
    for (const target of ["{{ url }}", "https://{{ host }}/x", "${HOST}:443", "https://${HOST}/x"])
      assert.match(targetProblem("http_2xx", target)?.message ?? "", /template.*nothing fills it in here/, target);
    assert.is(targetProblem("http_2xx", "\u201chttps://x/y\u201d")?.help, "write `https://x/y`");
    // What nothing speaks against stays.
    all("", "http_2xx", ["https://x/?a=${b}"]);
  });

  it("finds misspelt schemes", () => {
    all("error", "http_2xx", [
      "https//x",
      "https:/x",
      "http:x",
      "http/x",
      "http;//x",
      "https:\\\\x",
      "htps://x",
      "ftp://x",
      "ws://x",
    ]);
    all("error", "tcp_connect", ["tcp://x:1"]);
    // blackbox_exporter 0.23: "lookup HTTPS: no such host"
    for (const target of ["HTTPS://x.y/Z", "https://https://x.y/Z", "<https://x.y/Z>", "<https://x.y/Z|x.y>"])
      assert.is(targetProblem("http_2xx", target)?.help, "write `https://x.y/Z`", target);
    assert.match(targetProblem("http_2xx", "https//x.y/z")?.help ?? "", /`https:\/\/x\.y\/z`/);
  });

  it("finds what is no host and no port", () => {
    all("error", "http_2xx", [
      "",
      " https://x",
      "https://x y",
      "https://a..b/",
      "https://-a",
      "https://x:99999/",
      "https://x:0",
      "https://x:/",
      "https:///x",
      "https://",
      "https://2001:db8::1/x",
      "https://[::1/x",
      "https://web[1-3]/",
      "https://*.example.com",
      "https://999.1.1.1/",
    ]);
    all("error", "other", ["web[1-3]", "x:", "x:99999", "a..b", "a:b:c", "-x", "[::1", "user@x"]);
  });

  it("wants a scheme before a path", () => {
    all("error", "http_2xx", ["pay.example.com/health", "pay.example.com?x=1", "pay.example.com:80/x"]);
    assert.match(
      targetProblem("http_2xx", "pay.example.com/health")?.help ?? "",
      /`https:\/\/pay.example.com\/health`/,
    );
    assert.not.match(targetProblem("tcp_connect", "x/y")?.help ?? "", /https/);
  });

  it("warns of what the module's name speaks against", () => {
    all("", "icmp", ["10.0.0.1", "x", "2001:db8::1"]);
    all("warning", "icmp", ["10.0.0.1:80", "https://x", "[2001:db8::1]:80", "[2001:db8::1]"]);
    all("", "tcp_connect", ["x:22", "[2001:db8::1]:22"]);
    all("warning", "tcp_connect", ["x", "10.0.0.1", "2001:db8::1", "https://x:443"]);
    all("", "ssh_banner", ["x:22"]);
    all("warning", "ssh_banner", ["x"]);
    all("error", "icmp", ["a..b"]);
    all("", "my_icmp", ["x:80"]);
    const hosts = {
      "10.0.0.1:80": "10.0.0.1",
      "https://u:p@x.y:8443/z?a=b": "x.y",
      "http://[2001:db8::1]:80/": "2001:db8::1",
      "[2001:db8::1]:80": "2001:db8::1",
      "[2001:db8::1]": "2001:db8::1",
    };
    for (const [target, host] of Object.entries(hosts)) {
      assert.is(targetProblem("icmp", target)?.help, `write \`${host}\``, target);
      assert.is(targetProblem("icmp", host), undefined, host);
    }
  });

  it("shows no password and no query, and redacts the line", () => {
    for (const target of [
      "htps://u:s3cret@x",
      "HTTPS://u:s3cret@x",
      "<https://u:s3cret@x>",
      "https://u:s3cret@a..b",
      "https://u:s3c/ret@x",
      "https//u:s3cret@x",
      "u:s3cret@x",
      " https://u:s3cret@x",
      "x/y?s3cret@",
    ]) {
      const problem = targetProblem("http_2xx", target);
      assert.ok(problem, target);
      assert.not.match(`${problem.message} ${problem.help}`, /s3c/, target);
      assert.is(problem.redact, true, target);
    }
    assert.not.match(targetProblem("http_2xx", "https//x?token=s3cret")?.message ?? "", /s3cret/);
    assert.not.match(targetProblem("http_2xx", "https//x?token=s3cret")?.help ?? "", /s3cret/);
    assert.is(targetProblem("http_2xx", "https//x")?.redact, undefined);
  });
});

describe("canonicalTarget", (it) => {
  it("hosts and ports by their canonical form, URLs as they are", () => {
    assert.is(canonicalTarget("WEB1.:443"), canonicalTarget("web1:0443"));
    assert.is(canonicalTarget("[2001:DB8::0:1]:443"), canonicalTarget("[2001:db8::1]:443"));
    assert.is(canonicalTarget("[2001:db8::1]"), "2001:db8::1");
    assert.is.not(canonicalTarget("2001:db8::1:443"), canonicalTarget("[2001:db8::1]:443"));
    assert.is(canonicalTarget("https://A.b/"), "https://A.b/");
  });
});
