/** Inventories for real servers. */

/** Names that regular expressions, YAML, URLs and file systems read in their own way; and a shard without anything. */
export const ODD_INVENTORY: Readonly<Record<string, string>> = {
  "promgen.yml": `
labels: { org: 'say "hello" \\ 世界 🚀', empty_looking: ' ' }
exporters:
  node: { port: 9100 }
prometheus: { blackbox: "[::1]:9115" }
`,
  "targets/shards.yml": `
shard: a.b
servers: [p1]
---
shard: axb
servers: [p2]
---
shard: 東京 第1
servers: [p3]
labels: { site: 東京 }
---
shard: a-b.c_d 9
servers: [p4]
prometheus: { blackbox: "blackbox.example.com:9115", scrape_interval: 1m }
---
shard: "2024.10"
servers: [p6]
---
shard: nobody
servers: [p5]
---
shard: "null"
servers: [p7]
`,
  "targets/farms.yml": `
farm: 共有
source: promgen
labels: { rack: r1 }
hosts: ["web[08-11].example.com", 10.1.2.3, "2001:db8::7", { host: db1.example.com, labels: { rack: "r2" } }]
`,
  "targets/services/a.yml": `
service: 支払い
shard: [a.b, axb, 東京 第1, a-b.c_d 9, 'null']
projects:
  - name: 決済 API
    farm: 共有
    labels: { regexp: '^a.*\\d+$', percent: '100%', quote: "it's", dollar: '$1 \${2}' }
    exporters:
      - node
      - { job: "app/v2: é", port: 8080, path: "/metrics/a+b?format=prometheus&q=a%26b+c", scheme: https }
      - { job: quick, port: 8081, interval: 5s }
      - { job: slow, port: 8082, interval: 5m, timeout: 90s, params: { module: "if_mib", target: "x y&z=1" } }
      - { job: off, port: 8083, enabled: false }
    probes:
      - { module: icmp, hosts: true, interval: 15s, timeout: 5s }
      - { module: http_2xx, targets: ["https://pay.example.com/health?a=b&c=%20d", "http://[2001:db8::8]:8080/"] }
      - { module: tcp connect, targets: ["db1.example.com:5432"], labels: { check: tcp } }
`,
  "targets/services/b.yml": `
service: only-one
shard: "2024.10"
projects:
  - { name: p.q, hosts: [h1.example.com], exporters: [node] }
`,
};
