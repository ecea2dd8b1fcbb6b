/**
 * What may stand where in the documents of an inventory, in a user's words. The JSON Schemas say the same for machines, and
 * test/schema/shapes.test.ts holds the two together.
 */
import * as mend from "./mend.ts";
import * as mendHosts from "./mend-hosts.ts";

export interface Shape {
  /** What belongs here: "a list of hosts". */
  readonly wants: string;
  /** How it is written, for a help text. */
  readonly example: string;
  /** A map with these keys and no others. */
  readonly keys?: Readonly<Record<string, Shape>>;
  /** What such a map is, with its article: "a project". */
  readonly noun?: string;
  /** The items of a list, or the values of a map with free keys. */
  readonly each?: Shape;
  /** The map that it is in is nothing without it. */
  readonly isNeeded?: boolean;
  /** A list whose items may be texts. */
  readonly takesTexts?: boolean;
  /** What a value of a map with free keys is called: "the label". */
  readonly called?: string;
  /** How to write this wrong value instead, where that can be told from the value. */
  readonly mend?: (node: unknown) => string | undefined;
}

export const text = (wants: string, example: string, mendIt?: Shape["mend"]): Shape =>
  mendIt === undefined ? { wants, example } : { wants, example, mend: mendIt };

/** A key without which the map is nothing. */
export const needed = (shape: Shape): Shape => ({ ...shape, isNeeded: true });

const enabled: Shape = { wants: "`true` or `false`", example: "enabled: false", mend: mend.truth };

const interval = text("a Prometheus duration", "interval: 30s");
const timeout = text("a Prometheus duration", "timeout: 10s");
const description = text("text", "description: what it is for");

export const labels: Shape = {
  wants: "a map of label names and values",
  example: "labels: { env: prod }",
  mend: mend.pairs,
  each: { wants: "text", example: "env: prod", called: "the label", mend: mend.singleValue("a label") },
};

const params: Shape = {
  wants: "a map of parameter names and values",
  example: "params: { module: http }",
  mend: mend.pairs,
  each: { wants: "text", example: "module: http", called: "the parameter", mend: mend.singleValue("a parameter") },
};

export const host: Shape = {
  wants: "a host name, an address, or a map with `host` and `labels`",
  example: "- web1.example.com",
  noun: "a host",
  keys: { host: needed(text("a host name or address", "host: db1.example.com")), labels },
  mend: mendHosts.host,
};

const hosts: Shape = {
  wants: "a list of hosts",
  example: "- web1.example.com",
  each: host,
  takesTexts: true,
  mend: mendHosts.hosts,
};

export const scraped = {
  port: { wants: "a whole number from 1 to 65535", example: "port: 9100", mend: mend.port },
  path: text("a path that begins with `/`", "path: /metrics"),
  params,
  scheme: text("`http` or `https`", "scheme: https"),
  interval,
  timeout,
  labels,
};

export const exporter: Shape = {
  wants: "the name of a preset, or a map with `job`",
  example: "- { job: app, port: 8080 }",
  noun: "an exporter",
  keys: { job: needed(text("the name of the job", "job: node")), ...scraped, enabled },
  mend: mend.exporter,
};

export const probe: Shape = {
  wants: "a map with `module`",
  example: "- { module: icmp, hosts: true }",
  noun: "a probe",
  keys: {
    module: needed(text("the name of a module of blackbox_exporter", "module: http_2xx")),
    targets: {
      wants: "a list of targets",
      example: "- https://www.example.com/",
      each: text("a URL, a host or `host:port`", "- https://www.example.com/", mendHosts.endpoint),
      takesTexts: true,
      mend: mend.listOfTexts,
    },
    hosts: { wants: "`true` or `false`", example: "hosts: true", mend: mend.probeHosts },
    interval,
    timeout,
    labels,
    enabled,
  },
  mend: mend.probe,
};

const shardNames: Shape = {
  wants: "the name of a shard, or a list of names",
  example: "shard: [tokyo-a, osaka-a]",
  each: text("the name of a shard", "- tokyo-a"),
  mend: mend.shardNames,
};

export const project: Shape = {
  wants: "a map with `name`",
  example: "- name: payments-api",
  noun: "a project",
  keys: {
    name: needed(text("a name", "name: payments-api")),
    shard: shardNames,
    farm: text("the name of a farm", "farm: web-tokyo", mend.farmName),
    hosts,
    labels,
    exporters: {
      wants: "a list of exporters",
      example: "- node",
      each: exporter,
      takesTexts: true,
      mend: mend.exporters,
    },
    probes: {
      wants: "a list of probes",
      example: "- { module: icmp, hosts: true }",
      each: probe,
      mend: mend.probes,
    },
  },
  mend: mend.project,
};

export const service: Shape = {
  wants: "a map with `service`",
  example: "service: payments",
  noun: "a service",
  keys: {
    service: needed(text("a name", "service: payments", mend.documentName("service"))),
    description,
    owner: text("text", "owner: team-payments", mend.joined("owner")),
    shard: shardNames,
    labels,
    projects: { wants: "a list of projects", example: "- name: payments-api", each: project, mend: mend.projects },
  },
};

export const farm: Shape = {
  wants: "a map with `farm`",
  example: "farm: web-tokyo",
  noun: "a farm",
  keys: {
    farm: needed(text("a name", "farm: web-tokyo", mend.documentName("farm"))),
    source: text("text", "source: cmdb"),
    labels,
    hosts: needed(hosts),
  },
};

export const prometheus: Shape = {
  wants: "a map",
  example: "prometheus: { scrape_interval: 30s }",
  noun: "`prometheus`",
  keys: {
    targets: text("the path of a file", "targets: /etc/prometheus/promgen/targets.json"),
    urls: text("the path of a file", "urls: /etc/prometheus/promgen/urls.json"),
    blackbox: text("`host:port`", "blackbox: 127.0.0.1:9115", mend.blackbox),
    scrape_interval: text("a Prometheus duration", "scrape_interval: 1m"),
    scrape_timeout: text("a Prometheus duration", "scrape_timeout: 10s"),
  },
};

export const shard: Shape = {
  wants: "a map with `shard`",
  example: "shard: tokyo-a",
  noun: "a shard",
  keys: {
    shard: needed(text("a name", "shard: tokyo-a", mend.documentName("shard"))),
    description,
    servers: {
      wants: "a list of servers",
      example: "- prometheus1.example.com",
      each: text("`host` or `host:port`", "- prometheus1.example.com:9090", mendHosts.endpoint),
      takesTexts: true,
      mend: mend.listOfTexts,
    },
    labels,
    limits: {
      wants: "a map with `targets`",
      example: "limits: { targets: 10000 }",
      noun: "`limits`",
      keys: { targets: { wants: "a whole number from 0 up", example: "targets: 10000", mend: mend.count("targets") } },
      mend: mend.limits,
    },
    enabled,
    prometheus,
  },
};
