/** The key that signs is in no output, no argument, no environment of others, and on no disk afterwards. */
import { chmod, mkdir, readFile, readdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import * as assert from "uvu/assert";
import { describe, notRun } from "../describe.ts";
import { commit, SHOP, web, withInventory } from "../publish/inventory-repository.ts";
import { environment, isInstalled, run, runCli, writeFiles } from "../workplace.ts";

/** Writes down what it was given, then does it, or what the test wants. */
const SPY = `#!/bin/sh
{ echo "$0 $*"; env; } >>"$SPY_LOG"
case $0 in *ssh-keygen) for word in "$@"; do [ "$word" != /dev/null ] && [ -f "$word" ] && ls -ln "$word" >>"$SPY_LOG"; done
  ls -ldn . >>"$SPY_LOG"
  [ -z "$SIGNAL" ] || { kill -"$SIGNAL" $PPID; sleep 1; } ;; esac
PATH=\${PATH#*:}
exec "$(basename "$0")" "$@"
`;

async function withSpies(act: (repository: string, env: NodeJS.ProcessEnv) => Promise<void>): Promise<void> {
  await withInventory(SHOP, async (repository) => {
    const base = join(repository, "..");
    await writeFiles(base, { "tools/git": SPY, "tools/ssh-keygen": SPY });
    for (const name of ["git", "ssh-keygen"]) await chmod(join(base, "tools", name), 0o755);
    await mkdir(join(base, "tmp"));
    await run(base, ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "key"]);
    await act(repository, {
      PROMGEN_SIGNING_KEY: await readFile(join(base, "key"), "utf8"),
      SPY_LOG: join(base, "log"),
      TMPDIR: join(base, "tmp"),
      PATH: [join(base, "tools"), environment(repository)["PATH"]].join(delimiter),
    });
  });
}

/** Parts of a private key that nothing else has; its first lines are the same for all keys. */
function canaries(key: string): string[] {
  const lines = key.split("\n").filter((line) => line !== "" && !line.startsWith("-"));
  assert.ok(lines.length > 3);
  return lines.slice(2);
}

if (await isInstalled("ssh-keygen")) {
  describe("a key in the environment", (it) => {
    it("is seen by nobody but ssh-keygen, in a file that only we can read and that is gone afterwards", async () => {
      await withSpies(async (repository, env) => {
        const ran = await runCli(repository, ["publish"], env);
        assert.is(ran.exit, 0, ran.stderr);
        assert.match(ran.stdout, "signed");
        const log = await readFile(env["SPY_LOG"] ?? "", "utf8");
        assert.match(log, /ssh-keygen -Y sign -f \S+\/key -n promgen-gen 0 1 2 3\n/);
        assert.match(log, /^-rw------- .*\/key$/m);
        assert.match(log, /^drwx------ .* \.$/m);
        for (const canary of canaries(env["PROMGEN_SIGNING_KEY"] ?? ""))
          for (const text of [log, ran.stdout, ran.stderr]) assert.not.match(text, canary);
        assert.equal(await readdir(env["TMPDIR"] ?? ""), []);
      });
    });

    it("is gone where a signal ends the program while it signs", async () => {
      await withSpies(async (repository, env) => {
        for (const SIGNAL of ["TERM", "INT", "HUP"]) {
          const ran = await runCli(repository, ["publish"], { ...env, SIGNAL });
          assert.is(ran.signal, `SIG${SIGNAL}`);
          assert.equal(await readdir(env["TMPDIR"] ?? ""), []);
          for (const canary of canaries(env["PROMGEN_SIGNING_KEY"] ?? "")) assert.not.match(ran.stderr, canary);
        }
      });
    });

    it("is not told in errors, whatever is wrong with it", async () => {
      await withSpies(async (repository, env) => {
        const key = env["PROMGEN_SIGNING_KEY"] ?? "";
        await commit(repository, { "targets/web.yml": web(21) });
        for (const spoiled of [
          key.replace("OPENSSH", "RSA"),
          key.slice(0, -80),
          key.replace(/\n/g, ""),
          key.slice(40),
        ]) {
          const ran = await runCli(repository, ["publish"], { ...env, PROMGEN_SIGNING_KEY: spoiled });
          assert.is(ran.exit, 2);
          assert.match(ran.stderr, /PROMGEN_SIGNING_KEY|ssh-keygen does not sign/);
          for (const canary of canaries(key)) assert.not.match(`${ran.stdout}${ran.stderr}`, canary);
        }
        assert.equal(await readdir(env["TMPDIR"] ?? ""), []);
      });
    });
  });
} else notRun("a key in the environment", "ssh-keygen is not installed");
