import { chmod, link, lstat, readFile, readdir, rename, rm, symlink, truncate, utimes } from "node:fs/promises";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { STEP } from "../../../src/agent/disk/take-in.ts";
import { describe } from "../../describe.ts";
import { readFiles, writeFiles } from "../../workplace.ts";
import { chunksOf, placeIn, pointerTo, put, readAll, reasonOf, sha256, stage, withPlace } from "./place.ts";

describe("the disk before anything was installed", (it) => {
  it("has nothing, says so without making anything, and makes its directories when it is told to", async () => {
    await withPlace(async ({ directory, disk, staging, state }) => {
      assert.is(await disk.look("targets.json"), undefined);
      assert.is(disk.read("targets.json"), undefined);
      assert.is(await disk.keptPointer(), undefined);
      assert.is(await disk.readState(), undefined);
      assert.equal(await disk.lastKnownGood(), { files: {}, pointer: undefined });
      assert.equal(await readdir(directory), []);
      await disk.prepare();
      await disk.prepare();
      assert.is((await lstat(staging)).mode & 0o777, 0o700);
      assert.equal(await readdir(state), []);
      assert.equal(await readFiles(directory), {});
    });
  });

  it("makes directories that Prometheus may enter, whatever the umask", async () => {
    await withPlace(async ({ disk, watched }) => {
      // The umask of a process is one for all its tests: none of them runs meanwhile, nothing here waits.
      const before = process.umask(0o077);
      const prepared = disk.prepare();
      process.umask(before);
      await prepared;
      assert.is((await lstat(watched)).mode & 0o777, 0o755);
    });
  });

  it("takes targets alone where no urls are asked for", async () => {
    await withPlace(
      async ({ disk, watched }) => {
        assert.equal(disk.names, ["targets.json"]);
        assert.is(disk.path("targets.json"), join(watched, "targets.json"));
        assert.throws(() => disk.path("urls.json"));
      },
      { urls: undefined as never },
    );
  });
});

describe("staging", (it) => {
  it("takes chunks of any size", async () => {
    await withPlace(async ({ disk }) => {
      await disk.prepare();
      const bytes = Buffer.alloc(3 * STEP + 12_345, "promgen and its targets ");
      const half = STEP / 2;
      for (const sizes of [
        [bytes.length],
        [1, STEP, 1, STEP + 1, 1],
        [half, half, half + 1, half, half, 1],
        [half - 1, half, 2, half - 1, 3, STEP - 1],
        Array.from({ length: 70 }, (_, at) => at * 100),
      ]) {
        const cuts = sizes.map((_, at) => sizes.slice(0, at).reduce((sum, size) => sum + size, 0));
        const staged = await disk.stage(
          "targets.json",
          chunksOf(...cuts.map((from, at) => bytes.subarray(from, cuts[at + 1]))),
        );
        assert.equal([staged.sha256, staged.bytes], [sha256(bytes), bytes.length], String(sizes));
        assert.is(Buffer.compare(await readFile(staged.path), bytes), 0, String(sizes));
        await disk.discard([staged]);
      }
    });
  });

  it("keeps what came, byte for byte, under a name that Prometheus would never read, and hashes it", async () => {
    await withPlace(async ({ disk, staging }) => {
      await disk.prepare();
      const bytes = Buffer.alloc(300_000, "promgen ");
      const staged = await disk.stage("targets.json", chunksOf(bytes.subarray(0, 70_001), "", bytes.subarray(70_001)));
      assert.is(staged.sha256, sha256(bytes));
      assert.is(staged.bytes, bytes.length);
      assert.equal(await readFile(staged.path), bytes);
      assert.is(await readAll(disk.readStaged(staged)), bytes.toString());
      assert.equal(Buffer.from(disk.bytesOf(staged).view(0, bytes.length)), bytes);
      const [name = ""] = await readdir(staging);
      assert.not.match(name, /\.(json|ya?ml)$/);
      assert.is((await lstat(staged.path)).mode & 0o777, 0o600);
    });
  });

  it("gives every file a name of its own, and lets nothing else be opened for it", async () => {
    await withPlace(async ({ directory, disk, staging }) => {
      await disk.prepare();
      await writeFile(join(directory, "victim"), "precious");
      await symlink(join(directory, "victim"), join(staging, "targets.1.new"));
      await link(join(directory, "victim"), join(staging, "targets.2.new"));
      const one = await stage(disk, "targets.json", "one");
      const two = await stage(disk, "targets.json", "two");
      assert.is.not(one.path, two.path);
      await put(disk, "targets.json", "three");
      assert.is(await readFile(one.path, "utf8"), "one");
      assert.is(await readFile(join(directory, "victim"), "utf8"), "precious");
    });
  });

  it("leaves nothing where the source breaks off, and passes on why it did", async () => {
    await withPlace(async ({ disk, staging }) => {
      await disk.prepare();
      const broken = async function* (): AsyncGenerator<Uint8Array> {
        yield* chunksOf("half");
        throw new Error("connection lost");
      };
      const error = await disk.stage("targets.json", broken()).then(String, String);
      assert.is(error, "Error: connection lost");
      assert.equal(await readdir(staging), []);
    });
  });

  it("is emptied of what is discarded, twice over", async () => {
    await withPlace(async ({ disk, staging }) => {
      await disk.prepare();
      const staged = [await stage(disk, "targets.json", "a"), await stage(disk, "urls.json", "b")];
      await disk.discard(staged);
      await disk.discard(staged);
      assert.equal(await readdir(staging), []);
    });
  });

  it("is cleared of what a killed run left, and of nothing else", async () => {
    await withPlace(async ({ disk, staging, state, watched, directory }) => {
      await disk.prepare();
      await stage(disk, "targets.json", "left");
      await writeFiles(directory, {
        "watched/.promgen-agent-nudge.1.new": "",
        "watched/targets.1.new": "not ours",
        "watched/.promgen-agent/SHA256SUMS.2.new": "left",
        "watched/.promgen-agent/notes": "not ours",
        "state/state.json.1.new": "left",
        "state/glance.json": "of the run before",
        "state/glance.json.1.new": "left",
        "state/contact.json": "kept",
        "state/contact.json.4711.new": "left",
        "state/urls.json.counted": "kept",
        "state/urls.json.counted.1.new": "left",
        "state/other.1.new": "not ours",
        "state/last-known-good.3.new/targets.json": "left",
      });
      await placeIn(directory).disk.prepare();
      assert.equal(await readdir(staging), ["notes"]);
      assert.equal((await readdir(watched)).sort(), [".promgen-agent", "targets.1.new"]);
      assert.equal((await readdir(state)).sort(), ["contact.json", "other.1.new", "urls.json.counted"]);
    });
  });
});

describe("files in place", (it) => {
  it("are seen with their digest, size, time, mode and owner, and read", async () => {
    await withPlace(async ({ disk, watched }) => {
      await disk.prepare();
      const mtime = await put(disk, "targets.json", "targets");
      const { uid, gid } = await lstat(join(watched, "targets.json"));
      assert.equal(await disk.look("targets.json"), {
        sha256: sha256("targets"),
        bytes: 7,
        mtime,
        mode: 0o644,
        uid,
        gid,
      });
      assert.is(await readAll(disk.read("targets.json")), "targets");
      assert.is(await disk.look("urls.json"), undefined);
    });
  });

  it("are hashed once while nobody touches them, and again after anybody did", async () => {
    await withPlace(async ({ disk, watched, clock }) => {
      await disk.prepare();
      await put(disk, "targets.json", "targets");
      const path = join(watched, "targets.json");
      const look = async (): Promise<string | undefined> =>
        // As if "known" were its digest, so that it shows whether the file was read.
        (await disk.look("targets.json", known === undefined ? undefined : { ...known, sha256: "known" }))?.sha256;
      clock.seconds = (await lstat(path)).ctimeMs / 1000 + 1;
      assert.is((await disk.look("targets.json"))?.known, undefined, "it may be changed within the same tick");
      clock.seconds += 2;
      let known = (await disk.look("targets.json"))?.known;
      assert.is(known?.sha256, sha256("targets"));
      assert.is(known?.at, clock.seconds);
      assert.is(await look(), "known");

      const changes: (() => Promise<void>)[] = [
        async () => await writeFile(path, "TARGETS"),
        async () => await utimes(path, 1, 1),
        async () => await chmod(path, 0o600),
        async () => {
          await writeFile(`${path}.other`, "targets");
          await rename(`${path}.other`, path);
        },
      ];
      for (const change of changes) {
        clock.seconds = (await lstat(path)).ctimeMs / 1000 + 3;
        known = (await disk.look("targets.json"))?.known;
        assert.is(await look(), "known");
        await change();
        assert.is(await look(), sha256(await readFile(path)));
      }
    });
  });

  it("are open for who knows what they were hashed to, until somebody touches them", async () => {
    await withPlace(async ({ disk, watched, clock }) => {
      await disk.prepare();
      await put(disk, "targets.json", "targets");
      await disk.look("targets.json");
      assert.is(disk.open("targets.json"), undefined);
      clock.seconds = Date.now() / 1000 + 10;
      const { known } = (await disk.look("targets.json")) ?? {};
      assert.ok(known);
      await disk.look("targets.json", { ...known, sha256: "as known" });
      const inPlace = disk.open("targets.json");
      assert.equal([inPlace?.bytes.view(0, 100).toString(), inPlace?.sha256], ["targets", "as known"]);
      assert.is(inPlace?.isSame(), true);
      await writeFile(join(watched, "targets.json"), "changed");
      assert.is(inPlace?.isSame(), false);
      inPlace?.close();
      assert.is(disk.open("urls.json"), undefined);
      await rm(join(watched, "targets.json"));
      assert.is(disk.open("targets.json"), undefined);
    });
  });

  it("are seen through a window, wherever one looks, and no further than they go", async () => {
    await withPlace(async ({ disk, watched, clock }) => {
      await disk.prepare();
      const bytes = Buffer.from(Array.from({ length: 700_000 }, (_, at) => (at * 7919) % 251));
      const staged = await disk.stage("targets.json", chunksOf(bytes));
      await disk.swap(staged);
      clock.seconds = Date.now() / 1000 + 10;
      await disk.look("targets.json");
      const inPlace = disk.open("targets.json");
      assert.ok(inPlace);
      for (const [start, length] of [
        [0, 10],
        [262_100, 100],
        [5, 10],
        [100_000, 600_000],
        [699_990, 100],
        [0, 700_001],
        [700_000, 5],
      ] as const)
        assert.is(Buffer.compare(inPlace.bytes.view(start, length), bytes.subarray(start, start + length)), 0);
      inPlace.close();
      const cut = disk.open("targets.json");
      assert.is(cut?.bytes.length, bytes.length);
      await truncate(join(watched, "targets.json"), 10);
      assert.is(await reasonOf(() => cut?.bytes.view(600_000, 5)), "disk");
      cut?.close();
    });
  });

  it("may lie in two directories under names of their own", async () => {
    await withPlace(async ({ directory }) => {
      const config = { targets: join(directory, "a/tokyo.json"), urls: join(directory, "b/tokyo.json") };
      const { disk, state } = placeIn(directory, config);
      await disk.prepare();
      await put(disk, "targets.json", "targets");
      await put(disk, "urls.json", "urls");
      await disk.keepPointer(pointerTo("targets", "urls"));
      await disk.keepLastKnownGood();
      assert.equal(await readFiles(join(directory, "b")), { "tokyo.json": "urls" });
      assert.is(await readFile(config.targets, "utf8"), "targets");
      assert.equal((await readdir(join(state, "last-known-good"))).sort(), ["SHA256SUMS", "targets.json", "urls.json"]);
    });
  });

  it("can be replaced by copies of themselves, which Prometheus reads again", async () => {
    await withPlace(async ({ disk }) => {
      await disk.prepare();
      const before = await put(disk, "targets.json", "same");
      const chunks = disk.read("targets.json");
      assert.ok(chunks);
      const after = await disk.swap(await disk.stage("targets.json", chunks));
      assert.ok(after > before);
      assert.is((await disk.look("targets.json"))?.sha256, sha256("same"));
      assert.is((await disk.look("targets.json"))?.mtime, after);
    });
  });

  it("are not touched by a nudge, which leaves nothing", async () => {
    await withPlace(async ({ disk, watched }) => {
      await disk.prepare();
      await put(disk, "targets.json", "same");
      const before = await lstat(join(watched, "targets.json"), { bigint: true });
      await disk.nudge("targets.json");
      await disk.nudge("targets.json");
      assert.equal((await readdir(watched)).sort(), [".promgen-agent", "targets.json"]);
      assert.is((await lstat(join(watched, "targets.json"), { bigint: true })).ctimeNs, before.ctimeNs);
    });
  });
});

describe("directories that vanish", (it) => {
  it("are a failure of the disk, not a bug, and come back with the next run", async () => {
    await withPlace(async ({ disk, watched, state }) => {
      await disk.prepare();
      const staged = await stage(disk, "targets.json", "new");
      await rm(watched, { recursive: true });
      await rm(state, { recursive: true });
      assert.is(await reasonOf(() => disk.swap(staged)), "disk");
      assert.is(await reasonOf(() => disk.writeState(Buffer.from("{}"))), "disk");
      await disk.prepare();
      await put(disk, "targets.json", "new");
    });
  });
});

describe("what was counted, and the diary of glances", (it) => {
  it("are as good as lost where they cannot be read", async () => {
    await withPlace(async ({ disk, state }) => {
      await disk.prepare();
      const [counted, contact] = [join(state, "targets.json.counted"), join(state, "contact.json")];
      assert.equal([await disk.readCounted("targets.json"), await disk.readContact()], [undefined, undefined]);
      await disk.keepCounted("targets.json", [Buffer.from("long "), Buffer.from("long ".repeat(10_000))]);
      await disk.keepCounted("targets.json", [Buffer.from("sh"), Buffer.from("ort")]);
      // It names jobs, which those who may not read targets.json shall not see.
      assert.is((await lstat(counted)).mode & 0o777, 0o600);
      await writeFile(contact, "{}");
      assert.equal([await disk.readCounted("targets.json"), await disk.readContact()].map(String), ["short", "{}"]);
      assert.is(await disk.readCounted("urls.json"), undefined);
      for (const path of [counted, contact]) {
        await rename(path, `${path}.elsewhere`);
        await symlink(`${path}.elsewhere`, path);
      }
      assert.equal([await disk.readCounted("targets.json"), await disk.readContact()], [undefined, undefined]);
      await disk.keepCounted("targets.json", [Buffer.from("again")]);
      assert.is(String(await disk.readCounted("targets.json")), "again");
      assert.is(await readFile(`${counted}.elsewhere`, "utf8"), "short");
    });
  });
});

describe("the state", (it) => {
  it("is read back as it was written, and replaced as a whole", async () => {
    await withPlace(async ({ disk, state }) => {
      await disk.prepare();
      await disk.writeState(Buffer.from("long ".repeat(10_000)));
      await disk.writeState(Buffer.from("short"));
      assert.is(String(await disk.readState()), "short");
      assert.equal(await readdir(state), ["state.json"]);
    });
  });
});
