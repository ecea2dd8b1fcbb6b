import { chmod, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { AgentConfig } from "../../../src/agent/config.ts";
import { FRESH_STATE, writeAgentState } from "../../../src/agent/core/state-file.ts";
import type { AgentState } from "../../../src/agent/core/state.ts";
import { diagnose } from "../../../src/agent/doctor/diagnose.ts";
import type { Row, RowId } from "../../../src/agent/doctor/row.ts";
import { exitOf } from "../../../src/agent/doctor/row.ts";
import { lookAtTools } from "../../../src/agent/doctor/tools.ts";
import { Failure } from "../../../src/agent/failure.ts";
import type { Verifier } from "../../../src/agent/trust/signature.ts";
import { describe } from "../../describe.ts";
import { readFiles } from "../../workplace.ts";
import type { Place } from "../disk/place.ts";
import { put, withPlace } from "../disk/place.ts";
import { about, collaboratorsIn, configIn, EMPTY, NOW, sums, TARGETS } from "./configuration.ts";

/** A host on which a generation is in place. */
async function withHost(act: (place: Place) => Promise<void>, state: Partial<AgentState> = {}): Promise<void> {
  await withPlace(async (place) => {
    await place.disk.prepare();
    await put(place.disk, "targets.json", TARGETS);
    await put(place.disk, "urls.json", EMPTY);
    await place.disk.keepPointer({ sums: sums(TARGETS, EMPTY), signature: undefined });
    await place.disk.writeState(writeAgentState({ ...FRESH_STATE, ...state }));
    await act(place);
  });
}

async function look(place: Place, config: Partial<AgentConfig> = {}): Promise<Row[]> {
  return await diagnose(configIn(place, config), collaboratorsIn(place));
}

/** Rows that are not ok. */
function complaints(rows: readonly Row[]): string[] {
  return rows.filter(({ level }) => level !== "ok").map(({ id, level, reason }) => `${id} ${reason ?? level}`);
}

describe("what doctor says of this host", (it) => {
  it("is nothing where all is well, and nothing is changed by asking", async () => {
    await withHost(async (place) => {
      const before = await readFiles(place.directory);
      const rows = await look(place);
      assert.equal(complaints(rows), []);
      assert.match(
        rows.find(({ id }) => id === "digest")?.what ?? "",
        /^generation 1699999999 of shard a is in place, as it was verified$/,
      );
      assert.is(exitOf(rows), 0);
      assert.equal(await readFiles(place.directory), before);
    });
  });

  it("is another shard than the one that is in place, and how to change it", async () => {
    const floor = { generation: 1, digests: { "targets.json": "a", "urls.json": "b" } };
    await withHost(
      async (place) => {
        const [row] = (await look(place)).filter(({ reason }) => reason === "wrong-shard");
        assert.match(row?.what ?? "", 'shard "osaka-b"');
        assert.match(row?.help ?? "", "--bootstrap");
      },
      { floor: { ...floor, shard: "osaka-b" } },
    );
  });

  it("is that nothing is there on a host without anything", async () => {
    await withPlace(async (place) => {
      const rows = await look(place);
      assert.equal(complaints(rows), [
        "state warning",
        "directory disk",
        "directory warning",
        "targets disk",
        "targets disk",
      ]);
      assert.is(exitOf(rows), 7);
      assert.equal(await readFiles(place.directory), {});
    });
  });

  const changes: readonly [what: string, complaint: string, (place: Place) => Promise<void>][] = [
    [
      "a file that was changed by hand",
      "digest disk",
      async ({ disk }) => await writeFile(disk.path("targets.json"), EMPTY),
    ],
    ["a file that is gone", "targets disk", async ({ disk }) => await rm(disk.path("targets.json"))],
    ["a file that is no JSON", "targets invalid", async ({ disk }) => await writeFile(disk.path("targets.json"), "[{")],
    [
      "a file that drops everything",
      "targets invalid",
      async ({ disk }) => await writeFile(disk.path("targets.json"), "[]"),
    ],
    ["a mode that keeps others out", "mode warning", async ({ disk }) => await chmod(disk.path("targets.json"), 0o600)],
    ["a state that is gone", "state warning", async ({ state }) => await rm(join(state, "state.json"))],
    ["a state that is damaged", "state warning", async ({ state }) => await writeFile(join(state, "state.json"), "{}")],
    [
      "a state of a newer agent",
      "state format",
      async ({ state }) => await writeFile(join(state, "state.json"), '{"version":99}'),
    ],
    ["a generation that nobody knows", "digest warning", async ({ staging }) => await rm(staging, { recursive: true })],
    [
      "a SHA256SUMS that is damaged",
      "digest pointer",
      async ({ staging }) => await writeFile(join(staging, "SHA256SUMS"), "x\n"),
    ],
    [
      "a SHA256SUMS that is damaged where the state is gone, too",
      "state bootstrap",
      async ({ staging, state }) => {
        await writeFile(join(staging, "SHA256SUMS"), "x\n");
        await rm(join(state, "state.json"));
      },
    ],
    [
      "a state that is gone where last-known-good alone shows that there was one",
      "state bootstrap",
      async ({ disk, staging, state }) => {
        await disk.keepLastKnownGood();
        await rm(staging, { recursive: true });
        await rm(join(state, "state.json"));
      },
    ],
    [
      "a state that is damaged where nothing else says what is in place",
      "state bootstrap",
      async ({ staging, state }) => {
        await rm(staging, { recursive: true });
        await writeFile(join(state, "state.json"), "{}");
      },
    ],
    [
      "a directory that anybody may write to",
      "targets unsafe-path",
      async ({ watched }) => await chmod(watched, 0o777),
    ],
  ];
  for (const [what, complaint, change] of changes) {
    it(`names ${what}`, async () => {
      await withHost(async (place) => {
        await change(place);
        const said = complaints(await look(place));
        assert.ok(said.includes(complaint), said.join(", "));
      });
    });
  }

  it("says how much is free where the next swap would not fit, which ends with 7", async () => {
    await withHost(async (place) => {
      const found = place.disk.look.bind(place.disk);
      place.disk.look = async (name) => {
        const facts = await found(name);
        return facts && { ...facts, bytes: 2 ** 60 };
      };
      const rows = await look(place);
      assert.equal(new Set(about(rows, "space")), new Set(["disk-full"]));
      assert.match(
        rows.find(({ id }) => id === "space")?.what ?? "",
        /^\d+ MiB are free .*too little for the next swap/,
      );
      assert.is(exitOf(rows), 7);
    });
  });

  it("tells the SHA256SUMS in place from that of a source", async () => {
    await withHost(async (place) => {
      await writeFile(join(place.staging, "SHA256SUMS"), "x\n");
      const row = (await look(place)).find(({ id }) => id === "digest");
      assert.match(row?.what ?? "", "beside the targets");
      assert.match(row?.help ?? "", "promgen-agent sync");
    });
  });

  it("names a directory that is a symbolic link, more mildly where that is allowed", async () => {
    await withHost(async (place) => {
      const link = join(place.directory, "link");
      await symlink(place.watched, link);
      for (const [allowSymlinks, said] of [
        [false, "unsafe-path"],
        [true, "warning"],
      ] as const) {
        const config = { targets: join(link, "targets.json"), state: place.state, allowSymlinks };
        await withPlace(async (linked) => assert.equal(about(await look(linked), "symlink"), [said]), config);
      }
    });
  });
});

describe("what doctor says of signatures", (it) => {
  it("is that what is in place is not signed as it should be", async () => {
    await withHost(async (place) => {
      const verifier: Verifier = {
        signers: async () => "",
        verify: async () => {
          throw new Failure("signature", "the key is revoked");
        },
      };
      const rows = await diagnose(configIn(place), collaboratorsIn(place, { verifier }));
      assert.equal(about(rows, "digest"), ["signature"]);
      assert.is(exitOf(rows), 5);
    });
  });
});

describe("what doctor says of the past", (it) => {
  const lastRun = { at: NOW - 59, exit: 0, seconds: 1 };
  const entry = { sums: "x", generation: 5, at: NOW - 60 };
  const cases: readonly [what: string, state: Partial<AgentState>, id: RowId, said: string, words: string][] = [
    ["a run a minute ago", { lastRun }, "last-run", "ok", "the last run was 60 s ago and ended with 0"],
    [
      "a run that failed",
      { lastRun: { ...lastRun, at: NOW - 600, exit: 6, message: "gone" } },
      "last-run",
      "warning",
      "the last run was 10 min ago and ended with 6: gone",
    ],
    [
      "a timer that stands still",
      { lastRun: { ...lastRun, at: NOW - 10_800 } },
      "last-run",
      "warning",
      "the last run was 3 h ago and ended with 0",
    ],
    [
      "a clock that was set back",
      { lastRun: { ...lastRun, at: NOW + 9000 } },
      "clock",
      "warning",
      "the last run was on 2023-11-15T00:43:20Z, and it is 2023-11-14T22:13:20Z now: the clock was set back",
    ],
    [
      "a source that is gone for long",
      { lastContact: NOW - 259_200 },
      "contact",
      "stale",
      "no source was reached for 3 days",
    ],
    [
      "a hold",
      { hold: { since: NOW - 5, until: NOW + 5 } },
      "hold",
      "warning",
      "nothing is swapped in until 2023-11-14T22:13:25Z",
    ],
    [
      "a hold without an end",
      { hold: { since: NOW - 5, reason: "a move" } },
      "hold",
      "warning",
      "nothing is swapped in until it is released: a move",
    ],
    [
      "what the guard holds",
      { held: { generation: 5, reason: "removed", removed: 9, before: 10, since: NOW } },
      "held",
      "removed",
      "it would remove 9 of 10 targets",
    ],
    [
      "what Prometheus rejected",
      { quarantine: [{ ...entry, reason: "rejected" }] },
      "quarantine",
      "warning",
      "generation 5 is not taken again: Prometheus could not read it on 2023-11-14T22:12:20Z",
    ],
    [
      "what was rolled back",
      { quarantine: [{ ...entry, reason: "rolled-back" }] },
      "quarantine",
      "warning",
      "generation 5 is not taken again: it was rolled back on 2023-11-14T22:12:20Z",
    ],
    [
      "what was refused",
      { refused: { sums: "x", message: "not valid", at: NOW } },
      "quarantine",
      "invalid",
      "what the source has was refused: not valid",
    ],
  ];
  for (const [what, state, id, said, words] of cases) {
    it(`tells of ${what}`, async () => {
      await withHost(async (place) => {
        const rows = await look(place);
        assert.equal(about(rows, id), [said]);
        assert.match(rows.find((row) => row.id === id)?.what ?? "", words);
      }, state);
    });
  }

  it("is nothing of a source that was just reached, nor of a hold that is over", async () => {
    const state = { lastContact: NOW - 60, hold: { since: NOW - 9, until: NOW - 5 } };
    await withHost(async (place) => assert.equal(complaints(await look(place)), []), state);
  });
});

describe("what doctor says of what is held", (it) => {
  it("is how much of which file would go, or that it cannot be counted", async () => {
    for (const [facts, words] of [
      [{ removed: 29, before: 30, files: ["urls.json"] }, "it would remove 29 of 30 targets of urls.json"],
      [{ removed: 0, before: 0 }, "what is in place cannot be counted"],
    ] as const) {
      const held = { generation: 5, reason: "removed", since: NOW, ...facts } as const;
      await withHost(
        async (place) => {
          const row = (await look(place)).find(({ id }) => id === "held");
          assert.match(row?.what ?? "", words);
          assert.match(row?.help ?? "", "--accept 5");
        },
        { held },
      );
    }
  });
});

describe("what doctor says of programs", (it) => {
  it("is asked only for those that the configuration needs", async () => {
    await withPlace(async (place) => {
      const config = configIn(place);
      assert.equal(
        (await lookAtTools(config)).map(({ what }) => what),
        ["flock is installed"],
      );
      const rows = await lookAtTools({
        ...config,
        source: { ...config.source, urls: ["git+https://x/y#z"] },
        trust: { ...config.trust, allowedSigners: "/x" },
      });
      assert.equal(
        rows.map(({ level, what }) => `${level} ${what}`),
        ["ok flock is installed", "ok ssh-keygen is installed", "ok git is installed"],
      );
    });
  });
});
