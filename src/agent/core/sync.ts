/** Drives a run: an event in, an effect out, until it ends. */
import type { AgentConfig, FileName } from "../config.ts";
import type { Log } from "../log.ts";
import type { Collaborators, RunResult } from "./collaborators.ts";
import type { Event, Note } from "./event.ts";
import { Performer } from "./perform.ts";
import type { Intent, Policy, Run, Step } from "./run.ts";
import { begin } from "./run.ts";
import { step } from "./step.ts";
import { logBug, troubleOf } from "./trouble.ts";

/**
 * Brings the newest verified generation into place, once, and says whether Prometheus has it. The lock is the caller's;
 * nothing is thrown.
 */
export async function runSync(config: AgentConfig, collaborators: Collaborators): Promise<RunResult> {
  return await drive(config, collaborators, { kind: "sync" });
}

/** The same for other intents: they share how the state is read, rebuilt and written. */
export async function drive(config: AgentConfig, collaborators: Collaborators, intent: Intent): Promise<RunResult> {
  const { clock, log } = collaborators;
  const start = clock.monotonic();
  const performer = new Performer(config, collaborators);
  let taken = begin(policyOf(config, collaborators, intent), clock.now());
  try {
    for (;;) {
      taken.notes.forEach(writeTo(collaborators));
      const { effect, run } = taken;
      if (effect.kind === "end") return effect.result;
      log.write("debug", effect.kind, `${run.phase.at}: ${effect.kind}`);
      const happening = await performer.perform(effect);
      taken = surely(run, { ...happening, now: clock.now(), elapsed: clock.monotonic() - start }, log);
    }
  } catch (error) {
    logBug(log, error);
    const { reason, message, help } = troubleOf(error);
    return { exit: 70, reason, message, ...(help === undefined ? {} : { help }), state: undefined };
  } finally {
    await performer.end();
  }
}

/** A step that breaks is a bug: the run ends with that, and remembers it. */
function surely(run: Run, event: Event, log: Log): Step {
  try {
    return step(run, event);
  } catch (error) {
    logBug(log, error);
    return step({ ...run, phase: { at: "end" } }, { ...event, kind: "failed", trouble: troubleOf(error) });
  }
}

function writeTo({ log }: Collaborators): (note: Note) => void {
  return ({ level, event, message, fields }) => log.write(level, event, message, fields);
}

function policyOf(config: AgentConfig, { disk, sources, servers }: Collaborators, intent: Intent): Policy {
  const { trust, place, prometheus } = config;
  const path = (name: FileName): readonly [FileName, string] => [name, prometheus.paths[name] ?? disk.path(name)];
  return {
    intent,
    shard: config.shard,
    isAnyShard: config.isAnyShard ?? false,
    repository: trust.repository,
    accept: trust.accept,
    bootstrap: trust.bootstrap,
    maxRemovedPercent: trust.maxRemovedPercent,
    maxAge: config.maxAge,
    maxInconsistent: config.maxInconsistent,
    names: disk.names,
    places: Object.fromEntries(disk.names.map((name) => [name, disk.path(name)])),
    paths: Object.fromEntries(disk.names.map(path)),
    mode: place.mode,
    owner: place.owner,
    sources: sources.map(({ label }) => label),
    servers: servers.map(({ label }) => label),
    wait: prometheus.wait,
    noProof: prometheus.noProof,
  };
}
