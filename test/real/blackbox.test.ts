/**
 * What blackbox_exporter makes of the probe targets that we render.
 */
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe, notRun } from "../describe.ts";
import { groupsIn, render } from "../render/rendered.ts";
import { isInstalled, until, withDirectory } from "../workplace.ts";
import { networkTrouble, withNetwork } from "./network.ts";
import type { Network } from "./network.ts";

const MODULES = JSON.stringify({
  modules: {
    icmp: { prober: "icmp", timeout: "5s" },
    tcp_connect: { prober: "tcp", timeout: "5s" },
    http_2xx: { prober: "http", timeout: "5s" },
    dns: { prober: "dns", timeout: "5s", dns: { query_name: "x.example.com" } },
  },
});

/** Loopback addresses: what the network of the test has. */
const INVENTORY = {
  "targets/a.yml": "shard: a\nservers: [p1]\n",
  "targets/s.yml": `
service: s
shard: a
projects:
  - name: p
    hosts: ["::1", 127.0.0.1]
    probes:
      - { module: icmp, hosts: true }
      - { module: dns, hosts: true }
      - { module: http_2xx, hosts: true }
      - { module: tcp_connect, targets: ["[::1]:PORT", "127.0.0.1:PORT"] }
      - { module: http_2xx, targets: ["http://[::1]:PORT/", "http://127.0.0.1:PORT/"] }
`,
};

interface Probed {
  readonly module: string;
  readonly target: string;
  /** What it found out, as its metrics and its log say. */
  readonly text: string;
}

/** Lets blackbox_exporter probe every target of urls.json, as scrape-config.yml asks it. */
async function probeAll(act: (probed: Probed[]) => Promise<void>): Promise<void> {
  await withDirectory({ "blackbox.yml": MODULES }, async (directory) => {
    await withNetwork(async (network: Network) => {
      // The port of what is asked for without one.
      const [port, web] = [network.nextPort(), 80];
      const command = [
        "prometheus-blackbox-exporter",
        `--config.file=${join(directory, "blackbox.yml")}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ];
      const page = ["/usr/bin/python3", "-m", "http.server", "--bind", "::", "--directory", directory, String(web)];
      await network.withServer(
        page,
        async () =>
          await network.withServer(command, async (server) => {
            for (const at of [port, web]) {
              await until(
                `port ${at} answers: ${server.log()}`,
                async () =>
                  await network.ask(at, "/").then(
                    () => true,
                    () => false,
                  ),
              );
            }
            const files = Object.fromEntries(
              Object.entries(INVENTORY).map(([path, text]) => [path, text.replaceAll("PORT", String(web))]),
            );
            const groups = groupsIn((await render(files))["urls.json"]);
            const probed: Probed[] = [];
            for (const { labels = {}, targets } of groups) {
              const module = labels["__param_module"] ?? "";
              for (const target of targets) {
                const query = new URLSearchParams({ module, target, debug: "true" });
                const { body } = await network.ask(port, `/probe?${query.toString()}`);
                probed.push({ module, target, text: body });
              }
            }
            await act(probed);
          }),
      );
    });
  });
}

const trouble =
  (await networkTrouble()) ?? ((await isInstalled("prometheus-blackbox-exporter")) ? undefined : "not installed");
if (trouble === undefined) {
  describe("blackbox_exporter", (it) => {
    it("understands the addresses that we render for it, IPv6 with brackets beside a port and in URLs, and without them alone", async () => {
      await probeAll(async (probed) => {
        assert.equal(
          probed.map(({ module, target }) => `${module} ${target.replace(/:80\b/, ":PORT")}`),
          [
            "dns 127.0.0.1",
            "dns ::1",
            "http_2xx 127.0.0.1",
            "http_2xx [::1]",
            "http_2xx http://127.0.0.1:PORT/",
            "http_2xx http://[::1]:PORT/",
            "icmp 127.0.0.1",
            "icmp ::1",
            "tcp_connect 127.0.0.1:PORT",
            "tcp_connect [::1]:PORT",
          ],
        );
        for (const { module, target, text } of probed) {
          const protocol = target.includes("::1") ? 6 : 4;
          assert.match(text, new RegExp(`^probe_ip_protocol ${protocol}$`, "m"), `${module} ${target}: ${text}`);
          // Nobody answers questions about names here; that it asked is enough.
          if (module === "dns") assert.match(text, /connection refused/, `${module} ${target}: ${text}`);
          else assert.match(text, /^probe_success 1$/m, `${module} ${target}: ${text}`);
        }
      });
    });
  });
} else notRun("blackbox_exporter", trouble);
