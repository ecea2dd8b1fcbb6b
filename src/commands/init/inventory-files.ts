/** The inventory that `init` begins: small, without findings, and with comments where somebody will ask. */
import type { ScaffoldFiles } from "./scaffold.ts";

/**
 * promgen.yml.
 *
 * @param repository URL of the repository, where one is known
 */
export function settingsFile(repository: string | undefined): ScaffoldFiles {
  const named =
    repository === undefined
      ? "# repository: https://github.com/acme/targets\n"
      : `repository: ${JSON.stringify(repository)}\n`;
  return { "promgen.yml": `${SETTINGS_HEAD}${named}${SETTINGS}` };
}

const SETTINGS_HEAD = `# Settings of the inventory. Every key may be left out.

# Where the inventory lies: every .yml and .yaml below it is read, however it is cut into files.
inventory: targets

# Named in what is published: agents refuse the artifacts of another repository.
`;

const SETTINGS = `
# Labels of every target. Nearer ones win: those of a shard, service, farm, project, exporter, host.
labels: {}

# Exporters by name, for all projects. A project may say otherwise.
exporters:
  node: { port: 9100 }
  # spring: { port: 8081, path: /actuator/prometheus, interval: 30s, timeout: 10s }

# What the rendered scrape configuration says: paths on the Prometheus hosts, and the defaults of their prometheus.yml.
prometheus:
  targets: /etc/prometheus/promgen/targets.json
  urls: /etc/prometheus/promgen/urls.json
  blackbox: 127.0.0.1:9115
  scrape_interval: 1m
  scrape_timeout: 10s

# What one change may take away from a shard or a job; more has to be accepted by somebody.
gate:
  removed_percent: 20
  removed_count: 200
  removed_min: 5
  relabelled_percent: 30
`;

/** An example of each kind of document. */
export const EXAMPLE_FILES: ScaffoldFiles = {
  "targets/shards/main.yml": `# A shard: the Prometheus servers that scrape the same targets, a pair for high availability most often.
shard: main
servers:
  - prometheus1.example.com
  - prometheus2.example.com
labels: { env: prod }
`,
  "targets/farms/web.yml": `# A farm: hosts that several projects share. Ranges are those of pdsh and Slurm.
farm: web
hosts:
  - "web[01-03].example.com"
`,
  "targets/services/example.yml": `# A service: who runs something, and what. One file for each is a good beginning.
service: example
owner: team-example # a team, a person (@name) or an address; .github/CODEOWNERS is made from it
shard: main # for the projects that name none themselves
labels: { team: example }
projects:
  - name: example-web
    farm: web # the hosts of the farm document
    exporters:
      - node # by its name in promgen.yml
      - { job: nginx, port: 9113 }
    probes: # through blackbox_exporter
      - { module: http_2xx, targets: ["https://www.example.com/health"] }

  - name: example-db
    hosts: # instead of a farm
      - { host: db1.example.com, labels: { role: primary } }
      - { host: db2.example.com, labels: { role: replica } }
    exporters: [node]
`,
};
