/** What a publisher leaves on a static site, small, for tests of who reads it. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import { encodeName } from "../../src/render/file-name.ts";
import { run, writeFiles } from "../workplace.ts";

export interface Generation {
  /** Default `tokyo-a`; `*` is the whole inventory. */
  readonly shard?: string;
  readonly generation: number;
  /** Addresses, or the file's own bytes. */
  readonly targets?: readonly string[] | string;
  readonly urls?: readonly string[] | string;
  readonly repository?: string;
  readonly accepts?: number;
  /** More of the header, such as ` future=x`. */
  readonly more?: string;
  /** Path of a private key to sign with. */
  readonly key?: string;
  readonly namespace?: string;
}

/** The bytes of a targets.json with one group. */
export function groupOf(job: string, addresses: readonly string[], labels: Record<string, string> = {}): string {
  if (addresses.length === 0) return '[{"targets":[]}]\n';
  return `[\n${JSON.stringify({ labels: { ...labels, job }, targets: addresses })}\n]\n`;
}

/** The bytes of a urls.json with one group. */
export function urlsOf(module: string, urls: readonly string[]): string {
  return groupOf(module, urls, { __param_module: module });
}

/** Some addresses of loopback where nobody listens. */
export function addresses(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, index) => `127.1.${(index + first) >> 8}.${(index + first) & 255}:1`);
}

/** Puts a generation into a site's directory; gives the bytes of both files. */
export async function publish(site: string, what: Generation): Promise<{ targets: string; urls: string }> {
  const { shard = "tokyo-a", generation, repository, accepts, more = "" } = what;
  const targets = typeof what.targets === "string" ? what.targets : groupOf("node", what.targets ?? addresses(3));
  const urls = typeof what.urls === "string" ? what.urls : urlsOf("http_2xx", what.urls ?? []);
  const header = [
    `shard=${shard === "*" ? shard : encodeURIComponent(shard)}`,
    `generation=${generation}`,
    ...(repository === undefined ? [] : [`repository=${repository}`]),
    ...(accepts === undefined ? [] : [`accepts=${accepts}`]),
  ].join(" ");
  const directory = shard === "*" ? site : join(site, "shards", encodeName(shard));
  const sums = `# promgen-gen 1 ${header}${more}\n${sha256(targets)}  targets.json\n${sha256(urls)}  urls.json\n`;
  const shards = shard === "*" ? {} : { [shard]: { path: `shards/${encodeName(shard)}` } };
  await writeFiles(site, { "manifest.json": `${JSON.stringify({ version: 1, generation, shards })}\n` });
  await writeFiles(directory, { "targets.json": targets, "urls.json": urls, SHA256SUMS: sums });
  if (what.key !== undefined) {
    const file = join(directory, "SHA256SUMS");
    await run(directory, ["rm", "-f", `${file}.sig`]);
    const signed = await run(directory, [
      "ssh-keygen",
      "-Y",
      "sign",
      "-q",
      "-f",
      what.key,
      "-n",
      what.namespace ?? "promgen-gen",
      file,
    ]);
    if (signed.exit !== 0) throw new Error(`ssh-keygen: ${signed.stderr}`);
  }
  return { targets, urls };
}

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Makes a key pair without a passphrase: the private one at `path`. Gives its line for allowed_signers. */
export async function makeKey(path: string, identity: string): Promise<string> {
  const made = await run("/", ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", identity, "-f", path]);
  if (made.exit !== 0) throw new Error(`ssh-keygen: ${made.stderr}`);
  return `${identity} ${await readFile(`${path}.pub`, "utf8")}`;
}

export interface Site {
  /** `http://127.0.0.1:<port>/` */
  readonly url: string;
  /** Every request: method, path with query, and headers. */
  readonly requests: readonly { readonly path: string; readonly headers: IncomingMessage["headers"] }[];
  /** Answers before the files do; `true` where it has answered. */
  answer: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
}

/** Serves a directory on loopback as a static host does, with ETags, while `act` works. */
export async function withSite<T>(directory: string, act: (site: Site) => Promise<T>): Promise<T> {
  const requests: { path: string; headers: IncomingMessage["headers"] }[] = [];
  const site: { url: string; requests: typeof requests; answer: Site["answer"] } = {
    url: "",
    requests,
    answer: undefined,
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://site");
    requests.push({ path: request.url ?? "", headers: request.headers });
    if (site.answer?.(request, response) === true) return;
    readFile(join(directory, normalize(decodeURIComponent(pathname)))).then(
      (bytes) => {
        const etag = `"${sha256(bytes).slice(0, 16)}"`;
        const isKnown = request.headers["if-none-match"] === etag;
        response.writeHead(isKnown ? 304 : 200, { etag, ...(isKnown ? {} : { "content-length": bytes.length }) });
        response.end(isKnown ? undefined : bytes);
      },
      () => response.writeHead(404, { "content-type": "text/html" }).end("<html>no such page</html>"),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  site.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  try {
    return await act(site);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
