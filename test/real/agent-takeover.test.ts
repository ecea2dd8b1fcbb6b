/** How every agent takes over a host: from files that nobody managed, from another shard or inventory, from root. */
import { chmod, chown, mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe, notRun } from "../describe.ts";
import { commandOf } from "../other-user.ts";
import { run } from "../workplace.ts";
import type { Ran } from "../workplace.ts";
import { describeEach, onHost, SUBJECTS } from "./agents.ts";
import type { Agent, AgentHost } from "./agents.ts";
import { addresses, publish } from "./artifacts.ts";

const USER = 54_321;
const isRoot = process.getuid?.() === 0;
if (!isRoot) notRun("the agents after a run of root", "only root can become another user");

/** The same targets, as programs write them that are not ours. */
function layoutsOf(targets: readonly string[]): Record<string, string> {
  const groups = [
    { labels: { job: "none" }, targets: [] },
    { labels: { job: "node" }, targets },
  ];
  const line = JSON.stringify(groups);
  const indented = JSON.stringify(groups, null, 2);
  return {
    "on one line": line,
    "as json.dumps writes it": line.replaceAll('":', '": ').replaceAll(",", ", "),
    "as Promgen writes it": indented.replaceAll(/"labels": \{[^}]*\}/g, '"labels": {}'),
    "indented with tabs, lines as of Windows": JSON.stringify(groups, null, "\t").replaceAll("\n", "\r\n"),
    "brackets on lines of their own": indented.replaceAll('": [', '"\n:\n[\n'),
  };
}

const quiet = ["--no-proof", "--reload", "never"];

describeEach(
  (name) => `how ${name} takes over files that nobody managed`,
  (agent, it, logic) => {
    for (const [layout, before] of Object.entries(layoutsOf(addresses(20)))) {
      (layout === "on one line" ? it : logic)(
        `an empty generation in place of 20 targets is held, whatever the file looks like: ${layout}`,
        async () => {
          await onHost(agent, async (host) => {
            await writeFile(host.targets, before);
            await publish(host.files, { generation: 7, targets: [], urls: addresses(1) });
            assert.is((await host.sync(...quiet)).exit, 4);
            assert.is(await readFile(host.targets, "utf8"), before);
            // What was accepted is not looked at: one layout shows it.
            if (layout !== "on one line") return;
            const accepted = await host.sync("--accept", "7", ...quiet);
            assert.is(accepted.exit, 0, accepted.stderr);
            assert.is(await readFile(host.targets, "utf8"), '[{"targets":[]}]\n');
          });
        },
      );
    }

    logic("one with targets is taken, and so is an empty one where there were none", async () => {
      for (const [before, targets] of [
        [JSON.stringify([{ targets: addresses(3) }], null, 2), addresses(4)],
        [JSON.stringify([{ targets: [], labels: { 'targets":["': '"targets":["' } }], null, 2), []],
      ] as const) {
        await onHost(agent, async (host) => {
          await writeFile(host.targets, before);
          const published = await publish(host.files, { generation: 7, targets });
          const ran = await host.sync(...quiet);
          assert.is(ran.exit, 0, ran.stderr);
          assert.equal(await host.inPlace(), published);
        });
      }
    });

    it("what was accepted where it was published is meant for hosts that come from before it, which this one does not", async () => {
      await onHost(agent, async (host) => {
        await writeFile(host.targets, JSON.stringify([{ targets: addresses(2) }]));
        await publish(host.files, { generation: 102, accepts: 50, targets: [] });
        assert.is((await host.sync(...quiet)).exit, 4);
        await publish(host.files, { generation: 103, accepts: 103, targets: [] });
        assert.is((await host.sync(...quiet)).exit, 4);
        assert.is(await readFile(host.targets, "utf8"), JSON.stringify([{ targets: addresses(2) }]));
      });
    });

    it("nor is it meant for a file that lay there before it was managed, such as one that is new in --urls", async () => {
      await onHost(agent, async (host) => {
        await publish(host.files, { generation: 7 });
        const places = ["--targets", host.targets, "--state", join(host.directory, "state")];
        const from = ["--source", host.site.url, "--shard", "tokyo-a"];
        const first = await run(host.directory, [...agent.command, "sync", ...from, ...places, ...quiet]);
        assert.is(first.exit, 0, first.stderr);
        const before = JSON.stringify([{ targets: ["https://a.example.com/"] }]);
        await writeFile(host.urls, before);
        await publish(host.files, { generation: 8, accepts: 8, targets: addresses(4) });
        assert.is((await host.sync(...quiet)).exit, 4);
        assert.is(await readFile(host.urls, "utf8"), before);
        assert.is((await host.sync("--accept", "8", ...quiet)).exit, 0);
        assert.is(await readFile(host.urls, "utf8"), '[{"targets":[]}]\n');
      });
    });

    it("a directory in the place of the file: 7, and nothing is put into it", async () => {
      await onHost(agent, async (host) => {
        await publish(host.files, { generation: 7 });
        await mkdir(host.targets);
        const ran = await host.sync(...quiet);
        assert.is(ran.exit, 7, ran.stderr);
        assert.match(ran.stderr, host.targets);
        assert.equal(await readdir(host.targets), []);
      });
    });
  },
);

describeEach(
  (name) => `how ${name} takes over from another shard or inventory`,
  (agent, it) => {
    it("another --shard: 5, until it is told with --bootstrap; what the new shard lacks is held all the same", async () => {
      await onHost(agent, async (host) => {
        const tokyo = await host.begin({ generation: 7, targets: addresses(5) });
        await publish(host.files, { shard: "osaka-a", generation: 8, targets: [] });
        const osaka = ["--shard", "osaka-a", ...quiet];
        const refused = await host.sync(...osaka);
        assert.is(refused.exit, 5, refused.stderr);
        assert.match(refused.stderr, "--bootstrap");
        assert.is((await host.sync("--bootstrap", ...osaka)).exit, 4);
        assert.equal(await host.inPlace(), tokyo);
        const published = await publish(host.files, { shard: "osaka-a", generation: 9, targets: addresses(4) });
        const ran = await host.sync("--bootstrap", ...osaka);
        assert.is(ran.exit, 0, ran.stderr);
        assert.equal(await host.inPlace(), published);
        assert.is((await host.sync(...osaka)).exit, 0);
        assert.is((await host.sync(...quiet)).exit, 5, "and back");
      });
    });

    it("a repository that is named for the first time is taken; another one, and none again: 5, and how to go on", async () => {
      await onHost(agent, async (host) => {
        await host.begin({ generation: 7 });
        const named = await publish(host.files, { generation: 8, repository: "https://a/", targets: addresses(4) });
        const ran = await host.sync(...quiet);
        assert.is(ran.exit, 0, ran.stderr);
        for (const repository of ["https://b/", undefined]) {
          await publish(host.files, { generation: 9, targets: addresses(5), ...(repository && { repository }) });
          const refused = await host.sync(...quiet);
          assert.is(refused.exit, 5, refused.stderr);
          assert.match(refused.stderr, /--repository|--bootstrap/);
        }
        assert.equal(await host.inPlace(), named);
      });
    });
  },
);

for (const agent of SUBJECTS.slice(0, 2)) {
  describe(`how ${agent.name} cares for what is in place`, (it) => {
    it("a mode that Prometheus could not read is put right, and only then is the file another one", async () => {
      await onHost(agent, async (host) => {
        const published = await host.begin({ generation: 7 });
        for (const mode of [0o600, 0o666]) {
          await chmod(host.targets, mode);
          assert.is((await host.sync(...quiet)).exit, 0);
          assert.is((await stat(host.targets)).mode & 0o777, 0o644);
        }
        const { ino } = await stat(host.targets);
        assert.is((await host.sync(...quiet)).exit, 0);
        assert.is((await stat(host.targets)).ino, ino);
        assert.equal(await host.inPlace(), published);
      });
    });
  });
}

if (isRoot) {
  /** A host whose directories belong to a user, and a run of that user. */
  const withUser = async (
    agent: Agent,
    act: (host: AgentHost, asUser: (...options: readonly string[]) => Promise<Ran>) => Promise<void>,
  ): Promise<void> => {
    await onHost(agent, async (host) => {
      await chmod(host.directory, 0o755);
      await mkdir(join(host.directory, "state"));
      for (const name of ["etc", "state"]) await chown(join(host.directory, name), USER, USER);
      await act(host, async (...options) => {
        const command = await commandOf(USER, host.line(options));
        return await run(host.directory, command);
      });
    });
  };

  describeEach(
    (name) => `how ${name} takes over from root, who ran it by hand`,
    (agent, it) => {
      it("goes on, with a proof that is owed and with none", async () => {
        await withUser(agent, async (host, asUser) => {
          await publish(host.files, { generation: 7 });
          assert.is((await host.sync("--reload", "never")).exit, 3);
          const still = await asUser("--reload", "never");
          assert.is(still.exit, 3, still.stderr);
          const published = await publish(host.files, { generation: 8, targets: addresses(4) });
          const ran = await asUser(...quiet);
          assert.is(ran.exit, 0, ran.stderr);
          assert.equal(await host.inPlace(), published);
          await publish(host.files, { generation: 9, targets: addresses(5) });
          assert.is((await host.sync(...quiet)).exit, 0);
          const same = await asUser(...quiet);
          assert.is(same.exit, 0, same.stderr);
          assert.is((await stat(join(host.directory, "etc/.promgen-agent/SHA256SUMS"))).uid, USER);
        });
      });

      it("a lock that it may not touch: 7, and it is said which", async () => {
        await withUser(agent, async (host, asUser) => {
          await publish(host.files, { generation: 7 });
          assert.is((await asUser(...quiet)).exit, 0);
          const lock = join(host.directory, "state/lock");
          await chown(lock, 0, 0);
          await chmod(lock, 0o600);
          const ran = await asUser(...quiet);
          assert.is(ran.exit, 7, ran.stderr);
          assert.match(ran.stderr, lock);
        });
      });

      if (agent !== SUBJECTS[0])
        it("a SHA256SUMS that it may not read: 7, and it is said which; with --bootstrap, too", async () => {
          await withUser(agent, async (host, asUser) => {
            const published = await publish(host.files, { generation: 7 });
            assert.is((await asUser(...quiet)).exit, 0);
            await publish(host.files, { generation: 8, targets: addresses(4) });
            const kept = join(host.directory, "etc/.promgen-agent/SHA256SUMS");
            await chown(kept, 0, 0);
            for (const options of [quiet, ["--bootstrap", ...quiet]]) {
              const ran = await asUser(...options);
              assert.is(ran.exit, 7, ran.stderr);
              assert.match(ran.stderr, kept);
              assert.not.match(ran.stderr, "damaged");
            }
            assert.equal(await host.inPlace(), published);
          });
        });
    },
  );
}
