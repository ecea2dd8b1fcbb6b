import * as assert from "uvu/assert";
import { decodePath, readMetricsPath } from "../../src/model/metrics-path.ts";
import { describe } from "../describe.ts";

/** Path and query of a path without problems. */
function read(text: string): [string, Record<string, string>] {
  const { path, query, problems } = readMetricsPath(text);
  assert.equal(problems, [], text);
  return [path, Object.fromEntries(query)];
}

function problems(text: string): string {
  return readMetricsPath(text).problems.join("; ");
}

describe("readMetricsPath", (it) => {
  it("splits path and query as Promgen does", () => {
    assert.equal(read(""), ["", {}]);
    assert.equal(read("/metrics"), ["/metrics", {}]);
    assert.equal(read("/metrics?a=1&b=2"), ["/metrics", { a: "1", b: "2" }]);
    assert.equal(read("/metrics?"), ["/metrics", {}]);
    assert.equal(read("?a=1"), ["", { a: "1" }]);
    assert.equal(read("/m?a=1&&b=2&"), ["/m", { a: "1", b: "2" }]);
    assert.equal(read("/m?a=b=c&x=1;y=2"), ["/m", { a: "b=c", x: "1;y=2" }]);
    assert.equal(read("/m?a=b?c/d"), ["/m", { a: "b?c/d" }]);
  });

  it("decodes the query once, and leaves the path as it is", () => {
    assert.equal(read("/m?a=b%20c+d"), ["/m", { a: "b c d" }]);
    assert.equal(read("/m?a=1%262"), ["/m", { a: "1&2" }]);
    assert.equal(read("/m?a=%2523"), ["/m", { a: "%23" }]);
    assert.equal(read("/m?a=%zz%4"), ["/m", { a: "%zz%4" }]);
    assert.equal(read("/m?%E6%97%A5=%E6%9C%AC"), ["/m", { 日: "本" }]);
    assert.equal(read("/m?a=%EF%BB%BFx"), ["/m", { a: "\ufeffx" }]);
    assert.equal(read("/m%20x"), ["/m%20x", {}]);
    assert.equal(read("/日本"), ["/日本", {}]);
  });

  it("keeps `;` where Promgen keeps it", () => {
    assert.equal(read("/a;b/c"), ["/a;b/c", {}]);
    assert.match(problems("/a/b;c"), /`;` parameters/);
    assert.match(problems("/m;p=1?x=2"), /`;` parameters/);
  });

  it("says what Promgen would drop", () => {
    assert.match(problems("metrics"), /does not start with `\/`/);
    assert.match(problems("metrics?a=1"), /does not start with `\/`/);
    assert.match(problems("//host/x"), /starts with `\/\/`/);
    assert.match(problems("http://other/x"), /whole URL/);
    assert.match(problems("/m#frag"), /fragment/);
    assert.match(problems("/m?a=1#frag"), /fragment/);
    assert.match(problems("/m x"), /white space/);
    assert.match(problems("/m\n"), /white space/);
    assert.match(problems("/m?a=1&a=2"), /`a` is given twice/);
    assert.match(problems("/m?a=1&%61=2"), /`a` is given twice/);
  });

  it("says which parameters are blank", () => {
    assert.match(problems("/m?debug"), /`debug` has no value/);
    assert.match(problems("/m?debug="), /`debug` has no value/);
    assert.match(problems("/m?=1"), /no name/);
    assert.match(problems("/m?="), /no name/);
    assert.is(problems("/m?debug=%20"), "");
  });

  it("keeps the first value of a key, and never shows one", () => {
    const { query, problems: found } = readMetricsPath("/m?token=s3cret&token=0ther");
    assert.equal(query, [["token", "s3cret"]]);
    assert.not.match(found.join(), /s3cret|0ther/);
  });

  it("names a key with control characters on one line", () => {
    assert.not.match(problems("/m?a%0Ab=1&a%0Ab=2"), /\n/);
  });
});

describe("decodePath", (it) => {
  it("gives the path that Prometheus would ask for by the escaped one", () => {
    assert.is(decodePath("/m%41x"), "/mAx");
    assert.is(decodePath("/%E6%97%A5%e6%9c%ac"), "/日本");
    assert.is(decodePath("/100%25"), "/100%");
    assert.is(decodePath("/a+b%2bc"), "/a+b+c");
  });

  it("gives none for what a path cannot hold", () => {
    for (const path of ["/m%20x", "/m%3Bx", "/m%3Fx", "/m%23x", "/m%0Ax", "/a%2Fb", "/a%ff", "/%2fhost", "/a%2541"])
      assert.is(decodePath(path), undefined, path);
  });
});
