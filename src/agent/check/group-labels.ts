/**
 * The labels of a group, as the strictest of Prometheus' versions takes them: one that it does not take costs the whole file
 * (before 3.0, a name that is none) or all targets of the group, and the latter without a trace in file_sd's metrics.
 */
import { parseDuration } from "../../model/duration.ts";
import { showText } from "../../model/show-text.ts";
import type { FileName } from "../config.ts";
import type { Problem } from "./invalid-file.ts";

export type GroupLabels = ReadonlyMap<string, string>;

/** `scrape_interval` and `scrape_timeout` of the servers, in seconds: a group may give one of the two alone. */
export interface ScrapeDefaults {
  readonly interval: number;
  readonly timeout: number;
}

/** What is wrong with the labels; undefined where nothing is. */
export function labelsProblem(labels: GroupLabels, defaults: ScrapeDefaults): Problem | undefined {
  return nameProblem(labels) ?? valueProblem(labels) ?? timesProblem(labels, defaults);
}

/** What a group with targets needs: undefined where it is there. */
export function missingLabel(name: FileName, labels: GroupLabels): Problem | undefined {
  const needed = name === "urls.json" ? ["job", "__param_module"] : ["job"];
  const missing = needed.find((label) => (labels.get(label) ?? "") === "");
  if (missing === undefined) return undefined;
  return {
    trouble: "label-missing",
    message: `the group has targets and no \`${missing}\``,
    help: "render and publish it again with promgen-gen, which gives every group that label",
  };
}

/** The characters of Prometheus before 3.0: https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels */
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

function nameProblem(labels: GroupLabels): Problem | undefined {
  for (const name of labels.keys()) {
    if (LABEL_NAME.test(name)) continue;
    return {
      trouble: "label-name",
      message: `the label name ${showText(name)} is none: Prometheus before 3.0 refuses the whole file`,
      help: "use letters, digits and `_`, no digit first",
    };
  }
  return undefined;
}

function valueProblem(labels: GroupLabels): Problem | undefined {
  const scheme = labels.get("__scheme__");
  if (scheme !== undefined && scheme !== "http" && scheme !== "https") {
    return {
      trouble: "scheme",
      message: `the scheme is ${showText(scheme)}, and Prometheus scrapes http and https`,
      help: "write `scheme: http` or `scheme: https` at the exporter",
    };
  }
  const path = labels.get("__metrics_path__");
  if (path !== undefined && !path.startsWith("/")) {
    return {
      trouble: "metrics-path",
      message: `the path ${showText(path)} does not start with \`/\``,
      help: "write it with a `/` at the exporter",
    };
  }
  return undefined;
}

/** https://github.com/prometheus/prometheus/blob/main/scrape/target.go (PopulateLabels) */
function timesProblem(labels: GroupLabels, defaults: ScrapeDefaults): Problem | undefined {
  const interval = labels.get("__scrape_interval__");
  const timeout = labels.get("__scrape_timeout__");
  if (interval === undefined && timeout === undefined) return undefined;
  for (const [what, text] of [
    ["interval", interval],
    ["timeout", timeout],
  ] as const) {
    if (text !== undefined && !isDuration(text)) return noDuration(what, text);
  }
  if (milliseconds(timeout, defaults.timeout) <= milliseconds(interval, defaults.interval)) return undefined;
  return {
    trouble: "timeout",
    message: `the timeout ${shown(timeout, defaults.timeout)} is longer than the interval ${shown(interval, defaults.interval)}, and Prometheus drops such targets`,
    help: `write a timeout of ${shown(interval, defaults.interval)} at most beside the interval`,
  };
}

function isDuration(text: string): boolean {
  return (parseDuration(text) ?? 0) > 0;
}

function noDuration(what: string, text: string): Problem {
  return {
    trouble: "duration",
    message: `the scrape ${what} ${showText(text)} is no duration above 0, and Prometheus drops such targets`,
    help: "write one such as `30s` or `1m30s`",
  };
}

function milliseconds(text: string | undefined, seconds: number): number {
  return text === undefined ? seconds * 1000 : (parseDuration(text) ?? 0);
}

function shown(text: string | undefined, seconds: number): string {
  return text ?? `${seconds}s (which the servers have where a group says nothing)`;
}
