/**
 * Asks Prometheus to load its configuration again. It is never the proof that targets were loaded, and its failure says
 * nothing about them: a broken prometheus.yml lets it fail while new targets are read without trouble.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { PrometheusConfig } from "../config.ts";
import { headOf } from "./inquiry.ts";
import { firstLine, NoAnswer, statusTrouble } from "./no-answer.ts";
import type { Reloaded } from "./prometheus.ts";
import type { Server } from "./server.ts";

/** As {@link PrometheusServer.reload}. Ends after the time that is configured for it. */
export async function reload(server: Server, signal: AbortSignal): Promise<Reloaded> {
  try {
    return server.config.reload === "signal" ? await bySignal(server, signal) : await byRequest(server, signal);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    // Until the end of its start Prometheus takes the request and does not answer: it may reload all the same.
    const kind = error.kind === "timeout" || error.kind === "broken" ? "unknown" : "failed";
    return { kind, message: `reload: ${error.message}`, ...(error.help === undefined ? {} : { help: error.help }) };
  }
}

async function byRequest({ inquiry: { client }, config }: Server, signal: AbortSignal): Promise<Reloaded> {
  const request = { path: "/-/reload", method: "POST", seconds: config.reloadTimeout, most: 1 << 20, signal } as const;
  return await client.request(request, async (response) => {
    const { status, location } = response;
    const body = await headOf(response);
    if (status === 200 && body === "") return { kind: "ok" };
    if (status === 403 && body.includes("Lifecycle API"))
      return {
        kind: "failed",
        message: `reload: ${client.base} has its lifecycle API switched off`,
        help: "start Prometheus with --web.enable-lifecycle, or say --reload signal or --reload never: new targets are read without a reload",
      };
    // Prometheus has nothing to say where it has reloaded.
    if (status === 405 || status === 200)
      return {
        kind: "failed",
        message: `reload: ${client.base} answers ${status === 200 ? "with a page" : status}: what is there is no Prometheus, or a proxy lets no POST through`,
        help: "give the address of Prometheus itself with --prometheus",
      };
    if (status === 500)
      return {
        kind: "failed",
        message: `reload: Prometheus cannot load its own configuration, which has nothing to do with these targets: ${firstLine(body)}`,
        help: "see what promtool check config says",
      };
    throw statusTrouble(client.base, status, body, location);
  });
}

/** There is no answer to a signal: whether it helped is read from the server's metrics. */
async function bySignal({ inquiry, config, clock, pace }: Server, signal: AbortSignal): Promise<Reloaded> {
  const before = await inquiry.look(signal).catch(() => undefined);
  const sent = await sendHangup(config.signal, config.reloadTimeout, signal);
  if (sent.kind !== "ok") return sent;
  if (before === undefined)
    return {
      kind: "unknown",
      message: `reload: SIGHUP is sent, but ${inquiry.client.base} does not say what became of it`,
    };
  const end = clock.monotonic() + config.reloadTimeout;
  for (let wait = pace.shortest; clock.monotonic() < end && !signal.aborted; wait = Math.min(wait * 2, pace.longest)) {
    await clock.sleep(wait, signal);
    const look = await inquiry.look(signal).catch(() => undefined);
    if (look === undefined) continue;
    if (look.reloadedAt !== before.reloadedAt) return { kind: "ok" };
    if (look.isReloadSuccessful === false && before.isReloadSuccessful !== false)
      return {
        kind: "failed",
        message: "reload: Prometheus cannot load its own configuration, which has nothing to do with these targets",
        help: "see its log, and what promtool check config says",
      };
  }
  return {
    kind: "unknown",
    message: `reload: SIGHUP is sent, and ${inquiry.client.base} has not loaded anything since`,
  };
}

async function sendHangup(to: PrometheusConfig["signal"], seconds: number, signal: AbortSignal): Promise<Reloaded> {
  if (to === undefined)
    return {
      kind: "failed",
      message: "reload: it is not said who gets the signal",
      help: "say --pid-file or --unit with --reload signal",
    };
  // `--kill-whom` since systemd 252 alone; the older name is still taken.
  if ("unit" in to)
    return await callSystemctl(["kill", "-s", "HUP", "--kill-who=main", "--", to.unit], seconds, signal);
  const pid = await readPid(to.pidFile);
  if (typeof pid !== "number") return pid;
  // The file may be older than the process: a signal to somebody else's would be worse than none.
  const name = await readFile(`/proc/${pid}/comm`, "utf8").then(
    (text) => text.trim(),
    () => undefined,
  );
  if (name !== "prometheus")
    return {
      kind: "failed",
      message: `reload: the process ${pid} of ${to.pidFile} ${name === undefined ? "does not exist" : `is ${name}, not prometheus`}`,
      help: "let the service write its process id there, or say --unit instead",
    };
  const node = await import("node:process");
  try {
    node.kill(pid, "SIGHUP");
    return { kind: "ok" };
  } catch (error) {
    return {
      kind: "failed",
      message: `reload: no signal can be sent to process ${pid} (${(error as NodeJS.ErrnoException).code})`,
      help: "run the agent as the user of Prometheus, or say --reload always with --web.enable-lifecycle",
    };
  }
}

async function readPid(path: string): Promise<number | Reloaded> {
  let text: string;
  try {
    text = (await readFile(path, "utf8")).trim();
  } catch (error) {
    return {
      kind: "failed",
      message: `reload: cannot read ${path} (${(error as NodeJS.ErrnoException).code})`,
      help: "give the file that Prometheus' service writes with --pid-file",
    };
  }
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  return { kind: "failed", message: `reload: ${path} holds no process id`, help: "see who writes it" };
}

async function callSystemctl(args: readonly string[], seconds: number, signal: AbortSignal): Promise<Reloaded> {
  const called = `reload: systemctl ${args.join(" ")}`;
  return await new Promise((resolve) => {
    execFile("systemctl", args, { timeout: seconds * 1000, signal }, (error, _, stderr) => {
      if (error === null) resolve({ kind: "ok" });
      else if (error.code === "ENOENT")
        resolve({
          kind: "failed",
          message: "reload: systemctl is not installed here",
          help: "say --pid-file instead of --unit",
        });
      else if (error.killed === true || signal.aborted)
        resolve({
          kind: "unknown",
          message: `${called} did not end within ${seconds} s`,
          help: "run it by hand as the agent's user, and see what it waits for",
        });
      else
        resolve({
          kind: "failed",
          message: `${called}: ${firstLine(stderr) || error.message.split("\n")[0]}`,
          help: "see that the unit exists, and that the agent's user may signal it: as root, or by a rule of polkit",
        });
    });
  });
}
