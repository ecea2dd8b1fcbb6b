/**
 * Ports that exporters have by themselves: https://github.com/prometheus/prometheus/wiki/Default-port-allocations.
 * Only those that are met often; a name is a job's, without `_exporter`.
 */
const BY_NAME: Readonly<Record<string, number>> = {
  prometheus: 9090,
  pushgateway: 9091,
  alertmanager: 9093,
  node: 9100,
  haproxy: 9101,
  statsd: 9102,
  collectd: 9103,
  mysqld: 9104,
  mysql: 9104,
  consul: 9107,
  graphite: 9108,
  nginx: 9113,
  elasticsearch: 9114,
  blackbox: 9115,
  snmp: 9116,
  apache: 9117,
  bind: 9119,
  redis: 9121,
  influxdb: 9122,
  pgbouncer: 9127,
  varnish: 9131,
  zookeeper: 9141,
  memcached: 9150,
  dnsmasq: 9153,
  libvirt: 9177,
  windows: 9182,
  postgres: 9187,
  postgresql: 9187,
  mongodb: 9216,
  "php-fpm": 9253,
  process: 9256,
  ipmi: 9290,
  kafka: 9308,
  rabbitmq: 9419,
  systemd: 9558,
  smartctl: 9633,
};

/** The ports themselves. */
export const DEFAULT_PORTS: ReadonlySet<number> = new Set(Object.values(BY_NAME));

/** The port that exporters of a job have by themselves: `node`, `node_exporter` and `Node-Exporter` are one. */
export function defaultPort(job: string): number | undefined {
  const name = job
    .toLowerCase()
    .replaceAll("_", "-")
    .replace(/-exporter$/, "");
  return Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
}

/** The first exporter whose port this is. */
export function exporterOfPort(port: number): string | undefined {
  return Object.keys(BY_NAME).find((name) => BY_NAME[name] === port);
}
