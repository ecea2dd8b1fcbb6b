/**
 * What every agent does, whichever it is: the one in Node, and the script in each shell that hosts have. The names of
 * the tests are the contract.
 */
import { mkdir, readFile, readdir, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { run } from "../workplace.ts";
import { describeEach, leaveAsScript, onHost, SCRIPT, some, whole } from "./agents.ts";
import type { AgentHost } from "./agents.ts";
import { addresses, groupOf, publish, sha256 } from "./artifacts.ts";

/** That a run of the script leaves what {@link AgentHost.begin} does, which spares the other tests one. */
async function assertLeftAsBegun(host: AgentHost): Promise<void> {
  const left = await modesBelow(host.directory);
  for (const name of ["etc", "state"]) await rm(join(host.directory, name), { recursive: true });
  await mkdir(join(host.directory, "etc"));
  await leaveAsScript(host.directory);
  assert.equal(left, await modesBelow(host.directory));
}

/** Path → mode and content, of all but the site. */
async function modesBelow(directory: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (path.startsWith(join(directory, "site"))) continue;
    const content = entry.isFile() ? await readFile(path, "utf8") : "";
    found[path] = `${((await stat(path)).mode & 0o7777).toString(8)} ${content}`;
  }
  return found;
}

const quiet = ["--no-proof", "--reload", "never"];

describeEach(
  (name) => `what ${name} brings`,
  (agent, it, logic) => {
    it("brings both files of the shard, readable for Prometheus", async () => {
      await onHost(whole(agent), async (host) => {
        const published = await publish(host.files, { generation: 100, urls: ["https://a.example.com/"] });
        const ran = await host.sync(...quiet);
        assert.is(ran.exit, 0, ran.stderr);
        assert.equal(await host.inPlace(), published);
        assert.is((await stat(host.targets)).mode & 0o777, 0o644);
        if (agent.command.includes(SCRIPT)) await assertLeftAsBegun(host);
      });
    });

    logic("brings a newer generation, and leaves the files alone where nothing is new", async () => {
      await onHost(whole(agent), async (host) => {
        await publish(host.files, { generation: 100 });
        assert.is((await host.sync(...quiet)).exit, 0);
        const { ino } = await stat(host.targets);
        assert.is((await host.sync(...quiet)).exit, 0);
        assert.is((await stat(host.targets)).ino, ino);
        const published = await publish(host.files, { generation: 101, targets: addresses(4) });
        assert.is((await host.sync(...quiet)).exit, 0);
        assert.equal(await host.inPlace(), published);
      });
    });

    it("brings the whole inventory, and names that need encoding", async () => {
      await onHost(agent, async (host) => {
        const whole = await publish(host.files, { shard: "*", generation: 5, targets: addresses(5) });
        assert.is((await host.sync("--all-shards", ...quiet)).exit, 0);
        assert.equal(await host.inPlace(), whole);
      });
      await onHost(agent, async (host) => {
        const shard = await publish(host.files, { shard: "東京 a", generation: 5, targets: addresses(6) });
        const ran = await host.sync("--shard", "東京 a", ...quiet);
        assert.is(ran.exit, 0, ran.stderr);
        assert.equal(await host.inPlace(), shard);
      });
    });

    logic("makes the directory where there is none, readable for Prometheus", async () => {
      await onHost(whole(agent), async (host) => {
        await publish(host.files, { generation: 7 });
        await rm(join(host.directory, "etc"), { recursive: true });
        assert.is((await host.sync(...quiet)).exit, 0);
        assert.is((await stat(join(host.directory, "etc"))).mode & 0o777, 0o755);
      });
    });

    logic("reads a directory of this host", async () => {
      await onHost(agent, async (host) => {
        const published = await publish(host.files, { generation: 7 });
        assert.is((await host.sync("--source", `file://${host.files}`, ...quiet)).exit, 0);
        assert.equal(await host.inPlace(), published);
        assert.equal(host.site.requests, []);
      });
    });

    it("gives a file a later second than the one before, which the proof compares, however long the run takes", async () => {
      await onHost(agent, async (host) => {
        await host.begin({ generation: 7 });
        await publish(host.files, { generation: 8, targets: addresses(4), urls: addresses(1) });
        let before = 0;
        host.site.answer = (request, response) => {
          if (!(request.url ?? "").includes("/urls.json")) return false;
          // Between the download of the first file and the renames: what is in place has the next second.
          before = Math.floor(Date.now() / 1000) + 1;
          void utimes(host.targets, before, before).then(() =>
            setTimeout(
              () => void readFile(join(host.files, "shards/tokyo-a/urls.json")).then((b) => response.end(b)),
              2500,
            ),
          );
          return true;
        };
        const ran = await host.sync(...quiet);
        assert.is(ran.exit, 0, ran.stderr);
        assert.ok(before > 0 && Math.floor((await stat(host.targets)).mtimeMs / 1000) > before);
      });
    });

    logic("puts back a file that somebody edited or deleted", async () => {
      await onHost(agent, async (host) => {
        const published = await host.begin({ generation: 7 });
        await writeFile(host.targets, groupOf("node", addresses(1)));
        await rm(host.urls);
        assert.is((await host.sync(...quiet)).exit, 0);
        assert.equal(await host.inPlace(), published);
      });
    });

    it("sends the credentials, which no process list shows", async () => {
      await onHost(whole(agent), async (host) => {
        await publish(host.files, { generation: 7 });
        const token = join(host.directory, "token");
        await writeFile(token, "c4n4ry\r\n", { mode: 0o600 });
        const seen = new Set<string | undefined>();
        host.site.answer = (request) => {
          seen.add(request.headers.authorization);
          return false;
        };
        const watching = run(host.directory, [
          "sh",
          "-c",
          'for i in 1 2 3 4 5 6 7 8; do cat /proc/[0-9]*/cmdline; sleep 0.05; done 2>/dev/null | tr "\\0" " "',
        ]);
        const ran = await host.sync("--credentials", `bearer:${token}`, ...quiet);
        assert.is(ran.exit, 0, ran.stderr);
        assert.equal([...seen], ["Bearer c4n4ry"]);
        const { stdout } = await watching;
        assert.not.ok((stdout + ran.stdout + ran.stderr).includes("c4n4ry"));
      });
    });
  },
);

describeEach(
  (name) => `what ${name} refuses`,
  (agent, it, logic) => {
    logic("a source that does not answer: 6, and the targets stay", async () => {
      await onHost(agent, async (host) => {
        const published = await host.begin({ generation: 7 });
        assert.is((await host.sync("--source", "http://127.0.0.1:1/", ...quiet)).exit, 6);
        assert.equal(await host.inPlace(), published);
      });
    });

    it("a shard that the source does not have: 5, and the targets stay", async () => {
      await onHost(agent, async (host) => {
        const published = await host.begin({ generation: 7 });
        await publish(host.files, { shard: "osaka-a", generation: 8 });
        await rm(join(host.files, "shards/tokyo-a"), { recursive: true });
        assert.is((await host.sync(...quiet)).exit, 5);
        assert.equal(await host.inPlace(), published);
      });
    });

    it("a source that does not say that the shard is gone: 6", async () => {
      await onHost(agent, async (host) => {
        const published = await host.begin({ generation: 7 });
        await rm(join(host.files, "shards/tokyo-a"), { recursive: true });
        assert.is((await host.sync(...quiet)).exit, 6, "manifest.json still lists it");
        await publish(host.files, { shard: "osaka-a", generation: 8 });
        host.site.answer = (request, response) => {
          if (!(request.url ?? "").includes("/tokyo-a/")) return false;
          response.writeHead(503).end();
          return true;
        };
        assert.is((await host.sync(...quiet)).exit, 6, "out of order");
        assert.equal(await host.inPlace(), published);
      });
      await onHost(agent, async (host) => {
        await publish(host.files, { generation: 7 });
        assert.is((await host.sync("--all-shards", ...quiet)).exit, 6, "no SHA256SUMS of the whole inventory");
      });
    });

    it("credentials that are no file: 2, and does not repeat them", async () => {
      await onHost(agent, async (host) => {
        await publish(host.files, { generation: 7 });
        for (const credentials of ["c4n4ry", "bearer:c4n4ry", "token:/etc/hostname"]) {
          const { exit, stdout, stderr } = await host.sync("--credentials", credentials, ...quiet);
          assert.is(exit, 2, credentials);
          assert.not.ok((stdout + stderr).includes("c4n4ry"), stderr);
        }
        assert.equal(host.site.requests, []);
      });
    });

    it("a state directory that it cannot use: 7", async () => {
      await onHost(agent, async (host) => {
        await publish(host.files, { generation: 7 });
        await mkdir(join(host.directory, "state/lock"), { recursive: true });
        assert.is((await host.sync(...quiet)).exit, 7);
        assert.equal(host.site.requests, []);
      });
    });

    it("plain http to another host, unless it is told: 2", async () => {
      await onHost(agent, async (host) => {
        assert.is((await host.sync("--source", "http://targets.example.com/", ...quiet)).exit, 2);
      });
    });

    it("wrong usage: 2", async () => {
      await onHost(agent, async (host) => {
        assert.is((await host.sync("--reload", "sometimes")).exit, 2);
        assert.is((await host.sync("--no-such-option", "x")).exit, 2);
        assert.equal(host.site.requests, []);
      });
    });

    it("bytes that do not fit their digest: 6, asked for again without caches, and the targets stay", async () => {
      await onHost(agent, async (host) => {
        const published = await host.begin({ generation: 7 });
        await publish(host.files, { generation: 8, targets: addresses(4) });
        await writeFile(join(host.files, "shards/tokyo-a/targets.json"), published.targets);
        assert.is((await host.sync(...quiet)).exit, 6);
        assert.equal(await host.inPlace(), published);
        const asked = host.site.requests.filter(({ path }) => path.includes("targets.json?")).slice(1);
        assert.is(asked[0]?.path.includes(sha256(groupOf("node", addresses(4)))), true);
        assert.is(asked.at(-1)?.headers["cache-control"], "no-cache");
      });
    });

    it("an older generation, and the same with other bytes: 5, and the targets stay", async () => {
      await onHost(agent, async (host) => {
        const published = await host.begin({ generation: 7 });
        await publish(host.files, { generation: 6, targets: addresses(4) });
        assert.is((await host.sync(...quiet)).exit, 5);
        await publish(host.files, { generation: 7, targets: addresses(4) });
        assert.is((await host.sync(...quiet)).exit, 5);
        assert.equal(await host.inPlace(), published);
      });
    });

    it("another repository, and the SHA256SUMS of another shard in the place of this one's: 5", async () => {
      await onHost(agent, async (host) => {
        const published = await host.begin({ generation: 7, repository: "https://git.example.com/a" });
        await publish(host.files, { generation: 8, repository: "https://git.example.com/b", targets: addresses(4) });
        assert.is((await host.sync(...quiet)).exit, 5);
        await publish(host.files, { generation: 8, repository: "https://git.example.com/a", targets: addresses(4) });
        const sums = join(host.files, "shards/tokyo-a/SHA256SUMS");
        await writeFile(sums, (await readFile(sums, "utf8")).replace("tokyo-a", "osaka-a"));
        assert.is((await host.sync(...quiet)).exit, 5);
        assert.equal(await host.inPlace(), published);
      });
    });

    it("numbers that are none, and formats that come later: 5", async () => {
      const all = ["-1", "007", "1e3", "9007199254740993", "", "7x"];
      for (const generation of some(agent, all, ["007", "9007199254740993", "", "7x"])) {
        await onHost(agent, async (host) => {
          await publish(host.files, { generation: 7 });
          const sums = join(host.files, "shards/tokyo-a/SHA256SUMS");
          await writeFile(sums, (await readFile(sums, "utf8")).replace("generation=7", `generation=${generation}`));
          assert.is((await host.sync(...quiet)).exit, 5, generation);
        });
      }
      await onHost(agent, async (host) => {
        await publish(host.files, { generation: 7 });
        const sums = join(host.files, "shards/tokyo-a/SHA256SUMS");
        await writeFile(sums, (await readFile(sums, "utf8")).replace("promgen-gen 1", "promgen-gen 2"));
        assert.is((await host.sync(...quiet)).exit, 5);
      });
    });

    it("a file that is no list of target groups, with the right digest: 5", async () => {
      for (const targets of some(agent, ["", "null", "[]", "[]\n", "{}", "<html></html>"], ["{}"])) {
        await onHost(agent, async (host) => {
          const published = await host.begin({ generation: 7 });
          await publish(host.files, { generation: 8, targets });
          assert.is((await host.sync(...quiet)).exit, 5, targets);
          assert.equal(await host.inPlace(), published);
        });
      }
    });

    it("a symbolic link where the targets should be: 7, and what it leads to stays", async () => {
      await onHost(agent, async (host) => {
        await publish(host.files, { generation: 7 });
        const victim = join(host.directory, "victim");
        await writeFile(victim, "mine");
        await symlink(victim, host.targets);
        assert.is((await host.sync(...quiet)).exit, 7);
        assert.is(await readFile(victim, "utf8"), "mine");
      });
    });
  },
);
