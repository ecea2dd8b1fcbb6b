import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { RULES } from "../../src/rules/registry.ts";
import { describe } from "../describe.ts";
import { ask, rows, SHOP } from "./shop.ts";

const ESCAPE = "\u001b";

function withoutColor(text: string): string {
  return text
    .split(ESCAPE)
    .map((part, index) => (index === 0 ? part : part.replace(/^\[\d+m/, "")))
    .join("");
}

describe("explain: projects, services, farms and shards", (it) => {
  it("shows a project with its exporters and probes", async () => {
    const page = await ask("shop-web");
    assert.is(page.exit, 0);
    assert.match(page.stdout, /^ {2}renders +240 targets and 123 probe targets in each shard$/m);
    assert.match(page.stdout, /^ {2}hosts +120 +of farm web +targets\/shop\.yml:7$/m);
    assert.match(page.stdout, /^exporter node {2}targets\/shop\.yml:16$/m);
    assert.match(page.stdout, /^exporter off {2}not rendered: it is disabled {2}targets\/shop\.yml:18$/m);
    assert.match(page.stdout, /^probe http_2xx {2}targets\/shop\.yml:21$/m);
    assert.equal(rows(page, "team"), [["shop", "service", "targets/shop.yml:11"]]);
  });

  it("says of farm and __farm_source once, and only where there are exporters", async () => {
    const probed = "  - { name: probed, shard: tokyo-a, probes: [{ module: icmp, targets: [x.example.com] }] }\n";
    const files = { "targets/shop.yml": `${SHOP}${probed}` };
    const count = ({ stdout }: { readonly stdout: string }): number =>
      stdout.match(/^ *__farm_source {2}/gm)?.length ?? 0;
    assert.is(count(await ask("shop-web", files)), 1);
    assert.is(count(await ask("probed", files)), 0);
  });

  it("shows the others shortly", async () => {
    for (const [what, wanted] of [
      [
        "shop",
        [
          /^service shop {2}targets\/shop\.yml:9$/m,
          /^ {2}shop-web {2}120 hosts {2}tokyo-a, tokyo-b {2}targets\/shop\.yml:13$/m,
        ],
      ],
      ["web", [/^farm web {2}targets\/shop\.yml:6$/m, /^ {2}shop-web /m]],
      [
        "tokyo-b",
        [
          /^shard tokyo-b {2}targets\/shop\.yml:4$/m,
          /244 targets and 123 probe targets/,
          /^ {2}shop-web /m,
          /^ {2}db /m,
        ],
      ],
    ] as const) {
      const page = await ask(what);
      assert.is(page.exit, 0);
      for (const pattern of wanted) assert.match(page.stdout, pattern);
    }
    assert.not.match((await ask("tokyo-a")).stdout, /^ {2}db /m);
  });

  it("writes nothing of the inventory that a terminal would act upon", async () => {
    const files = { "targets/shop.yml": SHOP.replace("{ team: shop }", String.raw`{ team: "\e[31mred\u202e" }`) };
    for (const what of ["shop", "shop-web", "web001.example.com"]) {
      const { stdout } = await ask(what, files);
      assert.match(stdout, String.raw`\x1b[31mred\u202e`);
      assert.not.ok(stdout.includes(ESCAPE) || stdout.includes("\u202e"), stdout);
    }
  });

  it("does not show what validate takes for a secret", async () => {
    const secrets = SHOP.replace("https://Shop", "https://joe:hunter2@Shop").replace("rack: r9", "password: tr0ub4dor");
    for (const [what, wanted] of [
      ["shop.example.com", "hidden"],
      ["shop-web", "hidden"],
      ["db9.example.com", "password"],
    ] as const) {
      const { stdout, stderr } = await ask(what, { "targets/shop.yml": secrets });
      assert.match(stdout, wanted);
      assert.match(stdout, "hidden: it looks like a secret");
      assert.not.match(stdout + stderr, /hunter2|tr0ub4dor/);
    }
  });

  it("has colour where it is asked for", async () => {
    const plain = await ask("shop-web");
    const colored = await ask("shop-web", undefined, { FORCE_COLOR: "1" });
    assert.not.ok(plain.stdout.includes(ESCAPE));
    assert.ok(colored.stdout.includes(`${ESCAPE}[1mproject shop-web${ESCAPE}`));
    assert.is(withoutColor(colored.stdout), plain.stdout);
  });
});

describe("explain: nothing found", (it) => {
  it("says what a file has that can be asked for", async () => {
    for (const text of ["targets/shop.yml", "./targets/shop.yml", "targets/shop.yml:12", "targets/shop.yml:12:3"]) {
      const page = await ask(text);
      assert.is(page.exit, 1);
      assert.match(
        page.stderr,
        /\n {2}= help: that is a file, and it has shards `tokyo-a`, `tokyo-b`; farm `web`; service `shop`; projects `\S+`, `\S+`: name one of them\n$/,
      );
    }
    const files = { "promgen.yml": "version: 1\n", "targets/a.yml": "shard: a\nservers: [p1]\n" };
    assert.match((await ask("promgen.yml", files)).stderr, "that is a file, and has nothing that can be asked for");
    assert.not.match((await ask("targets/other.yml")).stderr, "that is a file");
  });

  it("says what was searched, what is near and where that is", async () => {
    const page = await ask("web121.example.com");
    assert.is(page.exit, 1);
    assert.is(page.stdout, "");
    assert.match(
      page.stderr,
      /searched 124 hosts, 3 targets of probes, 2 projects, 1 service, 1 farm, 2 shards in 1 file$/m,
    );
    assert.match(
      page.stderr,
      /`web120\.example\.com` \(targets\/shop\.yml:7\)|`web021\.example\.com` \(targets\/shop\.yml:7\)/,
    );
  });

  it("suggests names, long names for short ones and short ones for long ones", async () => {
    for (const [what, near] of [
      ["shpo-web", "project `shop-web` (targets/shop.yml:13)"],
      ["tokio-b", "shard `tokyo-b` (targets/shop.yml:4)"],
      ["web005", "host `web005.example.com` (targets/shop.yml:7)"],
      ["web05.example.com:9100", "host `web005.example.com` (targets/shop.yml:7)"],
      ["shop-web.example.com", "project `shop-web` (targets/shop.yml:13)"],
      ["https://shop.example.com/helth", "target `https://Shop.example.com/health` (targets/shop.yml:21)"],
      ["shpo.example.com:443", "target `https://Shop.example.com/health` (targets/shop.yml:21)"],
      ["duplicate-targets", "rule `topology/duplicate-target`"],
    ] as const) {
      const page = await ask(what);
      assert.is(page.exit, 1);
      assert.ok(page.stderr.includes(near), `${what}: ${page.stderr}`);
    }
  });

  it("puts the long name of a short one first", async () => {
    assert.match((await ask("db1")).stderr, /did you mean host `DB1\.example\.com\.`/);
  });

  it("suggests nothing for what is far from everything", async () => {
    assert.not.match((await ask("qqqqqq.invalid")).stderr, /did you mean/);
  });

  it("names ranges that give no hosts, and projects that have the job", async () => {
    const files = { "targets/shop.yml": SHOP.replace("10.0.0.1", '"old[9-1].example.com"') };
    const page = await ask("old3.example.com", files);
    assert.match(page.stderr, /`old\[9-1\]\.example\.com` gives no hosts.*targets\/shop\.yml:24/);
    assert.match((await ask("mysqld")).stderr, /job or module of 1 project: db/);
  });

  it("says how many errors there are, and that files could not be read", async () => {
    const page = await ask("nobody", { "targets/shop.yml": SHOP, "targets/bad.yml": "a: [1" });
    assert.is(page.exit, 1);
    assert.match(page.stderr, /targets\/bad\.yml could not be read in full/);
    assert.match(page.stderr, /error/);
  });
});

describe("explain: rules", (it) => {
  const page = readFileSync(new URL("../../src/rules/address/range.md", import.meta.url), "utf8");

  it("prints a rule's page, in any directory", async () => {
    for (const what of ["address/range", "Address/Range", "error[address/range]:", "range"]) {
      const ran = await ask(what, {});
      assert.is(ran.exit, 0, what);
      assert.ok(ran.stdout.startsWith(page.trimEnd()), what);
      assert.is(ran.stderr, "", what);
    }
    const colored = await ask("address/range", {}, { FORCE_COLOR: "1" });
    assert.ok(colored.stdout.includes(`${ESCAPE}[1m# address/range${ESCAPE}`));
  });

  it("lists the rules of a group, a line each", async () => {
    const ids = Object.keys(RULES).filter((id) => id.startsWith("address/"));
    for (const what of ["address", "address/"]) {
      const { stdout, exit } = await ask(what, {});
      assert.is(exit, 0);
      assert.equal(
        stdout
          .trimEnd()
          .split("\n")
          .map((line) => line.split(" ")[0]),
        ids,
      );
      assert.match(stdout, /^address\/range +error +A range of hosts cannot be expanded/m);
    }
  });

  it("answers with what may be meant where there is no such rule", async () => {
    const ran = await ask("topology/dup", {});
    assert.is(ran.exit, 1);
    assert.is(ran.stdout, "");
    for (const id of ["duplicate-id", "duplicate-target", "duplicate-across-shards"]) {
      assert.ok(ran.stderr.includes(`\`topology/${id}\``), id);
    }
    assert.not.match(ran.stderr, /unknown-ref/);
    assert.match((await ask("topolgy/duplicate-target", {})).stderr, /`topology\/duplicate-target`/);
  });

  it("prefers a project of the same name, and says that there is a rule", async () => {
    const files = { "targets/shop.yml": SHOP.replace("name: db", "name: range") };
    const ran = await ask("range", files);
    assert.match(ran.stdout, /^project range /);
    assert.match(ran.stderr, /explain address\/range/);
  });
});
