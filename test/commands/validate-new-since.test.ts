import { mkdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { validate } from "../../src/commands/validate.ts";
import type { ValidateOptions } from "../../src/commands/validate.ts";
import { EnvironmentError, EXIT } from "../../src/exit.ts";
import { describe } from "../describe.ts";
import { git, inProcess, withDirectory, writeFiles } from "../workplace.ts";
import type { Files } from "../workplace.ts";
import { CLEAN, MIXED } from "./fake-io.ts";

interface Report {
  readonly summary: {
    readonly targets: number;
    readonly older?: { errors: number; warnings: number; infos: number; unread: boolean };
  };
  readonly findings: readonly {
    readonly rule: string;
    readonly file: string;
    readonly start: { line: number } | null;
  }[];
}

/** What `validate --new-since HEAD` says: new findings, `file:line rule`; how many are older; the exit code. */
interface Said {
  readonly exit: number | undefined;
  readonly fresh: readonly string[];
  readonly older: Report["summary"]["older"];
}

async function say(root: string, newSince = "HEAD", options: Partial<ValidateOptions> = {}): Promise<Said> {
  const ran = await inProcess(root, (io) =>
    validate(io, [], { format: "json", failOn: "error", verbose: false, newSince, ...options }),
  );
  const { findings, summary } = JSON.parse(ran.stdout) as Report;
  const fresh = findings.map(({ rule, file, start }) => `${file}:${start?.line ?? "-"} ${rule}`);
  return { exit: ran.exit, fresh, older: summary.older };
}

async function refused(said: Promise<Said>): Promise<EnvironmentError> {
  const error = await said.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  assert.instance(error, EnvironmentError);
  return error as EnvironmentError;
}

async function commitAll(directory: string): Promise<void> {
  await git(directory, "add", "-A");
  await git(directory, "commit", "-q", "--allow-empty", "-m", "change");
}

/** A repository with these files committed, then others written over them; `undefined` removes one. */
async function changed<T>(
  before: Files,
  after: Readonly<Record<string, string | undefined>>,
  act: (root: string) => Promise<T>,
  below = ".",
): Promise<T> {
  return await withDirectory({}, async (directory) => {
    const top = join(directory, "repository");
    const root = join(top, below);
    await mkdir(root, { recursive: true });
    await git(top, "init", "-q");
    await writeFiles(root, before);
    await commitAll(top);
    for (const [file, text] of Object.entries(after)) {
      if (text === undefined) await rm(join(root, file));
      else await writeFiles(root, { [file]: text });
    }
    return await act(root);
  });
}

const SERVICE = (hosts: string, name = "bad"): string =>
  `service: ${name}\nshard: tokyo-a\nprojects:\n  - name: ${name}\n    hosts: [${hosts}]\n    exporters: [node]\n`;

describe("validate --new-since", (it) => {
  it("counts nothing that the revision has as well, and says how much that is", async () => {
    await changed(MIXED, {}, async (root) => {
      const older = { errors: 1, warnings: 1, infos: 1, unread: false };
      assert.equal(await say(root), { exit: EXIT.ok, fresh: [], older });
      assert.equal(await say(root, "HEAD", { failOn: "info" }), { exit: EXIT.ok, fresh: [], older });
    });
  });

  it("counts what is new, in an old file, in a new one, and elsewhere because of one", async () => {
    const after = {
      "targets/error.yml": `# moved\n${MIXED["targets/error.yml"]}descripton: x\n`,
      "targets/new.yml": SERVICE("web1.example.com, web 3"),
    };
    await changed(MIXED, after, async (root) => {
      const { exit, fresh } = await say(root);
      assert.is(exit, EXIT.findings);
      assert.equal(fresh, [
        "targets/error.yml:4 schema/unknown-key",
        "targets/new.yml:5 topology/shared-target",
        "targets/new.yml:5 address/whitespace",
      ]);
    });
  });

  it("judges the files as they are, committed or not", async () => {
    const after = { "targets/new.yml": SERVICE("web 3") };
    await changed(CLEAN, after, async (root) => {
      assert.is((await say(root)).fresh.length, 1);
      await git(root, "add", "-A");
      assert.is((await say(root)).fresh.length, 1);
      await commitAll(root);
      assert.is((await say(root)).fresh.length, 0);
      assert.is((await say(root, "HEAD~1")).fresh.length, 1);
      await git(root, "checkout", "-q", "--detach", "HEAD~1");
      assert.is((await say(root, "main")).fresh.length, 0);
    });
  });

  it("reads no other revision where there is nothing to compare, but asks whether there is one", async () => {
    await changed(MIXED, CLEAN, async (root) => {
      for (const file of ["error.yml", "sub/warning.yml", "sub/info.yml"]) await rm(join(root, "targets", file));
      const older = { errors: 0, warnings: 0, infos: 0, unread: false };
      assert.equal(await say(root), { exit: EXIT.ok, fresh: [], older });
      assert.match((await refused(say(root, "nowhere"))).message, "`nowhere`");
    });
  });

  it("goes by today's lint settings, so that a rule can be switched on, and by each revision's comments", async () => {
    const loud = SERVICE("Web9.example.com # promgen-ignore address/non-canonical -- old names\n      ");
    const after = {
      "promgen.yml": `${CLEAN["promgen.yml"]}lint:\n  label/required: { severity: error, labels: [env] }\n`,
      "targets/bad.yml": loud.replace(/#.*/, ""),
    };
    await changed({ ...CLEAN, "targets/bad.yml": loud }, after, async (root) => {
      const { fresh, older } = await say(root);
      assert.equal(fresh, ["targets/bad.yml:5 address/non-canonical"]);
      assert.ok((older?.errors ?? 0) > 0);
    });
  });

  it("takes a revision with a file that cannot be read, and says that findings may be older", async () => {
    const before = {
      ...MIXED,
      "targets/broken.yml": 'service: "a\n',
      "targets/latin.yml": new Uint8Array([0xff, 0xfe]),
    };
    const after = { "targets/broken.yml": SERVICE("web 3"), "targets/latin.yml": "farm: x\nhosts: [a]\n" };
    await changed(before, after, async (root) => {
      const { fresh, older } = await say(root);
      assert.ok(fresh.includes("targets/broken.yml:5 address/whitespace"));
      assert.equal([older?.errors, older?.warnings, older?.unread], [1, 1, true]);
    });
  });

  it("takes a revision without settings, and one without an inventory", async () => {
    await changed({ README: "" }, MIXED, async (root) => {
      assert.is((await say(root)).fresh.length, 3);
    });
    const { "promgen.yml": _, ...rest } = MIXED;
    await changed(rest, { "promgen.yml": CLEAN["promgen.yml"] }, async (root) => {
      assert.equal((await say(root)).fresh, []);
    });
  });

  it("finds the inventory of a directory below, and where promgen.yml names another one", async () => {
    await changed(
      MIXED,
      { "targets/new.yml": SERVICE("web 3") },
      async (root) => {
        assert.equal((await say(root)).fresh, ["targets/new.yml:5 address/whitespace"]);
      },
      "monitoring/prometheus",
    );
    const elsewhere = {
      "promgen.yml": `inventory: there\n${CLEAN["promgen.yml"]}`,
      "there/error.yml": MIXED["targets/error.yml"],
    };
    await changed(MIXED, elsewhere, async (root) => {
      const { fresh } = await say(root);
      assert.equal(fresh, ["there/error.yml:2 schema/unknown-key"]);
    });
  });

  it("follows symbolic links in the revision as on disk", async () => {
    await withDirectory({}, async (root) => {
      await git(root, "init", "-q");
      await writeFiles(root, { ...CLEAN, "shared/error.yml": MIXED["targets/error.yml"] });
      await symlink("../shared", join(root, "targets/shared"));
      await symlink("/etc", join(root, "targets/escape"));
      await commitAll(root);
      assert.equal(await say(root), {
        exit: EXIT.ok,
        fresh: [],
        older: { errors: 2, warnings: 0, infos: 0, unread: true },
      });
    });
  });

  it("works in a shallow clone for what is there, and names the command for what is not", async () => {
    await changed(MIXED, { "targets/new.yml": SERVICE("web 3") }, async (root) => {
      await commitAll(root);
      await git(root, "clone", "-q", "--depth=1", `file://${root}`, "../clone");
      const clone = join(root, "../clone");
      assert.equal((await say(clone)).fresh, []);
      const { message, hint } = await refused(say(clone, "HEAD~1"));
      assert.match(message, "shallow");
      assert.match(hint ?? "", "git fetch --unshallow origin");
    });
  });

  it("says that a submodule in the inventory is not read from the revision", async () => {
    await changed({ "error.yml": MIXED["targets/error.yml"] }, {}, async (module) => {
      await changed(CLEAN, {}, async (root) => {
        await git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", module, "targets/module");
        await commitAll(root);
        const { fresh, older } = await say(root);
        assert.equal([fresh, older?.unread], [["targets/module/error.yml:2 schema/unknown-key"], true]);
      });
    });
  });

  it("does not read from the revision what did not change", async () => {
    await changed(MIXED, { "targets/web.yml": `${CLEAN["targets/web.yml"]}\n` }, async (root) => {
      const id = await git(root, "rev-parse", "HEAD:targets/error.yml");
      await rm(join(root, ".git/objects", id.slice(0, 2), id.slice(2)));
      assert.equal((await say(root)).fresh, []);
    });
  });
});
