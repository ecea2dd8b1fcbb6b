/** The address of a broker, as options have it. */

export interface Broker {
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly vhost: string;
  readonly isTls: boolean;
  /** For people. */
  readonly shown: string;
}

const PORTS = { "amqp:": 5672, "amqps:": 5671 } as const;

/**
 * Reads `amqp://host[:port][/vhost]` or `amqps://…`.
 *
 * @returns what is wrong, continuing the name of the option, where something is: never with the text itself, which may
 *   hold a password
 */
export function parseBroker(text: string): Broker | { readonly wrong: string } {
  let url: URL;
  let vhost: string;
  try {
    url = new URL(text);
    vhost = decodeURIComponent(url.pathname.slice(1));
  } catch {
    return {
      wrong: "is no address of a broker; write amqps://rabbitmq.example.com or amqps://rabbitmq.example.com/vhost",
    };
  }
  const { protocol, hostname, port, pathname } = url;
  if (url.username !== "" || url.password !== "")
    return { wrong: "holds credentials, which everybody can see there: put user:password into a file" };
  if (protocol !== "amqp:" && protocol !== "amqps:") return { wrong: "is neither amqp:// nor amqps://" };
  if (url.search !== "" || url.hash !== "") return { wrong: "has a query or a fragment, which no broker is asked for" };
  if (!/^([\w.-]+|\[[0-9a-f:.]+\])$/i.test(hostname)) return { wrong: "names no host" };
  if (pathname.slice(1).includes("/"))
    return { wrong: "has more than one part after the host; a slash in the name of a vhost is written %2F" };
  const shownPort = port === "" ? "" : `:${port}`;
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? PORTS[protocol] : Number(port),
    vhost: vhost === "" ? "/" : vhost,
    isTls: protocol === "amqps:",
    shown: `${protocol}//${hostname}${shownPort}${pathname === "/" ? "" : pathname}`,
  };
}

/** Passwords go to this broker as they are, for everybody on the way to read. */
export function isInClear({ host, isTls }: Broker): boolean {
  return !isTls && !/^(localhost|127(\.\d+){3}|::1)$/i.test(host);
}
