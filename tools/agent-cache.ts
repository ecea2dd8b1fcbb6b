/** Makes the agent's code cache by running it: what its runs compile is what other hosts need not compile. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** Runs the program with the cache so far, and keeps all that is compiled at its end. */
const RUN = `
  const [, program, cache] = process.argv.splice(0, 3, "node", "promgen-agent");
  const { readFileSync, writeFileSync } = require("node:fs");
  let cachedData;
  try { cachedData = readFileSync(cache); } catch {}
  const script = new (require("node:vm").Script)(readFileSync(program, "latin1"), { filename: program, cachedData });
  process.on("exit", () => writeFileSync(cache, script.createCachedData()));
  script.runInThisContext()({}, require, {}, program, ".", "any");
`;

/** A first run, one that finds nothing new, one that finds a newer generation, and one that finds nothing new again. */
const GENERATIONS = [1, 1, 2, 2];

/** Milliseconds until what was written cannot be changed unseen any more: only then files are compared with what they replace. */
const SETTLING_MS = 2_100;

/** @param program what src/agent/start.ts runs; @returns V8's data */
export async function makeAgentCache(program: string): Promise<Uint8Array> {
  const directory = await mkdtemp(join(tmpdir(), "promgen-agent-build-"));
  const path = (name: string): string => join(directory, name);
  let files = artifacts(0);
  const server = createServer((request, response) => {
    const file = files.get(/\/([^/?]+)(?:\?.*)?$/.exec(request.url ?? "")?.[1] ?? "");
    const etag = `"${sha256(file ?? "")}"`;
    if (file === undefined) response.writeHead(404).end();
    else if (request.headers["if-none-match"] === etag) response.writeHead(304).end();
    else response.writeHead(200, { etag, "content-length": file.length }).end(file);
  });
  try {
    await mkdir(path("etc"));
    await writeFile(path("program"), program, "latin1");
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const source = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const place = ["--targets", path("etc/targets.json"), "--urls", path("etc/urls.json"), "--state", path("state")];
    for (const [index, generation] of GENERATIONS.entries()) {
      if (index === 1) await sleep(SETTLING_MS);
      files = artifacts(generation);
      await run(path("program"), path("cache"), ["sync", "--source", source, "--shard", "a", "--no-proof", ...place]);
    }
    return await readFile(path("cache"));
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function run(program: string, cache: string, args: readonly string[]): Promise<void> {
  // Without options for Node from here: V8 takes a cache only with the flags that it was made with.
  const env = { PATH: process.env["PATH"] };
  try {
    await promisify(execFile)(process.execPath, ["-e", RUN, program, cache, ...args], { env });
  } catch (error) {
    // Elsewhere there may be no flock(1), say; the cache then holds what was compiled until that was noticed.
    if (process.platform === "linux") throw error;
  }
}

/** Some groups, of which each generation has another one: it is checked by what sets it apart. */
function artifacts(generation: number): ReadonlyMap<string, string> {
  const group = (farm: string): string =>
    JSON.stringify({ labels: { farm, job: "node" }, targets: [`web1.${farm}.example.com:9100`] });
  const targets = `[\n${["a", "b", `c${generation}`].map(group).join(",\n")}\n]\n`;
  const urls = '[{"targets":[]}]\n';
  const sums = `# promgen-gen 1 shard=a generation=${generation}\n${sha256(targets)}  targets.json\n${sha256(urls)}  urls.json\n`;
  return new Map([
    ["targets.json", targets],
    ["urls.json", urls],
    ["SHA256SUMS", sums],
  ]);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
