/** What is published is what agents take: signed, generation after generation, also what was accepted. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe, notRun } from "../describe.ts";
import { commit, publishFrom, published, SHOP, web, withInventory } from "../publish/inventory-repository.ts";
import { isInstalled, run } from "../workplace.ts";
import { AGENTS, onHost } from "./agents.ts";

if (await isInstalled("ssh-keygen")) {
  describe("agents and what is published", (it) => {
    for (const agent of AGENTS) {
      it(`${agent.name} takes a published directory, and the loss that was accepted for it`, async () => {
        await withInventory(SHOP, async (repository) => {
          await onHost(agent, async (host) => {
            const { directory, targets } = host;
            await run(directory, ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "key"]);
            const signers = join(directory, "signers");
            await writeFile(signers, `ci@example.com ${await readFile(join(directory, "key.pub"), "utf8")}`);
            const out = join(directory, "published");
            const publish = async (seconds: number, accept: readonly string[] = []): Promise<string> => {
              const options = { to: { directory: out }, sign: join(directory, "key"), accept };
              return (await publishFrom(repository, options, { now: seconds })).stdout;
            };
            const pull = async (...options: readonly string[]): Promise<number | undefined> => {
              const trust = ["--allowed-signers", signers, "--identity", "ci@example.com"];
              return (await host.sync("--source", `file://${out}`, ...trust, "--no-proof", ...options)).exit;
            };
            const isInPlace = async (): Promise<boolean> =>
              (await readFile(targets, "utf8")) === (await readFile(join(out, "shards/tokyo-a/targets.json"), "utf8"));

            assert.match(await publish(0), "published generation");
            assert.is(await pull(), 0);
            assert.ok(await isInPlace());
            await commit(repository, { "targets/web.yml": web(21) }, 60);
            assert.match(await publish(60), "published generation");
            assert.is(await pull(), 0);
            assert.ok(await isInPlace());

            // The only probe: the gate lets it go, and no agent holds the empty file.
            const probe = "  - { name: web-pages, probes: [{ module: icmp, targets: [w01] }] }\n";
            await commit(repository, { "targets/web.yml": web(21) + probe }, 80);
            assert.match(await publish(80), "published generation");
            assert.is(await pull(), 0);
            await commit(repository, { "targets/web.yml": web(21) }, 100);
            assert.match(await publish(100), "published generation");
            assert.is(await pull(), 0);
            assert.is((await host.inPlace()).urls, '[{"targets":[]}]\n');

            // Most of it goes to another shard: the gate lets it pass, and no agent holds it.
            const moved = '  - { name: osaka-web, hosts: ["w[01-12]"], exporters: [node] }\n';
            const osaka = `${String(SHOP["targets/osaka.yml"])}${moved}`;
            await commit(
              repository,
              { "targets/web.yml": web(21).replace("w[01", "w[13"), "targets/osaka.yml": osaka },
              110,
            );
            assert.match(await publish(110), "published generation");
            assert.is(await pull(), 0);
            assert.ok(await isInPlace());

            // All targets but one, and then all: agents hold both unless CI accepted it.
            const none = web(1).replace("exporters: [node]", "exporters: [{ job: node, enabled: false }]");
            await commit(repository, { "targets/web.yml": none }, 120);
            const digest = /sha256:[0-9a-f]{64}/.exec(await publish(120))?.[0] ?? "";
            assert.match(await publish(120, [digest]), "published generation");
            assert.is(await pull(), 0);
            assert.ok(await isInPlace());
            assert.is(await readFile(targets, "utf8"), '[{"targets":[]}]\n');
          });
        });
      });
    }

    it("promgen-agent takes the artifact branch", async () => {
      const [agent] = AGENTS;
      if (agent === undefined) throw new Error("there is no agent");
      await withInventory(SHOP, async (repository) => {
        await onHost(agent, async (host) => {
          const { directory } = host;
          await run(directory, ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "key"]);
          const signers = join(directory, "signers");
          await writeFile(signers, `ci@example.com ${await readFile(join(directory, "key.pub"), "utf8")}`);
          for (const [seconds, hosts] of [
            [0, 20],
            [60, 21],
          ] as const) {
            await commit(repository, { "targets/web.yml": web(hosts) }, seconds);
            await publishFrom(repository, { sign: join(directory, "key") }, { now: 60 });
            const source = `git+file://${repository}#artifacts`;
            const ran = await host.sync("--source", source, "--allowed-signers", signers, "--no-proof");
            assert.is(ran.exit, 0, ran.stderr);
            const { targets, urls } = await host.inPlace();
            assert.is(targets, await published(repository, "shards/tokyo-a/targets.json"));
            assert.is(urls, await published(repository, "shards/tokyo-a/urls.json"));
          }
        });
      });
    });
  });
} else notRun("agents and what is published", "ssh-keygen is not installed");
