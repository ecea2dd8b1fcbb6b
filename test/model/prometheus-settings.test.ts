import * as assert from "uvu/assert";
import { withSettings } from "../../src/model/prometheus-settings.ts";
import { describe } from "../describe.ts";

const BASE = { targets: "/t.json", urls: "/u.json", blackbox: "b:9115", scrape_interval: "1m", scrape_timeout: "10s" };

describe("withSettings", (it) => {
  it("takes the nearer setting", () => {
    assert.equal(withSettings(BASE, { blackbox: "c:9115", scrape_timeout: "20s" }), {
      ...BASE,
      blackbox: "c:9115",
      scrape_timeout: "20s",
    });
  });

  it("lowers a timeout that nobody wrote to a shorter interval, as Prometheus does", () => {
    assert.is(withSettings(BASE, { scrape_interval: "5s" }).scrape_timeout, "5s");
    assert.is(withSettings(BASE, { scrape_interval: "10s" }).scrape_timeout, "10s");
  });

  it("leaves a contradiction that somebody wrote for address/scrape-timeout to find", () => {
    assert.is(withSettings(BASE, { scrape_interval: "5s", scrape_timeout: "10s" }).scrape_timeout, "10s");
  });
});
