/**
 * A network that holds nothing but its loopback interface (a namespace of Linux). Servers that run in it cannot reach what
 * they are told to scrape, and their ports are theirs alone.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { request } from "node:http";
import { connect } from "node:net";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { environment, run, until, withDirectory } from "../workplace.ts";

export interface Server {
  readonly pid: number;
  /** What it has written to stdout and stderr. */
  readonly log: () => string;
  readonly hasEnded: () => boolean;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface Network {
  /** Runs a program in the network while `act` works, and stops it by its pid. Waits where many run already. */
  withServer<T>(command: readonly string[], act: (server: Server) => Promise<T>): Promise<T>;
  /** Asks a server in the network. Throws where nobody listens. */
  ask(port: number, path: string, method?: string): Promise<Answer>;
  /** A port that nobody was given yet. */
  nextPort(): number;
}

const RELAY = fileURLToPath(new URL("relay.js", import.meta.url));

/** Why there can be no such network; undefined where there can. */
export async function networkTrouble(): Promise<string | undefined> {
  const ran = await run("/", ["unshare", "-rn", "sh", "-c", "ip link set lo up"]).catch(() => undefined);
  if (ran === undefined) return "unshare is not installed";
  return ran.exit === 0 ? undefined : `no network of their own for servers: ${ran.stderr.trim()}`;
}

/** Makes a network and ends all that runs in it. */
export async function withNetwork<T>(act: (network: Network) => Promise<T>): Promise<T> {
  return await withDirectory({}, async (directory) => {
    const socket = join(directory, "socket");
    const relay = [process.execPath, RELAY, socket];
    return await withChild(
      ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", ...relay],
      async (holder) => {
        let port = 9100;
        const ask: Network["ask"] = async (to, path, method = "GET") => await askThrough(socket, to, path, method);
        await until("the network is up", async () => {
          if (holder.hasEnded()) throw new Error(`no network: ${holder.log()}`);
          return await ask(1, "/").then(
            () => true,
            (error: NodeJS.ErrnoException) => error.code === "ECONNRESET",
          );
        });
        const enter = ["nsenter", "-t", String(holder.pid), "-U", "-n", "--preserve-credentials", "--"];
        // Whatever becomes of this process, its servers end with it.
        enter.push("setpriv", "--pdeathsig=KILL", "--");
        const inTurn = limited(8 * availableParallelism());
        return await act({
          withServer: async (command, inside) =>
            await inTurn(async () => await withChild([...enter, ...command], inside)),
          ask,
          nextPort: () => port++,
        });
      },
    );
  });
}

/** So many at a time, the others in the order in which they came. */
function limited(most: number): <T>(act: () => Promise<T>) => Promise<T> {
  let free = most;
  const waiting: (() => void)[] = [];
  return async (act) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await act();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

async function withChild<T>(command: readonly string[], act: (server: Server) => Promise<T>): Promise<T> {
  const [program = "", ...args] = command;
  const child: ChildProcess = spawn(program, args, { env: environment("/"), stdio: ["pipe", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
  }
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    const end = (error?: unknown): void => {
      if (error instanceof Error) log += String(error);
      hasEnded = true;
      resolve();
    };
    child.on("exit", () => end()).on("error", end);
  });
  try {
    return await act({ pid: child.pid ?? 0, log: () => log, hasEnded: () => hasEnded });
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

async function askThrough(socket: string, port: number, path: string, method: string): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const createConnection = (): ReturnType<typeof connect> => {
      const connection = connect(socket);
      connection.write(`${port}\n`);
      return connection;
    };
    const asked = request({ method, path, host: "localhost", createConnection, timeout: 60_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
      );
      response.on("error", reject);
    });
    asked.on("timeout", () => asked.destroy(new Error(`no answer from port ${port} after a minute`)));
    asked.on("error", reject).end();
  });
}
