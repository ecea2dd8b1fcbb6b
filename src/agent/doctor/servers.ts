/** What each Prometheus of this host has of the files, and why not more. */
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { AgentConfig } from "../config.ts";
import type { Collaborators } from "../core/collaborators.ts";
import type { Disk } from "../disk/disk.ts";
import { HttpClient } from "../prometheus/http-client.ts";
import { Inquiry } from "../prometheus/inquiry.ts";
import { NoAnswer } from "../prometheus/no-answer.ts";
import { PACE } from "../prometheus/pace.ts";
import type { Expected, PrometheusServer } from "../prometheus/prometheus.ts";
import { isMatch } from "../prometheus/seen-path.ts";
import { causeOf } from "./cause.ts";
import { clockRow } from "./clock.ts";
import type { FoundFile } from "./place.ts";
import type { Row } from "./row.ts";
import { failed, ok, trouble, warning } from "./row.ts";
import { see } from "./seen.ts";
import type { Seen } from "./seen.ts";

/** Asks every server. */
export async function lookAtServers(
  config: AgentConfig,
  collaborators: Collaborators,
  files: readonly FoundFile[],
): Promise<Row[]> {
  if (config.prometheus.urls.length === 0) {
    return config.prometheus.noProof
      ? []
      : [
          warning(
            "prometheus",
            "no Prometheus is named, so none can prove that it has read the files",
            "say --prometheus http://localhost:9090",
          ),
        ];
  }
  const rows = await Promise.all(
    config.prometheus.urls.map(
      async (url, at) => await lookAtServer(url, config, collaborators, files, collaborators.servers[at]),
    ),
  );
  return rows.flat();
}

async function lookAtServer(
  url: string,
  config: AgentConfig,
  { clock, disk, signal }: Collaborators,
  files: readonly FoundFile[],
  server: PrometheusServer | undefined,
): Promise<Row[]> {
  const inquiry = new Inquiry(new HttpClient(url, config.prometheus), PACE.answer);
  const { base } = inquiry.client;
  const rows: Row[] = [];
  try {
    const seen = await see(inquiry, signal);
    rows.push(ok("prometheus", `Prometheus ${seen.look.version} answers at ${base}`));
    rows.push(...clockRow(base, seen.look.date, clock.now()));
    rows.push(...lookAtWatches(seen));
    rows.push(...(await lookAtReload(inquiry, config, signal)));
    for (const file of files) {
      const path = config.prometheus.paths[file.name] ?? file.path;
      const expected: Expected = {
        name: file.name,
        path,
        mtime: file.facts.mtime,
        targets: file.census?.targets ?? 0,
        distinct: file.census?.distinct ?? 0,
      };
      rows.push(...(await lookAtReaders(seen, path, file, disk)));
      const read = await lookAtRead(seen, expected, file, inquiry, signal);
      rows.push(read);
      if (read.level === "ok" && server !== undefined) {
        const content = disk.read(file.name);
        if (content !== undefined)
          rows.push(await lookAtScraped(server, expected, content, clock.now() - file.facts.mtime, signal));
      }
    }
  } catch (error) {
    rows.push(rowOf(error));
  }
  return rows;
}

function rowOf(error: unknown): Row {
  if (!(error instanceof NoAnswer)) return failed("prometheus", error);
  return trouble("prometheus", error.kind === "files" ? "configuration" : "unconfirmed", error.message, error.help);
}

function lookAtWatches({ base, look }: Seen): Row[] {
  if ((look.watcherErrors ?? 0) === 0) return [];
  return [
    trouble(
      "watch",
      "unconfirmed",
      `${base} could not watch a directory (${look.watcherErrors} times): it reads no file of that file_sd config any more`,
      "raise fs.inotify.max_user_instances and fs.inotify.max_user_watches (sysctl), then restart Prometheus",
    ),
  ];
}

async function lookAtReload(inquiry: Inquiry, { prometheus }: AgentConfig, signal: AbortSignal): Promise<Row[]> {
  if (prometheus.reload !== "always" && prometheus.reload !== "auto") return [];
  try {
    if (await inquiry.hasLifecycle(signal)) return [ok("reload", `${inquiry.client.base} can be reloaded`)];
    return [
      warning(
        "reload",
        `${inquiry.client.base} refuses to be reloaded: its lifecycle API is off`,
        "start it with --web.enable-lifecycle, or say --reload never or signal: new targets are read without a reload",
      ),
    ];
  } catch (error) {
    if (error instanceof NoAnswer) return [];
    throw error;
  }
}

/** Which file_sd configs have the file, and what else they have. */
async function lookAtReaders(seen: Seen, path: string, file: FoundFile, disk: Disk): Promise<Row[]> {
  const { config, base, names } = seen;
  if (config === undefined) return [];
  const readers = config.readers.filter(({ patterns }) =>
    patterns.some((pattern) => isMatch(pattern, path, names.cwd)),
  );
  const rows: Row[] = [];
  if (readers.length > 1)
    rows.push(
      ok(
        "config",
        `${readers.length} file_sd configs of ${base} read ${path}: ${readers.map(({ pool }) => pool).join(", ")}`,
      ),
    );
  const wildcards = readers.flatMap(({ patterns }) => patterns).filter((pattern) => pattern.includes("*"));
  const directory = dirname(file.path);
  const ours = new Set(disk.names.map((name) => disk.path(name)));
  const others = (await readdir(directory).catch(() => []))
    .filter((name) => !ours.has(join(directory, name)))
    .filter((name) => wildcards.some((pattern) => isMatch(pattern, `${dirname(path)}/${name}`, names.cwd)));
  if (others.length > 0)
    rows.push(
      warning(
        "neighbours",
        `${wildcards.join(" and ")} of ${base} reads ${others.sort().join(", ")} beside ${path} as well`,
        "name the file itself in file_sd_configs: whatever comes to lie there is scraped",
      ),
    );
  return rows;
}

async function lookAtRead(
  seen: Seen,
  expected: Expected,
  file: FoundFile,
  inquiry: Inquiry,
  signal: AbortSignal,
): Promise<Row> {
  const { base, look, names } = seen;
  if (names.mtime(look, expected) === expected.mtime) return ok("read", `${base} has read ${expected.path} as it is`);
  const isReady = await inquiry.isReady(signal);
  const { what, help, id } = isReady
    ? await causeOf(seen, expected, file)
    : {
        what: `${base} is starting`,
        help: "wait: it replays its write-ahead log, which can take minutes",
        id: "prometheus" as const,
      };
  return trouble(id, "unconfirmed", what, help);
}

/**
 * Whether a server may not yet scrape what it has read.
 *
 * @param age seconds since the file's time; negative for a moment where two swaps fell into one second, of which the later one
 * has the next second as its time
 */
export function isSettling(age: number): boolean {
  return Math.abs(age) < PACE.throttle;
}

/** Target by target, where the server had time to take over what it has read. */
async function lookAtScraped(
  server: PrometheusServer,
  expected: Expected,
  content: AsyncIterable<Uint8Array>,
  age: number,
  signal: AbortSignal,
): Promise<Row> {
  const { path } = expected;
  try {
    const { missing, ghosts, examples } = await server.compare(expected, content, signal);
    if (missing === 0 && ghosts === 0) return ok("scraped", `${server.label} scrapes what ${path} says`);
    const what = `${server.label} scrapes ${ghosts} targets that ${path} does not have, and lacks ${missing} that it has: ${examples.join("; ")}`;
    if (isSettling(age))
      return warning(
        "scraped",
        `${what}; the file is ${Math.max(0, Math.round(age))} s old`,
        "look again in some seconds",
      );
    return trouble(
      "scraped",
      "unconfirmed",
      what,
      ghosts > 0
        ? "restart Prometheus: before 3.0 a reload can leave targets behind (prometheus#8202)"
        : "see its log for `Creating target failed`, and its relabel_configs",
    );
  } catch (error) {
    return failed("scraped", error);
  }
}
