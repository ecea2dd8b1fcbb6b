/** The rival of a push: a Celery worker that does what Promgen's does, through the same broker, for the same Prometheus. */
import { spawn, spawnSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { Host } from "../test/real/host.ts";

const DIRECTORY = fileURLToPath(new URL(".", import.meta.url));
const PYTHON = "/usr/bin/python3";
const QUEUE = "bench.celery";

/** Whether Debian's python3-celery is here; PYTHONPATH may say where it was unpacked. */
export function hasCelery(): boolean {
  return spawnSync(PYTHON, ["-c", "import celery"], { stdio: "ignore" }).status === 0;
}

/**
 * Seconds from the moment that the web server sends a task until Prometheus has answered the reload, each time. Whether it
 * has read the targets, the worker does not ask.
 *
 * @param broker `amqp://user:password@host:port//`, as Celery takes it
 */
export async function measureCelery(host: Host, broker: string, runs: number, targets: number): Promise<number[]> {
  let done = (): void => {};
  const server = createServer((_, response) => {
    response.end();
    done();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const options = { cwd: DIRECTORY, env: { ...process.env, BENCH_BROKER: broker, PYTHONDONTWRITEBYTECODE: "1" } };
  const worker = spawn(
    PYTHON,
    ["-m", "celery", "-A", "celery_worker", "worker", "-l", "error", "-c", "1", "--without-gossip", "--queues", QUEUE],
    { ...options, stdio: "ignore", detached: true },
  );
  const web = spawn(PYTHON, ["celery_worker.py", broker, QUEUE], { ...options, stdio: ["pipe", "ignore", "inherit"] });
  try {
    const times: number[] = [];
    // The first one waits for the worker to start.
    for (let generation = 0; generation <= runs; generation++) {
      const finished = new Promise<void>((resolve, reject) => {
        const late = setTimeout(() => reject(new Error("Celery's worker has not done its task in a minute")), 60_000);
        done = () => {
          clearTimeout(late);
          resolve();
        };
      });
      const start = performance.now();
      const task = [generation, targets, host.targetsPath, host.url, `http://127.0.0.1:${port}/`];
      web.stdin.write(`${JSON.stringify(task)}\n`);
      await finished;
      if (generation > 0) times.push((performance.now() - start) / 1000);
    }
    return times;
  } finally {
    web.kill("SIGKILL");
    if (worker.pid !== undefined) process.kill(-worker.pid, "SIGKILL");
    server.closeAllConnections();
    server.close();
  }
}
