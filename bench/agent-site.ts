/** What the benchmark of the agent publishes: the artifacts of one shard, and a server that has them. */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export type Site = ReadonlyMap<string, Buffer>;

/** The artifacts of one shard: groups of 38 targets, as an inventory of this size has; 5 MB for 100,000 targets. */
export function makeSite(generation: number, targets: number): Site {
  const lines: string[] = [];
  for (let at = 0; at < targets; at += 38) {
    const project = `project-${String(at).padStart(7, "0")}`;
    const labels = {
      __farm_source: "promgen",
      __scheme__: "http",
      __shard: "a",
      component: "gateway",
      env: "prod",
      farm: project,
      job: "node",
      org: "acme",
      project,
      service: "checkout",
      team: "team-checkout",
    };
    const hosts = Array.from(
      { length: Math.min(38, targets - at) },
      (_, host) => `web${String(at + host).padStart(6, "0")}.checkout.tyo.example.com:9100`,
    );
    lines.push(JSON.stringify({ labels, targets: hosts.sort() }));
  }
  const file = Buffer.from(`[\n${lines.join(",\n")}\n]\n`);
  const urls = Buffer.from('[{"targets":[]}]\n');
  const sums = `# promgen-gen 1 shard=a generation=${generation} targets=${targets} urls=0\n${sha256(file)}  targets.json\n${sha256(urls)}  urls.json\n`;
  return new Map([
    ["targets.json", file],
    ["urls.json", urls],
    ["SHA256SUMS", Buffer.from(sums)],
  ]);
}

/** Something that is published; what comes later takes its place. */
export interface Publisher {
  readonly url: string;
  readonly publish: (site: Site) => void;
}

/** Serves a site from memory, with ETags. */
export async function withServer<T>(first: Site, act: (publisher: Publisher) => Promise<T>): Promise<T> {
  let files = withTags(first);
  const server = createServer((request, response) => {
    const file = files.get(/^\/shards\/a\/([^?]+)/.exec(request.url ?? "")?.[1] ?? "");
    if (file === undefined) response.writeHead(404).end();
    else if (request.headers["if-none-match"] === file.etag) response.writeHead(304).end();
    else response.writeHead(200, { etag: file.etag, "content-length": file.bytes.length }).end(file.bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    return await act({ url, publish: (site) => (files = withTags(site)) });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function withTags(site: Site): ReadonlyMap<string, { readonly bytes: Buffer; readonly etag: string }> {
  return new Map([...site].map(([name, bytes]) => [name, { bytes, etag: `"${sha256(bytes)}"` }]));
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
