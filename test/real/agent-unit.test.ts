/**
 * The agent within the limits of the unit that is shipped. There is no systemd where tests run, so its limits are set with
 * the kernel's own means, and what a filter of system calls would forbid is looked for in a record of all of them.
 */
import { chmod, chown, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe, notRun } from "../describe.ts";
import { NOBODY, openCommand } from "../other-user.ts";
import { ROOT, isInstalled, run, withDirectory } from "../workplace.ts";
import { addresses, makeKey, publish, withSite } from "./artifacts.ts";
import { withHost } from "./host.ts";
import { installed } from "./prometheus.ts";

/** Forbidden calls that Node makes all the same. V8 asks for keys to protect code that it makes; without, it does without. */
const BORNE = new Set(["pkey_alloc"]);
const UNIT = join(ROOT, "deploy/systemd/promgen-agent.service");

/** Why not, if it cannot be tried here. */
async function obstacle(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "only root can give up being root";
  for (const program of ["setpriv", "strace", "systemd-analyze", "ssh-keygen"])
    if (!(await isInstalled(program))) return `${program} is not installed`;
  return undefined;
}

/** The settings of a unit, each with all its lines. */
async function settingsOf(path: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const settings = new Map<string, string[]>();
  for (const [, name = "", value = ""] of (await readFile(path, "utf8")).matchAll(/^(\w+)=(.*)$/gm))
    settings.set(name, [...(settings.get(name) ?? []), value]);
  return settings;
}

/** Names of the system calls in systemd's sets, sets in sets resolved. */
async function systemCalls(sets: readonly string[]): Promise<Set<string>> {
  const names = new Set<string>();
  const { stdout } = await run("/", ["systemd-analyze", "syscall-filter", "--no-pager", ...sets]);
  for (const [, word = ""] of stdout.matchAll(/^ {4}(@?[a-z0-9_-]+)$/gm)) {
    if (!word.startsWith("@")) names.add(word);
    else for (const name of await systemCalls([word])) names.add(name);
  }
  return names;
}

const [release] = await installed("the agent within its unit's limits");
const trouble = await obstacle();
if (trouble !== undefined) notRun("the agent within its unit's limits", trouble);
else if (release !== undefined) {
  describe("the agent within its unit's limits", (it) => {
    it("brings signed targets and proves them, without privileges, with no code made at run time, and writes to its own places alone", async () => {
      const settings = await settingsOf(UNIT);
      await withHost(release, {}, async (host) => {
        await withDirectory({}, async (directory) => {
          const [site, state] = [join(directory, "site"), join(directory, "state")];
          const watched = join(host.directory, "promgen");
          const signers = join(directory, "allowed_signers");
          for (const path of [site, state]) await mkdir(path);
          for (const path of [state, watched]) await chown(path, NOBODY, NOBODY);
          // The unit's user reaches its directories; the tests' own are closed to others.
          for (const path of [directory, host.directory]) await chmod(path, 0o755);
          await writeFile(signers, await makeKey(join(directory, "key"), "ci@example.com"));

          await withSite(site, async ({ url }) => {
            const options = [
              `--source=${url}`,
              "--shard=tokyo-a",
              `--targets=${host.targetsPath}`,
              `--state=${state}`,
              `--prometheus=${host.url}`,
              `--allowed-signers=${signers}`,
              "--identity=ci@example.com",
            ];
            // As ExecStart has it, with the program of this checkout.
            const [start = ""] = settings.get("ExecStart") ?? [];
            const [, flags = ""] = /^\/usr\/bin\/node ((?:--\S+ )+)\S+promgen-agent\.cjs sync\b/.exec(start) ?? [];
            // Each of them is one to every Node that is supported: it does not start with another.
            assert.is(flags, "--jitless ");
            const [node = "", ...script] = await openCommand([process.execPath, join(ROOT, "lib/promgen-agent.cjs")]);
            const program = [node, ...flags.trim().split(" "), ...script, "sync", ...options];
            const limits = [
              "setpriv",
              `--reuid=${NOBODY}`,
              `--regid=${NOBODY}`,
              "--clear-groups",
              "--no-new-privs",
              "--inh-caps=-all",
              "--bounding-set=-all",
              "prlimit",
              `--nproc=${settings.get("TasksMax")?.[0]}`,
            ];
            const record = join(directory, "calls");
            for (const count of [3, 5]) {
              await publish(site, { generation: count, targets: addresses(count), key: join(directory, "key") });
              const ran = await run(directory, ["strace", "-f", "-qq", "-o", record, ...limits, ...program]);
              assert.is(ran.exit, 0, ran.stderr);
              const warnings = ran.stderr.split("\n").filter((line) => line.startsWith("Warning:"));
              assert.ok(
                warnings.every((line) => line.includes("--expose_wasm")),
                "Node has nothing else to say that would stand in the journal each minute",
              );
              const calls = await readFile(record, "utf8");

              const [allowed = "", denied = ""] = settings.get("SystemCallFilter") ?? [];
              const sets = denied.replace("~", "").split(" ");
              assert.equal([allowed, sets], ["@system-service", ["@privileged", "@resources"]]);
              const [may, mayNot] = [await systemCalls([allowed]), await systemCalls(sets)];
              const own = calls.slice(calls.indexOf(`execve("${node}`));
              const asked = new Set([...own.matchAll(/^\d+ +([a-z0-9_]+)\(/gm)].map(([, name = ""]) => name));
              assert.ok(asked.size > 30, calls);
              // What is forbidden fails with EPERM: the program must not ask for it, or bear that.
              assert.equal(
                [...asked].filter((name) => !may.has(name) || mayNot.has(name)).filter((name) => !BORNE.has(name)),
                [],
              );

              assert.equal(own.match(/.*PROT_WRITE\|PROT_EXEC.*/g), null, "memory is never writable and executable");
              const families = new Set([...own.matchAll(/socket\((AF_\w+)/g)].map(([, family = ""]) => family));
              const [mayTalk = ""] = settings.get("RestrictAddressFamilies") ?? [];
              assert.equal(
                [...families].filter((family) => !mayTalk.split(" ").includes(family)),
                [],
              );
              const written = [...own.matchAll(/open(?:at)?\((?:AT_FDCWD, )?"([^"]+)", [^)]*O_(?:WRONLY|RDWR)/g)];
              assert.equal(
                written
                  .map(([, path = ""]) => path)
                  .filter(
                    (path) =>
                      ![state, watched, "/proc/self/fd/", "/dev/null", "/tmp/"].some((place) => path.startsWith(place)),
                  ),
                [],
                "it writes to its own places alone",
              );
            }
          });
        });
      });
    });
  });
}
