/**
 * A small inventory to ask about, and what `explain` answers.
 */
import { explain } from "../../src/commands/explain.ts";
import type { Io } from "../../src/io.ts";
import type { Files, Ran } from "../workplace.ts";
import { inProcess, withDirectory } from "../workplace.ts";

export const SHOP = `shard: tokyo-a
servers: [prom1.example.com]
---
shard: tokyo-b
---
farm: web
hosts: ["web[001-120].example.com"]
---
service: shop
shard: [tokyo-a, tokyo-b]
labels: { team: shop }
projects:
  - name: shop-web
    farm: web
    exporters:
      - { job: node, port: 9100 }
      - { job: app, port: 8080 }
      - { job: off, port: 9999, enabled: false }
    probes:
      - { module: icmp, hosts: true }
      - { module: http_2xx, targets: ["https://Shop.example.com/health", "db1.example.com:443", web003.example.com] }
  - name: db
    shard: tokyo-b
    hosts: [DB1.example.com., "2001:db8::7", 10.0.0.1, { host: db9.example.com, labels: { rack: r9 } }]
    exporters: [{ job: mysqld, port: 9104 }]
`;

/** Asks in a directory with these files. */
export async function ask(
  what: string,
  files: Files = { "targets/shop.yml": SHOP },
  env: Io["env"] = {},
): Promise<Ran> {
  return await withDirectory(
    files,
    async (directory) => await inProcess(directory, (io) => explain({ ...io, env }, what)),
  );
}

/** The targets on a page, with what follows until the place: `web001.example.com:9100 job node shards tokyo-a, tokyo-b`. */
export function targets({ stdout }: Ran): string[] {
  return [...stdout.matchAll(/^ {2}(\S+ {2}(?:job|probe) .*?)(?: {2}targets\S+)?$/gm)].map(([, line = ""]) =>
    line.replace(/ {2,}/g, " "),
  );
}

/** A label's row and those of what it overrides, as cells. */
export function rows({ stdout }: Ran, name: string): string[][] {
  const lines = stdout.split("\n").map((line) => line.trim().split(/ {2,}/));
  const at = lines.findIndex(([first]) => first === name);
  const end = lines.findIndex(([first], index) => index > at && first !== name && first !== "overrides");
  return lines.slice(at, end).map((cells) => cells.slice(1));
}
