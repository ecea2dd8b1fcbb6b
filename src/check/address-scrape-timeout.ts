/**
 * Timeouts longer than their interval: Prometheus drops such targets, and file_sd's metrics do not show it. Its own words
 * are "scrape timeout cannot be greater than scrape interval":
 * https://github.com/prometheus/prometheus/blob/main/scrape/target.go (PopulateLabels).
 *
 * What is left out comes from the shard's servers, so that one exporter may be right in one shard and wrong in another.
 * An interval alone is never wrong: render gives it a timeout that fits. Nothing is rendered of what is disabled.
 */
import { parseDuration } from "../model/duration.ts";
import type { Inventory, Origin, Project, Shard } from "../model/inventory.ts";
import { below, shardsOf } from "../model/inventory.ts";
import type { CheckContext, Rule } from "./rule.ts";
import { writtenExporters } from "./written-exporters.ts";

export const addressScrapeTimeout: Rule = {
  id: "address/scrape-timeout",
  check(context) {
    checkDefaults(context);
    checkPresets(context);
    for (const { fields, base, origin, project, isEnabled } of writtenExporters(context.inventory)) {
      if (project === undefined || !isEnabled) continue;
      const { timeout, interval } = fields;
      if (timeout === undefined || (timeout === base?.timeout && interval === base.interval)) continue;
      // An interval of one's own with the preset's timeout: what is written here is the interval.
      checkTimes(context, {
        what: `exporter "${fields.job}"`,
        timeout,
        interval,
        origin,
        field: timeout === base?.timeout ? "interval" : "timeout",
        project,
      });
    }
    for (const project of context.inventory.projects) {
      project.probes.forEach(({ module, timeout, interval, isEnabled }, index) => {
        if (timeout === undefined || !isEnabled) return;
        checkTimes(context, {
          what: `probe "${module}"`,
          timeout,
          interval,
          origin: below(project.origin, "probes", index),
          field: "timeout",
          project,
        });
      });
    }
  },
};

interface Times {
  /** Whose times they are, for a sentence. */
  readonly what: string;
  readonly timeout: string;
  readonly interval: string | undefined;
  readonly origin: Origin;
  /** The field to point to. */
  readonly field: "timeout" | "interval";
  readonly project: Project;
}

function checkTimes(context: CheckContext, { what, timeout, interval, origin, field, project }: Times): void {
  if (interval !== undefined) {
    if (!isLonger(timeout, interval)) return;
    context.report({
      where: below(origin, field),
      message: `the timeout of ${what} is ${timeout}, longer than its interval ${interval}, and Prometheus drops such targets`,
      help:
        field === "timeout"
          ? `write a timeout of ${interval} at most, or a longer interval`
          : `write a timeout of ${interval} at most beside it; ${timeout} is the preset's`,
    });
    return;
  }
  const shards = shardsOf(context.inventory, project).filter((shard) =>
    isLonger(timeout, shard.prometheus.scrape_interval),
  );
  if (shards.length > 0) context.report({ where: below(origin, field), ...tooLongFor(what, timeout, shards) });
}

function tooLongFor(what: string, timeout: string, shards: readonly Shard[]): { message: string; help: string } {
  const [first] = shards;
  const interval = first?.prometheus.scrape_interval ?? "";
  const others = shards.length > 1 ? ` and of ${shards.length - 1} more` : "";
  return {
    message: `the timeout of ${what} is ${timeout}, longer than the scrape_interval ${interval} of shard "${first?.name ?? ""}"${others}, and Prometheus drops such targets`,
    help: `write an \`interval\` of ${timeout} or more, or a timeout of ${interval} at most`,
  };
}

/** Presets are judged once, by the shards of the exporters that take their times from them; unused ones by all shards. */
function checkPresets(context: CheckContext): void {
  const { inventory } = context;
  const users = presetShards(inventory);
  for (const preset of inventory.config.presets.values()) {
    const { name, timeout, interval } = preset;
    if (timeout === undefined) continue;
    const origin: Origin = { file: inventory.config.file, path: [0, "exporters", name] };
    if (interval !== undefined) {
      if (!isLonger(timeout, interval)) continue;
      context.report({
        where: below(origin, "timeout"),
        message: `the timeout of preset "${name}" is ${timeout}, longer than its interval ${interval}, and Prometheus drops such targets`,
        help: `write a timeout of ${interval} at most, or a longer interval`,
      });
      continue;
    }
    const used = users.get(name);
    const shards = [...(used ?? inventory.shardByName.values())];
    const tooShort = shards.filter((shard) => isLonger(timeout, shard.prometheus.scrape_interval));
    if (tooShort.length > 0 && (used !== undefined || tooShort.length === shards.length)) {
      context.report({ where: below(origin, "timeout"), ...tooLongFor(`preset "${name}"`, timeout, tooShort) });
    }
  }
}

/** Preset → the shards of exporters that have its timeout and no interval. */
function presetShards(inventory: Inventory): ReadonlyMap<string, ReadonlySet<Shard>> {
  const users = new Map<string, Set<Shard>>();
  for (const project of inventory.projects) {
    project.exporters.forEach(({ preset, timeout, interval, isEnabled }) => {
      if (!isEnabled || preset?.timeout === undefined || timeout !== preset.timeout || interval !== undefined) return;
      let shards = users.get(preset.name);
      if (shards === undefined) users.set(preset.name, (shards = new Set()));
      for (const shard of shardsOf(inventory, project)) shards.add(shard);
    });
  }
  return users;
}

/** The servers' own defaults, in promgen.yml and where a shard gives one of them. */
function checkDefaults(context: CheckContext): void {
  const { config, shards } = context.inventory;
  const settings: {
    origin: Origin;
    times: Shard["prometheus"];
    isOwn: (key: "scrape_timeout" | "scrape_interval") => boolean;
  }[] = [
    {
      origin: { file: config.file, path: [0, "prometheus"] },
      times: config.prometheus,
      isOwn: (key) => key === "scrape_timeout" && config.prometheus.scrape_timeout !== "10s",
    },
  ];
  for (const { origin, prometheus, ownPrometheus } of shards) {
    if (ownPrometheus.scrape_timeout === undefined && ownPrometheus.scrape_interval === undefined) continue;
    settings.push({
      origin: below(origin, "prometheus"),
      times: prometheus,
      isOwn: (key) => ownPrometheus[key] !== undefined,
    });
  }
  for (const { origin, times, isOwn } of settings) {
    const { scrape_timeout: timeout, scrape_interval: interval } = times;
    if (!isLonger(timeout, interval)) continue;
    context.report({
      where: below(origin, isOwn("scrape_timeout") ? "scrape_timeout" : "scrape_interval"),
      message: `scrape_timeout is ${timeout}, longer than scrape_interval ${interval}, and Prometheus refuses that`,
      help: `write \`scrape_timeout: ${interval}\` or less beside it, as the servers have it`,
    });
  }
}

/** False where one of them is no duration, which is another rule's affair. */
function isLonger(timeout: string, interval: string): boolean {
  return (parseDuration(timeout) ?? 0) > (parseDuration(interval) ?? Number.POSITIVE_INFINITY);
}
