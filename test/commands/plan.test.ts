import { join } from "node:path";
import * as assert from "uvu/assert";
import { build } from "../../src/commands/build.ts";
import type { PlanOptions } from "../../src/commands/plan.ts";
import { EXIT } from "../../src/exit.ts";
import type { PlanDocument } from "../../src/report/plan-document.ts";
import { describe } from "../describe.ts";
import { planFrom } from "../publish/inventory-repository.ts";
import { refusalOf } from "../refusal.ts";
import { withMade } from "../snapshot.ts";
import type { Files } from "../workplace.ts";
import { commitAll, environment, git, inProcess, withDirectory, writeFiles } from "../workplace.ts";

const SETTINGS = "exporters:\n  node: { port: 9100 }\n";
const SHARD = "shard: a\nservers: [p1]\n";

function shop(hosts: string, more = ""): string {
  return `service: shop\nshard: a\nprojects:\n  - name: web\n    hosts: [${hosts}]\n    exporters: [node]\n${more}`;
}

const FILES: Files = { "promgen.yml": SETTINGS, "targets/a.yml": SHARD, "targets/shop.yml": shop("'web[1-20]'") };

/** Commits files on main, checks a branch out, and writes others over them; there is room beside the checkout. */
async function withChange<T>(
  { before = FILES, after }: { before?: Files; after?: Files },
  act: (directory: string) => Promise<T>,
): Promise<T> {
  const make = async (room: string): Promise<void> => {
    await git(room, "init", "--quiet", "work");
    await writeFiles(join(room, "work"), before);
    await commitAll(join(room, "work"), "before");
    await git(join(room, "work"), "switch", "--quiet", "--create", "change");
  };
  return await withMade(JSON.stringify(before), make, async (room) => {
    const directory = join(room, "work");
    if (after !== undefined) await writeFiles(directory, after);
    return await act(directory);
  });
}

async function documentIn(directory: string, options: Partial<PlanOptions> = {}): Promise<PlanDocument> {
  return JSON.parse((await planFrom(directory, { ...options, format: "json" })).stdout) as PlanDocument;
}

async function buildIn(directory: string, out: string): Promise<void> {
  const options = { out, shard: undefined, service: undefined, project: undefined, stdout: false, verbose: false };
  const ran = await inProcess(directory, async (io) => await build({ ...io, env: environment(directory) }, options));
  assert.is(ran.exit, EXIT.ok, ran.stderr);
}

describe("plan: exit codes", (it) => {
  it("0 without changes, and with changes that pass; 3 for these with --exit-code", async () => {
    await withChange({}, async (directory) => {
      assert.is((await planFrom(directory, { exitCode: true })).exit, EXIT.ok);
      await writeFiles(directory, { "targets/shop.yml": shop("'web[1-21]'") });
      assert.is((await planFrom(directory)).exit, EXIT.ok);
      assert.is((await planFrom(directory, { exitCode: true })).exit, EXIT.changes);
    });
  });

  it("3 where only labels differ that Prometheus does not store: other artifacts are published", async () => {
    const after = { "targets/shop.yml": shop("'web[1-20]'").replace("[node]", "[{ job: node, interval: 30s }]") };
    await withChange({ after }, async (directory) => {
      assert.is((await planFrom(directory, { exitCode: true })).exit, EXIT.changes);
    });
  });

  it("4 where the gate holds it back, with --exit-code too, and not where it is accepted", async () => {
    await withChange({ after: { "targets/shop.yml": shop("'web[1-9]'") } }, async (directory) => {
      assert.is((await planFrom(directory)).exit, EXIT.refused);
      assert.is((await planFrom(directory, { exitCode: true })).exit, EXIT.refused);
      const { digest = "" } = await documentIn(directory);
      assert.is((await planFrom(directory, { accept: [digest] })).exit, EXIT.ok);
      assert.is((await planFrom(directory, { accept: [`sha256:${"0".repeat(64)}`] })).exit, EXIT.refused);
    });
  });

  it("1 for errors in the inventory, of which nothing is planned, and 1 for a warning that promgen.yml calls an error", async () => {
    const small = shop("'web[1-20]'", "  - { name: db, hosts: [db1], exporters: [{ job: db, port: 1234 }] }\n");
    const before = { ...FILES, "targets/shop.yml": small };
    await withChange({ before, after: { "targets/shop.yml": `${small}ownr: x\n` } }, async (directory) => {
      const ran = await planFrom(directory);
      assert.equal([ran.exit, ran.stdout], [EXIT.findings, ""]);
      assert.match(ran.stderr, /schema\/unknown-key[^]*nothing was planned: mend the errors first\n$/);
    });
    await withChange({ before, after: FILES }, async (directory) => {
      assert.is((await planFrom(directory)).exit, EXIT.ok);
      await writeFiles(directory, { "promgen.yml": `${SETTINGS}lint:\n  plan/job-removed: error\n` });
      assert.is((await planFrom(directory)).exit, EXIT.findings);
      await writeFiles(directory, { "promgen.yml": `${SETTINGS}lint:\n  plan/job-removed: "off"\n` });
      assert.equal((await documentIn(directory)).findings, []);
    });
  });

  it("no setting and no comment lets a mass removal pass", async () => {
    const after = {
      "promgen.yml": `${SETTINGS}lint:\n  overrides:\n    - { files: ['**'], rules: { plan/job-removed: "off" } }\n`,
      "targets/shop.yml": `# promgen-ignore plan/mass-removal -- I want it so\n${shop("web1")}`,
    };
    await withChange({ after }, async (directory) => {
      const { isRefused, findings } = await documentIn(directory);
      assert.equal([isRefused, findings.map(({ severity }) => severity)], [true, ["error", "error"]]);
    });
  });
});

describe("plan: what it compares", (it) => {
  it("a branch with where it left the default branch, and anything else by its name", async () => {
    await withChange({ after: { "targets/shop.yml": shop("'web[1-21]'") } }, async (directory) => {
      const main = await git(directory, "rev-parse", "main");
      await git(directory, "commit", "--quiet", "--all", "--message", "after");
      const { base, head, totals } = await documentIn(directory);
      assert.equal([base.kind, base.name, base.commit, totals.added], ["revision", "main", main, 1]);
      assert.is(head.commit, await git(directory, "rev-parse", "HEAD"));
      assert.is((await documentIn(directory, { base: "HEAD" })).totals.added, 0);
      const whole = (await documentIn(directory, { base: main })).base;
      assert.equal([whole.commit, whole.name], [main, undefined]);
    });
  });

  it("the files as they are, committed or not", async () => {
    await withChange({ after: { "targets/shop.yml": shop("'web[1-21]'") } }, async (directory) => {
      const { head, totals } = await documentIn(directory);
      assert.equal([head.commit?.endsWith("-dirty"), totals.added], [true, 1]);
    });
  });

  it("a base with mistakes of its own, and says so", async () => {
    const before = { ...FILES, "targets/more.yml": "service: more\nprojects:\n  - { name: [a\n" };
    const after = {
      "targets/more.yml": "service: more\nshard: a\nprojects: []\n",
      "targets/shop.yml": shop("'web[1-21]'"),
    };
    await withChange({ before, after }, async (directory) => {
      const { base, totals } = await documentIn(directory);
      assert.equal([base.isComplete, totals.added], [false, 1]);
      assert.match((await planFrom(directory)).stdout, "note: the base has mistakes of its own");
    });
  });

  it("what is published, with the lines of the commit that was published", async () => {
    await withChange({}, async (directory) => {
      await buildIn(directory, "../published");
      await writeFiles(directory, { "targets/shop.yml": `# One goes.\n${shop("'web[1-19]', web21")}` });
      const { base, groups } = await documentIn(directory, { published: "../published" });
      assert.equal(
        [base.kind, base.name, base.commit],
        ["published", "../published", await git(directory, "rev-parse", "main")],
      );
      assert.equal(
        groups.map(({ op, targets }) => [op, targets]),
        [
          ["remove", [{ address: "web20:9100", before: { file: "targets/shop.yml", line: 5 } }]],
          ["add", [{ address: "web21:9100", after: { file: "targets/shop.yml", line: 6 } }]],
        ],
      );
    });
  });

  it("what is published by a commit that is not here, without these lines, and says why", async () => {
    await withDirectory({}, async (directory) => {
      await withChange({ before: { ...FILES, "targets/shop.yml": shop("'web[1-21]'") } }, async (other) => {
        await buildIn(other, `${directory}/published`);
      });
      await withChange({}, async (checkout) => {
        const ran = await planFrom(checkout, { published: `${directory}/published` });
        assert.is(ran.exit, EXIT.ok);
        assert.match(ran.stdout, /\n {2}− web21:9100(\n|$)/);
        assert.match(ran.stderr, /^note: where removed targets were written is not known: /);
      });
    });
  });

  it("what is published, outside of Git as well", async () => {
    await withDirectory(FILES, async (directory) => {
      await buildIn(directory, "dist");
      await writeFiles(directory, { "targets/shop.yml": shop("'web[1-21]'") });
      const { totals, head } = await documentIn(directory, { published: "dist" });
      assert.equal([totals.added, head], [1, { kind: "worktree", generation: 0 }]);
    });
  });

  it("a revision only where nothing was ever published", async () => {
    await withChange({ after: { "targets/shop.yml": shop("'web[1-21]'") } }, async (directory) => {
      const ran = await planFrom(directory, { published: "branch:artifacts" });
      assert.match(ran.stdout, "+1 · 20 → 21 targets in 1 shard · compared with main at ");
      assert.is(
        ran.stderr,
        "note: nothing is published at `branch:artifacts` yet, so this is compared with a revision\n",
      );
    });
  });

  it("nothing else where what is published cannot be read", async () => {
    await withChange({}, async (directory) => {
      await buildIn(directory, "../published");
      await writeFiles(directory, { "../published/shards/a/targets.json": "[]\n" });
      await refusalOf(() => planFrom(directory, { published: "../published" }));
    });
  });
});

describe("plan: what it shows", (it) => {
  it("no secret of any revision", async () => {
    const secret = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";
    const leaky = `service: s\nshard: a\nprojects:\n  - name: p\n    hosts: [h]\n    labels: { api_token: ${secret}, env: prod }\n    exporters: [node, { job: x, port: 1, params: { key: ${secret} } }]\n    probes: [{ module: http, targets: ['https://u:hunter2pass@x/'] }]\n`;
    const clean =
      "service: s\nshard: a\nprojects:\n  - { name: p, hosts: [h], labels: { env: test }, exporters: [node] }\n";
    await withChange(
      { before: { ...FILES, "targets/s.yml": leaky }, after: { "targets/s.yml": clean } },
      async (directory) => {
        for (const format of ["text", "json", "markdown"] as const) {
          const { stdout, stderr } = await planFrom(directory, { format, verbose: true });
          assert.match(stdout, "hidden: it looks like a secret");
          assert.not.match(stdout + stderr, /ghp_|hunter2/);
        }
      },
    );
  });

  it("lines of a file that it looks up for thousands of targets", async () => {
    const hosts = Array.from({ length: 2000 }, (_, index) => `      - h${index}\n`).join("");
    const many = (own: string): string =>
      `service: s\nshard: a\nprojects:\n  - name: p\n    exporters: [node]\n    hosts:\n${own}`;
    await withChange(
      {
        before: { ...FILES, "targets/s.yml": many("      - h\n") },
        after: { "targets/s.yml": many(`      - h\n${hosts}`) },
      },
      async (directory) => {
        const { groups } = await documentIn(directory);
        const lines = groups[0]?.targets.map(({ address, after }) => [address, after?.line]) ?? [];
        assert.is(lines.length, 2000);
        for (const [address, line] of lines) assert.is(line, Number(/\d+/.exec(String(address))?.[0]) + 8);
      },
    );
  });

  it("colour only on a terminal", async () => {
    await withChange({ after: { "targets/shop.yml": shop("'web[1-21]'") } }, async (directory) => {
      assert.not.match((await planFrom(directory)).stdout, "\u001b");
      assert.match((await planFrom(directory, {}, { FORCE_COLOR: "1" })).stdout, "\u001b[32m");
      assert.not.match((await planFrom(directory, {}, { FORCE_COLOR: "1", NO_COLOR: "1" })).stdout, "\u001b");
    });
  });

  it("what somebody accepted in the message of a commit of the change, and of no other", async () => {
    await withChange({ after: { "targets/shop.yml": shop("'web[1-9]'") } }, async (directory) => {
      const { digest = "" } = await documentIn(directory);
      await git(directory, "commit", "--quiet", "--all", "--message", "Less", "--message", `Promgen-Accept: ${digest}`);
      const accepted = await planFrom(directory);
      assert.equal([accepted.exit, /exceeds \d limits was accepted/.test(accepted.stdout)], [EXIT.ok, true]);
      await writeFiles(directory, { "targets/shop.yml": shop("'web[1-8]'") });
      assert.is((await planFrom(directory)).exit, EXIT.refused);
    });
  });
});
