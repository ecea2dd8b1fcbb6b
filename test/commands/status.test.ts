import { join } from "node:path";
import * as assert from "uvu/assert";
import { status } from "../../src/commands/status.ts";
import type { StatusOptions } from "../../src/commands/status.ts";
import type { FleetStatus } from "../../src/notify/fleet-status.ts";
import { describe } from "../describe.ts";
import { HEALTHY } from "../agent/watch/states.ts";
import { metricsOf, withAnswers } from "../notify/readings.ts";
import { FIRST, SHOP, TO_OUT, withPublished } from "../publish/inventory-repository.ts";
import { environment, inProcess, runCli } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { refusal } from "./fake-io.ts";

const SHARDS = "shard: tokyo-a\nservers: [127.0.0.1, '127.0.0.2:9091']\n---\nshard: osaka-a\nservers: [127.0.0.1]\n";
const OPTIONS: StatusOptions = {
  published: "branch:artifacts",
  through: { agents: "http://{host}:1/metrics" },
  format: "text",
  maxAge: 60,
};

/** What `status` says of servers on 127.0.0.1, whose shards have these generations, and of one on 127.0.0.2 that is silent. */
async function asked(
  generations: Readonly<Record<string, number>>,
  options: Partial<StatusOptions> = {},
  seconds = 100,
): Promise<Ran> {
  return await withPublished({ ...SHOP, "targets/shards.yml": SHARDS }, {}, async (repository) => {
    const text = Object.entries(generations)
      .map(([shard, generation]) => {
        const { commit: _, ...applied } = HEALTHY.applied as NonNullable<typeof HEALTHY.applied>;
        return metricsOf({ ...HEALTHY, applied: { ...applied, generation } }, { shard });
      })
      .join("");
    return await withAnswers(
      (_, response) => void response.end(text),
      async (port) =>
        await inProcess(repository, async (io) => {
          const own = { ...io, env: environment(repository), now: () => (FIRST + seconds) * 1000 };
          const through = { agents: `http://{host}:${port}/metrics` };
          return await status(own, { ...OPTIONS, through, ...options });
        }),
    );
  });
}

describe("status", (it) => {
  it("says what every server of what is published runs, and fails where one is late", async () => {
    const { exit, stdout } = await asked({ "tokyo-a": FIRST, "osaka-a": FIRST - 50 });
    assert.is(exit, 1);
    const [head = "", , ...rows] = stdout.trimEnd().split("\n");
    assert.match(
      head,
      new RegExp(`^1 of 3 servers have generation ${FIRST} of [0-9a-f]{12} · branch .artifacts. · 2 `),
    );
    assert.equal(
      rows.map((row) => row.replace(/ {2,}/g, " | ").replace(/:\d+\//, ":N/")),
      [
        `127.0.0.1 | osaka-a | behind, late | ${FIRST - 50} | 2m`,
        "127.0.0.2:9091 | tokyo-a | unknown, late | – | – | http://127.0.0.2:N/metrics refuses the connection: nothing listens there (ECONNREFUSED)",
        `127.0.0.1 | tokyo-a | current | ${FIRST} | 1m`,
      ],
    );
  });

  it("does not fail before a server had time", async () => {
    const { exit, stdout } = await asked({ "tokyo-a": FIRST - 50, "osaka-a": FIRST }, { format: "json" }, 60);
    assert.is(exit, 0);
    const found = JSON.parse(stdout) as FleetStatus;
    assert.equal(found.counts, { servers: 3, current: 1, late: 0 });
    assert.equal(
      found.servers.map(({ state }) => state),
      ["behind", "unknown", "current"],
    );
  });

  it("can be put into the summary of a job", async () => {
    const { exit, stdout } = await asked({ "tokyo-a": FIRST, "osaka-a": FIRST }, { format: "markdown", maxAge: 1000 });
    assert.is(exit, 0);
    assert.match(stdout, /^### promgen-gen: ⏳ 2 of 3 servers have/);
  });

  it("cannot say anything where nothing is published, or the Prometheus to ask is not there", async () => {
    const { message } = await refusal({}, (io) => status(io, { ...OPTIONS, published: "./none" }));
    assert.match(message, "nothing is published at `./none`");
    await withPublished(SHOP, TO_OUT, async (repository) => {
      const out = join(repository, "../out");
      const ran = await runCli(repository, ["status", "--published", out, "--prometheus", "http://127.0.0.1:1"]);
      assert.is(ran.exit, 2);
      assert.match(ran.stderr, "`http://127.0.0.1:1` ");
      const json = await runCli(repository, [
        "status",
        "--published",
        out,
        "--agents",
        "http://{host}.invalid/",
        "--json",
      ]);
      assert.equal([json.exit, json.stderr], [1, ""]);
      assert.is((JSON.parse(json.stdout) as FleetStatus).counts.late, 2);
    });
  });

  it("takes one way to ask and one form, and a time", async () => {
    const wrong = async (...args: readonly string[]): Promise<string> => {
      const { exit, stderr } = await runCli("/", ["status", ...args]);
      assert.is(exit, 2, args.join(" "));
      return stderr;
    };
    assert.match(await wrong("--agents", "http://{host}/", "--prometheus", "http://p"), "cannot be used with");
    assert.match(await wrong("--json", "--markdown"), "cannot be used with");
    assert.match(await wrong("--max-age", "soon"), "It is no time such as");
  });
});
