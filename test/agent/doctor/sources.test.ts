import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { AgentConfig } from "../../../src/agent/config.ts";
import type { Collaborators } from "../../../src/agent/core/collaborators.ts";
import type { Pointer } from "../../../src/agent/core/pointer.ts";
import { FRESH_STATE } from "../../../src/agent/core/state-file.ts";
import type { AgentState } from "../../../src/agent/core/state.ts";
import { lookAtClock } from "../../../src/agent/doctor/clock.ts";
import type { Row } from "../../../src/agent/doctor/row.ts";
import { lookAtSources } from "../../../src/agent/doctor/sources.ts";
import { Failure } from "../../../src/agent/failure.ts";
import { openSource } from "../../../src/agent/source/open-source.ts";
import type { Source } from "../../../src/agent/source/source.ts";
import type { Verifier } from "../../../src/agent/trust/signature.ts";
import { describe } from "../../describe.ts";
import { readFiles } from "../../workplace.ts";
import { withPlace } from "../disk/place.ts";
import { withFake } from "../prometheus/fake-server.ts";
import { sourceConfig, withRepository } from "../source/git-repository.ts";
import { about, collaboratorsIn, configIn, EMPTY, NOW, pointerOf, sourceOf, sums, TARGETS } from "./configuration.ts";

const never = new AbortController().signal;
const FILES = { "targets.json": TARGETS, "urls.json": EMPTY };
const NOTHING = { state: undefined, pointer: undefined };
const OTHER = TARGETS.replaceAll("h1.", "h3.");
const OTHERS = { ...FILES, "targets.json": OTHER };

/** A state with this floor and what else. */
function stateAt(generation: number, targets: string, more: Partial<AgentState> = {}): AgentState {
  const { digests } = pointerOf(targets, EMPTY);
  return { ...FRESH_STATE, floor: { generation, shard: "a", digests }, ...more };
}

/** What is applied, as far as it matters here. */
function applied(generation: number): NonNullable<AgentState["applied"]> {
  return { generation, at: NOW, mtimes: {}, targets: {}, distinct: {}, servers: {} };
}

/** A source with other targets than {@link FILES}. */
function others(generation: number, label?: string): Source {
  return sourceOf(OTHERS, sums(OTHER, EMPTY, `shard=a generation=${generation}`), label);
}

async function look(
  sources: readonly Source[],
  inPlace?: Pointer,
  { config, state, ...more }: { config?: Partial<AgentConfig>; state?: AgentState } & Partial<Collaborators> = {},
): Promise<Row[]> {
  return await withPlace(
    async (place) =>
      await lookAtSources(configIn(place, config), collaboratorsIn(place, { sources, ...more }), {
        state,
        pointer: inPlace,
      }),
  );
}

const broken: Source = {
  ...sourceOf(FILES, sums(TARGETS, EMPTY), "https://broken/"),
  pointer: async () => {
    throw new Failure("unauthorized", "https://broken/ refuses the token", { help: "renew it" });
  },
};

describe("what doctor says of sources", (it) => {
  it("is what they have, and that it is valid", async () => {
    const rows = await look([sourceOf(FILES, sums(TARGETS, EMPTY))]);
    assert.equal([about(rows, "source"), about(rows, "source-file")], [["ok"], ["ok", "ok"]]);
    assert.match(rows[0]?.what ?? "", /generation 1699999999 of shard a/);
  });

  it("does not fetch again what is in place", async () => {
    const source: Source = {
      ...sourceOf(FILES, sums(TARGETS, EMPTY)),
      file: () => {
        throw new Error("fetched");
      },
    };
    assert.equal(about(await look([source], pointerOf(TARGETS, EMPTY)), "source-file"), []);
  });

  it("names files that do not fit, are not valid, or are cut", async () => {
    const other = await look([sourceOf({ ...FILES, "targets.json": EMPTY }, sums(TARGETS, EMPTY))]);
    assert.equal(about(other, "source-file"), ["inconsistent"]);
    const bad = '[{"targets":["http://h:1/"]}]';
    assert.equal(about(await look([sourceOf({ ...FILES, "targets.json": bad }, sums(bad, EMPTY))]), "source-file"), [
      "invalid",
    ]);
  });

  it("names another shard, another repository, an older generation", async () => {
    const at = async (header: string, inPlace?: Pointer, config?: Partial<AgentConfig>): Promise<string[]> =>
      about(
        await look([sourceOf(FILES, sums(TARGETS, EMPTY, header))], inPlace, config === undefined ? {} : { config }),
        "source",
      );
    assert.equal(await at("shard=b generation=1699999999"), ["wrong-shard"]);
    const repository = { bootstrap: false, maxRemovedPercent: 50, repository: "https://g/acme" };
    assert.equal(
      await at("shard=a generation=1699999999 repository=https://g/evil", undefined, { trust: repository }),
      ["wrong-repository"],
    );
    assert.equal(await at("shard=a generation=5", pointerOf(TARGETS, EMPTY)), ["replay"]);
    assert.equal(await at("shard=a generation=1699999999", pointerOf(TARGETS, EMPTY)), ["ok"]);
  });

  it("judges by all that this host has seen, not by what lies in place alone", async () => {
    const at = async (generation: number, inPlace: Pointer | undefined, state?: AgentState): Promise<string[]> =>
      about(await look([others(generation)], inPlace, state === undefined ? {} : { state }), "source");
    assert.equal(await at(100, pointerOf(TARGETS, EMPTY, { generation: 100 })), ["equivocation"]);
    assert.equal(await at(100, undefined, stateAt(100, TARGETS)), ["equivocation"]);
    assert.equal(await at(100, undefined, stateAt(200, TARGETS)), ["replay"]);
    const restored = pointerOf(OTHER, EMPTY, { generation: 100 });
    assert.equal(await at(100, restored, stateAt(200, TARGETS, { applied: applied(200) })), ["replay"]);
    assert.equal(await at(150, pointerOf(TARGETS, EMPTY, { generation: 200 }), stateAt(100, OTHER)), ["replay"]);
    assert.equal(await at(201, undefined, stateAt(200, TARGETS)), ["ok"]);
  });

  it("is what a rollback has left, and neither what it has put back nor what comes after", async () => {
    const { digests } = pointerOf(OTHER, EMPTY);
    const left = { sums: "x", generation: 200, reason: "rolled-back", at: NOW, digests } as const;
    const state = stateAt(200, OTHER, { applied: applied(100), quarantine: [left] });
    const inPlace = pointerOf(TARGETS, EMPTY, { generation: 100 });
    const put = sourceOf(FILES, sums(TARGETS, EMPTY, "shard=a generation=100"));
    for (const [source, said] of [
      [others(200), "quarantined"],
      [others(201), "quarantined"],
      [put, "ok"],
      [sourceOf(FILES, sums(TARGETS, EMPTY, "shard=a generation=300")), "ok"],
    ] as const)
      assert.equal(about(await look([source], inPlace, { state }), "source"), [said]);
    const [row] = await look([others(200)], inPlace, { state });
    assert.match(row?.help ?? "", "with other files");
  });

  it("is not what a Prometheus of another version has rejected", async () => {
    const { digests } = pointerOf(OTHER, EMPTY);
    const left = { sums: "x", generation: 200, reason: "rejected", at: NOW, prometheus: "2.42.0", digests } as const;
    const state = stateAt(200, OTHER, { applied: applied(100), quarantine: [left] });
    const inPlace = pointerOf(TARGETS, EMPTY, { generation: 100 });
    for (const [version, said] of [
      ["2.42.0", "quarantined"],
      ["3.5.0", "ok"],
    ] as const)
      await withFake(async (fake, server) => {
        fake.version = version;
        assert.equal(about(await look([others(200)], inPlace, { state, servers: [server] }), "source"), [said]);
      });
  });

  it("warns of a source that is newer than the first one that works", async () => {
    const rows = async (...generations: readonly number[]): Promise<string[]> =>
      about(await look(generations.map((generation, at) => others(generation, `https://${at}/`))), "source");
    assert.equal(await rows(100, 200), ["ok", "ok", "warning"]);
    assert.equal(await rows(200, 100), ["ok", "ok"]);
    const found = await look([broken, others(100, "https://1/"), others(200, "https://2/")]);
    assert.equal(about(found, "source"), ["warning", "ok", "ok", "warning"]);
    assert.match(found.at(-1)?.what ?? "", "https://2/ has generation 200, newer than the 100 of https://1/");
  });

  it("wonders about the clock where a generation is ahead of it", async () => {
    const ahead = await look([sourceOf(FILES, sums(TARGETS, EMPTY, "shard=a generation=1700007200"))]);
    assert.equal(about(ahead, "clock"), ["warning"]);
    assert.equal(about(await look([sourceOf(FILES, sums(TARGETS, EMPTY))]), "clock"), []);
  });

  it("compares the clock with that of web servers, and with what a cache says about its age", async () => {
    let headers: Record<string, string> = {};
    const http = createServer((_, response) => {
      response.writeHead(404, headers).end();
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
    const said = async (date: number | string, age: number | string = 0): Promise<string[]> => {
      headers = { Date: typeof date === "string" ? date : new Date(date * 1000).toUTCString(), Age: String(age) };
      return await withPlace(async (place) => {
        const config = configIn(place);
        const asked = { ...config, source: { ...config.source, urls: [url, "file:///x"] } };
        return (await lookAtClock(asked, () => NOW, never)).map(({ what }) => what);
      });
    };
    try {
      assert.equal(await said(NOW), []);
      assert.match((await said(NOW - 600))[0] ?? "", /600 s ahead of that of 127/);
      assert.match((await said(NOW + 600))[0] ?? "", /600 s behind/);
      assert.equal(await said(NOW - 600, 590), []);
      // Who says nothing that can be read says nothing about the clock.
      assert.equal([await said("yesterday"), await said(""), await said(NOW - 600, "old")], [[], [], []]);
    } finally {
      http.close();
    }
    assert.equal(await said(NOW - 600), []);
  });

  it("asks for the signature", async () => {
    const source = sourceOf(FILES, sums(TARGETS, EMPTY));
    const refuses: Verifier = {
      signers: async () => "",
      verify: async () => {
        throw new Failure("signature", "the key is not known");
      },
    };
    const refused = await look([source], undefined, { verifier: refuses });
    assert.equal([about(refused, "signature"), about(refused, "source-file")], [["signature"], []]);
    const rows = await look([source], undefined, {
      verifier: { signers: async () => "", verify: async () => "ci@example.com" },
    });
    assert.match(rows.find(({ id }) => id === "signature")?.what ?? "", /signed by ci@example\.com/);
  });

  it("is a trouble where no source works, and a warning where another one does", async () => {
    const alone = await look([broken]);
    assert.equal(about(alone, "source"), ["unauthorized"]);
    assert.is(alone[0]?.help, "renew it");
    const rows = await look([broken, sourceOf(FILES, sums(TARGETS, EMPTY))]);
    assert.equal(about(rows, "source"), ["warning", "ok"]);
  });

  it("touches no clone of the agent's, and still tells of a branch that was rewritten", async () => {
    const artifacts = { "shards/a/SHA256SUMS": sums(TARGETS, EMPTY), "shards/a/targets.json": TARGETS };
    await withRepository(async ({ url, publish, git }) => {
      const commit = await publish({ ...artifacts, "shards/a/urls.json": EMPTY });
      await withPlace(async (place) => {
        const config = configIn(place, { source: sourceConfig({ urls: [url] }) });
        const source = await openSource(url, config.source, "a", place.state);
        const rows = async (): Promise<string[]> =>
          (await lookAtSources(config, collaboratorsIn(place, { sources: [source] }), NOTHING)).map(
            ({ id, level, reason }) => `${id} ${reason ?? level}`,
          );
        assert.equal(await rows(), ["source ok", "source-file ok", "source-file ok"]);
        assert.is(existsSync(place.state), false);

        await source.pointer(undefined, never);
        const before = await readFiles(place.state);
        const [taken = ""] = Object.keys(before).filter((name) => name.endsWith("/taken"));
        assert.is(before[taken], `${commit}\n`);
        await git("commit", "--quiet", "--amend", "--message=another");
        assert.equal(await rows(), ["source replay"]);
        const [row] = await lookAtSources(config, collaboratorsIn(place, { sources: [source] }), NOTHING);
        assert.ok(row?.help?.includes(join(place.state, taken)), row?.help);
        assert.equal(await readFiles(place.state), before);
      });
    });
  });

  it("passes on what a source warns of", async () => {
    const warns: Source = { ...sourceOf(FILES, sums(TARGETS, EMPTY)), warnings: ["everybody can read the token"] };
    const rows = await look([warns]);
    assert.ok(rows.some(({ level, what }) => level === "warning" && what === "everybody can read the token"));
  });

  it("keeps a bug of ours from hiding the rest", async () => {
    const buggy: Source = {
      ...broken,
      pointer: async () => {
        throw new TypeError("undefined is not a function");
      },
    };
    assert.equal(about(await look([buggy]), "source"), ["bug"]);
  });
});
