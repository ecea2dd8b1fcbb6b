/**
 * An Io that keeps what is written, over a directory with these files.
 */
import { join } from "node:path";
import type { EnvironmentError } from "../../src/exit.ts";
import type { Io } from "../../src/io.ts";
import { refusalOf } from "../refusal.ts";
import type { Files } from "../workplace.ts";
import { readFiles, ROOT, withDirectory } from "../workplace.ts";

export interface Circumstances {
  readonly env?: Io["env"];
  /** Both streams are a terminal. */
  readonly isTerminal?: boolean;
  readonly columns?: number;
  /** Milliseconds that pass between two looks at the clock. */
  readonly step?: number;
  /** Where the clock begins. */
  readonly now?: number;
}

export interface Outcome {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** All files afterwards. */
  readonly files: Readonly<Record<string, string>>;
}

/** A shard, a preset and a service with one project; nothing to say about it. */
export const CLEAN = {
  "promgen.yml": "exporters:\n  node: { port: 9100 }\n",
  "targets/shards.yml": "shard: tokyo-a\nservers: [prom1.example.com]\n",
  "targets/web.yml":
    "service: web\nshard: tokyo-a\nprojects:\n  - name: web-front\n    hosts: [web1.example.com, web2.example.com]\n    exporters: [node]\n",
};

/** One error (unknown key), one warning (a host in upper case) and one info (an unused farm), in three files. */
export const MIXED = {
  ...CLEAN,
  "targets/error.yml": "service: err\nownr: team-x\n",
  "targets/sub/warning.yml":
    "service: warn\nshard: tokyo-a\nprojects:\n  - { name: warn, hosts: [Web9.example.com], exporters: [node] }\n",
  "targets/sub/info.yml": "farm: unused\nhosts: [a.example.com]\n",
};

/** Runs a command over files. Throws what it throws. */
export async function runOver(
  files: Files,
  command: (io: Io) => Promise<number>,
  { env = {}, isTerminal = false, columns, step = 0, now = Date.UTC(2026, 0, 2) }: Circumstances = {},
): Promise<Outcome> {
  return await withDirectory(files, async (cwd) => {
    const written = { stdout: "", stderr: "" };
    const output = (name: "stdout" | "stderr"): Io["stdout"] => ({
      write: (text) => void (written[name] += text),
      isTerminal,
      columns,
    });
    let clock = now - step;
    const io: Io = {
      stdout: output("stdout"),
      stderr: output("stderr"),
      env,
      cwd,
      resources: join(ROOT, "src"),
      version: "0.0.0-test",
      now: () => (clock += step),
    };
    const exit = await command(io);
    return { exit, ...written, files: await readFiles(cwd) };
  });
}

/** What a command refuses to do, as EnvironmentError. */
export async function refusal(files: Files, command: (io: Io) => Promise<number>): Promise<EnvironmentError> {
  return await refusalOf(() => runOver(files, command));
}
