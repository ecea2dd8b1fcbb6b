/** A power cut loses what was not synced: promgen-agent makes its calls in an order in which that never matters. */
import { basename, dirname } from "node:path";
import * as assert from "uvu/assert";
import { describe, notRun } from "../describe.ts";
import { sha256 } from "./artifacts.ts";
import { boundaries, command, FILES, killingTrouble, NEW, givenHosts } from "./killed-hosts.ts";
import { show } from "./calls.ts";
import type { Call } from "./calls.ts";

const trouble = await killingTrouble();
if (trouble === undefined) {
  describe("promgen-agent and a power cut", (it) => {
    for (const what of ["a first installation", "an update", "a rollback"] as const) {
      it(`gives a name to nothing that may be lost, in ${what}`, async () => {
        const hosts = await givenHosts();
        const template = {
          "a first installation": hosts.empty,
          "an update": hosts.outdated,
          "a rollback": hosts.updated,
        };
        const verb = what === "a rollback" ? "rollback" : "sync";
        const calls = await boundaries({ template: template[what], command: command(verb) });
        // What was counted carries a checksum: cut short, it is as good as lost, which it may be.
        const renames = calls.filter(
          ({ name, paths: [from = "", to = ""] }) => name === "rename" && !isKept(from) && !to.endsWith(".counted"),
        );
        assert.ok(renames.length >= 6, `${renames.length} renames`);
        for (const rename of renames) assertSynced(calls, rename);
      });
    }

    it("says that a generation is in place only when it outlasts one, and raises the floor before that", async () => {
      const hosts = await givenHosts();
      const calls = await boundaries({ template: hosts.outdated, command: command("sync") });
      const at = (what: string, isIt: (call: Call) => boolean): number => {
        const index = calls.findIndex(isIt);
        assert.ok(index !== -1, `no ${what} in ${calls.map(show).join(", ")}`);
        return index;
      };
      const renameTo = (path: string) => (call: Call) => call.name === "rename" && call.paths.at(-1) === path;
      const syncOf = (path: string, after: number): number =>
        at(`sync of ${path}`, (call) => call.name === "fsync" && call.paths[0] === path && calls.indexOf(call) > after);
      /** When a state that says so outlasts a power cut. */
      const stateSays = (what: RegExp): [written: number, durable: number] => {
        const written = at(
          `state with ${what}`,
          ({ paths: [path = ""], text }) => path.includes("state.json") && what.test(text),
        );
        const renamed = calls.findIndex((call, index) => index > written && renameTo("state/state.json")(call));
        return [written, syncOf("state", renamed)];
      };
      const [, floor] = stateSays(new RegExp(`floor[^}]*generation[^}]*${NEW}`));
      const [applied] = stateSays(new RegExp(`applied[^}]*generation[^}]*${NEW}`));
      const good = syncOf("state", at("last-known-good", renameTo("state/last-known-good")));
      const pointer = at("pointer", renameTo("watched/.promgen-agent/SHA256SUMS"));
      for (const file of FILES) {
        const swapped = at(`swap of ${file}`, renameTo(`watched/${file}`));
        const durable = syncOf("watched", swapped);
        assert.ok(floor < swapped, `the floor comes before ${file}`);
        assert.ok(good < swapped, `last-known-good comes before ${file}`);
        assert.ok(durable < pointer && durable < applied, `${file} is durable before anything says so`);
      }
    });
  });
} else notRun("promgen-agent and a power cut", trouble);

/** Renaming what has had a name before: nothing was written to it. */
function isKept(from: string): boolean {
  return !from.endsWith(".new") && basename(from) !== `SHA256SUMS.${sha256("")}.sig`;
}

const WRITING = /^(write|pwrite64|writev|ftruncate|fchmod|fchown|utimensat)$/;

/** What is renamed, and all that lies in it, was synced after the last change; and so was the directory it comes into. */
function assertSynced(calls: readonly Call[], rename: Call): void {
  const [from = "", to = ""] = rename.paths;
  const at = calls.indexOf(rename);
  const begin = calls.findLastIndex(
    (call, index) => index < at && call.paths.includes(from) && /openat|mkdir/.test(call.name),
  );
  const during = calls.slice(begin, at);
  const changed = during.filter(
    ({ name, paths: [path = ""] }) => WRITING.test(name) && (path === from || path.startsWith(`${from}/`)),
  );
  const made = during.filter(({ name, paths: [path = ""] }) => name === "openat" && path.startsWith(`${from}/`));
  assert.ok(changed.length > 0, `nothing was written before ${show(rename)}`);
  // A second name is lost with what it names.
  const linked = during.filter(({ name, paths }) => name === "link" && paths.at(-1)?.startsWith(`${from}/`) === true);
  for (const call of [...changed, ...made, ...linked]) {
    const [path] = call.paths;
    const later = during.slice(during.indexOf(call));
    assert.ok(
      later.some(({ name, paths }) => name === "fsync" && paths[0] === path),
      `not synced after ${show(call)} and before ${show(rename)}`,
    );
  }
  const isDirectory = during[0]?.name.startsWith("mkdir") === true;
  if (isDirectory)
    assert.ok(
      during
        .slice(during.indexOf(made.at(-1) ?? rename))
        .some(({ name, paths }) => name === "fsync" && paths[0] === from),
      `the directory was not synced before ${show(rename)}`,
    );
  assert.ok(
    calls.slice(at).some(({ name, paths }) => name === "fsync" && paths[0] === dirname(to)),
    `${dirname(to)} was not synced after ${show(rename)}`,
  );
}
