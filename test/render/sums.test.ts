import { rm } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { sha256Sums, widestTimes } from "../../src/render/sums.ts";
import { describe } from "../describe.ts";
import { run, withDirectory, writeFiles } from "../workplace.ts";
import { render, STAMP } from "./rendered.ts";

const facts = (digit: string, targets: number): Parameters<typeof sha256Sums>[2] => ({
  sha256: digit.repeat(64),
  bytes: 1,
  groups: 1,
  targets,
});

function header(shard: string, stamp: Partial<typeof STAMP> = {}): string {
  return sha256Sums(shard, { ...STAMP, ...stamp }, facts("a", 3), facts("b", 4)).split("\n")[0] ?? "";
}

describe("SHA256SUMS", (it) => {
  it("has one comment line and two sums", () => {
    const text = sha256Sums("tokyo-a", STAMP, facts("a", 1820), facts("b", 12));
    assert.is(
      text,
      `# promgen-gen 1 shard=tokyo-a generation=1700000000 commit=${"0".repeat(40)} targets=1820 urls=12\n${"a".repeat(64)}  targets.json\n${"b".repeat(64)}  urls.json\n`,
    );
  });

  it("says * for the whole inventory, and leaves out a commit and a repository that there are not", () => {
    const text = sha256Sums("*", { generation: 0, generator: "x" }, facts("a", 0), facts("b", 0));
    assert.is(text.split("\n")[0], "# promgen-gen 1 shard=* generation=0 targets=0 urls=0");
  });

  it("has values that can be taken apart at spaces and read by decodeURIComponent, whatever is in them", () => {
    for (const name of ["Data Platform", "東京 1", "100%", "a=b", "a*b", "x\ny", "a'b(c)!"]) {
      const repository = `https://example.com/${name}?a=b&c=d#e`;
      const line = header(name, { repository, commit: `${"f".repeat(40)}-dirty` });
      assert.match(line, /^# promgen-gen 1 [!-~]+( [!-~]+)*$/);
      const words = line
        .split(" ")
        .slice(3)
        .map((word) => word.split("="));
      assert.ok(
        words.every((word) => word.length === 2),
        line,
      );
      const values = Object.fromEntries(words.map(([key = "", value = ""]) => [key, decodeURIComponent(value)]));
      assert.equal(values, {
        shard: name,
        generation: "1700000000",
        commit: `${"f".repeat(40)}-dirty`,
        repository,
        targets: "3",
        urls: "4",
      });
    }
  });

  it("tells agents up to which generation losses were accepted for this shard, in a published one", () => {
    const accepts = new Map([
      ["*", 12],
      ["a", 11],
    ]);
    const publication = { isChanged: () => true, retired: [], accepts, accepted: [] };
    assert.match(header("a", { publication }), / targets=3 urls=4 accepts=11$/);
    assert.match(header("*", { publication }), / accepts=12$/);
    assert.not.match(header("b", { publication }), "accepts");
  });

  it("names what the servers scrape by where that is not Prometheus' own", () => {
    const times = { scrape_interval: "30s", scrape_timeout: "5s" };
    const text = sha256Sums("a", { generation: 0, generator: "x" }, facts("a", 0), facts("b", 0), times);
    assert.is(
      text.split("\n")[0],
      "# promgen-gen 1 shard=a generation=0 targets=0 urls=0 scrape_interval=30s scrape_timeout=5s",
    );
    assert.not.match(header("a"), "scrape");
  });

  it("names for the whole inventory what holds for one of its shards at least", () => {
    assert.equal(
      widestTimes([
        { scrape_interval: "90s", scrape_timeout: "10s" },
        { scrape_interval: "2m", scrape_timeout: "30s" },
        { scrape_interval: "15s", scrape_timeout: "5s" },
      ]),
      { scrape_interval: "2m", scrape_timeout: "5s" },
    );
    // The defaults are of no shard.
    for (const scrape_interval of ["30s", "2m"])
      for (const scrape_timeout of ["5s", "20s"])
        assert.equal(widestTimes([{ scrape_interval, scrape_timeout }]), { scrape_interval, scrape_timeout });
    assert.equal(widestTimes([]), { scrape_interval: "1m", scrape_timeout: "10s" });
  });

  it("leaves a repository for people to read", () => {
    assert.match(
      header("a", { repository: "https://git.example.com:8443/acme/targets" }),
      " repository=https://git.example.com:8443/acme/targets ",
    );
  });

  it("is checked by sha256sum beside its files, with and without the comment", async () => {
    const files = await render({
      "targets/a.yml": "shard: a\nservers: [p1]\n",
      "targets/s.yml":
        "service: s\nshard: a\nprojects:\n  - { name: p, hosts: [é.example.com], exporters: [{ job: j, port: 1 }] }\n",
    });
    await withDirectory(files, async (directory) => {
      for (const place of [".", "shards/a"]) {
        const beside = join(directory, place);
        assert.is((await run(beside, ["sha256sum", "--check", "--quiet", "SHA256SUMS"])).exit, 0, place);
        const plain = await run(beside, ["sh", "-c", "grep -v '^#' SHA256SUMS | sha256sum --check --strict"]);
        assert.equal(plain, { exit: 0, signal: undefined, stdout: "targets.json: OK\nurls.json: OK\n", stderr: "" });
        await writeFiles(beside, { "urls.json": "[]\n" });
        assert.is((await run(beside, ["sha256sum", "--check", "--quiet", "SHA256SUMS"])).exit, 1);
        await rm(join(beside, "targets.json"));
      }
    });
  });
});
