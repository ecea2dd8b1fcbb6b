/** What servers on the loopback interface need: ports, and certificates that nobody knows. */
import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { run } from "../workplace.ts";

/** Linux gives the ports from 32768 on to whoever connects or listens without naming one. */
const NAMED_PORTS = { from: 15_000, to: 32_767 };

/** A port that nobody listens on, and that nobody gets by chance until it is used: a server may take seconds to start. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(NAMED_PORTS.from, NAMED_PORTS.to + 1);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const isListening = await new Promise<boolean>((resolve, reject) => {
    server.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(false) : reject(error),
    );
    server.listen(port, "127.0.0.1", () => resolve(true));
  });
  if (isListening) await new Promise((closed) => server.close(closed));
  return isListening;
}

/** Accepts connections, and does this with them: nothing, where it is silent. */
export async function withSockets(
  greet: (socket: Socket) => void,
  act: (port: number) => Promise<void>,
): Promise<void> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => {}));
    greet(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await act((server.address() as AddressInfo).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

/** Writes server.pem, its own authority, and server.key. */
export async function makeCertificate(directory: string): Promise<void> {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "server.key"];
  const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
  const ran = await run(directory, ["openssl", "req", "-x509", ...key, "-out", "server.pem", "-days", "2", ...name]);
  if (ran.exit !== 0) throw new Error(`openssl: ${ran.stderr}`);
}
