/** The built agent, and what git is told by it: not what is around it, and no source that git or ssh would take for an option. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { git, run } from "../workplace.ts";
import { AGENTS, onHost } from "./agents.ts";
import type { AgentHost } from "./agents.ts";
import { publish } from "./artifacts.ts";

/** What of a git source the package for that would look at, if the agent had it; each would leave a file. */
const SOURCES: readonly string[] = [
  "git+ext::touch% mark",
  "git+ext://touch% mark",
  "git+https://git.example/a#--upload-pack=touch mark",
  "git+https://git.example/a#-cprotocol.ext.allow=always",
  "git+ssh://-oProxyCommand=touch mark/a",
  "git+ssh://%2DoProxyCommand=touch%20mark/a",
  "git+ssh://-oProxyCommand=touch%20mark@git.example/a",
  "--upload-pack=touch mark",
];

async function onHostWithBranch(act: (host: AgentHost, source: string) => Promise<void>): Promise<void> {
  const [agent] = AGENTS;
  if (agent === undefined) throw new Error("there is no agent");
  await onHost(agent, async (host) => {
    await act(host, `git+file://${host.files}/.git#artifacts`);
  });
}

describe("the built agent and git", (it) => {
  it("lets no variable of git through to it", async () => {
    await onHostWithBranch(async (host, source) => {
      const published = await publish(host.files, { generation: 100 });
      for (const args of [
        ["init", "--quiet", "--initial-branch=artifacts"],
        ["add", "--all"],
        ["commit", "--quiet", "--message=artifacts"],
      ])
        await git(host.files, ...args);
      const trace = join(host.directory, "trace");
      const variables = {
        GIT_TRACE: trace,
        GIT_DIR: "/nonexistent",
        GIT_CONFIG_PARAMETERS: "'protocol.file.allow'='never'",
        GIT_EXEC_PATH: "/nonexistent",
        GIT_ALLOW_PROTOCOL: "ext",
      };
      const { exit, stderr } = await run(
        host.directory,
        host.line(["--source", source, "--no-proof", "--reload", "never"]),
        variables,
      );
      assert.is(exit, 0, stderr);
      assert.equal(await host.inPlace(), published);
      assert.not.ok((await readdir(host.directory)).includes("trace"));
    });
  });

  it("refuses what git or ssh would take for an option or a command", async () => {
    await onHostWithBranch(async (host) => {
      for (const source of SOURCES) {
        const { exit, stderr } = await host.sync("--source", source, "--no-proof", "--reload", "never");
        assert.is(exit, 2, `${source}: ${stderr}`);
        assert.not.ok((await readdir(host.directory)).includes("mark"), source);
      }
    });
  });
});
