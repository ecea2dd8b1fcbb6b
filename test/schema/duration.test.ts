import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { startCpuWatch } from "../stopwatch.ts";
import { configHelpFor, exporter, found, foundInConfig, helpFor, probe } from "./findings.ts";

const every = (duration: string): string => exporter(`{ job: app, port: 1, interval: ${duration} }`);

describe("schema/duration", (it) => {
  it("finds what Prometheus does not read, at the value, and says what to write", () => {
    for (const [duration, right] of [
      ["30", "30s"],
      ["1.5", "1s500ms"],
      ["1.5m", "1m30s"],
      ["0.5s", "500ms"],
      ["2.25h", "2h15m"],
      ["30 s", "30s"],
      ["1m 30s", "1m30s"],
      ["30sec", "30s"],
      ["5 minutes", "5m"],
      ["30S", "30s"],
      ["1s1m", "1m1s"],
      ["1:30", "1m30s"],
      ["-5s", "5s"],
    ] as const) {
      assert.equal(found(every(duration)), [`duration ${JSON.stringify(duration)}`], duration);
      assert.match(helpFor(every(duration)), `\`interval: ${right}\``, duration);
    }
  });

  it("finds what nobody can read, what is zero or empty, and what is too long", () => {
    for (const duration of ["soon", "500us", "1.2.3", "0.0001s", "s", "$INTERVAL", "1e3s", "P1D"])
      assert.equal(found(every(duration)), [`duration ${JSON.stringify(duration)}`], duration);
    for (const duration of ["0", "0s", "0h0m", "00"]) {
      assert.equal(found(every(duration)), [`duration ${JSON.stringify(duration)}`], duration);
      assert.match(helpFor(every(duration)), "write how long");
    }
    assert.equal(found(every("''")), ['duration ""']);
    assert.equal(found(every("300y")), ['duration "300y"']);
    assert.match(helpFor(every("300y")), "292 years");
  });

  it("tells of a template", () => {
    for (const text of ["{{ interval }}", "${I}s", "%(i)ss"])
      assert.match(helpFor(exporter(`{ job: a, port: 1, interval: "${text}" }`)), "write the value, or render", text);
  });

  it("looks at every place that has a duration", () => {
    assert.equal(found(exporter("{ job: app, port: 1, timeout: 5 }")), ['duration "5"']);
    assert.equal(found(probe("{ module: icmp, hosts: true, interval: 5, timeout: 0s }")), [
      'duration "5"',
      'duration "0s"',
    ]);
    assert.equal(found("shard: s\nprometheus: { scrape_interval: 15, scrape_timeout: 1.5s }\n"), [
      'duration "15"',
      'duration "1.5s"',
    ]);
    assert.equal(foundInConfig("exporters: { node: { port: 1, interval: 1min } }\n"), ['duration "1min"']);
    assert.is(configHelpFor("prometheus: { scrape_timeout: 10 }\n"), "add one: `scrape_timeout: 10s`");
  });

  it("leaves Prometheus' own syntax, and labels and parameters of that name", () => {
    for (const duration of ["30s", "1m30s", "500ms", "1h", "2d", "1w", "1y2w3d4h5m6s7ms", "090s"])
      assert.equal(found(every(duration)), [], duration);
    assert.equal(found(exporter("{ job: app, port: 1, labels: { interval: 30 }, params: { timeout: x } }")), []);
    assert.equal(foundInConfig("labels: { interval: soon }\nexporters: { interval: { port: 1 } }\n"), []);
  });

  it("is not slow on long nonsense", () => {
    const cpu = startCpuWatch();
    assert.is(found(every(`"${"1".repeat(5000)}!"`)).length, 1);
    assert.is(found(every(`"${"1 ".repeat(5000)}!"`)).length, 1);
    assert.ok(cpu() < 1000);
  });
});
