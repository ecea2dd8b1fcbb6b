/** `promgen-agent run`: sync for ever. */
import { readFile } from "node:fs/promises";
import type { AgentState } from "../core/state.ts";
import { AGENT_EXIT, Failure } from "../failure.ts";
import type { AgentExitCode } from "../failure.ts";
import { resultOf, runOnce } from "../program.ts";
import type { Program } from "../program.ts";
import { Daemon } from "../watch/daemon.ts";
import type { Cause } from "../watch/daemon.ts";
import { healthOf } from "../watch/health.ts";
import { identityOf } from "../watch/identity.ts";
import { renderMetrics } from "../watch/metrics.ts";
import type { LastRun } from "../watch/metrics.ts";
import type { Queue } from "../watch/queue.ts";
import { readState } from "../watch/read-state.ts";
import { phaseOf } from "../watch/schedule.ts";
import { listen } from "../watch/server.ts";
import type { Listener, Offer } from "../watch/server.ts";

/** Runs until the program's signal is aborted: 0; or does not start: 2. */
export async function runDaemon(program: Program): Promise<AgentExitCode> {
  const { config, settings, clock, log, signal, onHangup } = program;
  const { interval, splay } = settings;
  const phase = phaseOf(identityOf(config.shard), interval);
  const daemon = new Daemon(
    { interval, phase, splay, startsAtOnce: (await stateOf(program))?.applied === undefined },
    clock,
    program.random,
  );
  const queue = await queueOf(program, daemon);
  const runs = new Runs(queue === undefined ? program : { ...program, queue: queue.facts }, queue);
  let listener: Listener | undefined;
  try {
    listener = await serve(program, runs, daemon);
  } catch (error) {
    const { exit, message, help } = resultOf(error, program);
    log.write("error", "not-started", message, { help });
    return exit;
  }
  onHangup(() => daemon.poke("signal"));
  signal.addEventListener("abort", () => daemon.stop());
  if (signal.aborted) daemon.stop();
  log.write("info", "started", `asks every ${interval} s, at a moment of its own`, {
    shard: config.shard,
    listen: listener === undefined ? undefined : `${settings.listen?.host}:${listener.port}`,
  });
  await daemon.loop(async (cause) => await runs.next(cause));
  await Promise.all([listener?.close(), queue?.close()]);
  log.write("info", "stopped", "was asked to end");
  return AGENT_EXIT.ok;
}

/** The runs of this process. */
class Runs {
  readonly program: Program;
  readonly #queue: Queue | undefined;
  last: LastRun | undefined;

  constructor(program: Program, queue: Queue | undefined) {
    this.program = program;
    this.#queue = queue;
  }

  async next(cause: Cause): Promise<{ isUnreachable: boolean; retryAfter: number | undefined }> {
    const { clock, log } = this.program;
    if (cause !== "schedule") log.write(cause === "start" ? "debug" : "info", "run", `starts a run: ${CAUSES[cause]}`);
    const start = clock.monotonic();
    const { sync } = await import("./sync.ts");
    const result = await runOnce(this.program, sync);
    const { exit, reason, retryAfter } = result;
    // Another run is at work: what it finds is in the state.
    if (reason !== "busy") this.last = { at: clock.now(), exit, reason, seconds: clock.monotonic() - start };
    await this.#queue?.settle(result);
    return { isUnreachable: exit === AGENT_EXIT.unreachable || exit === AGENT_EXIT.stale, retryAfter };
  }
}

const CAUSES: Readonly<Record<Exclude<Cause, "schedule">, string>> = {
  start: "the first one",
  resume: "the machine was suspended",
  signal: "SIGHUP",
  webhook: "a webhook",
  queue: "a message in the queue",
};

async function stateOf({ config, clock }: Program): Promise<AgentState | undefined> {
  // What is wrong with it is the next run's to say.
  return await readState(config.place, clock).catch(() => undefined);
}

async function queueOf(program: Program, daemon: Daemon): Promise<Queue | undefined> {
  const { config, settings } = program;
  if (settings.queue === undefined) return undefined;
  const { openQueue } = await import("../watch/queue.ts");
  return openQueue(settings.queue, config, program, {
    state: async () => await stateOf(program),
    hasten: () => daemon.poke("queue"),
  });
}

async function serve(program: Program, runs: Runs, daemon: Daemon): Promise<Listener | undefined> {
  const { config, settings, version, clock, log } = program;
  if (settings.listen === undefined) return undefined;
  const offer: Offer = {
    metrics: async () =>
      renderMetrics(await stateOf(program), {
        version,
        shard: config.shard,
        now: clock.now(),
        maxAge: config.maxAge,
        noProof: config.prometheus.noProof,
        lastRun: runs.last,
        queue: runs.program.queue?.(),
      }),
    health: async () => healthOf(await stateOf(program), clock.now(), config.maxAge),
    ...(settings.webhookSecret === undefined ? {} : { webhook: await webhookOf(settings.webhookSecret, daemon) }),
  };
  return await listen(settings.listen, offer, clock, log);
}

async function webhookOf(path: string, daemon: Daemon): Promise<NonNullable<Offer["webhook"]>> {
  const secret = async (): Promise<string> => (await readFile(path, "utf8")).replace(/\r?\n$/, "");
  if ((await secret()).length < 16)
    throw new Failure("configuration", "the secret of --webhook-secret is shorter than 16 characters", {
      help: "make another one, such as with: openssl rand -hex 32",
    });
  return { secret, sync: () => daemon.poke("webhook") };
}
