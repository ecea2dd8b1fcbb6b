import { once } from "node:events";
import { appendFile, chmod, mkdir, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as assert from "uvu/assert";
import type { SourceConfig } from "../../../src/agent/config.ts";
import { openFileSource } from "../../../src/agent/source/file-source.ts";
import type { Source } from "../../../src/agent/source/source.ts";
import { describe } from "../../describe.ts";
import { endsSoon } from "../../stopwatch.ts";
import type { Files } from "../../workplace.ts";
import { run, withDirectory } from "../../workplace.ts";
import { config, DIGEST, failure, never, read, sha256, SUMS, sums, TARGETS } from "./artifacts.ts";

const SHARD = "shards/tokyo-a/";
const FILES = { "dist/shards/tokyo-a/SHA256SUMS": SUMS, "dist/shards/tokyo-a/targets.json": TARGETS };

/** A source of `dist` in a directory with these files. */
async function over(
  files: Files,
  act: (source: Source, directory: string) => Promise<unknown>,
  more: Partial<SourceConfig> = {},
  shard = SHARD,
): Promise<void> {
  await withDirectory(files, async (directory) => {
    await act(openFileSource(pathToFileURL(join(directory, "dist")), config(more), shard), directory);
  });
}

describe("agent/source/file-source", (it) => {
  it("brings SHA256SUMS and files, in chunks of 64 kB at most", async () => {
    const large = "x".repeat(200_000);
    await over({ ...FILES, "dist/shards/tokyo-a/urls.json": large }, async (source, directory) => {
      assert.is(await sums(source), SUMS);
      assert.is(await read(source), TARGETS);
      assert.is(await read(source, "urls.json"), large);
      for await (const chunk of source.file("urls.json", DIGEST, never())) assert.ok(chunk.length <= 65_536);
      assert.is(source.label, `file://${directory}/dist`);
    });
  });

  it("hears by its bytes whether SHA256SUMS changed, whatever its time and size say", async () => {
    await over(FILES, async (source, directory) => {
      const answer = await source.pointer(undefined, never());
      assert.is(answer.kind === "pointer" ? answer.validator : "", sha256(SUMS));
      assert.is(await sums(source, sha256(SUMS)), "unchanged");
      assert.is((await source.pointer(sha256(SUMS), never(), true)).kind, "pointer");
      const other = SUMS.replace("1795334400", "1795334401");
      const path = join(directory, "dist", SHARD, "SHA256SUMS");
      await writeFile(path, other);
      await run(directory, ["touch", "-d", "@1", path]);
      assert.is(await sums(source, sha256(SUMS)), other);
    });
  });

  it("brings the signature where it is wanted and there", async () => {
    const signed = { ...FILES, "dist/shards/tokyo-a/SHA256SUMS.sig": "signed" };
    const signature = async (source: Source): Promise<string | undefined> => {
      const answer = await source.pointer(undefined, never());
      return answer.kind === "pointer" && answer.signature !== undefined ? String(answer.signature) : undefined;
    };
    await over(signed, async (source) => assert.is(await signature(source), String(Buffer.from("signed"))), {
      signatures: true,
    });
    await over(signed, async (source) => assert.is(await signature(source), undefined));
    await over(FILES, async (source) => assert.is(await signature(source), undefined), { signatures: true });
  });

  it("says unknown-shard only where the manifest knows others", async () => {
    const manifest = JSON.stringify({ version: 1, shards: { osaka: {} } });
    await over({ "dist/manifest.json": manifest }, async (source) => failure("unknown-shard", sums(source)));
    await over({ "dist/SHA256SUMS": SUMS }, async (source) => failure("unknown-shard", sums(source)));
    await over({ "dist/x": "" }, async (source) => failure("unreachable", sums(source)));
    await over({}, async (source) => assert.match((await failure("unreachable", sums(source))).help ?? "", "mounted"));
    await over(FILES, async (source) => failure("inconsistent", read(source, "urls.json")));
  });

  it("follows the link that a publisher swaps, and links inside of the directory", async () => {
    await over(
      { "one/SHA256SUMS": SUMS, "two/SHA256SUMS": `${SUMS}#` },
      async (source, directory) => {
        await symlink("one", join(directory, "dist"));
        assert.is(await sums(source), SUMS);
        await symlink("two", join(directory, "next"));
        await rename(join(directory, "next"), join(directory, "dist"));
        assert.is(await sums(source), `${SUMS}#`);
        await symlink("SHA256SUMS", join(directory, "two/targets.json"));
        assert.is(await read(source), `${SUMS}#`);
      },
      {},
      "",
    );
  });

  it("follows no link out of the directory, of a file or of a directory", async () => {
    await over({ ...FILES, secret: "secret", "dist-2/SHA256SUMS": SUMS }, async (source, directory) => {
      const shard = join(directory, "dist", SHARD);
      await symlink("../../../secret", join(shard, "urls.json"));
      await failure("unreachable", read(source, "urls.json"));
      await rm(shard, { recursive: true });
      // A neighbour whose name only begins alike is outside, too.
      await symlink("../../dist-2", shard.slice(0, -1));
      await failure("unreachable", sums(source));
    });
  });

  it("waits for no pipe, and reads no directory, no socket and no empty file", async () => {
    await over(FILES, async (source, directory) => {
      const path = join(directory, "dist", SHARD, "urls.json");
      await run(directory, ["mkfifo", path]);
      await endsSoon(() => failure("unreachable", read(source, "urls.json")));
      await rm(path);
      await mkdir(path);
      await failure("unreachable", read(source, "urls.json"));
      await rm(path, { recursive: true });
      const server = createServer().listen(path);
      await once(server, "listening");
      await failure("unreachable", read(source, "urls.json"));
      await new Promise((resolve) => {
        server.close(resolve);
      });
      await writeFile(path, "");
      await failure("unreachable", read(source, "urls.json"));
    });
  });

  it("takes a file of exactly the largest size, and not one byte more", async () => {
    const files = { "dist/targets.json": "x".repeat(1000), "dist/urls.json": "x".repeat(1001) };
    await over(
      files,
      async (source) => {
        assert.is((await read(source)).length, 1000);
        await failure("too-large", read(source, "urls.json"));
      },
      { maxBytes: 1000 },
      "",
    );
    await over(
      { "dist/SHA256SUMS": "x".repeat(1 << 20) },
      async (source) => failure("too-large", sums(source)),
      {},
      "",
    );
  });

  it("notices a file that becomes shorter while it is read, and takes no more of one that grows", async () => {
    for (const isCut of [true, false]) {
      await over(
        { "dist/targets.json": "x".repeat(300_000) },
        async (source, directory) => {
          const path = join(directory, "dist/targets.json");
          const readAll = async (): Promise<number> => {
            let bytes = 0;
            for await (const chunk of source.file("targets.json", DIGEST, never())) {
              if (bytes === 0) await (isCut ? truncate(path, 100_000) : appendFile(path, "y".repeat(1000)));
              bytes += chunk.length;
            }
            return bytes;
          };
          if (isCut) await failure("unreachable", readAll());
          else assert.is(await readAll(), 300_000);
        },
        {},
        "",
      );
    }
  });

  it("says which file may not be read", async () => {
    await over(FILES, async (source, directory) => {
      const path = join(directory, "dist", SHARD, "SHA256SUMS");
      await chmod(path, 0);
      // Root reads it all the same.
      if (process.getuid?.() === 0) assert.is(await sums(source), SUMS);
      else assert.match((await failure("unauthorized", sums(source))).message, path);
    });
  });

  it("ends when it is called off, and when the time is over", async () => {
    await over(FILES, async (source) => {
      const controller = new AbortController();
      controller.abort();
      await failure("unreachable", source.pointer(undefined, controller.signal));
    });
    await over(FILES, async (source) => failure("unreachable", sums(source)), { timeout: 0 });
  });
});
