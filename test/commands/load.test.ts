import * as assert from "uvu/assert";
import { checkInventory } from "../../src/check/check.ts";
import { loadInventory, textReader } from "../../src/commands/load.ts";
import type { Loaded } from "../../src/commands/load.ts";
import type { Tree } from "../../src/source/tree.ts";
import { describe } from "../describe.ts";
import { refusalOf } from "../refusal.ts";

type Files = Readonly<Record<string, string | Uint8Array>>;

const SHARD = "shard: a\nservers: [p.example.com]\n";

/** A tree in memory; `gone` is listed and not there any more. */
function treeOf(files: Files, gone: readonly string[] = []): Tree {
  const read = (file: string): Uint8Array | undefined => {
    const content = files[file];
    return typeof content === "string" ? new TextEncoder().encode(content) : content;
  };
  const list = (directory: string): string[] =>
    [...Object.keys(files), ...gone].filter((file) => file.startsWith(`${directory}/`)).sort();
  return { list: async (directory) => ({ files: list(directory), diagnostics: [] }), read };
}

async function load(files: Files): Promise<Loaded> {
  return await loadInventory(treeOf(files));
}

/** Whether all could be read, and the files with mistakes. */
async function judged(files: Files): Promise<string> {
  const { inventory } = await load({ "targets/shard.yml": SHARD, ...files });
  const faulty = Object.keys(files).filter((file) => inventory.faults.mayHidePart({ file, path: [] }, 0));
  return [inventory.isComplete ? "complete" : "incomplete", ...faulty].join(" ");
}

describe("load", (it) => {
  it("reads promgen.yml and every document of every file", async () => {
    const { inventory, files, diagnostics } = await load({
      "promgen.yml": "labels: { org: acme }\n",
      "targets/a.yml": "shard: a\n---\nshard: b\n---\n# nothing\n",
      "targets/b.yml": "service: s\nprojects: [{ name: p }]\n---\nfarm: f\nhosts: [h]\n",
      "other/c.yml": "shard: c\n",
    });
    assert.equal(files, ["promgen.yml", "targets/a.yml", "targets/b.yml"]);
    assert.equal(diagnostics, []);
    assert.equal(
      inventory.shards.map(({ name }) => name),
      ["a", "b"],
    );
    assert.equal(
      inventory.farms.map(({ name, origin }) => [name, ...origin.path]),
      [["f", 1]],
    );
    assert.equal(
      inventory.projects.map(({ name }) => name),
      ["p"],
    );
    assert.equal(inventory.config.labels, { org: "acme" });
    assert.is(inventory.documents, 4);
  });

  it("`inventory` names another directory, and promgen.yml is not read twice", async () => {
    const { files } = await load({
      "promgen.yml": "inventory: .\n",
      "./promgen.yml": "inventory: .\n",
      "./x.yml": SHARD,
    });
    assert.equal(files, ["promgen.yml", "./promgen.yml", "./x.yml"]);
    const other = await load({ "promgen.yml": "inventory: x\n", "x/a.yml": SHARD, "targets/b.yml": "shard: b\n" });
    assert.equal(
      other.inventory.shards.map(({ name }) => name),
      ["a"],
    );
  });

  it("is complete as long as nothing that could be referred to is lost", async () => {
    assert.is(await judged({}), "complete");
    assert.is(
      await judged({ "targets/x.yml": "service: x\nownr: a\nprojects: [{ name: 7 }]\n" }),
      "complete targets/x.yml",
    );
    assert.is(await judged({ "targets/x.yml": "service: x\nprojects: [{ hosts: 5 }]\n" }), "complete targets/x.yml");
    assert.is(await judged({ "targets/x.yml": "farm: x\nhosts: 5\n" }), "complete targets/x.yml");
    for (const text of [
      "farm:\nhosts: []\n",
      "shard: []\n",
      "- x\n",
      "x: y\n",
      "service: x\nproject: []\n",
      "service: x\nprojects: {}\n",
      "service: x\nprojects: [{ name: p, farm: [f] }]\n",
    ])
      assert.is(await judged({ "targets/x.yml": text }), "incomplete targets/x.yml", text);
    assert.is(await judged({ "targets/x.yml": "service: [\n" }), "incomplete targets/x.yml");
    assert.is(await judged({ "targets/x.yml": new Uint8Array([0xff, 0xfe, 0x41]) }), "incomplete targets/x.yml");
  });

  it("what the parser had to leave out is not called missing or empty besides", async () => {
    for (const text of [
      "service: s\nprojects:\n  - name: p\n    hosts:\n      - *.example.com\n      - [2001:db8::7]\n",
      "service: s\nprojects:\n  - name: *x\n    exporters: [{ job: *y, port: 1 }]\n",
      "service: *x\n",
      "farm: f\nhosts: *x\n",
      "service: s\n projects: []\n",
    ]) {
      const { diagnostics } = await load({ "targets/x.yml": text });
      assert.equal(
        diagnostics.filter(({ code }) => !code.startsWith("yaml/")),
        [],
        text,
      );
    }
    // What is there is judged.
    const { diagnostics } = await load({
      "targets/x.yml": "service: s\nownr: x\nprojects: [{ name: *x, hosts: a }]\n",
    });
    assert.equal(
      diagnostics
        .map(({ code }) => code)
        .filter((code) => !code.startsWith("yaml/"))
        .sort(),
      ["schema/unknown-key", "schema/wrong-type"],
    );
  });

  it("knows when others cannot rely on promgen.yml", async () => {
    assert.is(await judged({ "promgen.yml": "exporter: {}\n" }), "complete promgen.yml");
    assert.is(await judged({ "promgen.yml": "exporters: { node: 9100 }\n" }), "complete promgen.yml");
    assert.is(await judged({ "promgen.yml": 'lint: { xyzzy: "off" }\ngate: { x: 1 }\nartifacts: all\n' }), "complete");
    assert.is(await judged({ "promgen.yml": "- x\n" }), "incomplete promgen.yml");
    assert.is(await judged({ "promgen.yml": "labels: [\n" }), "incomplete promgen.yml");
    assert.is(await judged({ "promgen.yml": "# nothing\n" }), "complete");
    assert.is(await judged({ "promgen.yml": "" }), "incomplete promgen.yml");
  });

  it("without the settings that somebody has lost or misnamed, says nothing of what they may have held", async () => {
    const preset = "exporters: { node: { port: 9100 } }\n";
    const said = async (files: Files): Promise<string[]> => {
      const loaded = await load({
        "targets/shard.yml": SHARD,
        "targets/x.yml": "service: s\nshard: a\nprojects: [{ name: p, hosts: [h.example.com], exporters: [node] }]\n",
        ...files,
      });
      const findings = [...loaded.diagnostics, ...checkInventory(loaded.inventory).diagnostics];
      return findings.map(({ code, where }) => `${code} ${where.file}`);
    };
    assert.equal(await said({ "promgen.yml": preset }), []);
    assert.equal(await said({ "promgen.yml": "" }), ["schema/missing-key promgen.yml"]);
    assert.equal(await said({ "promgen.yaml": preset }), ["schema/missing-key promgen.yaml"]);
    assert.equal(await said({ "promgen.yml": "labels: { org: x }\n", "promgen.yaml": preset }), [
      "schema/missing-key promgen.yaml",
    ]);
    // What is there and has none is believed.
    assert.equal(await said({ "promgen.yml": "# nothing\n" }), ["topology/unknown-ref targets/x.yml"]);
  });

  it("a preset that is wrong stays one", async () => {
    const { inventory } = await load({ "promgen.yml": "exporters: { node: 9100, app: [] }\n", "targets/a.yml": SHARD });
    assert.equal([...inventory.config.presets.keys()], ["node", "app"]);
  });

  it("keeps the places of what follows a wrong item", async () => {
    const { inventory } = await load({
      "targets/a.yml":
        "service: s\nprojects:\n  - 7\n  - name: p\n    hosts: [[x], h]\n    exporters: [7.5, node]\n    probes: [icmp, { module: m, hosts: true }]\n",
    });
    const [project] = inventory.projects;
    assert.equal(project?.origin.path, [0, "projects", 1]);
    assert.equal([project?.ownHosts?.names, project?.ownHosts?.items], [["h"], [1]]);
    assert.equal(
      project?.exporters.map(({ job, isEnabled }) => [job, isEnabled]),
      [
        ["", false],
        ["node", true],
      ],
    );
    assert.equal(
      project?.probes.map(({ module, isEnabled }) => [module, isEnabled]),
      [
        ["", false],
        ["m", true],
      ],
    );
  });

  it("is empty only where it is sure", async () => {
    const codes = async (files: Files): Promise<string[]> => (await load(files)).diagnostics.map(({ code }) => code);
    assert.equal(await codes({}), ["topology/empty-inventory"]);
    assert.equal(await codes({ "targets/a.yml": "# nothing\n" }), ["topology/empty-inventory"]);
    assert.equal(await codes({ "targets/a.yml": "x: 1\n" }), ["schema/missing-key"]);
    assert.equal(await codes({ "targets/a.yml": "" }), ["schema/missing-key"]);
    assert.equal(await codes({ "targets/a.yml": SHARD, "promgen.yml": "" }), ["schema/missing-key"]);
    assert.equal(await codes({ "targets/a.yml": SHARD, "promgen.yml": "# nothing\n" }), []);
    assert.equal(await codes({ "promgen.yml": "inventori: x\n" }), ["schema/unknown-key"]);
    assert.equal(await codes({ "promgen.yml": 'lint: { xyzzy: "off" }\n' }), [
      "schema/unknown-key",
      "topology/empty-inventory",
    ]);
  });

  it("says where it looked, and who said so", async () => {
    const empty = async (files: Files): Promise<string> => {
      const [finding] = (await load(files)).diagnostics;
      const { where, message, help } = finding ?? {};
      return `${where?.file} ${where?.path.join(".")}: ${message}; ${help}`;
    };
    assert.match(await empty({}), /^targets\/ : there is no .* below targets\/; run this in the repository/);
    // Where case counts, this is another directory.
    assert.match(
      await empty({ "promgen.yml": "inventory: Targets\n", "targets/a.yml": SHARD }),
      /^promgen\.yml 0\.inventory: there is no .* below Targets\/; name the directory .*, in upper and lower case/,
    );
    // What the setting names is there.
    assert.match(
      await empty({ "promgen.yml": "inventory: hosts\n", "hosts/a.yml": "# nothing\n" }),
      /^hosts\/ : no file below hosts\/ holds a document; /,
    );
  });

  it("says of a file that was meant to be promgen.yml that it is not read", async () => {
    const said = async (files: Files): Promise<string[]> =>
      (await load({ "targets/a.yml": SHARD, ...files })).diagnostics.map(
        ({ where, message, help }) => `${where.file}: ${message}; ${help}`,
      );
    for (const name of ["promgen.yaml", "Promgen.yml", "promgen.YML"]) {
      assert.equal(await said({ [name]: "labels: { org: x }\n" }), [
        `${name}: ${name} is not read: the settings are in promgen.yml, and there is none; rename it to promgen.yml`,
      ]);
    }
    const both = { "promgen.yml": "labels: { org: x }\n", "promgen.yaml": "labels: { org: y }\n" };
    assert.equal(await said(both), [
      "promgen.yaml: promgen.yaml is not read: the settings are in promgen.yml; move what is in it to promgen.yml, and delete it",
    ]);
    assert.equal(await said({ "promgen.yml": "labels: { org: x }\n" }), []);
  });

  it("collects the suppression comments of each file", async () => {
    const { suppressions } = await load({
      "targets/a.yml": `# promgen-ignore label/required -- why\n${SHARD}`,
      "targets/b.yml": SHARD,
    });
    assert.equal([...suppressions.keys()], ["targets/a.yml"]);
  });

  it("tells how far it is, before each file", async () => {
    const steps: string[] = [];
    await loadInventory(treeOf({ "targets/a.yml": SHARD, "targets/b.yml": "shard: b\n" }), (done, total) =>
      steps.push(`${done}/${total}`),
    );
    assert.equal(steps, ["0/2", "1/2"]);
  });

  it("does not go on without a file that was listed", async () => {
    const { message } = await refusalOf(() => loadInventory(treeOf({ "targets/a.yml": SHARD }, ["targets/b.yml"])));
    assert.match(message, "targets/b.yml");
  });

  it("gives the text of a file, and none of a directory", () => {
    const tree = treeOf({ "targets/a.yml": "\ufeffshard: a\n" });
    const read = textReader({
      ...tree,
      read: (file) => {
        assert.not.ok(file.endsWith("/"));
        return tree.read(file);
      },
    });
    assert.is(read("targets/a.yml"), "shard: a\n");
    assert.is(read("targets/no.yml"), undefined);
    assert.is(read("targets/"), undefined);
  });
});
