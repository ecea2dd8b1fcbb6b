import * as assert from "uvu/assert";
import { addressPath } from "../../src/check/address-path.ts";
import { describe } from "../describe.ts";
import type { Found } from "./inventory.ts";
import { findings } from "./inventory.ts";

function exporter(text: string, presets = "{}"): Found[] {
  return findings(addressPath, {
    "promgen.yml": `exporters: ${presets}`,
    "s.yml": `service: s\nprojects:\n  - name: p\n    exporters:\n      - { job: app, port: 1, ${text} }`,
  });
}

function places(text: string, presets?: string): string {
  return exporter(text, presets)
    .map(({ severity, file, path }) => `${severity} ${file} ${path.slice(-2).join("/")}`)
    .join(", ");
}

describe("address/path", (it) => {
  it("finds paths of which something would be dropped", () => {
    for (const path of [
      "metrics",
      "//host/x",
      "http://other/x",
      "/m#frag",
      "/m;p=1",
      "/m x",
      "/m?a=1&a=2",
      "/m?debug",
      "/m?debug=",
      "/m?=1",
    ]) {
      const found = exporter(`path: "${path}"`);
      assert.equal(
        found.map(({ severity, text }) => `${severity} ${text}`),
        [`error ${path}`],
        path,
      );
      assert.equal(found[0]?.path, [0, "projects", 0, "exporters", 0, "path"]);
    }
  });

  it("is content with paths and queries", () => {
    for (const path of [
      "/metrics",
      "/",
      "/metrics?format=prometheus",
      "?a=1",
      "/m?",
      "/a;b/c",
      "/m?a=b%20c+d&x=1;y=2",
      "/日本",
      "",
    ])
      assert.is(places(`path: "${path}"`), "", path);
  });

  it("finds params and query that disagree, and none that agree", () => {
    assert.is(places('path: "/m?a=1", params: { a: 2 }'), "error s.yml params/a");
    assert.is(places('path: "/m?a=1&b=2", params: { a: "1", c: "2" }'), "");
    assert.is(places('path: "/m?a=1", params: { constructor: "1" }'), "");
    assert.is(places('path: "/m?toString=1", params: { a: "1" }'), "");
    assert.is(exporter('path: "/m?a=1", params: { a: 2 }')[0]?.text, "2");
  });

  it("warns of escapes in the path, and not in the query", () => {
    assert.is(places('path: "/m%20x"'), "warning s.yml 0/path");
    assert.is(places('path: "/m?a=%20x"'), "");
    assert.is(places('path: "/100%"'), "");
  });

  it("names the path without escapes only where that one is taken", () => {
    const help = (path: string): string => exporter(`path: "${path}"`)[0]?.help ?? "";
    assert.match(help("/m%41x"), "`/mAx`");
    for (const path of ["/m%20x", "/m%3Bx", "/m%3Fx", "/m%23x", "/a%2Fb"]) {
      assert.match(help(path), "under a path without it", path);
    }
  });

  it("leaves bytes that are no UTF-8 to the rules of names and values", () => {
    assert.is(places('path: "/m?a=%ff&%ff=a"'), "");
  });

  it("reports a preset's path once, at the preset", () => {
    assert.is(places("labels: { a: b }", "{ app: { path: metrics } }"), "error promgen.yml app/path");
    assert.is(places("path: metrics", "{ app: { path: metrics } }"), "error promgen.yml app/path");
    assert.is(places("path: /m", "{ app: { path: metrics } }"), "error promgen.yml app/path");
    assert.is(places("interval: 1m", '{ app: { path: "/m?a=1", params: { a: "2" } } }'), "error promgen.yml params/a");
  });

  it("reports at the exporter what it adds to the preset", () => {
    assert.is(places("path: m", "{ app: { path: /metrics } }"), "error s.yml 0/path");
    assert.is(places('params: { a: "2" }', '{ app: { path: "/m?a=1" } }'), "error s.yml params/a");
    assert.is(places('path: "/m?a=1"', '{ app: { params: { a: "2" } } }'), "error s.yml 0/path");
  });

  it("shows what of it the preset says, and how to be rid of that", () => {
    const shown = (text: string, presets: string): unknown =>
      exporter(text, presets).map(({ related, help }) => [...related.map(({ where }) => where.path.join("/")), help]);
    assert.equal(shown('params: { a: "2" }', '{ app: { path: "/m?a=1" } }'), [
      ["0/exporters/app/path", "remove it here, or write `path:` here with what is meant"],
    ]);
    assert.equal(shown('path: "/m?a=1"', '{ app: { params: { a: "2" } } }'), [
      ["0/exporters/app/params/a", "keep one of them"],
    ]);
    assert.equal(shown('path: "/m?a=1", params: { a: 2 }', "{}"), [["keep one of them"]]);
  });

  it("tells of a template alone, where it is no path", () => {
    for (const path of ["{{ path }}", "/{{ a }}/m", "${PATH}"])
      assert.equal(
        exporter(`path: "${path}"`).map(({ help }) => help),
        ["write the value, or render the file before it is committed"],
        path,
      );
    assert.is(places('path: "/m?a={{x}}"'), "");
  });

  it("shows no value of a query, and no password", () => {
    const texts = [
      'path: "/m?token=s3cret{{ x }}"',
      'path: "/m?token=s3cret&token=x"',
      'path: "m?token=s3cret"',
      'path: "/m?token=s3cret", params: { token: s3cret2 }',
      'path: "https://u:s3cret@x/m"',
    ];
    for (const text of texts) {
      const found = exporter(text);
      assert.ok(found.length > 0, text);
      for (const { message, help } of found) assert.not.match(`${message} ${help}`, /s3cret/, text);
    }
    assert.is(exporter('path: "https://u:s3cret@x/m"')[0]?.redact, true);
  });
});
