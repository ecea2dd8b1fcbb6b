import * as assert from "uvu/assert";
import { addressScheme } from "../../src/check/address-scheme.ts";
import { describe } from "../describe.ts";
import type { Found } from "./inventory.ts";
import { findings } from "./inventory.ts";

function exporter(text: string, presets = "{}"): Found[] {
  return findings(addressScheme, {
    "promgen.yml": `exporters: ${presets}`,
    "s.yml": `service: s\nprojects:\n  - name: p\n    exporters:\n      - ${text}`,
  });
}

function places(text: string, presets?: string): string {
  return exporter(text, presets)
    .map(({ severity, file, path }) => `${severity} ${file} ${path.slice(-2).join("/")}`)
    .join(", ");
}

describe("address/scheme", (it) => {
  it("finds schemes that Prometheus does not speak", () => {
    for (const scheme of ["ftp", "HTTPS", "Http", "tcp", '""', '"https "', "https://"]) {
      assert.is(places(`{ job: app, port: 1, scheme: ${scheme} }`), "error s.yml 0/scheme", scheme);
    }
    for (const scheme of ["HTTPS", "https://", '" Https: // "']) {
      const help = scheme.includes(" /") ? "write `http` or `https`" : "write `https`";
      assert.is(exporter(`{ job: app, port: 1, scheme: ${scheme} }`)[0]?.help, help, scheme);
    }
    for (const scheme of ["{{ scheme }}", "${SCHEME}s"])
      assert.match(exporter(`{ job: app, port: 1, scheme: "${scheme}" }`)[0]?.help ?? "", "render the file");
    assert.is(exporter("{ job: app, port: 1, scheme: ftp }")[0]?.text, "ftp");
  });

  it("is content with http and https", () => {
    for (const text of [
      "{ job: app, port: 8080 }",
      "{ job: app, port: 8080, scheme: http }",
      "{ job: app, port: 8443, scheme: https }",
      "app",
    ])
      assert.is(places(text), "", text);
  });

  it("warns of one scheme on the other's port", () => {
    assert.is(places("{ job: app, port: 80, scheme: https }"), "warning s.yml 0/scheme");
    assert.is(places("{ job: app, port: 443 }"), "warning s.yml 0/port");
    assert.is(places("{ job: app, port: 443, scheme: http }"), "warning s.yml 0/port");
    for (const text of [
      "{ job: app, port: 80 }",
      "{ job: app, port: 443, scheme: https }",
      "{ job: app, port: 8080, scheme: https }",
      "{ job: app, port: 8443 }",
    ])
      assert.is(places(text), "", text);
  });

  it("reports a preset's scheme once, at the preset", () => {
    assert.is(places("{ job: app, path: /x }", "{ app: { port: 1, scheme: ftp } }"), "error promgen.yml app/scheme");
    assert.is(
      places("{ job: app, scheme: https }", "{ app: { port: 1, scheme: ftp } }"),
      "error promgen.yml app/scheme",
    );
    assert.is(places("app", "{ app: { port: 80, scheme: https } }"), "warning promgen.yml app/scheme");
    assert.is(
      places("{ job: app, path: /x }", "{ app: { port: 80, scheme: https } }"),
      "warning promgen.yml app/scheme",
    );
  });

  it("reports at the exporter what only it makes wrong", () => {
    assert.is(places("{ job: app, port: 80 }", "{ app: { port: 8443, scheme: https } }"), "warning s.yml 0/port");
    assert.is(places("{ job: app, scheme: https }", "{ app: { port: 80 } }"), "warning s.yml 0/scheme");
    assert.is(places("{ job: app, scheme: ftp }", "{ app: { port: 80 } }"), "error s.yml 0/scheme");
  });
});
