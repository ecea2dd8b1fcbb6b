import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { ask, rows, SHOP, targets } from "./shop.ts";

describe("explain: hosts", (it) => {
  it("finds a member of a range, with all that is scraped and probed on it", async () => {
    const page = await ask("web002.example.com");
    assert.is(page.exit, 0);
    assert.is(page.stderr, "");
    assert.equal(targets(page), [
      "web002.example.com:9100 job node shards tokyo-a, tokyo-b",
      "web002.example.com:8080 job app shards tokyo-a, tokyo-b",
      "web002.example.com:9999 job off not rendered: it is disabled",
      "web002.example.com probe icmp shards tokyo-a, tokyo-b",
    ]);
    assert.match(page.stdout, /^ {2}host +web\[001-120\]\.example\.com +in farm web +targets\/shop\.yml:7$/m);
  });

  it("shows each label with its level, file and line", async () => {
    const page = await ask("db9.example.com");
    assert.equal(rows(page, "rack"), [["r9", "host", "targets/shop.yml:24"]]);
    assert.equal(rows(page, "team"), [["shop", "service", "targets/shop.yml:11"]]);
    assert.equal(rows(page, "__shard"), [["tokyo-b", "project", "targets/shop.yml:23"]]);
    assert.equal(rows(page, "__scheme__"), [["http", "default"]]);
  });

  it("compares hosts in their canonical form", async () => {
    for (const [what, found] of [
      ["db1.example.com", "DB1.example.com.:9104"],
      ["Db1.EXAMPLE.com.", "DB1.example.com.:9104"],
      ["2001:db8::7", "[2001:db8::7]:9104"],
      ["[2001:DB8:0:0::7]", "[2001:db8::7]:9104"],
      ["[2001:db8::7]:9104", "[2001:db8::7]:9104"],
      ["::ffff:10.0.0.1", "10.0.0.1:9104"],
      ["10.0.0.1", "10.0.0.1:9104"],
    ] as const) {
      const page = await ask(what);
      assert.ok(targets(page).includes(`${found} job mysqld shard tokyo-b`), what);
    }
  });

  it("writes an IPv6 host that is probed as urls.json has it, by what the module makes of brackets", async () => {
    const text = `shard: a
servers: [p1]
---
service: s
shard: a
projects:
  - name: p
    hosts: ["2001:db8::7", "[2001:db8::8]"]
    exporters: [{ job: node, port: 9100 }]
    probes: [{ module: icmp, hosts: true }, { module: http_2xx, hosts: true }]
`;
    for (const host of ["2001:db8::7", "2001:db8::8"]) {
      assert.equal(targets(await ask(host, { "targets/shop.yml": text })).slice(1), [
        `${host} probe icmp shard a`,
        `[${host}] probe http_2xx shard a`,
      ]);
    }
  });

  it("takes a part of a name for another name", async () => {
    for (const what of ["b1.example.com", "db1.example.co", "10.0.0.10", "2001:db8::70"]) {
      assert.is((await ask(what)).exit, 1, what);
    }
  });

  it("shows only the targets with the port that was asked for", async () => {
    assert.equal(targets(await ask("web002.example.com:8080")), [
      "web002.example.com:8080 job app shards tokyo-a, tokyo-b",
    ]);
    // The probe names this host and port; the project's own exporter has another one.
    assert.equal(targets(await ask("db1.example.com:443")), [
      "db1.example.com:443 probe http_2xx shards tokyo-a, tokyo-b",
    ]);
    assert.equal(targets(await ask("web002.example.com:9999")), [
      "web002.example.com:9999 job off not rendered: it is disabled",
    ]);
  });

  it("says which ports there are where none is the one asked for", async () => {
    const page = await ask("web002.example.com:80");
    assert.is(page.exit, 1);
    assert.is(page.stdout, "");
    assert.match(page.stderr, /9100 \(job node\), 8080 \(job app\), 9999 \(job off, not rendered\)/);
  });

  it("takes the first host of a range, and says so", async () => {
    const page = await ask("web[007-009].example.com");
    assert.match(page.stdout, /^web007\.example\.com\n/);
    assert.match(page.stderr, /3 hosts/);
  });

  it("takes the first host of a range that is there, and says how many are", async () => {
    const page = await ask("web[118-130].example.com");
    assert.is(page.exit, 0);
    assert.match(page.stdout, /^web118\.example\.com\n/);
    assert.match(page.stderr, "13 hosts, of which the inventory has 3; this is web118.example.com, the first of these");
    const later = await ask("web[000-003].example.com:9100");
    assert.equal(targets(later), ["web001.example.com:9100 job node shards tokyo-a, tokyo-b"]);
    assert.match(later.stderr, "4 hosts, of which the inventory has 3 with port 9100; this is web001.example.com");
    const server = await ask("prom[0-1].example.com");
    assert.match(server.stdout, "It is a Prometheus server of shard tokyo-a.");
    assert.match(server.stderr, "2 hosts, of which the inventory has 1; this is prom1.example.com\n");
    assert.is((await ask("web[200-300].example.com")).exit, 1);
  });

  it("takes the first host of a range that has the port", async () => {
    const text = `shard: s
servers: [prom1.example.com, "prom2.example.com:9091"]
---
service: s
shard: s
projects:
  - name: a
    hosts: ["a[1-2].example.com"]
    exporters: [{ job: node, port: 9100 }]
    probes: [{ module: tcp_connect, targets: ["a3.example.com:25", "https://a4.example.com/"] }]
  - { name: b, hosts: [a5.example.com, a4.example.com], exporters: [{ job: app, port: 8080 }] }
  - { name: c, hosts: [a6.example.com], probes: [{ module: icmp, hosts: true }] }
`;
    const known = "6 hosts, of which the inventory has";
    for (const [what, name, words] of [
      ["prom[1-3].example.com:9091", "prom2.example.com", "3 hosts, of which the inventory has 1 with port 9091;"],
      ["prom[1-3].example.com", "prom1.example.com", "3 hosts, of which the inventory has 2;"],
      ["a[1-6].example.com:25", "a3.example.com", `${known} 1 with port 25;`],
      ["a[1-6].example.com:443", "a4.example.com", `${known} 1 with port 443;`],
      ["a[1-6].example.com:8080", "a4.example.com", `${known} 2 with port 8080;`],
      ["a[2-7].example.com:9100", "a2.example.com", `${known} 1 with port 9100;`],
      ["a[1-6].example.com", "a1.example.com", "6 hosts; this is the first of them"],
    ] as const) {
      const page = await ask(what, { "targets/all.yml": text });
      assert.is(page.exit, 0, page.stderr);
      assert.is(page.stdout.split("\n")[0], name, what);
      assert.ok(page.stderr.includes(words), page.stderr);
    }
    const page = await ask("a[0-6].example.com:7", { "targets/all.yml": text });
    assert.is(page.exit, 1);
    assert.match(page.stderr, "nothing is scraped or probed at a[0-6].example.com:7");
  });

  it("shows no address that nobody wrote, where a host is refused", async () => {
    const shop = SHOP.replace("10.0.0.1,", "c4:9100, 10.0.0.1,").replace(
      "[{ job: mysqld, port: 9104 }]",
      "[{ job: mysqld, port: 9104 }, { job: node, port: 9100 }]\n    probes: [{ module: icmp, hosts: true }]",
    );
    const page = await ask("c4:9100", { "targets/shop.yml": shop });
    const why = "not rendered: `validate` refuses what is written there (address/port-in-host)";
    assert.equal(targets(page), [`c4:9100 job mysqld ${why}`, `c4:9100 job node ${why}`, `c4:9100 probe icmp ${why}`]);
    assert.match(page.stdout, /^no targets; 3 not rendered/m);
    // By another port, nothing is there.
    assert.is((await ask("c4:9105", { "targets/shop.yml": shop })).exit, 1);
  });

  it("hides a host that looks like a secret in its targets, too", async () => {
    const token = `ghp_${"a1B2c3D4".repeat(4)}abcd`;
    const page = await ask(token, { "targets/shop.yml": SHOP.replace("10.0.0.1,", `${token}, 10.0.0.1,`) });
    assert.match(page.stdout, /^ {2}\(hidden: it looks like a secret\) +job mysqld/m);
    // The heading is what somebody has asked for.
    assert.is(page.stdout.split(token).length, 2);
  });

  it("finds a host that is written with a port, which is a mistake", async () => {
    const shop = SHOP.replace("10.0.0.1,", "c4:9104, 10.0.0.1,");
    for (const what of ["c4:9104", "c4", "c[3-4]"]) {
      const page = await ask(what, { "targets/shop.yml": shop });
      assert.is(page.exit, 0, page.stderr);
      assert.match(page.stdout, /^ {2}host +c4:9104 +in the project's own list/m);
    }
  });

  it("finds what probes name: a URL, its host, a host, and a host with its port", async () => {
    const probe = ["https://Shop.example.com/health probe http_2xx shards tokyo-a, tokyo-b"];
    for (const what of [
      "https://Shop.example.com/health",
      "https://shop.example.com:443/health",
      "shop.example.com",
      "shop.example.com:443",
    ]) {
      assert.equal(targets(await ask(what)), probe, what);
    }
    for (const what of ["https://shop.example.com/", "http://shop.example.com/health", "shop.example.com:80"]) {
      assert.is((await ask(what)).exit, 1, what);
    }
    assert.ok(
      targets(await ask("web003.example.com")).includes("web003.example.com probe http_2xx shards tokyo-a, tokyo-b"),
    );
  });

  it("finds the target behind the URL that Prometheus shows", async () => {
    assert.equal(targets(await ask("http://web002.example.com:9100/metrics")), [
      "web002.example.com:9100 job node shards tokyo-a, tokyo-b",
    ]);
  });

  it("knows a Prometheus server", async () => {
    const page = await ask("prom1.example.com");
    assert.match(page.stdout, /Prometheus server of shard tokyo-a.*shop\.yml:2/);
  });

  it("shows both, where a project is called like a host", async () => {
    const files = { "targets/shop.yml": SHOP.replace("name: db", "name: web004.example.com") };
    const page = await ask("web004.example.com", files);
    assert.match(page.stdout, /^project web004\.example\.com /m);
    assert.match(page.stdout, /^web004\.example\.com$/m);
  });

  it("says once what is the same in all shards, and where they differ", async () => {
    const shards = SHOP.replace("servers:", "labels: { env: a, team: x }\nservers:").replace(
      "shard: tokyo-b\n---",
      "shard: tokyo-b\nlabels: { env: b, team: y }\n---",
    );
    const page = await ask("web001.example.com:9100", { "targets/shop.yml": shards });
    assert.equal(rows(page, "env"), [
      ["a", "shard tokyo-a", "targets/shop.yml:2"],
      ["b", "shard tokyo-b", "targets/shop.yml:6"],
    ]);
    assert.equal(rows(page, "team"), [
      ["shop", "service", "targets/shop.yml:13"],
      ["x", "shard tokyo-a", "targets/shop.yml:2"],
      ["y", "shard tokyo-b", "targets/shop.yml:6"],
    ]);
  });
});

describe("explain: why a target is not there", (it) => {
  const MISSING = `shard: tokyo-a
---
farm: used
hosts: [used.example.com]
---
farm: used
hosts: [second.example.com]
---
farm: idle
hosts: [idle.example.com]
---
farm: shadowed
hosts: [shadowed.example.com]
---
service: shop
projects:
  - { name: p1, shard: tokyo-a, farm: used, exporters: [{ job: unknown }] }
  - { name: p2, shard: tokio-a, hosts: [unknown-shard.example.com], exporters: [{ job: a, port: 1 }] }
  - { name: p3, hosts: [no-shard.example.com], exporters: [{ job: a, port: 1 }] }
  - { name: p4, shard: tokyo-a, farm: shadowed, hosts: [own.example.com], exporters: [{ job: a, port: 1 }] }
  - { name: p5, shard: tokyo-a, hosts: [bare.example.com] }
  - { name: p6, shard: tokyo-a, farm: usd, exporters: [{ job: a, port: 1 }] }
  - { name: p7, shard: tokyo-a, exporters: [{ job: a, port: 1 }] }
  - { name: p8, shard: tokyo-a, hosts: [], exporters: [{ job: a, port: 1 }] }
`;
  const files = { "targets/all.yml": MISSING };

  for (const [what, why, place] of [
    ["used.example.com", /it has no port/, 17],
    ["second.example.com", /a farm of this name is defined before/, 3],
    ["idle.example.com", /no project takes its hosts from this farm/, 9],
    ["shadowed.example.com", /project p4 names this farm but has hosts of its own/, 20],
    ["unknown-shard.example.com", /there is no such shard; did you mean "tokyo-a"\?/, 18],
    ["no-shard.example.com", /neither the project nor its service names a shard/, 19],
    ["bare.example.com", /neither exporters nor probes/, 21],
    ["p2", /there is no such shard; did you mean "tokyo-a"\?/, 18],
    ["p4", /the hosts of the farm document "shadowed" are left aside/, 20],
    ["p6", /there is no farm "usd"; did you mean "used"\?/, 22],
    ["p7", /neither `hosts` nor a `farm`/, 23],
    ["p8", /the list is empty/, 24],
  ] as const) {
    it(`${what}: ${why.source}`, async () => {
      const page = await ask(what, files);
      assert.is(page.exit, 0);
      const line = page.stdout.split("\n").find((text) => why.test(text));
      assert.ok(line, page.stdout);
      assert.ok(line.endsWith(`targets/all.yml:${place}`), line);
    });
  }

  it("an exporter that cannot be read leaves the others with their places", async () => {
    const exporters = "exporters:\n      - 7\n      - { job: fine, port: 1 }\n";
    const page = await ask("own.example.com", {
      "targets/all.yml": `shard: s\n---\nservice: x\nprojects:\n  - name: p\n    shard: s\n    hosts: [own.example.com]\n    ${exporters}`,
    });
    assert.equal(targets(page), [
      "own.example.com job (unreadable) not rendered: it cannot be read",
      "own.example.com:1 job fine shard s",
    ]);
    assert.equal(rows(page, "job"), [["fine", "exporter", "targets/all.yml:10"]]);
  });

  it("a project that is in order has no such line", async () => {
    const page = await ask("db");
    assert.not.match(page.stdout, /not rendered|no hosts/);
  });

  it("does not say that something is missing for good where a file could not be read", async () => {
    const page = await ask("unknown-shard.example.com", { ...files, "targets/bad.yml": "a: [1" });
    assert.not.match(page.stdout, /there is no such shard/);
    assert.match(page.stdout, /no such shard could be read/);
    assert.match(page.stderr, /targets\/bad\.yml could not be read in full/);
    assert.match(page.stderr, /\d+ errors? in the inventory.*promgen-gen validate/);
  });
});
