import { join } from "node:path";
import * as assert from "uvu/assert";
import { servers } from "../../src/commands/servers.ts";
import type { ServersOptions } from "../../src/commands/servers.ts";
import { describe } from "../describe.ts";
import { SHOP, TO_OUT, withPublished } from "../publish/inventory-repository.ts";
import { environment, inProcess, runCli, withDirectory } from "../workplace.ts";
import type { Files, Ran } from "../workplace.ts";
import { refusal } from "./fake-io.ts";

const OPTIONS: ServersOptions = { published: undefined, queueName: undefined, format: "text" };
const FILES: Files = {
  ...SHOP,
  "targets/shards.yml":
    "shard: tokyo-a\nservers: [prom1, 'prom1:9091', 'PROM2:9095']\n---\nshard: osaka-a\nservers: ['[2001:db8::7]:9091']\n---\nshard: empty\n",
};

async function listed(files: Files, options: Partial<ServersOptions> = {}): Promise<Ran> {
  return await withDirectory(
    files,
    async (directory) => await inProcess(directory, (io) => servers(io, { ...OPTIONS, ...options })),
  );
}

describe("servers", (it) => {
  it("lists the servers of every shard with their queues, with the port where a host is there twice", async () => {
    const { exit, stdout } = await listed(FILES);
    assert.is(exit, 0);
    assert.equal(stdout.split("\n"), [
      "server              shard    queue",
      "[2001:db8::7]:9091  osaka-a  promgen-gen.2001:db8::7",
      "prom1               tokyo-a  promgen-gen.prom1.9090",
      "prom1:9091          tokyo-a  promgen-gen.prom1.9091",
      "PROM2:9095          tokyo-a  promgen-gen.prom2",
      "",
    ]);
  });

  it("lists them for scripts, in queues called as they should be", async () => {
    const { stdout } = await listed(FILES, { format: "json", queueName: "ours.{shard}.{host}:{port}" });
    const value = JSON.parse(stdout) as { version: number; servers: Record<string, unknown>[] };
    assert.is(value.version, 1);
    assert.is(value.servers.length, 4);
    assert.equal(value.servers[3], {
      shard: "tokyo-a",
      server: "PROM2:9095",
      host: "PROM2",
      port: 9095,
      queue: "ours.tokyo-a.prom2:9095",
    });
  });

  it("lists those of what is published, whatever the inventory says now", async () => {
    await withPublished(SHOP, TO_OUT, async (repository) => {
      const ran = await inProcess(join(repository, ".."), (io) =>
        servers({ ...io, env: environment(repository) }, { ...OPTIONS, published: "out" }),
      );
      assert.equal(ran.stdout.split("\n").slice(1, 3), [
        "prom2   osaka-a  promgen-gen.prom2",
        "prom1   tokyo-a  promgen-gen.prom1",
      ]);
    });
  });

  it("says that there are none", async () => {
    const { exit, stdout, stderr } = await listed({ "targets/a.yml": "shard: a\n" });
    assert.equal([exit, stdout], [0, ""]);
    assert.match(stderr, "no shard has servers");
    assert.equal(JSON.parse((await listed({ "targets/a.yml": "shard: a\n" }, { format: "json" })).stdout), {
      version: 1,
      servers: [],
    });
  });

  it("lists nothing where the inventory has errors, and nothing where nothing is published", async () => {
    const { exit, stdout, stderr } = await listed({ "targets/a.yml": "shard: a\nservrs: [prom1]\n" });
    assert.equal([exit, stdout], [1, ""]);
    assert.match(stderr, "no server was listed");
    const { message, hint } = await refusal({}, (io) => servers(io, { ...OPTIONS, published: "./none" }));
    assert.match(message, "nothing is published at `./none`");
    assert.match(hint ?? "", "--published");
  });

  it("is a command", async () => {
    await withDirectory(SHOP, async (directory) => {
      const ran = await runCli(directory, ["servers", "--queue-name", "q.{host}"]);
      assert.equal([ran.exit, ran.stderr], [0, ""]);
      assert.match(ran.stdout, /^prom1 +tokyo-a {2}q\.prom1$/m);
    });
  });
});
