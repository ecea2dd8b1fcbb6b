import * as assert from "uvu/assert";
import type { Census } from "../../../src/agent/check/census.ts";
import { CHECK_LIMITS, checkFile, countFile } from "../../../src/agent/check/check-file.ts";
import { InvalidFile } from "../../../src/agent/check/invalid-file.ts";
import type { FileName } from "../../../src/agent/config.ts";
import { Failure } from "../../../src/agent/failure.ts";
import { VECTORS } from "../../render/vectors.ts";
import { generationOf, INVENTORIES } from "../../real/generation.ts";
import type { Generation } from "../../real/generation.ts";
import { describe } from "../../describe.ts";
import { withDirectory } from "../../workplace.ts";
import { fileOf, FILES, LABELS } from "./files.ts";

/** The bytes in chunks of this size, in memory that is used again for the next. */
async function* chunks(bytes: Uint8Array, size = 1 << 16): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(Math.min(size, bytes.length));
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = bytes.subarray(at, at + size);
    buffer.set(chunk);
    yield buffer.subarray(0, chunk.length);
  }
}

const check = async (text: string, name: FileName = "targets.json"): Promise<Census> =>
  await checkFile(name, chunks(Buffer.from(text)));

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const failure = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.instance(failure, Failure);
  return failure as Failure;
}

describe("checkFile", (it) => {
  for (const { title, name, bytes, trouble, place } of FILES) {
    it(`${trouble === undefined ? "takes" : "refuses"} ${name} with ${title}, in whatever pieces it comes`, async () => {
      const sizes = bytes.length < 2000 ? [1, 2, 3, 7, 100, 1 << 16] : [1 << 16];
      for (const size of sizes) {
        if (trouble === undefined) {
          await checkFile(name, chunks(bytes, size));
          continue;
        }
        const failure = (await failureOf(checkFile(name, chunks(bytes, size)))) as InvalidFile;
        assert.instance(failure, InvalidFile, failure.message);
        assert.is(failure.reason, "invalid");
        assert.is(failure.trouble, trouble, failure.message);
        assert.equal([failure.group, failure.line], place, failure.message);
        assert.ok(failure.message.startsWith(`${name}, `) && failure.message.includes(`line ${failure.line}`));
        assert.not.match(failure.message, /[\p{Cc}\u2028]/u);
        assert.ok(failure.help);
      }
    });
  }

  it("refuses a good file that is cut off anywhere", async () => {
    const bytes = Buffer.from(
      fileOf({ labels: { ...LABELS, x: 'é"\\🚀' }, targets: ["a:1"] }, { labels: LABELS, targets: ["b:1"] }),
    );
    // The end of the last line says nothing.
    for (let end = 0; end < bytes.length - 1; end++) {
      const failure = await failureOf(checkFile("targets.json", chunks(bytes.subarray(0, end))));
      assert.is(failure.reason, "invalid", bytes.subarray(0, end).toString());
    }
    assert.is((await checkFile("targets.json", chunks(bytes.subarray(0, -1)))).targets, 2);
  });

  it("takes whatever is rendered, with the numbers that SHA256SUMS names", async () => {
    const generations: Generation[] = [];
    for (const make of Object.values(INVENTORIES)) generations.push(await make());
    for (const { error, files } of Object.values(VECTORS).flat()) {
      if (error === undefined) generations.push(await withDirectory(files, generationOf));
    }
    let checked = 0;
    for (const { files, shards } of generations) {
      for (const directory of ["", ...shards.map(({ path }) => `${path}/`)]) {
        const header = files[`${directory}SHA256SUMS`] ?? "";
        for (const name of ["targets.json", "urls.json"] as const) {
          const census = await check(files[`${directory}${name}`] ?? "", name);
          assert.match(header, ` ${name.replace(".json", "")}=${census.targets}`);
          checked++;
        }
      }
    }
    assert.ok(checked > 100, `${checked} files`);
  });

  it("judges times by the defaults that it is given", async () => {
    const limits = { ...CHECK_LIMITS, defaults: { interval: 120, timeout: 5 } };
    const judge = async (labels: Record<string, string>): Promise<Census> =>
      await checkFile(
        "targets.json",
        chunks(Buffer.from(fileOf({ labels: { ...LABELS, ...labels }, targets: ["a:1"] }))),
        limits,
      );
    await judge({ __scrape_interval__: "5s" });
    await judge({ __scrape_timeout__: "2m" });
    assert.match((await failureOf(judge({ __scrape_interval__: "4s" }))).message, /5s/);
    assert.match((await failureOf(judge({ __scrape_timeout__: "121s" }))).message, /120s/);
  });

  it("stops at the limit of targets", async () => {
    const text = fileOf({ labels: LABELS, targets: ["a:1", "a:1"] }, { labels: LABELS, targets: ["b:1"] });
    const limited = async (maxTargets: number): Promise<Census> =>
      await checkFile("targets.json", chunks(Buffer.from(text)), { ...CHECK_LIMITS, maxTargets });
    assert.is((await limited(3)).targets, 3);
    assert.is((await failureOf(limited(2))).reason, "too-large");
  });

  it("takes a line of megabytes with characters that its pieces cut", async () => {
    const job = "世".repeat(1000);
    const group = JSON.stringify({ labels: { job }, targets: ["a:1"] });
    for (const indent of ["", " ", "  "]) {
      const bytes = Buffer.from(`${indent}[${Array.from({ length: 400 }, () => group).join(",")}]`);
      const { groups, jobs } = await checkFile("targets.json", chunks(bytes));
      assert.equal([groups, [...jobs]], [400, [job]]);
    }
  });

  it("stops where targets without an end stand before their labels", async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`[{"targets":["a:1"`);
      for (;;) yield Buffer.from(`,"${"x".repeat(60_000)}"`);
    }
    assert.is(((await failureOf(checkFile("targets.json", endless()))) as InvalidFile).trouble, "too-long");
  });

  it("shows no password, token or value of a label", async () => {
    const secret = "s3cret";
    for (const text of [
      fileOf({ labels: LABELS, targets: [`http://user:${secret}@a:1/`] }),
      fileOf({ labels: LABELS, targets: [`https://a:1/?token=${secret}`] }),
      fileOf({ labels: { ...LABELS, __param_token: secret, "a.b": secret }, targets: ["a:1"] }),
      `[{"labels":{"__param_token":"${secret}\\x"}}]`,
      `[{"labels":{"__param_token":"${secret}\\ud800"}}]`,
      `[{"labels":{"__param_token":"${secret}`,
      `[{"labels":{"__param_token":"${secret}","__param_token":"${secret}"}}]`,
    ]) {
      const failure = await failureOf(check(text));
      assert.not.match(failure.message + (failure.help ?? ""), secret);
    }
  });

  it("passes on what breaks off the reading", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("[");
      throw new Failure("disk", "the disk is gone");
    }
    assert.is((await failureOf(checkFile("targets.json", broken()))).reason, "disk");
  });
});

describe("the census of a file", (it) => {
  it("counts groups, targets, and different targets in all and by job", async () => {
    const census = await check(
      fileOf(
        { labels: { ...LABELS, farm: "x" }, targets: ["a:1", "b:1", "b:1"] },
        { labels: { ...LABELS, farm: "y" }, targets: ["b:1", "c:1"] },
        { labels: { ...LABELS, job: "app" }, targets: ["a:1"] },
        { labels: { ...LABELS, job: "empty" }, targets: [] },
      ),
    );
    assert.is(census.groups, 4);
    assert.is(census.targets, 6);
    assert.is(census.distinct, 4);
    assert.equal([...census.jobs], ["node", "app"]);
    assert.is(census.identities.size, 4);
  });

  it("has nothing of a file without targets", async () => {
    const { identities, ...counts } = await check(`[{"targets":[]}]`);
    assert.equal(counts, { groups: 1, targets: 0, distinct: 0, jobs: new Set() });
    assert.is(identities.size, 0);
  });

  /** Different targets of these groups, which all have the target `a:1`. */
  const distinct = async (...labels: readonly Record<string, string>[]): Promise<number> =>
    (await check(fileOf(...labels.map((own) => ({ labels: { ...LABELS, ...own }, targets: ["a:1"] }))))).distinct;

  it("tells targets apart by job, scheme, path and params, and by nothing else", async () => {
    assert.is(await distinct({}, { job: "other" }), 2);
    assert.is(await distinct({}, { __scheme__: "https" }), 2);
    assert.is(await distinct({}, { __metrics_path__: "/other" }), 2);
    assert.is(await distinct({}, { __param_x: "1" }), 2);
    assert.is(await distinct({ __param_x: "1" }, { __param_x: "2" }, { __param_y: "1" }), 3);
    assert.is(await distinct({ __param_x: "1", __param_y: "2" }, { __param_y: "2", __param_x: "1" }), 1);
    assert.is(await distinct({}, { __metrics_path__: "/metrics" }, { service: "x" }, { __scrape_interval__: "1m" }), 1);
  });

  it("takes spellings of one address for one target, as the plan does", async () => {
    const spellings = async (...targets: readonly string[]): Promise<number> =>
      (await check(fileOf({ labels: LABELS, targets }))).distinct;
    assert.is(await spellings("web.example.com:80", "WEB.example.com:80", "web.example.com.:80"), 1);
    assert.is(await spellings("[2001:db8::7]:80", "[2001:DB8:0::7]:80"), 1);
    assert.is(await spellings("10.1.2.3:80", "010.1.02.3:80", "[::ffff:10.1.2.3]:80"), 1);
    assert.is(await spellings("bücher.example:80", "xn--bcher-kva.example:80"), 1);
    assert.is(await spellings("web:80", "web:8080", "web1:80", "web-1:80"), 4);
  });

  it("tells probes apart by module and target alone", async () => {
    const probes = (job: string, module: string, ...targets: readonly string[]) => ({
      labels: { job, __param_module: module, x: job },
      targets,
    });
    const census = await check(
      fileOf(probes("a", "icmp", "h", "i"), probes("b", "tcp", "h"), probes("a", "icmp", "h", "H")),
      "urls.json",
    );
    assert.is(census.targets, 5);
    assert.is(census.distinct, 4);
  });

  it("hashes names that are alike without a collision", async () => {
    const targets: string[] = [];
    for (let n = 0; n < 200_000; n++)
      targets.push(`web${n}.example.com:9100`, `h${n % 1000}.r${Math.floor(n / 1000)}:80`);
    assert.is((await check(fileOf({ labels: LABELS, targets }))).distinct, targets.length);
  });
});

describe("countFile", (it) => {
  const count = async (text: string): Promise<Census> => await countFile("targets.json", chunks(Buffer.from(text)));

  it("counts a file of somebody else that the strict check refuses", async () => {
    const text = `[{"targets":["a","http://b/","c:1"],"labels":{"foo.bar":"x","__scrape_interval__":"1s"}}, {"targets":["a"]}]`;
    await failureOf(check(text));
    const census = await count(text);
    assert.is(census.targets, 4);
    assert.is(census.distinct, 3);
    assert.equal([...census.jobs], [""]);
    assert.is((await count("[]")).targets, 0);
  });

  it("counts the same as the strict check where that takes the file", async () => {
    for (const { name, bytes, trouble } of FILES) {
      if (trouble !== undefined) continue;
      assert.equal(await countFile(name, chunks(bytes)), await checkFile(name, chunks(bytes)));
    }
  });

  it("refuses what Prometheus has nothing of", async () => {
    for (const text of ["", "null", "{}", "[{", `[{"targets":["a:1"],"more":1}]`, "<html>"]) {
      assert.is((await failureOf(count(text))).reason, "invalid");
    }
  });
});
