/** What `--help` says. */
import { OPTIONS, takes, TOPICS, variableOf } from "./option-table.ts";
import type { Command, Option } from "./option-table.ts";

interface Page {
  /** One line for the list of commands. */
  readonly does: string;
  readonly more: string;
  readonly example: string;
  /** The options that matter to it; where left out, all that it takes. */
  readonly options?: readonly string[];
}

const PAGES: Readonly<Record<Command, Page>> = {
  sync: {
    does: "bring the targets up to date, once: for cron and systemd timers",
    more: `Asks the sources for SHA256SUMS. Where it is new: checks signature, generation, digests and content, holds back what
removes too much, replaces the files in one rename each and waits until Prometheus has proven that it read them. Where
nothing is new, it compares the files in place and repairs them. The old targets stay wherever anything is wrong.`,
    example: `promgen-agent sync --source https://targets.example.com/ --shard tokyo-a \\
    --targets /etc/prometheus/promgen/targets.json --urls /etc/prometheus/promgen/urls.json \\
    --prometheus http://localhost:9090 --allowed-signers /etc/promgen-agent/allowed_signers`,
  },
  run: {
    does: "the same for ever: a daemon, which can also listen for webhooks and to a queue",
    more: `Runs sync every --interval, at a moment of its own in it; after failures less and less often. SIGHUP: sync now.
SIGTERM and SIGINT: end. With --listen: GET /metrics for Prometheus, GET /healthz (200, or 503 where the last success
is older than --max-age), and with --webhook-secret POST /-/sync, which brings the next run forward and nothing else.
So does each message in this host's queue with --broker; promgen-gen notify sends them.`,
    example: `promgen-agent run --source https://targets.example.com/ --shard tokyo-a \\
    --prometheus http://localhost:9090 --interval 60s --listen 127.0.0.1:9914`,
  },
  status: {
    does: "what is in place, since when, and whether Prometheus has it",
    more: "Reads what the last run left; asks nobody. Ends as sync would.",
    example: "promgen-agent status --json",
    options: ["targets", "urls", "state", "no-proof", "max-age", "json"],
  },
  rollback: {
    does: "put the last known good files back",
    more: `The generation that is left is not taken again; the next newer one is.`,
    example: "promgen-agent rollback --shard tokyo-a --prometheus http://localhost:9090",
    options: [
      "shard",
      "all-shards",
      "targets",
      "urls",
      "state",
      "mode",
      "owner",
      "prometheus",
      "prometheus-path",
      "prometheus-urls-path",
      "prometheus-credentials",
      "reload",
      "no-proof",
      "allowed-signers",
    ],
  },
  hold: {
    does: "swap nothing in, for a while or until release",
    more: "Runs go on and look what is new, and end with 4 where something waits.",
    example: 'promgen-agent hold --for 2h --reason "migration of rack 12"',
    options: ["state", "targets", "for", "reason"],
  },
  release: {
    does: "end a hold",
    more: "The next run takes what waits. What the guard holds is let through with sync --accept GENERATION instead.",
    example: "promgen-agent release",
    options: ["state", "targets"],
  },
  doctor: {
    does: "find out why targets do not arrive",
    more: `Looks at everything between the sources and what Prometheus scrapes, says what is wrong and what to do, and changes
nothing. Takes the options of sync.`,
    example: `promgen-agent doctor --source https://targets.example.com/ --shard tokyo-a --prometheus http://localhost:9090`,
  },
};

const EXITS: readonly (readonly [code: number, text: string])[] = [
  [0, "confirmed by Prometheus, or nothing new"],
  [2, "wrong usage or configuration"],
  [3, "in place, but no Prometheus has proven that it was read"],
  [4, "held: it would remove too much, or hold is in force"],
  [5, "refused: signature, digest, an older generation, not valid, unknown shard, rejected by Prometheus"],
  [6, "no source was reached, or what it has does not fit together"],
  [7, "the disk or its permissions"],
  [8, "stale: no source was reached for --max-age"],
  [70, "a bug of ours"],
  [75, "another run is at work (with --quiet-busy: 0)"],
];

/** The page of the program. */
export function programHelp(version: string): string {
  const commands = Object.entries(PAGES).map(([name, { does }]): [string, string] => [name, does]);
  return `promgen-agent ${version}: brings Prometheus targets from where promgen-gen publishes them

On disk there is at every instant one complete, verified generation. A newer one replaces it in one step, and what
Prometheus has really loaded is known, not assumed.

Usage: promgen-agent COMMAND [OPTION…]

${table(commands)}

promgen-agent COMMAND --help explains a command. Every option can come from the environment: --max-age 1h is
${variableOf("max-age")}=1h; of a list, values are separated by white space; a switch is 1 or 0. Options on the command line win.
Secrets lie in files, never in options.

Example:
  ${PAGES.sync.example}

${exits()}`;
}

/** The page of a command. */
export function commandHelp(command: Command): string {
  const page = PAGES[command];
  const shown = OPTIONS.filter(
    (option) => takes(command, option) && (page.options === undefined || page.options.includes(option.name)),
  );
  const rest =
    page.options === undefined
      ? ""
      : "\nThe other options of sync are accepted, so that its line works with another verb.\n";
  const topics = TOPICS.map((topic) => [topic, shown.filter((option) => option.topic === topic)] as const)
    .filter(([, options]) => options.length > 0)
    .map(([topic, options]) => `${topic}:\n${table(options.map(row))}\n`);
  return `promgen-agent ${command}: ${PAGES[command].does}

${page.more}

Example:
  ${page.example}

${topics.join("\n")}${rest}
${exits()}`;
}

function exits(): string {
  return `Exit codes:\n${table(EXITS.map(([code, text]) => [String(code), text]))}\n`;
}

function row({ name, value, isList, isFlagOnly, text, fallback }: Option): [string, string] {
  const notes = [
    ...(fallback === undefined ? [] : [`default ${fallback}`]),
    ...(isList === true ? ["repeatable"] : []),
    ...(isFlagOnly === true ? [] : [variableOf(name)]),
  ];
  return [
    value === undefined ? `--${name}` : `--${name} ${value}`,
    notes.length === 0 ? text : `${text} [${notes.join("; ")}]`,
  ];
}

const WIDTH = 118;

/** Two columns; a long left side has a line of its own. */
function table(rows: readonly (readonly [string, string])[]): string {
  const left = Math.min(30, Math.max(...rows.map(([name]) => name.length)) + 2);
  return rows
    .map(([name, text]) => {
      const lines = wrapped(text, WIDTH - left - 2);
      const first = name.length + 2 > left ? `  ${name}\n${" ".repeat(left + 2)}` : `  ${name.padEnd(left)}`;
      return `${first}${lines.join(`\n${" ".repeat(left + 2)}`)}`;
    })
    .join("\n");
}

function wrapped(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1) ?? "";
    if (last === "") lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
