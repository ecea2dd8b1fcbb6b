import * as assert from "uvu/assert";
import { rollback } from "../../../src/agent/commands/rollback.ts";
import { runSync } from "../../../src/agent/core/sync.ts";
import { describe } from "../../describe.ts";
import type { Host } from "./host.ts";
import { configOf, hosts, release } from "./host.ts";
import { NEW, OLD, settled } from "./settled.ts";

describe("agent: quarantine", (it) => {
  async function rolledBack(): Promise<Host> {
    const host = await settled();
    await host.take(NEW);
    assert.is((await rollback(configOf(), host.collaborators())).exit, 0);
    return host;
  }

  it("takes the generation that was put back for no replay where its source goes back to it, too", async () => {
    const host = await rolledBack();
    assert.is((await host.take(OLD)).exit, 0);
    assert.equal(host.inPlace, OLD.files);
  });

  it("takes an older generation for a replay where what this host has seen last is another one", async () => {
    const host = await rolledBack();
    const { disk, ...others } = host.collaborators();
    disk.swap = async () => await Promise.reject(new Error("killed"));
    host.source.now = release(300, hosts(26));
    await runSync(configOf(), { ...others, disk });
    assert.is(host.state.floor?.generation, 300);
    assert.equal(host.inPlace, OLD.files);
    for (const older of [OLD, NEW]) assert.is((await host.take(older)).reason, "replay");
  });

  it("remembers every generation that was rejected", async () => {
    const host = await settled();
    const next = release(300, hosts(26));
    for (const { digests } of [NEW, next]) host.server.rejects.add(digests["targets.json"]);
    for (const one of [NEW, next, next, NEW]) assert.is((await host.take(one)).exit, 5);
    assert.equal(
      host.state.quarantine.map(({ generation, reason }) => [generation, reason]),
      [
        [200, "rejected"],
        [300, "rejected"],
      ],
    );
  });

  it("tries with another Prometheus what the old one rejected, and leaves the rest in quarantine", async () => {
    const host = await settled();
    const next = release(300, hosts(26));
    for (const { digests } of [NEW, next]) host.server.rejects.add(digests["targets.json"]);
    for (const one of [NEW, next]) await host.take(one);
    host.server.version = "3.5.0";
    host.server.rejects.delete(next.digests["targets.json"]);
    assert.is((await host.take(next)).exit, 0);
    assert.equal(
      host.state.quarantine.map(({ generation }) => generation),
      [200],
    );
  });

  it("is not left where there is no Prometheus that could have another opinion", async () => {
    const host = await settled();
    host.server.rejects.add(NEW.digests["targets.json"]);
    assert.is((await host.take(NEW)).reason, "rejected");
    host.servers = [];
    assert.is((await host.sync({ prometheus: { noProof: true } })).reason, "quarantined");
    assert.equal(host.inPlace, OLD.files);
  });

  it("is over for what was rolled back once something newer is in place", async () => {
    const host = await rolledBack();
    assert.is((await host.take(release(300, hosts(26)))).exit, 0);
    const again = release(400, hosts(25), { urls: ["https://b.example.com/"] });
    assert.equal(again.digests, NEW.digests);
    assert.is((await host.take(again)).exit, 0);
    assert.equal(host.inPlace, NEW.files);
  });

  it("says whether Prometheus or an operator did not want a generation", async () => {
    const operators = await rolledBack();
    assert.match((await operators.sync()).message, "was rolled back");
    const prometheus = await settled();
    prometheus.server.rejects.add(NEW.digests["targets.json"]);
    await prometheus.take(NEW);
    assert.match((await prometheus.sync()).message, "was rejected by Prometheus");
  });
});
