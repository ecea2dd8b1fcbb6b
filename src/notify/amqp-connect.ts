/**
 * Connections to a broker, for those who notify and for those who are notified. Loads the client library when it is asked
 * for one.
 *
 * The library would connect again by itself, with the password that it was given first. Ours end where they break: who
 * uses them begins anew, with credentials that were read anew.
 */
import type { Channel, Connection } from "rabbitmq-client";
import { EnvironmentError } from "../exit.ts";
import type { Broker } from "./amqp-broker.ts";
import { limitFrames } from "./amqp-limits.ts";

export interface ConnectOptions {
  readonly user: string;
  readonly password: string;
  /** PEM of authorities to trust besides Node's own. */
  readonly ca: string | undefined;
  /** What the broker's tools show. */
  readonly name: string;
  /** For the connection. */
  readonly seconds: number;
  /** Nobody wants it any more. */
  readonly signal?: AbortSignal;
}

/**
 * How often both sides say that they are there: seconds, less where the broker wants it so. A connection whose other end
 * is gone without a word is given up after two of these.
 */
const HEARTBEAT = 20;
/** How long one of a host's addresses is tried before the next: milliseconds. Node's quarter of a second is too short. */
const ADDRESS_ATTEMPT = 1000;

/** How long a broker may take to say goodbye: milliseconds. */
const PATIENCE = 500;

/**
 * Connects, once.
 *
 * @returns a connection whose channels close when it breaks
 * @throws {EnvironmentError} in words, without secrets
 */
export async function connectBroker(broker: Broker, options: ConnectOptions): Promise<Connection> {
  const { host, port, vhost, isTls } = broker;
  const { user, password, ca, name, seconds, signal } = options;
  const { Connection } = await import("rabbitmq-client");
  const connection = new Connection({
    hostname: host,
    port,
    vhost,
    username: user,
    password,
    connectionName: name,
    heartbeat: HEARTBEAT,
    // 0 would be no limit.
    connectionTimeout: Math.max(seconds * 1000, 1),
    socket: { host, port, autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT },
    ...(isTls ? { tls: ca === undefined ? {} : { ca: [...(await import("node:tls")).rootCertificates, ca] } } : {}),
  });
  limitFrames(connection);
  const end = (error: unknown): EnvironmentError => {
    connection.unsafeDestroy();
    return brokerTrouble(error, broker);
  };
  let stop = (): void => {};
  await new Promise<void>((resolve, reject) => {
    connection.on("connection", resolve);
    connection.on("error", (error) => reject(end(error)));
    stop = () => reject(end(signal?.reason));
    signal?.addEventListener("abort", stop);
  }).finally(() => signal?.removeEventListener("abort", stop));
  return connection;
}

/** Says goodbye, where the broker listens; it keeps messages that were not acknowledged. Never throws. */
export async function closeConnection(connection: Connection, channels: readonly Channel[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  if (connection.ready) {
    const closed = Promise.all(channels.map(async (channel) => await channel.close())).then(
      async () => await connection.close(),
    );
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE)));
    await Promise.race([closed, late]).catch(() => {});
    clearTimeout(timer);
  }
  connection.unsafeDestroy();
}

type Words = readonly [code: RegExp, what: string, hint: string];

/** By error code of AMQP, of the system or of TLS. The first that matches is taken. */
const WORDS: readonly Words[] = [
  [
    /^ACCESS_REFUSED$/,
    "refuses this user, or its password",
    "see the file of the credentials; guest is let in from the broker's own host alone",
  ],
  [
    /^NOT_ALLOWED$/,
    "does not let this user into the vhost, or has none of this name",
    "see rabbitmqctl list_vhosts and list_permissions",
  ],
  [
    /^(CONNECTION_TIMEOUT|SOCKET_TIMEOUT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/,
    "does not answer",
    "see that it runs, and firewalls on the way",
  ],
  [/^ECONNREFUSED$/, "refuses the connection: nothing listens there", "see that it runs and that the address is right"],
  [/^(ENOTFOUND|EAI_\w+)$/, "is a name that cannot be looked up", "see that the name is right, and this host's DNS"],
  [
    /^(CONN_CLOSE|CONNECTION_FORCED|ECONNRESET|EPIPE)$/,
    "broke the connection off",
    "see its log; on the port for TLS it asks for amqps://",
  ],
  [
    /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w+)$/,
    "has a certificate of an authority that is not trusted here",
    "name the authority that signed it with --broker-ca",
  ],
  [
    /^(ERR_TLS_CERT|CERT_)/,
    "has a certificate that does not hold for it now",
    "see its names and dates with openssl s_client",
  ],
  [/^(ERR_SSL_|EPROTO)/, "does not speak TLS on this port", "see the port: 5671 is the usual one for amqps://"],
  [/^CHANNEL_MAX$/, "allows too few channels on a connection", "let it allow more with channel_max of rabbitmq.conf"],
  [
    /^(VERSION_MISMATCH|FRAME_ERROR|COMMAND_INVALID)$/,
    "speaks another protocol than AMQP 0-9-1",
    "see that the address is that of RabbitMQ",
  ],
];

/**
 * What broke, in words. Codes alone are looked at: messages may quote what was sent.
 *
 * @param error of the client library or of a socket
 */
export function brokerTrouble(error: unknown, { shown }: Broker): EnvironmentError {
  const code = codeOf(error);
  const [, what, hint] = WORDS.find(([pattern]) => pattern.test(code)) ?? [
    undefined,
    "cannot be talked to",
    "see its log",
  ];
  return new EnvironmentError(`the broker ${shown} ${what} (${code})`, hint);
}

/** For an error without a code. */
export const NO_CODE = "unknown error";

/** A host with several addresses fails with an error for each. */
export function codeOf(error: unknown): string {
  const { code, errors } = error as { code?: unknown; errors?: readonly unknown[] };
  if (typeof code === "string") return code;
  return errors?.length ? codeOf(errors[0]) : NO_CODE;
}
