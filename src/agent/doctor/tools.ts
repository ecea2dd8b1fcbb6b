/** The programs that the agent runs. */
import { execFile } from "node:child_process";
import type { AgentConfig } from "../config.ts";
import type { Row } from "./row.ts";
import { ok, trouble } from "./row.ts";

interface Tool {
  readonly name: string;
  readonly why: string;
  readonly help: string;
}

/** Looks for those that this configuration needs. */
export async function lookAtTools(config: AgentConfig): Promise<Row[]> {
  const { source, trust, prometheus } = config;
  const needed: readonly (Tool | false)[] = [
    { name: "flock", why: "runs are kept apart with it", help: "install util-linux or busybox" },
    trust.allowedSigners !== undefined && {
      name: "ssh-keygen",
      why: "signatures are checked with it",
      help: "install openssh-client (8.2 or newer)",
    },
    source.urls.some((url) => url.startsWith("git+")) && {
      name: "git",
      why: "a source is read with it",
      help: "install git",
    },
    prometheus.signal !== undefined &&
      "unit" in prometheus.signal && {
        name: "systemctl",
        why: "--unit is signalled with it",
        help: "say --pid-file instead of --unit where there is no systemd",
      },
  ];
  return await Promise.all(
    needed
      .filter((tool) => tool !== false)
      .map(async ({ name, why, help }) =>
        (await isThere(name))
          ? ok("tool", `${name} is installed`)
          : trouble("tool", "configuration", `${name} is not installed: ${why}`, help),
      ),
  );
}

/** Started and ended at once: what it says to an option that it may not know does not matter. */
async function isThere(name: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const child = execFile(name, ["--version"], { timeout: 5000 }, (error) => {
      resolve((error as NodeJS.ErrnoException | null)?.code !== "ENOENT");
    });
    child.stdin?.end();
  });
}
