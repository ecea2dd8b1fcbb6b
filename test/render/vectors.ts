/**
 * What Promgen renders for the same inventory, measured on a running one: its labels must come out of ours byte for byte,
 * or a finding must say why they do not.
 */
import type { ReadGroup, Yaml } from "./rendered.ts";

export interface Vector {
  readonly title: string;
  readonly files: Yaml;
  /** What comes out; left out where `error` says that nothing does. */
  readonly targets?: readonly ReadGroup[];
  readonly urls?: readonly ReadGroup[];
  /** The rule that refuses it. */
  readonly error?: string;
  /** Rules that must speak, at whatever severity. */
  readonly findings?: readonly string[];
}

const SHARD = "shard: sh1\nservers: [prom1.example.com]\n";

/** The labels of project p of service svc in shard sh1, farm f1, job node, with others on top. */
const labels = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  __farm_source: "promgen",
  __scheme__: "http",
  __shard: "sh1",
  farm: "f1",
  job: "node",
  project: "p",
  service: "svc",
  ...more,
});

/** An inventory with this text below `projects:`. */
const projects = (yaml: string, shard = SHARD): Yaml => ({
  "targets/shards/sh1.yml": shard,
  "targets/services/svc.yml": `service: svc\nshard: sh1\nprojects:\n${yaml}`,
});

/** Project p with host a and this exporter. */
const exporter = (fields: string): Yaml =>
  projects(`  - { name: p, farm: f1, hosts: [a], exporters: [{ job: node, ${fields} }] }\n`);

/** Project p with this host. */
const host = (yaml: string): Yaml =>
  projects(`  - name: p\n    farm: f1\n    hosts:\n      - ${yaml}\n    exporters: [{ job: node, port: 9100 }]\n`);

export const VECTORS: Readonly<Record<number, readonly Vector[]>> = {
  1: [
    {
      title: "a host and an exporter",
      files: exporter("port: 9100"),
      targets: [{ labels: labels(), targets: ["a:9100"] }],
    },
  ],
  2: [
    {
      title: "the path /metrics is rendered, although it is the default",
      files: exporter("port: 9100, path: /metrics"),
      targets: [{ labels: labels({ __metrics_path__: "/metrics" }), targets: ["a:9100"] }],
    },
  ],
  3: [
    {
      title: "a project without hosts renders nothing, and says so",
      files: projects("  - { name: p, exporters: [{ job: node, port: 9100 }] }\n"),
      targets: [],
      findings: ["topology/empty-project"],
    },
  ],
  4: [
    {
      title: "a farm without hosts renders nothing, and says so",
      files: {
        ...projects("  - { name: p, farm: f1, exporters: [{ job: node, port: 9100 }] }\n"),
        "targets/farms/f1.yml": "farm: f1\nhosts: []\n",
      },
      targets: [],
      findings: ["topology/empty-project"],
    },
  ],
  5: [
    {
      title: "a disabled exporter renders nothing",
      files: exporter("port: 9100, enabled: false"),
      targets: [],
    },
  ],
  6: [
    {
      title: "a disabled shard is rendered",
      files: projects(
        "  - { name: p, farm: f1, hosts: [a], exporters: [{ job: node, port: 9100 }] }\n",
        `${SHARD}enabled: false\n`,
      ),
      targets: [{ labels: labels(), targets: ["a:9100"] }],
    },
  ],
  7: [
    {
      title: "hosts come in the order of their bytes",
      files: projects(
        "  - { name: p, farm: f1, hosts: [z, A, b, '10', '2'], exporters: [{ job: node, port: 9100 }] }\n",
      ),
      targets: [{ labels: labels(), targets: ["10:9100", "2:9100", "A:9100", "b:9100", "z:9100"] }],
    },
  ],
  8: [
    {
      title: "names of other scripts are kept",
      files: projects(
        "  - { name: 日本, farm: ファーム, hosts: [日本.jp], exporters: [{ job: ジョブ, port: 9100 }] }\n",
      ),
      targets: [{ labels: labels({ project: "日本", farm: "ファーム", job: "ジョブ" }), targets: ["日本.jp:9100"] }],
    },
  ],
  9: [
    {
      title: "scheme and path make groups of their own",
      files: projects(
        `  - name: p
    farm: f1
    hosts: [a]
    exporters:
      - { job: node, port: 9100 }
      - { job: node, port: 9100, scheme: https }
      - { job: node, port: 9100, path: /x }
`,
      ),
      targets: [
        { labels: labels(), targets: ["a:9100"] },
        { labels: labels({ __scheme__: "https" }), targets: ["a:9100"] },
        { labels: labels({ __metrics_path__: "/x" }), targets: ["a:9100"] },
      ],
    },
  ],
  10: [
    {
      title: "a host of two projects is rendered twice, and says so",
      files: projects(
        `  - { name: p, farm: f1, hosts: [a], exporters: [{ job: node, port: 9100 }] }
  - { name: p2, farm: f2, hosts: [a], exporters: [{ job: node, port: 9100 }] }
`,
      ),
      targets: [
        { labels: labels(), targets: ["a:9100"] },
        { labels: labels({ project: "p2", farm: "f2" }), targets: ["a:9100"] },
      ],
      findings: ["topology/shared-target"],
    },
  ],
  11: [
    {
      title: "a query becomes parameters",
      files: exporter('port: 9100, path: "/metrics?a=1&b=2"'),
      targets: [
        { labels: labels({ __metrics_path__: "/metrics", __param_a: "1", __param_b: "2" }), targets: ["a:9100"] },
      ],
    },
  ],
  12: [
    {
      title: "a parameter given twice is refused (Promgen: the first)",
      files: exporter('port: 9100, path: "/metrics?a=1&a=2"'),
      error: "address/path",
    },
  ],
  13: [
    {
      title: "a parameter without = is refused (Promgen: dropped)",
      files: exporter('port: 9100, path: "/metrics?debug"'),
      error: "address/path",
    },
    {
      title: "a parameter without a value is refused (Promgen: dropped)",
      files: exporter('port: 9100, path: "/metrics?debug="'),
      error: "address/path",
    },
  ],
  14: [
    {
      title: "%20 and + are spaces",
      files: exporter('port: 9100, path: "/metrics?a=b%20c+d"'),
      targets: [{ labels: labels({ __metrics_path__: "/metrics", __param_a: "b c d" }), targets: ["a:9100"] }],
    },
  ],
  15: [
    {
      title: "%26 is a part of a value",
      files: exporter('port: 9100, path: "/metrics?a=1%262"'),
      targets: [{ labels: labels({ __metrics_path__: "/metrics", __param_a: "1&2" }), targets: ["a:9100"] }],
    },
  ],
  16: [
    {
      title: "match[] is refused (Promgen: a label name that freezes the whole file)",
      files: exporter(`port: 9100, path: '/federate?match[]={job="p"}'`),
      error: "label/invalid-name",
    },
  ],
  17: ["/m#f", "/m;p=1", "//h/x", "http://o/x"].map((path) => ({
    title: `${path} is refused (Promgen: cut)`,
    files: exporter(`port: 9100, path: "${path}"`),
    error: "address/path",
  })),
  18: [
    {
      title: "a path without a slash is refused (Promgen: as is)",
      files: exporter("port: 9100, path: metrics"),
      error: "address/path",
    },
  ],
  19: [
    {
      title: "a path of only a query renders no path (Promgen: an empty one)",
      files: exporter('port: 9100, path: "?a=1"'),
      targets: [{ labels: labels({ __param_a: "1" }), targets: ["a:9100"] }],
    },
  ],
  20: [
    {
      title: "IPv6 in brackets",
      files: host("'[2001:db8::1]'"),
      targets: [{ labels: labels(), targets: ["[2001:db8::1]:9100"] }],
    },
  ],
  21: [
    {
      title: "IPv6 without brackets gets them (Promgen: ambiguous)",
      files: host("2001:db8::2"),
      targets: [{ labels: labels(), targets: ["[2001:db8::2]:9100"] }],
    },
  ],
  22: [{ title: "what is no host is refused (Promgen: as is)", files: host("'not a host:99/x'"), error: "address/" }],
  23: [-1, 0, 70_000].map((port) => ({
    title: `port ${port} is refused (Promgen: as is)`,
    files: exporter(`port: ${port}`),
    error: "address/port-range",
  })),
  24: [
    {
      title: "upper case and a trailing dot are kept, and said",
      files: host("FQDN.Example.com."),
      targets: [{ labels: labels(), targets: ["FQDN.Example.com.:9100"] }],
      findings: ["address/non-canonical"],
    },
    {
      title: "the same host in another spelling is refused (Promgen: twice)",
      files: projects(
        "  - { name: p, farm: f1, hosts: [FQDN.Example.com., fqdn.example.com], exporters: [{ job: node, port: 9100 }] }\n",
      ),
      error: "topology/duplicate-target",
    },
  ],
  25: [
    {
      title: "probes are grouped by project and module; what is listed twice stays so where that is allowed",
      files: {
        ...projects(
          `  - name: pB
    probes:
      - { module: http_2xx, targets: ["http://z/", "http://a/", "http://a/", "http://m/"] }
      - { module: ssh, targets: ["http://a/"] }
  - name: pA
    probes:
      - { module: http_2xx, targets: ["http://q/"] }
`,
        ),
        "promgen.yml": "lint: { topology/duplicate-target: warning }\n",
      },
      targets: [],
      urls: [
        { labels: probeLabels("pA", "http_2xx"), targets: ["http://q/"] },
        { labels: probeLabels("pB", "http_2xx"), targets: ["http://a/", "http://a/", "http://m/", "http://z/"] },
        { labels: probeLabels("pB", "ssh"), targets: ["http://a/"] },
      ],
      findings: ["topology/duplicate-target"],
    },
  ],
  26: [
    {
      title: "a probe of a project without hosts is rendered",
      files: projects("  - name: p\n    probes:\n      - { module: http_2xx, targets: ['http://a/'] }\n"),
      targets: [],
      urls: [{ labels: probeLabels("p", "http_2xx"), targets: ["http://a/"] }],
    },
  ],
};

function probeLabels(project: string, module: string): Record<string, string> {
  return { __param_module: module, __shard: "sh1", job: module, project, service: "svc" };
}
