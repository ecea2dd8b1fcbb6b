import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { AgentConfig } from "../../../src/agent/config.ts";
import type { Pointer } from "../../../src/agent/core/pointer.ts";
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
import { sourceConfig, withRepository } from "../source/git-repository.ts";
import { about, collaboratorsIn, configIn, EMPTY, NOW, pointerOf, sourceOf, sums, TARGETS } from "./configuration.ts";

const never = new AbortController().signal;
const FILES = { "targets.json": TARGETS, "urls.json": EMPTY };

async function look(
  sources: readonly Source[],
  inPlace?: Pointer,
  more: { config?: Partial<AgentConfig>; verifier?: Verifier } = {},
): Promise<Row[]> {
  return await withPlace(
    async (place) =>
      await lookAtSources(
        configIn(place, more.config),
        collaboratorsIn(place, { sources, verifier: more.verifier }),
        inPlace,
      ),
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
    const said = async (date: number, age = 0): Promise<string[]> => {
      headers = { Date: new Date(date * 1000).toUTCString(), Age: String(age) };
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
          (await lookAtSources(config, collaboratorsIn(place, { sources: [source] }), undefined)).map(
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
        const [row] = await lookAtSources(config, collaboratorsIn(place, { sources: [source] }), undefined);
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
