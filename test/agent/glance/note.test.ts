import { chmod, mkdir, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { keyOf, lookOf, NOTE, packNote, readNote } from "../../../src/agent/glance/note.ts";
import type { Note } from "../../../src/agent/glance/note.ts";
import { describe } from "../../describe.ts";
import { run, withDirectory } from "../../workplace.ts";

const OF_NOTE: Note = {
  key: "k",
  from: 1,
  until: 2,
  looks: { "/a": "1:2" },
  named: {},
  question: { host: "127.0.0.1", port: 1, head: "GET / HTTP/1.1\r\n", patience: 50 },
  state: "0".repeat(64),
  runs: 3,
};

const ARGV = ["node", "promgen-agent", "sync", "--shard", "a"];

function key(more: { argv?: string[]; env?: Record<string, string>; cwd?: string; uid?: number; program?: string }) {
  const { argv = ARGV, env = {}, cwd = "/", uid = 0, program = "p" } = more;
  return keyOf(program, { argv, env, cwd: () => cwd, getuid: () => uid });
}

describe("agent glance: note", (it) => {
  it("is for one program, user, directory and command line, variables among it", () => {
    const others = [
      key({ argv: [...ARGV, "--no-proof"] }),
      key({ argv: ["node", "promgen-agent", "sync", "--shard a"] }),
      key({ env: { PROMGEN_SHARD: "b" } }),
      key({ env: { PROMGEN_SHARD: "c" } }),
      key({ cwd: "/tmp" }),
      key({ uid: 1 }),
      key({ program: "q" }),
    ];
    assert.is(new Set([key({}), ...others]).size, 8);
    assert.is(key({ env: { INVOCATION_ID: "1", LANG: "C" } }), key({}));
    assert.is(key({ env: { PROMGEN_B: "1", PROMGEN_A: "2" } }), key({ env: { PROMGEN_A: "2", PROMGEN_B: "1" } }));
  });

  it("is for nobody behind a proxy, whose address may hold a password", () => {
    for (const name of ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"])
      assert.is(key({ env: { [name]: "http://user:secret@proxy.example" } }), undefined, name);
  });

  it("reads what was written, and nothing else", async () => {
    await withDirectory({}, async (directory) => {
      const path = join(directory, NOTE);
      const text = packNote(OF_NOTE);
      await writeFile(path, text);
      assert.equal(readNote(directory), OF_NOTE);
      for (let at = 0; at < text.length; at++) {
        const bytes = Buffer.from(text);
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        await writeFile(path, bytes);
        assert.is(readNote(directory), undefined, `byte ${at}`);
      }
      for (const other of ["", "{", text.slice(0, -1), text.slice(0, text.length / 2), "\0".repeat(text.length)]) {
        await writeFile(path, other);
        assert.not.equal(outcome(directory), OF_NOTE, other);
      }
      await writeFile(join(directory, "elsewhere"), text);
      await rm(path);
      assert.is(outcome(directory), "nothing");
      await symlink("elsewhere", path);
      assert.is(outcome(directory), "nothing");
      await rm(path);
      // Nobody writes to it, and nobody waits for that.
      await run(directory, ["mkfifo", path]);
      assert.is(outcome(directory), "nothing");
    });
  });

  it("sees whatever is done to a file", async () => {
    await withDirectory({ file: "content", other: "content" }, async (directory) => {
      const [path, other] = [join(directory, "file"), join(directory, "other")];
      const deeds: (readonly [what: string, act: () => Promise<unknown>])[] = [
        ["nothing", () => Promise.resolve()],
        ["the same bytes again", () => writeFile(path, "content")],
        ["another mode", () => chmod(path, 0o600)],
        ["its old time", () => utimes(path, 1, 1)],
        ["another file of that size", () => rename(other, path)],
        ["a link", () => rename(path, other).then(() => symlink("other", path))],
        ["gone", () => rm(path)],
        ["a directory", () => mkdir(path)],
        ["its mode", () => chmod(path, 0o777)],
      ];
      let before = lookOf(path);
      for (const [what, act] of deeds) {
        // Times go on in steps.
        await new Promise((resolve) => setTimeout(resolve, 20));
        await act();
        const look = lookOf(path);
        assert.is(look === before, what === "nothing", what);
        before = look;
      }
      await writeFile(join(path, "x"), "");
      assert.is(lookOf(path), before, "what is in a directory");
    });
  });
});

function outcome(directory: string): unknown {
  try {
    return readNote(directory);
  } catch {
    return "nothing";
  }
}
