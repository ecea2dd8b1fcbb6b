/**
 * A real RabbitMQ: a node of its own name, on ports of its own on the loopback interface, in a directory of its own. One is
 * enough for all tests, which run one after the other and use queues of their own; it ends with the process.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { access } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection } from "rabbitmq-client";
import type { AsyncMessage, Channel } from "rabbitmq-client";
import { environment, isInstalled, until, writeFiles } from "../workplace.ts";
import { freePort, makeCertificate } from "./loopback.ts";

/** Debian's wrapper on the PATH would run as another user, in the directories of the system's own broker. */
/** Begins what the broker says of its limits: the most channels, two bytes, the largest frame, four, and heartbeats, two. */
export const TUNE = Buffer.from([0, 10, 0, 30]);
const SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/** May do all, as `guest` may. */
export const USER = "promgen";
export const PASSWORD = "c4n4ry-correct-horse";
/** May only look. */
export const ONLOOKER = "onlooker";

export interface RabbitMq {
  readonly port: number;
  /** `amqp://127.0.0.1:<port>` and the same with TLS, by an authority that nobody knows. */
  readonly url: string;
  readonly tlsUrl: string;
  /** Files: that authority, and `user:password`. */
  readonly ca: string;
  readonly credentials: string;
  readonly wrongCredentials: string;
  readonly onlookerCredentials: string;
  /** Ends it at once, as a crash does. */
  readonly kill: () => Promise<void>;
  /** Starts it again on its data. */
  readonly start: () => Promise<void>;
  /** A channel of a client, closed with `act`. */
  readonly withChannel: <T>(act: (channel: Channel) => Promise<T>) => Promise<T>;
  /** How many messages wait in a queue and who consumes it; undefined where there is none. */
  readonly look: (queue: string) => Promise<{ readonly messages: number; readonly consumers: number } | undefined>;
  /** Puts something into a queue: text and bytes as they are, all else as JSON. */
  readonly put: (queue: string, ...bodies: readonly unknown[]) => Promise<void>;
  /** Takes a message out of a queue; undefined where there is none. */
  readonly take: (queue: string) => Promise<Omit<AsyncMessage, "consumerTag"> | undefined>;
}

/** Why there is none here; undefined where there is. */
export async function rabbitmqTrouble(): Promise<string | undefined> {
  const isThere = await access(SERVER).then(
    () => true,
    () => false,
  );
  if (!isThere) return "rabbitmq-server is not installed";
  for (const program of ["epmd", "openssl"]) if (!(await isInstalled(program))) return `${program} is not installed`;
  return undefined;
}

/** What is between a client and the broker. */
export interface Proxy {
  readonly port: number;
  /** How many connections there were. */
  readonly connections: () => number;
  /** From now on nothing passes, either way, and nobody is told. */
  swallow: boolean;
  /** Is waited for before what a client sends goes on. */
  before: (bytes: Buffer) => Promise<void> | void;
  /** May change what the broker sends, in place. */
  after: (bytes: Buffer) => void;
  /** Breaks off all connections. */
  readonly cut: () => void;
}

/** A proxy in front of a port of the loopback interface. */
export async function withProxy<T>(port: number, act: (proxy: Proxy) => Promise<T>): Promise<T> {
  const sockets: Socket[] = [];
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  const proxy = {
    port: 0,
    connections: () => sockets.length / 2,
    swallow: false,
    before: () => {},
    after: () => {},
    cut,
  } as Proxy & {
    port: number;
  };
  const server = createServer((client) => {
    const there = connect({ host: "127.0.0.1", port });
    sockets.push(client, there);
    for (const [from, to] of [
      [client, there],
      [there, client],
    ] as const) {
      let turn: Promise<void> = Promise.resolve();
      from.on("error", () => {}).on("close", () => proxy.swallow || to.destroy());
      from.on("data", (bytes) => {
        turn = turn.then(async () => {
          if (from === client) await proxy.before(bytes);
          else proxy.after(bytes);
          if (!proxy.swallow) to.write(bytes);
        });
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  proxy.port = (server.address() as AddressInfo).port;
  try {
    return await act(proxy);
  } finally {
    cut();
    server.close();
  }
}

let shared: Promise<RabbitMq> | undefined;

/** The broker of all tests. */
export async function rabbitmq(): Promise<RabbitMq> {
  return await (shared ??= startOne());
}

async function startOne(): Promise<RabbitMq> {
  const directory = mkdtempSync(join(tmpdir(), "promgen-gen-rabbitmq-"));
  const node = new Node(directory, await freePort(), await freePort(), await freePort(), await freePort());
  process.once("exit", () => {
    node.end();
    rmSync(directory, { recursive: true, force: true });
  });
  await node.prepare();
  await node.start();
  const { port, tlsPort } = node;
  const withChannel: RabbitMq["withChannel"] = async (act) => {
    const connection = new Connection({ hostname: "127.0.0.1", port, username: USER, password: PASSWORD });
    connection.on("error", () => {});
    try {
      return await act(await connection.acquire());
    } finally {
      connection.unsafeDestroy();
    }
  };
  const file = (name: string): string => join(directory, name);
  return {
    port,
    url: `amqp://127.0.0.1:${port}`,
    tlsUrl: `amqps://127.0.0.1:${tlsPort}`,
    ca: file("server.pem"),
    credentials: file("credentials"),
    wrongCredentials: file("wrong"),
    onlookerCredentials: file("onlooker"),
    kill: async () => await node.kill(),
    start: async () => await node.start(),
    withChannel,
    look: async (queue) =>
      await withChannel(async (channel) => {
        try {
          const { messageCount, consumerCount } = await channel.queueDeclare({ queue, passive: true });
          return { messages: messageCount, consumers: consumerCount };
        } catch (error) {
          if ((error as { code?: string }).code === "NOT_FOUND") return undefined;
          throw error;
        }
      }),
    put: async (queue, ...bodies) =>
      await withChannel(async (channel) => {
        await channel.confirmSelect();
        await Promise.all(
          bodies.map(async (body) => await channel.basicPublish({ routingKey: queue, durable: true }, body)),
        );
      }),
    take: async (queue) => await withChannel(async (channel) => await channel.basicGet({ queue, noAck: true })),
  };
}

/**
 * A process group of the server and its name service (one that the server starts would stay). It ends with our end of its
 * standard input: also where this process is killed.
 */
const GROUP = `
exec 3<&0
(cat <&3 >/dev/null; kill -KILL 0) &
epmd -address 127.0.0.1 -port "$ERL_EPMD_PORT" </dev/null &
exec "$@" </dev/null 3<&-
`;

class Node {
  readonly port: number;
  readonly tlsPort: number;
  readonly #directory: string;
  readonly #environment: NodeJS.ProcessEnv;
  #server: ChildProcess | undefined;

  constructor(directory: string, port: number, tlsPort: number, distPort: number, epmdPort: number) {
    this.port = port;
    this.tlsPort = tlsPort;
    this.#directory = directory;
    this.#environment = {
      ...environment(directory),
      ERL_EPMD_PORT: String(epmdPort),
      ERL_EPMD_ADDRESS: "127.0.0.1",
      RABBITMQ_NODENAME: `promgen-gen-${port}@localhost`,
      RABBITMQ_DIST_PORT: String(distPort),
      RABBITMQ_MNESIA_BASE: join(directory, "data"),
      RABBITMQ_LOG_BASE: join(directory, "log"),
      RABBITMQ_CONFIG_FILE: join(directory, "rabbitmq.conf"),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, "plugins"),
      RABBITMQ_CONF_ENV_FILE: "/dev/null",
      // One scheduler, which sleeps when it has nothing to do: two processors are shared with all the others.
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}",
    };
  }

  async prepare(): Promise<void> {
    await makeCertificate(this.#directory);
    const path = (name: string): string => join(this.#directory, name);
    const permissions = [
      ...[USER, "guest"].map((user) => ({ user, vhost: "/", configure: ".*", write: ".*", read: ".*" })),
      { user: ONLOOKER, vhost: "/", configure: "^$", write: "^$", read: ".*" },
    ];
    await writeFiles(this.#directory, {
      plugins: "[].\n",
      credentials: `${USER}:${PASSWORD}\n`,
      wrong: `${USER}:not-the-${PASSWORD}\n`,
      onlooker: `${ONLOOKER}:${PASSWORD}\n`,
      "definitions.json": JSON.stringify({
        vhosts: [{ name: "/" }, { name: "empty" }],
        users: [
          { name: USER, password: PASSWORD, tags: "" },
          { name: ONLOOKER, password: PASSWORD, tags: "" },
          { name: "guest", password: "guest", tags: "" },
        ],
        permissions,
      }),
      "rabbitmq.conf": [
        `listeners.tcp.1 = 127.0.0.1:${this.port}`,
        `listeners.ssl.1 = 127.0.0.1:${this.tlsPort}`,
        `ssl_options.certfile = ${path("server.pem")}`,
        `ssl_options.keyfile = ${path("server.key")}`,
        `load_definitions = ${path("definitions.json")}`,
        "",
      ].join("\n"),
    });
  }

  async start(): Promise<void> {
    const server = spawn("sh", ["-c", GROUP, "sh", SERVER], { env: this.#environment, detached: true });
    this.#server = server;
    let log = "";
    for (const stream of [server.stdout, server.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (log += text));
    await until(
      "RabbitMQ is ready",
      async () => {
        if (server.exitCode !== null) throw new Error(`RabbitMQ ended: ${log}`);
        return (await isOpen(this.port)) && (await isOpen(this.tlsPort));
      },
      100_000,
    );
  }

  async kill(): Promise<void> {
    const server = this.#server;
    if (server?.pid === undefined) return;
    const ended = new Promise((resolve) => server.once("exit", resolve));
    this.end();
    await ended;
    await until("RabbitMQ is gone", async () => !(await isOpen(this.port)));
  }

  /** Waits for nothing. */
  end(): void {
    if (this.#server?.pid !== undefined) process.kill(-this.#server.pid, "SIGKILL");
    this.#server = undefined;
  }
}

/**
 * For what comes from the broker: makes it want a heartbeat every two seconds, so that a connection whose other end is gone
 * without a word is noticed after four. Its own minute leaves others alone who do not get the processor for a while.
 */
export function askForHeartbeats(bytes: Buffer): void {
  const start = bytes.indexOf(TUNE);
  if (start >= 0) bytes.writeUInt16BE(2, start + TUNE.length + 6);
}

async function isOpen(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const answer = (isSo: boolean) => () => {
      socket.destroy();
      resolve(isSo);
    };
    socket.on("connect", answer(true)).on("error", answer(false));
  });
}
