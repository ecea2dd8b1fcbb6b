import * as assert from "uvu/assert";
import { addressScrapeTimeout } from "../../src/check/address-scrape-timeout.ts";
import { describe } from "../describe.ts";
import type { Files, Found } from "./inventory.ts";
import { findings } from "./inventory.ts";

const SHARDS: Files = {
  "shards/slow.yml": "shard: slow\nprometheus: { scrape_interval: 5m, scrape_timeout: 30s }",
  "shards/usual.yml": "shard: usual",
  "shards/fast.yml": "shard: fast\nprometheus: { scrape_interval: 15s }",
};

function check(files: Files): Found[] {
  return findings(addressScrapeTimeout, { ...SHARDS, ...files });
}

/** Projects of one service, each `shards: exporters`. */
function projects(all: Readonly<Record<string, string>>, field: "exporters" | "probes" = "exporters"): string {
  const items = Object.entries(all).map(
    ([shard, list], index) => `  - { name: p${index}, shard: [${shard}], ${field}: ${list} }\n`,
  );
  return `service: s\nprojects:\n${items.join("")}`;
}

function places(found: readonly Found[]): string[] {
  return found.map(({ severity, file, path }) => `${severity} ${file} ${path.slice(1).join("/")}`);
}

describe("address/scrape-timeout", (it) => {
  it("finds a timeout longer than its interval", () => {
    const found = check({ "s.yml": projects({ usual: "[{ job: app, port: 1, interval: 5s, timeout: 10s }]" }) });
    assert.equal(places(found), ["error s.yml projects/0/exporters/0/timeout"]);
    assert.is(found[0]?.text, "10s");
  });

  it("is content with one that fits, and with equal ones", () => {
    const list =
      "[{ job: a, port: 1, interval: 30s, timeout: 10s }, { job: b, port: 1, interval: 60s, timeout: 1m }, { job: c, port: 1 }]";
    assert.equal(check({ "s.yml": projects({ usual: list, fast: list, slow: list }) }), []);
  });

  it("says nothing of an interval alone: a timeout that fits is rendered with it", () => {
    assert.equal(
      check({
        "s.yml": projects({
          usual: "[{ job: a, port: 1, interval: 5s }]",
          slow: "[{ job: a, port: 1, interval: 5s }]",
        }),
      }),
      [],
    );
  });

  it("measures a timeout alone by the interval of each shard", () => {
    const list = "[{ job: app, port: 1, timeout: 20s }]";
    const found = check({
      "s.yml": projects({ usual: list, fast: list, "slow, fast": list, slow: list, unknown: list }),
    });
    assert.equal(places(found), [
      "error s.yml projects/1/exporters/0/timeout",
      "error s.yml projects/2/exporters/0/timeout",
    ]);
    assert.match(found[0]?.message ?? "", /15s.*"fast"/);
  });

  it("knows the inventory's defaults, and that a shard's win", () => {
    const settings = "prometheus: { scrape_interval: 20s }";
    const list = "[{ job: app, port: 1, timeout: 30s }]";
    const found = check({ "promgen.yml": settings, "s.yml": projects({ usual: list, slow: list }) });
    assert.equal(places(found), ["error s.yml projects/0/exporters/0/timeout"]);
  });

  it("leaves what is disabled: nothing is rendered of it", () => {
    const preset = "exporters: { slow: { port: 1, timeout: 90s } }";
    const files = {
      "a.yml": projects({ usual: "[{ job: app, port: 1, interval: 5s, timeout: 10s, enabled: false }]" }),
      "b.yml": projects({ usual: "[{ job: slow, enabled: false }]", slow: "[slow]" }).replace(
        "service: s",
        "service: t",
      ),
      "c.yml": projects(
        { usual: "[{ module: icmp, hosts: true, interval: 5s, timeout: 10s, enabled: false }]" },
        "probes",
      ).replace("service: s", "service: u"),
    };
    assert.equal(check({ "promgen.yml": preset, ...files }), []);
  });

  it("looks at probes alike", () => {
    const found = check({
      "s.yml": projects(
        {
          usual:
            "[{ module: icmp, hosts: true, interval: 5s, timeout: 10s }, { module: icmp, hosts: true, interval: 5s }]",
          fast: "[{ module: icmp, hosts: true, timeout: 15s }, { module: icmp, hosts: true, timeout: 16s }]",
        },
        "probes",
      ),
    });
    assert.equal(places(found), ["error s.yml projects/0/probes/0/timeout", "error s.yml projects/1/probes/1/timeout"]);
  });

  it("reports a preset once, at the preset", () => {
    const both = check({
      "promgen.yml": "exporters: { app: { port: 1, interval: 5s, timeout: 10s } }",
      "s.yml": projects({ usual: "[app]", fast: "[{ job: app, path: /x }]" }),
    });
    assert.equal(places(both), ["error promgen.yml exporters/app/timeout"]);
    const alone = check({
      "promgen.yml": "exporters: { app: { port: 1, timeout: 20s } }",
      "s.yml": projects({ usual: "[app]", fast: "[app, { job: app, path: /x }]" }),
    });
    assert.equal(places(alone), ["error promgen.yml exporters/app/timeout"]);
  });

  it("judges a preset by the shards that use it, an unused one by all", () => {
    const preset = (timeout: string): Files => ({
      "promgen.yml": `exporters: { app: { port: 1, timeout: ${timeout} } }`,
    });
    assert.equal(
      check({
        ...preset("20s"),
        "s.yml": projects({
          usual: "[app]",
          slow: "[app]",
          fast: "[{ job: app, interval: 1m }, { job: app, timeout: 5s }]",
        }),
      }),
      [],
    );
    assert.equal(check(preset("4m")), []);
    assert.equal(places(check(preset("6m"))), ["error promgen.yml exporters/app/timeout"]);
  });

  it("points to the interval where the timeout is the preset's", () => {
    const found = check({
      "promgen.yml": "exporters: { app: { port: 1, timeout: 20s } }",
      "s.yml": projects({ usual: "[{ job: app, interval: 10s }, { job: app, interval: 10s, timeout: 10s }]" }),
    });
    assert.equal(places(found), ["error s.yml projects/0/exporters/0/interval"]);
  });

  it("finds defaults that contradict each other", () => {
    const at = (settings: string, shard = "shard: x"): string[] =>
      places(findings(addressScrapeTimeout, { "promgen.yml": `prometheus: ${settings}`, "x.yml": shard }));
    assert.equal(at("{ scrape_interval: 20s, scrape_timeout: 30s }"), ["error promgen.yml prometheus/scrape_timeout"]);
    assert.equal(at("{ scrape_timeout: 2m }"), ["error promgen.yml prometheus/scrape_timeout"]);
    assert.equal(at("{ scrape_interval: 5s }"), [], "Prometheus lowers its default timeout");
    assert.equal(at("{ scrape_interval: 5s, scrape_timeout: 6s }"), ["error promgen.yml prometheus/scrape_timeout"]);
    assert.equal(at("{ scrape_interval: 10s }"), []);
    assert.equal(at("{}", "shard: x\nprometheus: { scrape_timeout: 2m }"), ["error x.yml prometheus/scrape_timeout"]);
    assert.equal(at("{}", "shard: x\nprometheus: { scrape_interval: 5s }"), []);
    assert.equal(at("{}", "shard: x\nprometheus: { scrape_interval: 5s, scrape_timeout: 5s }"), []);
    assert.equal(at("{ scrape_timeout: 2m }", "shard: x\nprometheus: { blackbox: 'x:1' }"), [
      "error promgen.yml prometheus/scrape_timeout",
    ]);
    assert.equal(at("{ scrape_timeout: 2m, scrape_interval: 3m }", "shard: x\nprometheus: { scrape_interval: 1m }"), [
      "error x.yml prometheus/scrape_interval",
    ]);
  });
});
