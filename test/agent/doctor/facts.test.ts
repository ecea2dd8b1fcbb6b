import { chmod, mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { isRemote, mountOf, readMounts } from "../../../src/agent/doctor/mounts.ts";
import type { PrometheusProcess } from "../../../src/agent/doctor/prometheus-process.ts";
import { findProcess, obstacle } from "../../../src/agent/doctor/prometheus-process.ts";
import { reportJson, reportText } from "../../../src/agent/doctor/report.ts";
import { exitOf, failed, ok, trouble, warning } from "../../../src/agent/doctor/row.ts";
import { Failure } from "../../../src/agent/failure.ts";
import { describe } from "../../describe.ts";
import { withDirectory } from "../../workplace.ts";

describe("rows of doctor", (it) => {
  it("end with the exit code of the worst trouble, and with 0 where there is none", () => {
    const space = trouble("space", "disk-full", "full", undefined);
    const source = trouble("source", "unreachable", "gone", "look");
    assert.is(exitOf([ok("tool", "x"), warning("mode", "x", "y")]), 0);
    assert.is(exitOf([source]), 6);
    assert.is(exitOf([source, space]), 7);
    assert.is(exitOf([failed("doctor", new TypeError("oh")), space]), 70);
    assert.is(exitOf([failed("source", new Failure("signature", "not signed"))]), 5);
  });

  it("are shown with what to do, each on a line of its own whatever it says", () => {
    const rows = [
      ok("tool", "fine"),
      warning("mode", "odd\u001b[31m\nmode", "chmod"),
      trouble("source", "unreachable", "gone", "look"),
    ];
    assert.is(
      reportText(rows),
      [
        "ok       tool: fine",
        "warning  mode: odd\\u001b[31m\\u000amode",
        "         = help: chmod",
        "TROUBLE  source: gone",
        "         = help: look",
        "1 trouble, 1 warning",
        "",
      ].join("\n"),
    );
    assert.is(reportText([ok("tool", "fine")]), "ok       tool: fine\nall is well\n");
  });

  it("are there for scripts, too", () => {
    const rows = [trouble("source", "unreachable", "gone", "look")];
    assert.equal(JSON.parse(reportJson(rows, 6)), {
      version: 1,
      exit: 6,
      rows: [{ id: "source", level: "trouble", what: "gone", help: "look", reason: "unreachable" }],
    });
  });
});

describe("mounts", (it) => {
  const mounts = readMounts(
    [
      "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
      "30 22 0:40 / /etc/prometheus rw - nfs4 host:/x rw",
      "31 30 8:1 /srv/t.json /etc/prometheus/odd\\040name/t.json ro - ext4 /dev/sda1 rw",
      "",
    ].join("\n"),
  );

  it("are found by the longest way", () => {
    assert.is(mountOf(mounts, "/var/lib")?.type, "ext4");
    assert.is(mountOf(mounts, "/etc/prometheus/promgen")?.type, "nfs4");
    assert.is(mountOf(mounts, "/etc/prometheus2")?.point, "/");
  });

  it("can be of a single file, with a space in its name", () => {
    assert.is(mounts.get("/etc/prometheus/odd name/t.json")?.root, "/srv/t.json");
  });

  it("are remote where other machines' changes come without notice", () => {
    assert.equal(["nfs", "nfs4", "cifs", "fuse.sshfs", "9p"].map(isRemote), [true, true, true, true, true]);
    assert.equal(["ext4", "xfs", "tmpfs", "overlay", "fuseblk"].map(isRemote), [false, false, false, false, false]);
  });
});

describe("the way of a process to a file", (it) => {
  const nobody: PrometheusProcess = {
    pid: 1,
    uid: 4_000_001,
    groups: new Set([4_000_002]),
    readsAll: false,
    isElsewhere: false,
  };

  /** What is in the way of this process to a file with this mode, in a directory with that one. */
  async function between(
    process: PrometheusProcess,
    fileMode: number,
    directoryMode: number,
  ): Promise<string | undefined> {
    return await withDirectory({}, async (directory) => {
      await chmod(directory, 0o755);
      const inner = join(directory, "inner");
      await mkdir(inner);
      await writeFile(join(inner, "targets.json"), "[]");
      await chmod(join(inner, "targets.json"), fileMode);
      await chmod(inner, directoryMode);
      const what = await obstacle(process, join(inner, "targets.json"));
      await chmod(inner, 0o755);
      return what?.replace(directory, "");
    });
  }

  it("is free where everybody may read", async () => {
    assert.is(await between(nobody, 0o644, 0o755), undefined);
  });

  it("ends at a file or a directory that is closed to it", async () => {
    assert.match((await between(nobody, 0o640, 0o755)) ?? "", /^\/inner\/targets\.json \(owner .*, mode 0640\)$/);
    assert.match((await between(nobody, 0o644, 0o750)) ?? "", /^\/inner \(owner .*, mode 0750\)$/);
  });

  it("goes by owner and group first", async () => {
    await withDirectory({}, async (directory) => {
      const { uid, gid } = await stat(directory);
      assert.is(await between({ ...nobody, uid }, 0o600, 0o700), undefined);
      assert.match((await between({ ...nobody, uid }, 0o044, 0o755)) ?? "", /mode 0044/);
      assert.is(await between({ ...nobody, groups: new Set([gid]) }, 0o640, 0o750), undefined);
    });
  });

  it("is free for who reads everything, and leads by another way in a container", async () => {
    assert.is(await between({ ...nobody, readsAll: true }, 0o600, 0o700), undefined);
    assert.is(await between({ ...nobody, isElsewhere: true }, 0o644, 0o700), undefined);
    assert.match((await between({ ...nobody, isElsewhere: true }, 0o600, 0o755)) ?? "", /mode 0600/);
  });

  it("is unknown where no Prometheus was started at that time", async () => {
    assert.is(await findProcess(1, 9090), undefined);
  });
});
