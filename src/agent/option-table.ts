/** The options of promgen-agent as data: what reads them, what explains them and what tests them go through this table. */
import { MAX_REMOVED_PERCENT } from "./core/guard.ts";
import { DEFAULT_STATE } from "./config.ts";
import { QUEUE_OPTIONS } from "./option-table-queue.ts";

export const COMMANDS = ["sync", "run", "status", "rollback", "hold", "release", "doctor"] as const;
export type Command = (typeof COMMANDS)[number];

/** Headings of the help, in its order. */
export const TOPICS = ["What to fetch", "Where it goes", "Prometheus", "Trust", "Network", "How it runs"] as const;
export type Topic = (typeof TOPICS)[number];

export interface Option {
  /** Without the dashes. */
  readonly name: string;
  readonly topic: Topic;
  /** What stands for the value in the help; a switch has none. */
  readonly value?: string;
  /** May be given several times; in the environment its values are separated by white space. */
  readonly isList?: true;
  readonly text: string;
  /** As it would be written. */
  readonly fallback?: string;
  /** The commands that take it; all, where left out: the line of `sync` works with another verb. */
  readonly only?: readonly Command[];
  /** Said once, for one run: a variable of the environment would say it for ever. */
  readonly isFlagOnly?: true;
}

export const DEFAULT_TARGETS = "/etc/prometheus/promgen/targets.json";

const TABLE = [
  {
    name: "source",
    topic: "What to fetch",
    value: "URL",
    isList: true,
    text: "where artifacts come from: https://…, git+https|git+ssh|git+file://…#branch, github:owner/repo#branch, file:///…; several are mirrors, the first fresh one wins",
  },
  { name: "shard", topic: "What to fetch", value: "NAME", text: "the shard of this Prometheus" },
  { name: "all-shards", topic: "What to fetch", text: "instead of a shard: the whole inventory" },
  {
    name: "repository",
    topic: "What to fetch",
    value: "URL",
    text: "refuse artifacts that do not name this repository; default: that of the generation in place",
  },
  {
    name: "targets",
    topic: "Where it goes",
    value: "FILE",
    fallback: DEFAULT_TARGETS,
    text: "the file that Prometheus reads (file_sd_configs)",
  },
  {
    name: "urls",
    topic: "Where it goes",
    value: "FILE",
    text: "the file of blackbox_exporter's targets; left out, this host takes none",
  },
  {
    name: "state",
    topic: "Where it goes",
    value: "DIR",
    fallback: DEFAULT_STATE,
    text: "the agent's memory, and the last known good files; one agent, one directory",
  },
  {
    name: "mode",
    topic: "Where it goes",
    value: "OCTAL",
    fallback: "0644",
    text: "mode of the files, set before they come into place",
  },
  {
    name: "owner",
    topic: "Where it goes",
    value: "USER:GROUP",
    text: "owner of the files; default: that of the file in place, else the agent's",
  },
  {
    name: "allow-symlinks",
    topic: "Where it goes",
    text: "accept directories that are symbolic links; Prometheus does not notice when they change",
  },
  {
    name: "prometheus",
    topic: "Prometheus",
    value: "URL",
    isList: true,
    text: "a Prometheus of this host, such as http://localhost:9090: it must prove that it has read the files",
  },
  {
    name: "prometheus-path",
    topic: "Prometheus",
    value: "PATH",
    text: "--targets as Prometheus sees it, where that differs (in a container)",
  },
  { name: "prometheus-urls-path", topic: "Prometheus", value: "PATH", text: "--urls as Prometheus sees it" },
  {
    name: "prometheus-credentials",
    topic: "Prometheus",
    value: "KIND:FILE",
    text: "bearer:FILE with a token, or basic:FILE with user:password; read again at every attempt",
  },
  {
    name: "prometheus-ca",
    topic: "Prometheus",
    value: "FILE",
    text: "PEM of authorities to trust, besides the usual ones",
  },
  {
    name: "prometheus-cert",
    topic: "Prometheus",
    value: "FILE",
    text: "PEM of a client certificate, with --prometheus-key",
  },
  { name: "prometheus-key", topic: "Prometheus", value: "FILE", text: "PEM of its key" },
  {
    name: "reload",
    topic: "Prometheus",
    value: "WHEN",
    fallback: "always",
    text: "POST /-/reload after a change: always, auto (only where Prometheus has not read the file by itself), never, or signal (SIGHUP instead)",
  },
  { name: "pid-file", topic: "Prometheus", value: "FILE", text: "with --reload signal: who gets it" },
  { name: "unit", topic: "Prometheus", value: "UNIT", text: "with --reload signal: the systemd unit that gets it" },
  { name: "reload-timeout", topic: "Prometheus", value: "TIME", fallback: "30s", text: "for the reload alone" },
  {
    name: "wait",
    topic: "Prometheus",
    value: "WHAT",
    fallback: "read",
    text: "what ends a run with 0: Prometheus has read the files, or active: it scrapes what they say",
  },
  {
    name: "proof-timeout",
    topic: "Prometheus",
    value: "TIME",
    fallback: "30s",
    text: "for the proof; after it the files stay in place, unconfirmed",
  },
  { name: "no-proof", topic: "Prometheus", text: "nobody has to prove anything: files in place are success" },
  {
    name: "allowed-signers",
    topic: "Trust",
    value: "FILE",
    text: "whose signatures count, as ssh-keygen reads it; given, what is unsigned is refused",
  },
  { name: "identity", topic: "Trust", value: "NAME", text: "the one name in --allowed-signers that may sign" },
  { name: "revoked-keys", topic: "Trust", value: "FILE", text: "keys that count no more (ssh-keygen -Y verify -r)" },
  {
    name: "bootstrap",
    topic: "Trust",
    isFlagOnly: true,
    only: ["sync"],
    text: "once, where the state is lost: accept what the source has",
  },
  {
    name: "accept",
    topic: "Trust",
    value: "GENERATION",
    text: "let a generation pass that is held because of what it removes",
  },
  {
    name: "max-removed-percent",
    topic: "Trust",
    value: "PERCENT",
    fallback: String(MAX_REMOVED_PERCENT),
    text: "hold a generation that removes more than this of the targets, and at least 10; one that removes all is always held",
  },
  {
    name: "credentials",
    topic: "Network",
    value: "KIND:FILE",
    text: "for the sources: bearer:FILE with a token, or basic:FILE with user:password; read again at every attempt",
  },
  { name: "ca", topic: "Network", value: "FILE", text: "PEM of authorities to trust, besides the usual ones" },
  { name: "cert", topic: "Network", value: "FILE", text: "PEM of a client certificate, with --key" },
  { name: "key", topic: "Network", value: "FILE", text: "PEM of its key" },
  { name: "allow-http", topic: "Network", text: "plain http to other hosts than this one" },
  {
    name: "allow-private-redirects",
    topic: "Network",
    text: "follow redirects to private and loopback addresses",
  },
  { name: "timeout", topic: "Network", value: "TIME", fallback: "60s", text: "for one attempt at one source, in all" },
  {
    name: "max-bytes",
    topic: "Network",
    value: "SIZE",
    fallback: "256MiB",
    text: "the most that is taken from a source",
  },
  {
    name: "github-api",
    topic: "Network",
    value: "URL",
    fallback: "https://api.github.com",
    text: "the API of github: sources; another one for GitHub Enterprise",
  },
  {
    name: "max-age",
    topic: "How it runs",
    value: "TIME",
    fallback: "24h",
    text: "without contact to any source for longer, runs end with 8; targets stay",
  },
  {
    name: "textfile",
    topic: "How it runs",
    value: "DIR",
    only: ["sync", "run"],
    text: "write metrics for node_exporter's textfile collector there",
  },
  {
    name: "splay",
    topic: "How it runs",
    value: "TIME",
    only: ["sync", "run"],
    fallback: "0s; run: 1s",
    text: "sync: wait a part of this first, always the same on one host; run: a random part of it after a webhook or a suspend",
  },
  {
    name: "quiet-busy",
    topic: "How it runs",
    text: "end with 0 instead of 75 while another run is at work",
  },
  {
    name: "interval",
    topic: "How it runs",
    value: "TIME",
    only: ["run"],
    fallback: "60s",
    text: "how often to ask the sources; each host has its own moment in it",
  },
  {
    name: "listen",
    topic: "How it runs",
    value: "ADDRESS",
    only: ["run"],
    text: "serve /metrics, /healthz and POST /-/sync: a port of the loopback interface, or address:port",
  },
  {
    name: "webhook-secret",
    topic: "How it runs",
    value: "FILE",
    only: ["run"],
    text: "the secret of POST /-/sync, which brings the next run forward (GitHub's X-Hub-Signature-256)",
  },
  ...QUEUE_OPTIONS,
  {
    name: "for",
    topic: "How it runs",
    value: "TIME",
    only: ["hold"],
    isFlagOnly: true,
    text: "how long; left out, until release",
  },
  {
    name: "reason",
    topic: "How it runs",
    value: "TEXT",
    only: ["hold"],
    isFlagOnly: true,
    text: "why, for those who find it held",
  },
  {
    name: "json",
    topic: "How it runs",
    only: ["status", "doctor"],
    isFlagOnly: true,
    text: "for programs instead of people",
  },
  { name: "log", topic: "How it runs", value: "FORMAT", fallback: "text", text: "text or json, on stderr" },
  {
    name: "log-level",
    topic: "How it runs",
    value: "LEVEL",
    fallback: "info",
    text: "the least that is worth a line: debug, info, warning or error",
  },
] as const satisfies readonly Option[];

export type OptionName = (typeof TABLE)[number]["name"];

export const OPTIONS: readonly (Option & { readonly name: OptionName })[] = TABLE;

/** Of the variables. Promgen itself has some with it, and promgen-ci.sh as well. */
export const PREFIX = "PROMGEN_";

/** The variable that an option can come from, if it is not one that is {@link Option.isFlagOnly}. */
export function variableOf(name: string): string {
  return `${PREFIX}${name.toUpperCase().replaceAll("-", "_")}`;
}

/** Whether a command takes an option. */
export function takes(command: Command, { only }: Option): boolean {
  return only === undefined || only.includes(command);
}
